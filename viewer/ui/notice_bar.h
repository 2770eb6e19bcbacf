// NoticeBar: what went wrong, what it means and what can be done, in a strip of its own; it never covers the picture
// and stays until it is dismissed.
//
// Promise: what still has to be decided, or can still be mended, is not lost by what is said after it; an open question
// is seen before all that can wait.
#pragma once

#include <QFrame>
#include <QLabel>
#include <QPushButton>

#include <functional>
#include <vector>

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
    // Before a question, too: what was just pressed can't be done, or nobody should go on.
    void insist(Weight weight, QString const& text, Choice remedy = {});
    // How things are until settle() says that it is over.
    void stand(Weight weight, QString const& text, Choice remedy);
    void settle();
    // What is on top; then what lay under it is seen.
    void dismiss();
    void withdraw(QString const& text);
    void clear();
    QString text() const { return text_->text(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    enum class Kind { Standing, Passing, Asking, Insisting }; // the last of them is seen
    struct Said {
        Kind kind = Kind::Passing;
        Weight weight = Weight::Information;
        QString text;
        Choice first, second;
    };
    // The newest of its kind is the only one; of what insists, none goes before it is dismissed or withdrawn.
    void put(Said said);
    void refresh();

    std::vector<Said> said_; // by kind
    QLabel* text_;
    QPushButton *action_, *second_, *dismiss_;
};

} // namespace qianli::viewer
