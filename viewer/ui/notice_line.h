// NoticeLine: one notice as it is seen in a NoticeBar: its weight as a shape and a colour, its words, what can be done.
#pragma once

#include <QFrame>
#include <QLabel>
#include <QPushButton>

namespace qianli::viewer {

class NoticeLine : public QFrame {
    Q_OBJECT

public:
    enum class Weight { Information, Warning, Failure };

    NoticeLine(QString const& name, QWidget* parent);
    struct Words {
        Weight weight = Weight::Information;
        QString text, first, second;
        bool canBeDismissed = true;
    };
    void tell(Words const& words);
    QString text() const { return text_->text(); }

signals:
    void firstChosen();
    void secondChosen();
    void dismissed();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Weight weight_ = Weight::Information;
    QLabel* text_;
    QPushButton *first_, *second_, *dismiss_;
};

} // namespace qianli::viewer
