#include "viewer/model/stack_split.h"

#include "viewer/model/alike_pictures.h"
#include "viewer/model/slice_distinction.h"

#include <algorithm>
#include <map>
#include <optional>

namespace qianli::viewer {
namespace {

using Entries = std::vector<StackEntry>;

constexpr double samePlace = 0.05; // mm: below any distance of slices, above what rounding does to one place
constexpr std::size_t fewestMoments = 8;
constexpr std::size_t mostDoubles = 64; // at one place: nobody sends a scan more often

double positionOf(StackEntry const& entry, Vector3 normal)
{
    return dot(entry.attributes().plane->position, normal);
}

Vector3 normalOf(Entries const& entries)
{
    return entries.front().attributes().plane->normal();
}

// By place, running the way the instance numbers run, which is the way the technician scanned.
void sortByPlace(Entries& entries)
{
    Vector3 const normal = normalOf(entries);
    std::stable_sort(entries.begin(), entries.end(), isEarlier);
    double const middle = static_cast<double>(entries.size() - 1) / 2;
    double trend = 0;
    for (std::size_t i = 0; i < entries.size(); ++i)
        trend += (static_cast<double>(i) - middle) * positionOf(entries[i], normal);
    double const way = trend < 0 ? -1 : 1;
    std::stable_sort(entries.begin(), entries.end(), [&](StackEntry const& a, StackEntry const& b) {
        return way * positionOf(a, normal) < way * positionOf(b, normal);
    });
}

// Of sorted entries: those that lie in one place together.
std::vector<Entries> placesOf(Entries const& sorted)
{
    Vector3 const normal = normalOf(sorted);
    std::vector<Entries> places;
    for (auto const& entry : sorted)
        if (!places.empty() &&
            std::abs(positionOf(entry, normal) - positionOf(places.back().front(), normal)) < samePlace)
            places.back().push_back(entry);
        else
            places.push_back({entry});
    return places;
}

std::size_t mostAtOnePlace(std::vector<Entries> const& places)
{
    std::size_t most = 0;
    for (auto const& place : places)
        most = std::max(most, place.size());
    return most;
}

bool isEven(Entries const& sorted)
{
    Vector3 const normal = normalOf(sorted);
    std::vector<double> distances;
    for (std::size_t i = 1; i < sorted.size(); ++i)
        distances.push_back(std::abs(positionOf(sorted[i], normal) - positionOf(sorted[i - 1], normal)));
    std::sort(distances.begin(), distances.end());
    double const usual = distances[distances.size() / 2];
    return distances.back() - distances.front() <= std::max(0.1 * usual, 0.11);
}

struct Part {
    SliceDistinction::Key key;
    Entries entries;
};

std::vector<Part> partition(Entries const& entries, SliceDistinction const& distinction)
{
    auto const first = distinction.key(entries.front());
    if (std::all_of(entries.begin(), entries.end(), [&](auto const& entry) { return distinction.key(entry) == first; }))
        return {};
    std::map<SliceDistinction::Key, Entries> byKey;
    for (auto const& entry : entries)
        byKey[distinction.key(entry)].push_back(entry);
    std::vector<Part> parts;
    for (auto& [key, part] : byKey) {
        sortByPlace(part);
        parts.push_back({key, std::move(part)});
    }
    return parts;
}

// Whether the parts are what makes places recur: fewer at one place in each, and not one part for every slice.
bool explainsRecurrence(std::vector<Part> const& parts, std::size_t most)
{
    if (parts.size() < 2)
        return false;
    for (auto const& part : parts)
        if (mostAtOnePlace(placesOf(part.entries)) >= most || (parts.size() > most && part.entries.size() < 3))
            return false;
    return true;
}

// Two scans whose slices lie between each other's: a stack of both would jump to and fro.
bool areInterleaved(std::vector<Part> const& parts, Entries const& whole, SliceDistinction const& distinction)
{
    if (parts.size() < 2 || (distinction.weight == SliceDistinction::Weight::Time && isEven(whole)))
        return false;
    Vector3 const normal = normalOf(whole);
    std::vector<std::pair<double, double>> reaches;
    for (auto const& part : parts) {
        if (part.entries.size() < 3 || !isEven(part.entries))
            return false;
        reaches.push_back(
            std::minmax({positionOf(part.entries.front(), normal), positionOf(part.entries.back(), normal)}));
    }
    std::sort(reaches.begin(), reaches.end());
    for (std::size_t i = 1; i < reaches.size(); ++i)
        if (reaches[i].first < reaches[i - 1].second)
            return true;
    return false;
}

// The same picture sent or stored again under another UID. Without any time two phases that are numbered alike would
// look so, too.
bool isDouble(StackEntry const& a, StackEntry const& b)
{
    auto const& p = a.attributes().description;
    auto const& q = b.attributes().description;
    bool const isTimed = !a.image->contentTime.empty() || !p.acquisitionTime.empty();
    return isTimed && a.image != b.image && a.image->instanceNumber != 0 &&
           a.image->instanceNumber == b.image->instanceNumber && a.frame == b.frame &&
           a.image->acquisitionNumber == b.image->acquisitionNumber && a.image->contentTime == b.image->contentTime &&
           p.acquisitionTime == q.acquisitionTime && p.frameType == q.frameType && p.kernel == q.kernel &&
           p.echoTime == q.echoTime && p.temporalPosition == q.temporalPosition && p.bValue == q.bValue &&
           p.triggerTime == q.triggerTime;
}

// Splits the pictures of one plane, which may share their places.
class PlaceSplitter {
public:
    void split(Entries entries, StackLabel const& label);
    std::vector<Stack> take()
    {
        for (auto& stack : doubles_)
            stacks_.push_back(std::move(stack));
        return std::move(stacks_);
    }

private:
    void add(StackKind kind, Entries entries, StackLabel label)
    {
        if (kind == StackKind::Images)
            std::stable_sort(entries.begin(), entries.end(), isEarlier);
        stacks_.push_back({kind, std::move(entries), std::move(label)});
    }
    bool splitBetween(Entries const& entries, StackLabel const& label);
    bool splitBy(SliceDistinction::Weight weight, Entries const& entries, std::size_t most, StackLabel const& label);
    void splitParts(std::vector<Part> parts, SliceDistinction const& distinction, StackLabel const& label);
    bool setDoublesAside(std::vector<Entries> const& places, StackLabel const& label);
    void splitByPlace(std::vector<Entries> const& places, StackLabel const& label);
    bool splitByTurn(std::vector<Entries> places, std::size_t most, StackLabel const& label);

    std::vector<Stack> stacks_, doubles_;
};

void PlaceSplitter::split(Entries entries, StackLabel const& label)
{
    sortByPlace(entries);
    auto const places = placesOf(entries);
    std::size_t const most = mostAtOnePlace(places);
    if (most == 1) {
        if (!splitBetween(entries, label))
            add(StackKind::Slices, std::move(entries), label);
        return;
    }
    if (places.size() == 1) // one place watched over time
        return add(StackKind::Images, std::move(entries), label);
    if (setDoublesAside(places, label) || splitBy(SliceDistinction::Weight::Recipe, entries, most, label))
        return;
    // Many moments of few places are watched place by place: the beating heart, perfusion.
    if (most > places.size() && most >= fewestMoments)
        return splitByPlace(places, label);
    if (splitBy(SliceDistinction::Weight::Time, entries, most, label) || splitByTurn(places, most, label))
        return;
    add(StackKind::Images, std::move(entries), label);
}

void PlaceSplitter::splitParts(std::vector<Part> parts, SliceDistinction const& distinction, StackLabel const& label)
{
    std::vector<SliceDistinction::Key> keys;
    for (auto const& part : parts)
        keys.push_back(part.key);
    for (std::size_t i = 0; i < parts.size(); ++i)
        split(std::move(parts[i].entries), joined(label, distinction.label(keys, i)));
}

bool PlaceSplitter::splitBetween(Entries const& entries, StackLabel const& label)
{
    for (auto const& distinction : sliceDistinctions())
        if (auto parts = partition(entries, distinction); areInterleaved(parts, entries, distinction)) {
            splitParts(std::move(parts), distinction, label);
            return true;
        }
    return false;
}

bool PlaceSplitter::splitBy(SliceDistinction::Weight weight, Entries const& entries, std::size_t most,
                            StackLabel const& label)
{
    for (auto const& distinction : sliceDistinctions()) {
        if (distinction.weight != weight)
            continue;
        if (auto parts = partition(entries, distinction); explainsRecurrence(parts, most)) {
            splitParts(std::move(parts), distinction, label);
            return true;
        }
    }
    return false;
}

bool PlaceSplitter::setDoublesAside(std::vector<Entries> const& places, StackLabel const& label)
{
    Entries first, again;
    for (auto const& place : places) {
        std::size_t const begin = first.size();
        for (auto const& entry : place) {
            bool const isKnown = place.size() <= mostDoubles &&
                                 std::any_of(first.begin() + static_cast<std::ptrdiff_t>(begin), first.end(),
                                             [&](StackEntry const& other) { return isDouble(entry, other); });
            (isKnown ? again : first).push_back(entry);
        }
    }
    if (again.empty())
        return false;
    split(std::move(first), label);
    StackKind const kind = mostAtOnePlace(placesOf(again)) == 1 ? StackKind::Slices : StackKind::Images;
    doubles_.push_back({kind, std::move(again), joined(label, {"重复", "duplicate"})});
    return true;
}

void PlaceSplitter::splitByPlace(std::vector<Entries> const& places, StackLabel const& label)
{
    for (std::size_t i = 0; i < places.size(); ++i)
        add(StackKind::Images, places[i], joined(label, numbered("层", "slice", i, places.size())));
}

// Nobody says what tells the pictures of a place apart: the first of each place, the second, and so on, by the heart's
// time or in the order in which they were made. Only where places recur alike, or a few single slices were repeated.
bool PlaceSplitter::splitByTurn(std::vector<Entries> places, std::size_t most, StackLabel const& label)
{
    std::size_t full = 0, single = 0, all = 0, timed = 0;
    for (auto const& place : places) {
        full += place.size() == most ? 1 : 0;
        single += place.size() == 1 ? 1 : 0;
        for (auto const& entry : place) {
            ++all;
            timed += entry.attributes().description.triggerTime ? 1 : 0;
        }
    }
    if (full * 10 < places.size() * 8 && single * 10 < places.size() * 8)
        return false;
    bool const byHeart = timed == all;
    std::vector<Entries> turns(most);
    for (auto& place : places) {
        std::stable_sort(place.begin(), place.end(), [byHeart](StackEntry const& a, StackEntry const& b) {
            auto const p = a.attributes().description.triggerTime, q = b.attributes().description.triggerTime;
            return byHeart && p != q ? p < q : isEarlier(a, b);
        });
        for (std::size_t turn = 0; turn < place.size(); ++turn)
            turns[turn].push_back(place[turn]);
    }
    for (std::size_t turn = 0; turn < most; ++turn) {
        sortByPlace(turns[turn]);
        add(StackKind::Slices, std::move(turns[turn]),
            joined(label,
                   byHeart ? numbered("时相", "phase", turn, most) : numbered("同层", "same place", turn, most)));
    }
    return true;
}

// Two stacks of a series must not bear the same name.
void tellApart(std::vector<Stack>& stacks)
{
    std::map<std::string, std::vector<Stack*>> named;
    for (auto& stack : stacks)
        if (stack.kind == StackKind::Slices || stack.kind == StackKind::Images)
            named[stack.label.chinese].push_back(&stack);
    for (auto const& [name, alike] : named)
        for (std::size_t i = 0; alike.size() > 1 && i < alike.size(); ++i)
            alike[i]->label = joined(alike[i]->label, numbered("组", "group", i, alike.size()));
}

} // namespace

bool isEarlier(StackEntry const& a, StackEntry const& b)
{
    auto const order = [](StackEntry const& entry) {
        auto const& description = entry.attributes().description;
        return std::tie(entry.image->instanceNumber, entry.image->acquisitionNumber, entry.image->contentTime,
                        entry.image->sopInstanceUid, description.temporalPosition, description.inStackPosition,
                        entry.frame);
    };
    return order(a) < order(b);
}

std::vector<Stack> splitIntoStacks(std::vector<std::shared_ptr<ImageAttributes const>> const& pictures)
{
    auto sorted = sortPictures(pictures);
    std::vector<Stack> stacks;
    for (auto& group : sorted.planes) {
        PlaceSplitter splitter;
        splitter.split(std::move(group.entries), group.label);
        for (auto& stack : splitter.take())
            stacks.push_back(std::move(stack));
    }
    auto const append = [&stacks](StackKind kind, Entries entries, StackLabel label) {
        std::stable_sort(entries.begin(), entries.end(), isEarlier);
        if (!entries.empty())
            stacks.push_back({kind, std::move(entries), std::move(label)});
    };
    bool const alone = stacks.empty() && sorted.cines.empty();
    append(StackKind::Images, std::move(sorted.loose), alone ? StackLabel() : StackLabel{"其他", "others"});
    tellApart(stacks);
    for (auto& cine : sorted.cines)
        append(StackKind::Cine, std::move(cine), {});
    append(StackKind::Localizer, std::move(sorted.localizers), {"定位像", "localizer"});
    return stacks;
}

} // namespace qianli::viewer
