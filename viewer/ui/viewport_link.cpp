#include "viewer/ui/viewport_link.h"

#include "viewer/i18n/language.h"

namespace qianli::viewer {

ViewportLink::ViewportLink(ViewportGrid& grid, QObject* parent) : QObject(parent), grid_(grid)
{
    connect(&grid_, &ViewportGrid::pictureChanged, this, &ViewportLink::pictureChanged);
}

void ViewportLink::setOn(bool on)
{
    if (std::exchange(on_, on) == on)
        return;
    if (on_) {
        start();
        follow();
    }
    emit changed();
}

QString ViewportLink::wordsFor(Viewport const& viewport) const
{
    if (!on_)
        return {};
    for (std::size_t index = 0; index < grid_.visibleCount(); ++index)
        if (Viewport const* other = grid_.viewports()[index];
            other != &viewport && kindOf(*other, viewport) != LinkKind::None)
            return say("联动", "Linked");
    return {};
}

ViewportLink::Seen ViewportLink::seenIn(Viewport const& viewport)
{
    Stack const& stack = viewport.stack();
    return {viewport.seriesUid(), stack.kind, stack.entries.size(),
            stack.empty() ? nullptr : stack.entries.front().image.get()};
}

LinkKind ViewportLink::kindOf(Viewport const& leader, Viewport const& follower)
{
    if (leader.isEmpty() || follower.isEmpty() || leader.showsPlane() || follower.showsPlane())
        return LinkKind::None; // the planes of a volume have their own way to go together
    return linkKind({&leader.stack(), leader.state().index}, {&follower.stack(), follower.state().index});
}

void ViewportLink::start()
{
    for (std::size_t index = 0; index < from_.size(); ++index) {
        seen_[index] = seenIn(*grid_.viewports()[index]);
        from_[index] = grid_.viewports()[index]->state().index;
    }
}

void ViewportLink::pictureChanged(Viewport* viewport)
{
    if (!on_ || following_)
        return;
    for (std::size_t index = 0; index < seen_.size(); ++index)
        if (!(seen_[index] == seenIn(*grid_.viewports()[index]))) {
            start();
            emit changed();
            break;
        }
    if (viewport == &grid_.active())
        follow();
}

void ViewportLink::follow()
{
    Viewport& leader = grid_.active();
    std::size_t leads = 0;
    while (grid_.viewports()[leads] != &leader)
        ++leads;
    following_ = true;
    for (std::size_t index = 0; index < grid_.visibleCount(); ++index) {
        Viewport& follower = *grid_.viewports()[index];
        if (&follower == &leader || kindOf(leader, follower) == LinkKind::None)
            continue;
        std::size_t const wanted =
            linkedIndex({&leader.stack(), leader.state().index}, {&follower.stack(), follower.state().index},
                        {from_[leads], from_[index]});
        if (wanted != follower.state().index)
            follower.change([wanted](ToolTarget const& target) { target.state.index = wanted; });
    }
    following_ = false;
}

} // namespace qianli::viewer
