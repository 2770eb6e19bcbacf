#include "viewer/render/ray_caster.h"

#include "viewer/render/straight_run.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace qianli::viewer {

namespace {
constexpr float opaque = 0.02f;                               // of the light still comes through: nobody sees more
constexpr float worthLight = 0.01f;                           // opacity below which a surface's slope is not asked for
constexpr float ambient = 0.32f, diffuse = 0.68f, shine = 60; // of a lamp at the reader's eye

std::uint32_t channel(float value)
{
    return static_cast<std::uint32_t>(std::clamp(value, 0.0f, 255.0f));
}

// By bent and padded, as the grid is.
template <typename Call>
auto choose(VoxelGrid const& grid, Call const& call)
{
    bool const bent = grid.isSheared || grid.isUneven;
    if (bent)
        return grid.hasPadding ? call(std::true_type(), std::true_type()) : call(std::true_type(), std::false_type());
    return grid.hasPadding ? call(std::false_type(), std::true_type()) : call(std::false_type(), std::false_type());
}

// How many voxels a step goes along any axis, at most.
double reachOf(VoxelGrid const& grid, GridPoint const& step)
{
    double closest = 1, shift = 0;
    for (std::size_t i = 1; i < grid.places.size(); ++i) {
        closest = std::min<double>(closest, grid.places[i] - grid.places[i - 1]);
        shift = std::max<double>({shift, std::abs(grid.shifts[i].u - grid.shifts[i - 1].u),
                                  std::abs(grid.shifts[i].v - grid.shifts[i - 1].v)});
    }
    double const slices = std::abs(step.w) / std::max(closest, 0.01);
    return std::max({std::abs(step.u) + slices * shift, std::abs(step.v) + slices * shift, slices, 1e-6});
}
} // namespace

RayCaster::RayCaster(VolumeRenderer const& renderer, Way const& way)
    : renderer_(renderer), grid_(renderer.volume_->grid()), way_(way),
      entriesPerLevel_(renderer.table_.empty()
                           ? 0
                           : static_cast<float>(renderer.table_.size() - 1) /
                                 static_cast<float>(std::max(1, renderer.highest_ - renderer.lowest_))),
      voxelsPerStep_(reachOf(grid_, way.step))
{
    for (auto const& shift : grid_.shifts) {
        least_ = {std::min(least_.u, shift.u), std::min(least_.v, shift.v)};
        most_ = {std::max(most_.u, shift.u), std::max(most_.v, shift.v)};
    }
}

std::pair<int, int> RayCaster::stepsInside(GridPoint const& start) const
{
    auto range = clipRange(start.w, way_.step.w, grid_.firstPlace(), grid_.lastPlace(), {0, way_.count});
    range = clipRange(start.u, way_.step.u, least_.u - 0.5, most_.u + grid_.columns - 0.5, range);
    return clipRange(start.v, way_.step.v, least_.v - 0.5, most_.v + grid_.rows - 0.5, range);
}

RayCaster::Place RayCaster::placeOf(GridPoint const& start, float step) const
{
    return {static_cast<float>(start.u) + step * static_cast<float>(way_.step.u),
            static_cast<float>(start.v) + step * static_cast<float>(way_.step.v),
            static_cast<float>(start.w) + step * static_cast<float>(way_.step.w)};
}

std::size_t RayCaster::blockAt(Place at) const
{
    auto const spot = grid_.spotAt(at.w);
    int const slice = std::max(spot.slice, 0);
    auto const& shift = grid_.shifts[static_cast<std::size_t>(slice)];
    int const column =
        std::clamp(static_cast<int>(at.u - (grid_.isSheared ? shift.u : 0.0f)), 0, static_cast<int>(grid_.columns) - 1);
    int const row =
        std::clamp(static_cast<int>(at.v - (grid_.isSheared ? shift.v : 0.0f)), 0, static_cast<int>(grid_.rows) - 1);
    return renderer_.blocks_.indexAt(column, row, slice);
}

// Until the ray has left the block it is in; where slices are shifted or uneven, one at a time.
template <bool Bent>
int RayCaster::stepsToLeave(Place at) const
{
    if constexpr (Bent)
        return 1;
    auto const along = [](float place, double step) {
        double const begin = std::floor(std::max(place, 0.0f) / BlockMap::edge) * BlockMap::edge;
        return step > 1e-9 ? (begin + BlockMap::edge - place) / step : step < -1e-9 ? (begin - place) / step : 1e9;
    };
    double const steps = std::min({along(at.u, way_.step.u), along(at.v, way_.step.v), along(at.w, way_.step.w), 1e6});
    return std::max(1, static_cast<int>(std::ceil(steps)));
}

// Of the levels along a way to the next neighbours; at the border of what was measured there is none.
template <bool Bent, bool Padded>
float RayCaster::slope(Place at, GridPoint const& way, float level) const
{
    auto const u = static_cast<float>(way.u), v = static_cast<float>(way.v), w = static_cast<float>(way.w);
    float const ahead = levelAt<Bent, Padded>(grid_, at.u + u, at.v + v, at.w + w);
    if (way_.isDraft)
        return ahead < 0 ? 0 : 2 * (ahead - level);
    float const behind = levelAt<Bent, Padded>(grid_, at.u - u, at.v - v, at.w - w);
    return (ahead < 0 ? level : ahead) - (behind < 0 ? level : behind);
}

template <bool Bent, bool Padded>
void RayCaster::add(Sum& sum, VolumeRenderer::Entry const& entry, Place at, float level) const
{
    float lit = 1, glint = 0;
    if (entry.opacity * sum.through > (way_.isDraft ? 3 * worthLight : worthLight)) {
        float const x = slope<Bent, Padded>(at, way_.right, level), y = slope<Bent, Padded>(at, way_.down, level);
        float const z = slope<Bent, Padded>(at, way_.into, level);
        float const size = std::sqrt(x * x + y * y + z * z);
        float const facing = size > 1e-3f ? std::abs(z) / size : 1.0f;
        float const square = facing * facing, fourth = square * square;
        lit = ambient + diffuse * facing;
        glint = shine * fourth * fourth * fourth;
    }
    float const share = entry.opacity * sum.through;
    sum.red += share * (entry.red * lit + glint);
    sum.green += share * (entry.green * lit + glint);
    sum.blue += share * (entry.blue * lit + glint);
    sum.through *= 1 - entry.opacity;
}

template <bool Bent, bool Padded>
std::uint32_t RayCaster::castColour(GridPoint const& start, double shake) const
{
    auto const [first, end] = stepsInside(start);
    Sum sum;
    for (int step = first; step < end && sum.through > opaque;) {
        Place const at = placeOf(start, static_cast<float>(step + shake));
        int const blocks = renderer_.leaps_[blockAt(at)];
        if (blocks > 0) {
            step += std::max(stepsToLeave<Bent>(at), static_cast<int>((blocks - 1) * BlockMap::edge / voxelsPerStep_));
            continue;
        }
        ++step;
        float const level = levelAt<Bent, Padded>(grid_, at.u, at.v, at.w);
        if ((Bent || Padded) && level < 0)
            continue;
        auto const index = static_cast<std::size_t>(
            std::max(0.0f, (level - static_cast<float>(renderer_.lowest_)) * entriesPerLevel_ + 0.5f));
        auto const& entry = renderer_.table_[std::min(index, renderer_.table_.size() - 1)];
        if (entry.opacity > 0)
            add<Bent, Padded>(sum, entry, at, level);
    }
    return 0xFF000000u | channel(sum.red) << 16 | channel(sum.green) << 8 | channel(sum.blue);
}

// Where slices are shifted or uneven, each point asks for its block.
template <bool Padded>
float RayCaster::castHighestBent(GridPoint const& start) const
{
    auto const [first, end] = stepsInside(start);
    float best = -1;
    // First here and there: whatever is found bright spares most blocks the second, close look.
    for (int const stride : {4, 1})
        for (int step = first; step < end; ++step) {
            Place const at = placeOf(start, static_cast<float>(step));
            if (static_cast<float>(renderer_.blocks_.ranges()[blockAt(at)].high) <= best)
                continue;
            best = std::max(best, levelAt<true, Padded>(grid_, at.u, at.v, at.w));
            step += stride - 1;
        }
    return best;
}

template <bool Padded>
float RayCaster::highestOf(GridPoint const& start, std::pair<int, int> steps, float* levels) const
{
    if constexpr (Padded)
        for (int step = steps.first; step < steps.second; ++step) {
            Place const at = placeOf(start, static_cast<float>(step));
            levels[step] = levelAt<false, true>(grid_, at.u, at.v, at.w);
        }
    else
        straightRun(grid_, start, way_.step, steps, levels);
    return *std::max_element(levels + steps.first, levels + steps.second);
}

// The brightest stretch first: it spares most of the others a look.
template <bool Padded>
float RayCaster::castHighestStraight(GridPoint const& start) const
{
    auto const [first, end] = stepsInside(start);
    if (end <= first)
        return -1;
    thread_local std::vector<std::uint16_t> bounds;
    thread_local std::vector<float> levels;
    levels.resize(static_cast<std::size_t>(way_.count));
    bounds.resize(static_cast<std::size_t>(end - first + BlockMap::edge - 1) / BlockMap::edge);
    renderer_.blocks_.boundsAlong(start, way_.step, {first, end}, bounds);
    auto const stretch = [&](std::size_t i) {
        int const from = first + static_cast<int>(i) * BlockMap::edge;
        return highestOf<Padded>(start, {from, std::min(from + BlockMap::edge, end)}, levels.data());
    };
    float best = stretch(static_cast<std::size_t>(std::max_element(bounds.begin(), bounds.end()) - bounds.begin()));
    for (std::size_t i = 0; i < bounds.size(); ++i)
        if (static_cast<float>(bounds[i]) > best)
            best = std::max(best, stretch(i));
    return best;
}

std::uint32_t RayCaster::colour(GridPoint const& start, double shake) const
{
    return choose(grid_, [&](auto bent, auto padded) { return castColour<bent.value, padded.value>(start, shake); });
}

float RayCaster::highest(GridPoint const& start) const
{
    return choose(grid_, [&](auto bent, auto padded) {
        if constexpr (bent.value)
            return castHighestBent<padded.value>(start);
        else
            return castHighestStraight<padded.value>(start);
    });
}

} // namespace qianli::viewer
