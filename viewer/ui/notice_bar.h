// NoticeBar: what went wrong, what it means and what can be done, in a strip of its own; it never covers the picture
// and stays until it is dismissed.
//
// Promise: what still has to be decided, or can still be mended, is not lost by what is said after it; an open question
// is seen before all that can wait. What answers a press is seen in any case, below what must not be covered.
#pragma once

#include "viewer/ui/notice_line.h"

#include <array>
#include <functional>
#include <optional>
#include <vector>

namespace qianli::viewer {

class NoticeBar : public QFrame {
    Q_OBJECT

public:
    using Weight = NoticeLine::Weight;

    explicit NoticeBar(QString const& name, QWidget* parent = nullptr);
    void show(Weight weight, QString const& text);
    // With one thing that can be done about it.
    void show(Weight weight, QString const& text, QString const& action, std::function<void()> act);
    struct Choice {
        QString words;
        std::function<void()> act;
    };
    // What can still be mended, of whatever case: it stays over the next ones.
    void offer(Weight weight, QString const& text, Choice first, Choice second);
    // A choice that has to be made: it can't be dismissed.
    void ask(QString const& text, Choice first, Choice second);
    // Before a question, too, and over the next cases: what was just pressed can't be done, or nobody should go on.
    void insist(Weight weight, QString const& text, Choice remedy = {});
    // How things are until settle() says that it is over.
    void stand(Weight weight, QString const& text, Choice remedy);
    void settle();
    // What is on top; then what lay under it is seen.
    void dismiss();
    void withdraw(QString const& text);
    void clear();
    // What was said of the case only.
    void endCase();
    // Whether one more word would take the place of another.
    bool isAnswering() const;
    QString text() const { return lines_[0]->text(); }
    // In the second line; empty where there is none.
    QString below() const { return lines_[1]->text(); }

private:
    // In the order in which they are seen; the last of them first.
    enum class Kind { Standing, Offering, Passing, Asking, Insisting };
    struct Said {
        Kind kind = Kind::Passing;
        Weight weight = Weight::Information;
        QString text;
        Choice first, second;
    };
    // The newest of its kind is the only one; of what insists, none goes before it is dismissed or withdrawn, and of
    // offers none for another.
    void put(Said said);
    static bool takesPlaceOf(Said const& said, Said const& before);
    // Of each line, in said_.
    std::optional<std::size_t> placeOf(std::size_t line) const;
    void remove(std::size_t line);
    void refresh();

    std::vector<Said> said_; // by kind
    std::array<NoticeLine*, 2> lines_;
};

} // namespace qianli::viewer
