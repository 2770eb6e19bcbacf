#include "viewer/render/grid_sampling.h"

#include <cmath>

namespace qianli::viewer {

namespace {
constexpr float straight = 0.05f; // of a pixel or of a distance between slices: positions are written with few digits
constexpr std::size_t mostCells = 65536; // of the table from places to slices
} // namespace

void VoxelGrid::prepare()
{
    isSheared = std::any_of(shifts.begin(), shifts.end(), [](Shift const& shift) {
        return std::abs(shift.u) > straight || std::abs(shift.v) > straight;
    });
    isUneven = std::find(missingNext.begin(), missingNext.end(), true) != missingNext.end();
    float closest = places.back();
    for (std::size_t slice = 0; slice < places.size(); ++slice) {
        isUneven = isUneven || std::abs(places[slice] - static_cast<float>(slice)) > straight;
        if (slice > 0)
            closest = std::min(closest, places[slice] - places[slice - 1]);
    }
    if (!isUneven)
        return;
    auto const cells = std::clamp<std::size_t>(
        static_cast<std::size_t>(2 * places.back() / std::max(closest, 1e-3f)) + 1, 1, mostCells);
    cellsPerPlace_ = static_cast<float>(cells) / places.back();
    firstOfCell_.resize(cells);
    std::size_t slice = 0;
    for (std::size_t cell = 0; cell < cells; ++cell) {
        while (slice + 2 < places.size() && places[slice + 1] * cellsPerPlace_ <= static_cast<float>(cell))
            ++slice;
        firstOfCell_[cell] = static_cast<std::uint16_t>(slice);
    }
}

VoxelGrid::Spot VoxelGrid::unevenSpot(float w) const
{
    float const inside = std::clamp(w, 0.0f, places.back());
    auto const cell = std::min(static_cast<std::size_t>(inside * cellsPerPlace_), firstOfCell_.size() - 1);
    std::size_t slice = firstOfCell_[cell];
    while (slice + 2 < places.size() && places[slice + 1] <= inside)
        ++slice;
    float const way = inside - places[slice], distance = places[slice + 1] - places[slice];
    if (!missingNext[slice])
        return {static_cast<int>(slice), way / distance};
    // Half a usual distance belongs to the slices on both sides, what lies between was never seen.
    if (way <= 0.5f)
        return {static_cast<int>(slice), 0};
    if (distance - way <= 0.5f)
        return {static_cast<int>(slice), 1};
    return {};
}

float blendBesidePadding(VoxelGrid const& grid, int slice, Cell const& near, Cell const& far, float part)
{
    float sum = 0, weights = 0;
    auto const add = [&](std::uint16_t const* pixel, Cell const& cell, float weight) {
        for (unsigned corner = 0; corner < 4; ++corner) {
            std::uint16_t const level = pixel[cell.offset + (corner & 1) + (corner & 2 ? grid.columns : 0)];
            float const share = weight * (corner & 1 ? cell.across : 1 - cell.across) *
                                (corner & 2 ? cell.downwards : 1 - cell.downwards);
            if (grid.isPadding(level))
                continue;
            sum += share * static_cast<float>(level);
            weights += share;
        }
    };
    auto const index = static_cast<std::size_t>(slice);
    add(grid.slices[index], near, 1 - part);
    add(grid.slices[index + 1], far, part);
    return weights >= 0.5f ? sum / weights : -1;
}

} // namespace qianli::viewer
