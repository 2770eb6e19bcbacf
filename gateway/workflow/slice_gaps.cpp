#include "gateway/workflow/slice_gaps.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

namespace qianli::gateway {
namespace {

using Range = model::MissingImages::Range;

constexpr double same = 0.01;         // mm: two slices at one place
constexpr double unevenFrom = 1.5;    // times the usual distance: a slice is missing
constexpr std::size_t fewest = 4;     // slices that show what is usual
constexpr std::size_t mostRanges = 4; // that a person reads
// Numbers spread wider than this say nothing about what is missing.
constexpr int widestSpread = 20;

template <std::size_t count>
bool readNumbers(std::string_view value, std::array<double, count>& numbers)
{
    auto const parts = text::split(value, '\\');
    if (parts.size() != count)
        return false;
    for (std::size_t i = 0; i < count; ++i) {
        std::string_view part = text::trim(parts[i]);
        if (part.starts_with('+'))
            part.remove_prefix(1);
        auto const [end, error] = std::from_chars(part.data(), part.data() + part.size(), numbers[i]);
        if (error != std::errc() || end != part.data() + part.size() || !std::isfinite(numbers[i]))
            return false;
    }
    return true;
}

double median(std::vector<double> values)
{
    auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

// A run of numbers that is missing.
struct Hole {
    int first = 0, last = 0;
    int size() const { return last - first + 1; }
};

class NumberedSlices {
public:
    // Sorted by number, no number twice.
    explicit NumberedSlices(std::vector<Slice> const& slices) : slices_(slices)
    {
        std::vector<double> ofNeighbours, ofAll;
        for (std::size_t i = 1; i < slices.size(); ++i) {
            if (slices[i].stack != slices[i - 1].stack)
                continue;
            int const apart = *slices[i].number - *slices[i - 1].number;
            double const step = (slices[i].position - slices[i - 1].position) / apart;
            ofAll.push_back(step);
            if (apart == 1)
                ofNeighbours.push_back(step);
        }
        if (!ofAll.empty())
            step_ = median(ofNeighbours.empty() ? ofAll : ofNeighbours);
        showsStep_ = !ofNeighbours.empty();
        findPeriod();
    }

    std::vector<Hole> holes() const
    {
        std::vector<Hole> found;
        for (std::size_t i = 1; i < slices_.size(); ++i) {
            Slice const &before = slices_[i - 1], &after = slices_[i];
            if (*after.number - *before.number > 1 && before.stack == after.stack && !areNeighbours(before, after))
                found.push_back({*before.number + 1, *after.number - 1});
        }
        return found;
    }

    // Where a slice of that number would be.
    std::optional<double> positionOf(int number) const
    {
        if (step_ == 0)
            return std::nullopt;
        auto const after = std::ranges::lower_bound(slices_, number, {}, [](Slice const& one) { return *one.number; });
        if (after == slices_.end())
            return period_ ? repeated(number)
                           : std::optional(slices_.back().position + step_ * (number - *slices_.back().number));
        if (after == slices_.begin())
            return period_ ? repeated(number) : std::optional(after->position - step_ * (*after->number - number));
        Slice const &left = *(after - 1), &right = *after;
        double const fromLeft = left.position + step_ * (number - *left.number);
        double const fromRight = right.position - step_ * (*right.number - number);
        if (std::abs(fromLeft - fromRight) <= std::abs(step_) / 2)
            return fromLeft;
        if (period_)
            return repeated(number);
        // The distances vary: in between, evenly.
        double const share = static_cast<double>(number - *left.number) / (*right.number - *left.number);
        return left.position + share * (right.position - left.position);
    }
    double step() const { return std::abs(step_); }

private:
    // Their numbers are apart, and they lie side by side: it is how the device counts.
    bool areNeighbours(Slice const& before, Slice const& after) const
    {
        return showsStep_ && std::abs(after.position - before.position) < unevenFrom * std::abs(step_) && !period_;
    }

    // Scans that go over the same places again and again.
    void findPeriod()
    {
        std::map<long, int> seen;
        for (Slice const& one : slices_) {
            auto const [earlier, isNew] = seen.try_emplace(std::lround(one.position / same), *one.number);
            if (isNew)
                continue;
            int const apart = *one.number - earlier->second;
            period_ = period_ ? std::min(*period_, apart) : apart;
            earlier->second = *one.number;
        }
    }
    std::optional<double> repeated(int number) const
    {
        for (Slice const& one : slices_)
            if ((number - *one.number) % *period_ == 0)
                return one.position;
        return std::nullopt;
    }

    std::vector<Slice> const& slices_;
    double step_ = 0; // from a number to the next one
    bool showsStep_ = false;
    std::optional<int> period_;
};

std::vector<Range> rangesOf(std::vector<double> positions, double step)
{
    std::ranges::sort(positions);
    std::vector<Range> ranges;
    for (double const position : positions) {
        if (!ranges.empty() && position - ranges.back().to <= unevenFrom * step)
            ranges.back().to = position;
        else
            ranges.push_back({position, position});
    }
    if (ranges.size() > mostRanges)
        ranges = {{ranges.front().from, ranges.back().to}};
    return ranges;
}

// Where they begin at one, what is missing may be before the first, too.
void addEnds(std::vector<Hole>& holes, std::vector<Slice> const& slices, int missing)
{
    for (Hole const& hole : holes)
        missing -= hole.size();
    int const first = *slices.front().number, last = *slices.back().number;
    if (int const before = first - 1; before > 0 && before <= missing) {
        holes.insert(holes.begin(), {1, before});
        missing -= before;
    }
    if (missing > 0)
        holes.push_back({last + 1, last + missing});
}

SliceGaps byNumbers(std::vector<Slice> const& slices, std::optional<int> missing)
{
    NumberedSlices const numbered(slices);
    auto holes = numbered.holes();
    int inside = 0;
    for (Hole const& hole : holes)
        inside += hole.size();
    SliceGaps gaps;
    if (missing && inside > *missing) { // not every hole is one
        gaps.count = *missing;
        return gaps;
    }
    if (missing)
        addEnds(holes, slices, *missing);
    std::vector<double> positions;
    bool placed = true;
    for (Hole const& hole : holes) {
        gaps.count += hole.size();
        for (int number = hole.first; number <= hole.last; ++number) {
            auto const position = numbered.positionOf(number);
            placed = placed && position;
            if (position)
                positions.push_back(*position);
        }
    }
    // Half of the truth would be read as all of it.
    if (placed)
        gaps.ranges = rangesOf(std::move(positions), numbered.step());
    return gaps;
}

SliceGaps byDistances(std::vector<Slice> slices)
{
    SliceGaps gaps;
    std::ranges::sort(slices, {}, [](Slice const& one) { return std::pair(one.stack, one.position); });
    for (auto begin = slices.begin(); begin != slices.end();) {
        auto const end = std::find_if(begin, slices.end(), [&](auto const& one) { return one.stack != begin->stack; });
        std::vector<double> distances;
        for (auto slice = begin + 1; slice < end; ++slice)
            if (double const distance = slice->position - (slice - 1)->position; distance > same)
                distances.push_back(distance);
        if (distances.size() + 1 >= fewest) {
            double const usual = median(distances);
            for (auto slice = begin + 1; slice < end; ++slice) {
                double const distance = slice->position - (slice - 1)->position;
                if (distance <= unevenFrom * usual)
                    continue;
                gaps.count += static_cast<int>(std::min<long>(std::lround(distance / usual) - 1, 100'000));
                gaps.ranges.push_back({(slice - 1)->position + usual, slice->position - usual});
            }
        }
        begin = end;
    }
    if (gaps.ranges.size() > mostRanges)
        gaps.ranges = {{gaps.ranges.front().from, gaps.ranges.back().to}};
    return gaps;
}

bool haveUsableNumbers(std::vector<Slice> const& sorted)
{
    if (std::ranges::any_of(sorted, [](Slice const& one) { return !one.number; }))
        return false;
    auto const twice = std::ranges::adjacent_find(sorted, {}, [](Slice const& one) { return *one.number; });
    auto const spread = static_cast<std::int64_t>(*sorted.back().number) - *sorted.front().number;
    return twice == sorted.end() &&
           spread <= static_cast<std::int64_t>(widestSpread) * static_cast<std::int64_t>(sorted.size());
}

} // namespace

std::optional<SlicePlace> placeOfSlice(std::string_view position, std::string_view orientation)
{
    std::array<double, 3> corner{};
    std::array<double, 6> cosines{};
    if (!readNumbers(position, corner) || !readNumbers(orientation, cosines))
        return std::nullopt;
    auto const& [a, b, c, d, e, f] = cosines;
    std::array<double, 3> normal{b * f - c * e, c * d - a * f, a * e - b * d};
    double const length = std::hypot(normal[0], normal[1], normal[2]);
    if (length < 0.9 || length > 1.1) // no two directions at a right angle
        return std::nullopt;
    double along = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        normal[i] /= length;
        along += corner[i] * normal[i];
    }
    return SlicePlace{along, normal};
}

SliceGaps findSliceGaps(std::vector<Slice> slices, std::optional<int> expected, Distances distances)
{
    std::optional<int> missing;
    if (expected)
        missing = *expected - static_cast<int>(slices.size());
    if (slices.empty() || (!missing && slices.size() < fewest) || (missing && *missing <= 0))
        return {};
    std::ranges::sort(slices, {}, [](Slice const& one) { return one.number.value_or(0); });
    if (slices.size() >= 2 && haveUsableNumbers(slices))
        return byNumbers(slices, missing);
    if (distances == Distances::MayVary && !missing)
        return {};
    SliceGaps gaps = byDistances(std::move(slices));
    if (missing && gaps.count != *missing)
        gaps.ranges.clear();
    return gaps;
}

} // namespace qianli::gateway
