// PageBar: below pages: which page it is, the source's choices, and how the sheet is fitted. Where it is too narrow for
// all choices, only the current one of each kind is there, and a click goes to the next.
#pragma once

#include "viewer/render/page_source.h"

#include <QFrame>
#include <QLabel>
#include <QToolButton>

namespace qianli::viewer {

class PageBar : public QFrame {
    Q_OBJECT

public:
    static constexpr int barHeight = 30;

    PageBar(PageSource const& source, QWidget* viewport);
    // `words`: of the page, given up first where there is no room; `scale`: how large it is shown.
    void showState(std::size_t page, std::size_t count, QString const& words, QString const& scale);
    void allowActualSize(bool known) { actual_->setVisible(known); }

signals:
    void chosen(std::shared_ptr<qianli::viewer::PageSource const> source);
    void wholeAsked();
    void widthAsked();
    void actualAsked();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Group {
        PageChoices choices;
        std::vector<QToolButton*> buttons;
        std::size_t current = 0;
    };
    QToolButton* addButton(QString const& name, QString const& label, QString const& tip);
    void choose(std::size_t group, std::size_t choice);
    void makeRoom();

    QLabel *page_, *words_;
    QToolButton* actual_ = nullptr;
    std::vector<Group> groups_;
    QString pageWords_, scale_;
    bool narrow_ = false;
};

} // namespace qianli::viewer
