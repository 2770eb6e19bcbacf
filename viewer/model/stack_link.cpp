#include "viewer/model/stack_link.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace qianli::viewer {

namespace {
constexpr double parallelFrom = 0.94; // cosine of twenty degrees: two heads are never held alike

bool isOfSlices(Stack const& stack)
{
    return stack.kind == StackKind::Slices && !stack.empty() && stack.entries.front().attributes().plane.has_value();
}

Vector3 normalOf(Stack const& stack)
{
    return stack.entries.front().attributes().plane->normal();
}

// Along `normal`, mm; of a slice that doesn't say where it lies, that of the first.
double placeOf(Stack const& stack, std::size_t index, Vector3 normal)
{
    auto const& plane = stack.entries[std::min(index, stack.entries.size() - 1)].attributes().plane;
    return dot(plane ? plane->position : stack.entries.front().attributes().plane->position, normal);
}

std::size_t nearest(Stack const& stack, Vector3 normal, double place)
{
    std::size_t best = 0;
    double least = std::numeric_limits<double>::max();
    for (std::size_t index = 0; index < stack.entries.size(); ++index)
        if (double const distance = std::abs(placeOf(stack, index, normal) - place); distance < least) {
            least = distance;
            best = index;
        }
    return best;
}

// An ultrasound volume may repeat the UID of what it was laid on, and has axes of its own.
bool isInPatient(Stack const& stack)
{
    return stack.entries.front().attributes().inPatient;
}

int likeness(SeriesIdentity const& one, Stack const& stack, SeriesIdentity const& other, Stack const& shown)
{
    int points = one.modality == other.modality ? 16 : 0;
    points += stack.kind == shown.kind ? 8 : 0;
    points += !one.bodyPart.empty() && one.bodyPart == other.bodyPart ? 4 : 0;
    if (isOfSlices(stack) && isOfSlices(shown))
        points += std::abs(dot(normalOf(stack), normalOf(shown))) >= parallelFrom ? 4 : 0;
    auto const& mine = stack.entries.front();
    auto const& theirs = shown.entries.front();
    points += !mine.image->viewPosition.empty() && mine.image->viewPosition == theirs.image->viewPosition ? 2 : 0;
    points += !one.description.empty() && one.description == other.description ? 3 : 0;
    return points - (stack.kind == StackKind::Localizer && shown.kind != StackKind::Localizer ? 32 : 0);
}
} // namespace

LinkKind linkKind(StackPlace leader, StackPlace follower)
{
    Stack const &one = *leader.stack, &other = *follower.stack;
    if (one.entries.size() < 2 || other.entries.size() < 2)
        return LinkKind::None;
    if (!isOfSlices(one) || !isOfSlices(other))
        return one.kind == other.kind ? LinkKind::Count : LinkKind::None;
    if (std::abs(dot(normalOf(one), normalOf(other))) < parallelFrom)
        return LinkKind::None;
    ImageAttributes const &here = *one.entries.front().image, &there = *other.entries.front().image;
    bool const isOneRoom = !here.frameOfReferenceUid.empty() && here.frameOfReferenceUid == there.frameOfReferenceUid &&
                           isSamePatient(here.patient, there.patient) && isInPatient(one) && isInPatient(other);
    return isOneRoom ? LinkKind::Position : LinkKind::Distance;
}

std::size_t linkedIndex(StackPlace leader, StackPlace follower, std::pair<std::size_t, std::size_t> from)
{
    Stack const &one = *leader.stack, &other = *follower.stack;
    switch (linkKind(leader, follower)) {
    case LinkKind::None:
        break;
    case LinkKind::Position: {
        Vector3 const normal = normalOf(other);
        return nearest(other, normal, placeOf(one, leader.index, normal));
    }
    case LinkKind::Distance: {
        Vector3 normal = normalOf(one);
        double const way = placeOf(one, leader.index, normal) - placeOf(one, from.first, normal);
        normal = normalOf(other);
        double const along = dot(normalOf(one), normal) < 0 ? -way : way;
        return nearest(other, normal, placeOf(other, from.second, normal) + along);
    }
    case LinkKind::Count: {
        auto const way = static_cast<std::ptrdiff_t>(leader.index) - static_cast<std::ptrdiff_t>(from.first);
        auto const last = static_cast<std::ptrdiff_t>(other.entries.size()) - 1;
        return static_cast<std::size_t>(
            std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(from.second) + way, 0, last));
    }
    }
    return follower.index;
}

ComparedStack comparableStack(Study const& earlier, Stack const& shown, SeriesIdentity const& series)
{
    ComparedStack best;
    int most = std::numeric_limits<int>::min();
    for (Series const& candidate : earlier.series)
        for (Stack const& stack : candidate.stacks) {
            if (stack.empty() || shown.empty())
                continue;
            if (int const points = likeness(candidate.identity, stack, series, shown); points > most) {
                most = points;
                best = {&candidate, &stack};
            }
        }
    return best;
}

} // namespace qianli::viewer
