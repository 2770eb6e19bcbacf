#include "viewer/ui/notice_bar.h"

#include <QVBoxLayout>

#include <algorithm>

namespace qianli::viewer {

NoticeBar::NoticeBar(QString const& name, QWidget* parent)
    : QFrame(parent), lines_{new NoticeLine(name, this), new NoticeLine(name + ".below", this)}
{
    setObjectName(name);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    for (std::size_t line = 0; line < lines_.size(); ++line) {
        layout->addWidget(lines_[line]);
        auto const answer = [this, line](Choice Said::*chosen) {
            auto const place = placeOf(line);
            if (!place)
                return;
            auto const act = (said_[*place].*chosen).act;
            remove(line);
            if (act)
                act();
        };
        connect(lines_[line], &NoticeLine::firstChosen, this, [answer] { answer(&Said::first); });
        connect(lines_[line], &NoticeLine::secondChosen, this, [answer] { answer(&Said::second); });
        connect(lines_[line], &NoticeLine::dismissed, this, [this, line] { remove(line); });
    }
    hide();
}

void NoticeBar::show(Weight weight, QString const& text)
{
    put({Kind::Passing, weight, text, {}, {}});
}

void NoticeBar::show(Weight weight, QString const& text, QString const& action, std::function<void()> act)
{
    put({Kind::Passing, weight, text, {action, std::move(act)}, {}});
}

void NoticeBar::offer(Weight weight, QString const& text, Choice first, Choice second)
{
    put({Kind::Offering, weight, text, std::move(first), std::move(second)});
}

void NoticeBar::ask(QString const& text, Choice first, Choice second)
{
    put({Kind::Asking, Weight::Warning, text, std::move(first), std::move(second)});
}

void NoticeBar::insist(Weight weight, QString const& text, Choice remedy)
{
    put({Kind::Insisting, weight, text, std::move(remedy), {}});
}

void NoticeBar::stand(Weight weight, QString const& text, Choice remedy)
{
    put({Kind::Standing, weight, text, std::move(remedy), {}});
}

void NoticeBar::settle()
{
    std::erase_if(said_, [](Said const& said) { return said.kind == Kind::Standing; });
    refresh();
}

void NoticeBar::dismiss()
{
    remove(0);
}

void NoticeBar::withdraw(QString const& text)
{
    std::erase_if(said_, [&text](Said const& said) { return said.text == text; });
    refresh();
}

void NoticeBar::clear()
{
    said_.clear();
    refresh();
}

void NoticeBar::endCase()
{
    std::erase_if(said_, [](Said const& said) { return said.kind != Kind::Offering && said.kind != Kind::Insisting; });
    refresh();
}

bool NoticeBar::isAnswering() const
{
    return std::any_of(said_.begin(), said_.end(), [](Said const& said) { return said.kind == Kind::Passing; });
}

bool NoticeBar::takesPlaceOf(Said const& said, Said const& before)
{
    if (said.kind != before.kind)
        return false;
    return said.kind == Kind::Insisting  ? said.text == before.text
           : said.kind == Kind::Offering ? said.first.words == before.first.words
                                         : true;
}

void NoticeBar::put(Said said)
{
    std::erase_if(said_, [&said](Said const& before) { return takesPlaceOf(said, before); });
    auto const before = [](Said const& one, Said const& other) { return one.kind < other.kind; };
    said_.insert(std::upper_bound(said_.begin(), said_.end(), said, before), std::move(said));
    refresh();
}

// Below what must be decided stands what answers a press, below that what can be mended.
std::optional<std::size_t> NoticeBar::placeOf(std::size_t line) const
{
    if (said_.empty())
        return {};
    if (line == 0)
        return said_.size() - 1;
    auto const rank = [](Said const& said) {
        return said.kind >= Kind::Asking ? 2 : said.kind == Kind::Passing ? 1 : 0;
    };
    for (std::size_t place = said_.size() - 1; place-- > 0;)
        if (rank(said_[place]) < rank(said_.back()))
            return place;
    return {};
}

void NoticeBar::remove(std::size_t line)
{
    if (auto const place = placeOf(line))
        said_.erase(said_.begin() + static_cast<std::ptrdiff_t>(*place));
    refresh();
}

void NoticeBar::refresh()
{
    for (std::size_t line = 0; line < lines_.size(); ++line) {
        auto const place = placeOf(line);
        Said const said = place ? said_[*place] : Said();
        lines_[line]->tell({said.weight, said.text, said.first.words, said.second.words, said.kind != Kind::Asking});
        lines_[line]->setVisible(place.has_value());
    }
    setVisible(!said_.empty());
}

} // namespace qianli::viewer
