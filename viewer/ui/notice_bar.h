// NoticeBar: what went wrong, what it means and what can be done, in a strip of its own; it never covers the picture
// and stays until it is dismissed.
#pragma once

#include <QFrame>
#include <QLabel>
#include <QPushButton>

#include <functional>

namespace qianli::viewer {

class NoticeBar : public QFrame {
    Q_OBJECT

public:
    enum class Weight { Information, Warning, Failure };

    explicit NoticeBar(QString const& name, QWidget* parent = nullptr);
    void show(Weight weight, QString const& text);
    // With one thing that can be done about it.
    void show(Weight weight, QString const& text, QString const& action, std::function<void()> act);
    struct Choice {
        QString words;
        std::function<void()> act;
    };
    void show(Weight weight, QString const& text, Choice first, Choice second);
    // A choice that has to be made: it can't be dismissed.
    void ask(QString const& text, Choice first, Choice second);
    void dismiss();
    QString text() const { return text_->text(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Weight weight_ = Weight::Information;
    QLabel* text_;
    QPushButton *action_, *second_, *dismiss_;
    std::function<void()> act_, actSecond_;
};

} // namespace qianli::viewer
