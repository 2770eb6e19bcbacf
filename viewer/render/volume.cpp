#include "viewer/render/volume.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <unistd.h>

namespace qianli::viewer {
namespace {

constexpr std::uint64_t largestVolume = 2ull << 30; // bytes, on any machine
constexpr double highestLevel = 65534;              // cuts need one level for what lies outside

// A quarter of the machine's memory at most: pictures, the system and the report need theirs.
std::uint64_t volumeLimit()
{
    long const pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || size <= 0)
        return largestVolume;
    return std::min(largestVolume, static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size) / 4);
}

bool samePadding(std::optional<PaddingRange> const& a, std::optional<PaddingRange> const& b)
{
    return a.has_value() == b.has_value() && (!a || (a->from == b->from && a->to == b->to));
}

// Whether a level of one slice is the same value in all others, by a straight line.
bool meanTheSame(Stack const& stack, std::vector<std::shared_ptr<Pixels const>> const& slices)
{
    auto const& first = stack.entries.front().attributes().grey;
    for (std::size_t i = 0; i < slices.size(); ++i) {
        auto const& grey = stack.entries[i].attributes().grey;
        if (!grey.modalityLut.empty() || grey.slope <= 0 || grey.slope != first.slope ||
            grey.intercept != first.intercept || !samePadding(grey.padding, first.padding) ||
            slices[i]->base != slices.front()->base || slices[i]->step != slices.front()->step)
            return false;
        auto const& levels = slices[i]->levels;
        if (std::find(levels.begin(), levels.end(), std::numeric_limits<std::uint16_t>::max()) != levels.end())
            return false;
    }
    return true;
}

// How values of the modality become 16-bit levels: value = base + level * step.
struct Quantisation {
    double base = 0;
    double step = 1;
};

bool holds(std::optional<std::pair<std::size_t, std::size_t>> const& range, std::size_t level)
{
    return range && level >= range->first && level <= range->second;
}

Quantisation findQuantisation(Stack const& stack, std::vector<std::shared_ptr<Pixels const>> const& slices)
{
    double low = std::numeric_limits<double>::max();
    double high = std::numeric_limits<double>::lowest();
    double finest = std::numeric_limits<double>::max();
    for (std::size_t i = 0; i < slices.size(); ++i) {
        auto const& grey = stack.entries[i].attributes().grey;
        auto const& levels = slices[i]->levels;
        std::vector<bool> used(65536);
        for (auto const level : levels)
            used[level] = true;
        auto const padding = paddingLevels(*slices[i], grey);
        for (std::size_t level = 0; level < used.size(); ++level) {
            double const stored = slices[i]->base + static_cast<double>(level) * slices[i]->step;
            if (!used[level] || holds(padding, level))
                continue;
            low = std::min(low, grey.modality(stored));
            high = std::max(high, grey.modality(stored));
        }
        finest = std::min(finest, grey.modalityLut.empty() ? std::abs(grey.slope * slices[i]->step) : 1.0);
    }
    if (low > high)
        low = high = 0;
    return {low, std::max({finest, (high - low) / (highestLevel - 1), 1e-12})};
}

} // namespace

Result<void> Volume::check(Stack const& stack)
{
    StackGeometry const geometry = analyseGeometry(stack);
    if (!geometry.isVolume())
        return fail(ErrorCode::Refused, geometry.notAVolume);
    auto const& format = stack.entries.front().image->format;
    if (format.rows < 2 || format.columns < 2)
        return fail(ErrorCode::Refused, "no volume: the images are single lines");
    std::uint64_t const bytes = std::uint64_t{format.columns} * format.rows * stack.entries.size() * 2;
    if (bytes > volumeLimit())
        return fail(ErrorCode::LimitExceeded,
                    fmt::format("no volume: {} slices of {}x{} need {} MB, and this machine may give {} MB",
                                stack.entries.size(), format.columns, format.rows, bytes >> 20, volumeLimit() >> 20));
    return {};
}

Result<std::shared_ptr<Volume const>> Volume::build(Stack const& stack,
                                                    std::vector<std::shared_ptr<Pixels const>> const& slices)
{
    if (auto const good = check(stack); !good)
        return tl::unexpected(good.error());
    auto const& format = stack.entries.front().image->format;
    if (slices.size() != stack.entries.size())
        return fail(ErrorCode::Internal, "a volume needs the pixels of every slice");
    for (auto const& slice : slices)
        if (!slice || slice->isColour || slice->rows != format.rows || slice->columns != format.columns ||
            slice->levels.size() != std::size_t{format.rows} * format.columns)
            return fail(ErrorCode::Refused, "no volume: the pixels of a slice are missing or of another size");
    std::shared_ptr<Volume> volume(new Volume);
    volume->place(stack);
    if (meanTheSame(stack, slices))
        volume->share(stack, slices);
    else
        volume->convert(stack, slices);
    for (auto const& slice : volume->slices_)
        volume->grid_.slices.push_back(slice->levels.data());
    volume->grid_.prepare();
    volume->grey_ = stack.entries.front().attributes().grey;
    volume->grey_.slope = volume->step_;
    volume->grey_.intercept = volume->base_ - volume->step_;
    volume->grey_.modalityLut = {};
    volume->grey_.padding = PaddingRange{0, 0};
    return volume;
}

void Volume::place(Stack const& stack)
{
    geometry_ = analyseGeometry(stack);
    auto const& first = stack.entries.front();
    auto const& plane = *first.attributes().plane;
    grid_.columns = first.image->format.columns;
    grid_.rows = first.image->format.rows;
    grid_.origin = plane.position;
    grid_.row = plane.row;
    grid_.column = plane.column;
    grid_.normal = geometry_.normal;
    grid_.betweenColumns = first.attributes().spacing->betweenColumns;
    grid_.betweenRows = first.attributes().spacing->betweenRows;
    grid_.betweenSlices = geometry_.spacing;
    grid_.missingNext.resize(stack.entries.size());
    for (auto const& gap : geometry_.gaps)
        grid_.missingNext[gap.after] = true;
    for (std::size_t i = 0; i < stack.entries.size(); ++i) {
        Vector3 const way = stack.entries[i].attributes().plane->position - plane.position;
        grid_.shifts.push_back({static_cast<float>(dot(way, plane.row) / grid_.betweenColumns),
                                static_cast<float>(dot(way, plane.column) / grid_.betweenRows)});
        grid_.places.push_back(static_cast<float>(geometry_.offsets[i] / geometry_.spacing));
    }
}

void Volume::share(Stack const& stack, std::vector<std::shared_ptr<Pixels const>> const& slices)
{
    auto const& grey = stack.entries.front().attributes().grey;
    double const storedBase = slices.front()->base, storedStep = slices.front()->step;
    slices_ = slices;
    base_ = grey.modality(storedBase);
    step_ = grey.slope * storedStep;
    if (!grey.padding)
        return;
    double const from = std::ceil((static_cast<double>(grey.padding->from) - storedBase) / storedStep - 1e-9);
    double const to = std::floor((static_cast<double>(grey.padding->to) - storedBase) / storedStep + 1e-9);
    grid_.hasPadding = to >= std::max(from, 0.0) && from <= 65535;
    grid_.paddingFrom = static_cast<std::uint16_t>(std::clamp(from, 0.0, 65535.0));
    grid_.paddingTo = static_cast<std::uint16_t>(std::clamp(to, 0.0, 65535.0));
}

// Level 0 becomes the padding of all slices.
void Volume::convert(Stack const& stack, std::vector<std::shared_ptr<Pixels const>> const& slices)
{
    Quantisation const quantisation = findQuantisation(stack, slices);
    base_ = quantisation.base - quantisation.step;
    step_ = quantisation.step;
    grid_.hasPadding = true;
    std::vector<std::uint16_t> table(65536);
    for (std::size_t i = 0; i < slices.size(); ++i) {
        auto const& grey = stack.entries[i].attributes().grey;
        auto const padding = paddingLevels(*slices[i], grey);
        for (std::size_t level = 0; level < table.size(); ++level) {
            double const stored = slices[i]->base + static_cast<double>(level) * slices[i]->step;
            double const steps = std::round(levelOf(grey.modality(stored)));
            table[level] = holds(padding, level) ? std::uint16_t{0}
                                                 : static_cast<std::uint16_t>(std::clamp(steps, 1.0, highestLevel));
        }
        auto converted = std::make_shared<Pixels>();
        converted->rows = slices[i]->rows;
        converted->columns = slices[i]->columns;
        converted->bitsStored = 16;
        converted->levels.resize(slices[i]->levels.size());
        std::transform(slices[i]->levels.begin(), slices[i]->levels.end(), converted->levels.begin(),
                       [&](std::uint16_t level) { return table[level]; });
        slices_.push_back(std::move(converted));
    }
}

Vector3 Volume::center() const
{
    double const u = (grid_.columns - 1) / 2.0, v = (grid_.rows - 1) / 2.0;
    return (grid_.pixelOf(0, u, v) + grid_.pixelOf(grid_.places.size() - 1, u, v)) * 0.5;
}

std::pair<double, double> Volume::reach(Vector3 direction) const
{
    double low = std::numeric_limits<double>::max();
    double high = std::numeric_limits<double>::lowest();
    for (std::size_t slice = 0; slice < grid_.places.size(); ++slice)
        for (unsigned corner = 0; corner < 4; ++corner) {
            double const at = dot(
                grid_.pixelOf(slice, corner & 1 ? grid_.columns - 1 : 0, corner & 2 ? grid_.rows - 1 : 0), direction);
            low = std::min(low, at);
            high = std::max(high, at);
        }
    return {low, high};
}

double Volume::spacingAlong(Vector3 direction) const
{
    double const x = std::abs(dot(direction, grid_.row));
    double const y = std::abs(dot(direction, grid_.column));
    double const z = std::abs(dot(direction, grid_.normal));
    return x >= y && x >= z ? grid_.betweenColumns : y >= z ? grid_.betweenRows : grid_.betweenSlices;
}

double Volume::finestSpacing() const
{
    return std::min({grid_.betweenColumns, grid_.betweenRows, grid_.betweenSlices});
}

} // namespace qianli::viewer
