#include "viewer/render/block_map.h"

#include "viewer/render/line_workers.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace qianli::viewer {

namespace {
constexpr float never = 1e9f; // points

int blocksIn(std::size_t voxels)
{
    return static_cast<int>((voxels + BlockMap::edge - 1) / BlockMap::edge);
}

// How far, in voxels, neighbouring slices are shifted against each other.
int shiftBetween(VoxelGrid const& grid)
{
    float most = 0;
    for (std::size_t slice = 1; grid.isSheared && slice < grid.shifts.size(); ++slice)
        most = std::max({most, std::abs(grid.shifts[slice].u - grid.shifts[slice - 1].u),
                         std::abs(grid.shifts[slice].v - grid.shifts[slice - 1].v)});
    return static_cast<int>(std::ceil(most));
}
} // namespace

BlockMap::BlockMap(VoxelGrid const& grid)
    : columns_(blocksIn(grid.columns)), rows_(blocksIn(grid.rows)), slices_(blocksIn(grid.slices.size())),
      margin_(shiftBetween(grid))
{
    ranges_.resize(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_) *
                   static_cast<std::size_t>(slices_));
    forEachLineRange(slices_, [&](int from, int to) {
        for (int slice = from; slice < to; ++slice)
            for (int row = 0; row < rows_; ++row)
                for (int column = 0; column < columns_; ++column)
                    ranges_[indexAt(column * edge, row * edge, slice * edge)] = rangeOf(grid, column, row, slice);
    });
}

BlockMap::Range BlockMap::rangeOf(VoxelGrid const& grid, int column, int row, int slice) const
{
    auto const limit = [](int value, std::size_t count) {
        return static_cast<std::size_t>(std::clamp(value, 0, static_cast<int>(count) - 1));
    };
    std::size_t const left = limit(column * edge - margin_, grid.columns);
    std::size_t const right = limit((column + 1) * edge + margin_, grid.columns);
    std::size_t const top = limit(row * edge - margin_, grid.rows);
    std::size_t const bottom = limit((row + 1) * edge + margin_, grid.rows);
    Range range;
    for (std::size_t z = limit(slice * edge, grid.slices.size()); z <= limit((slice + 1) * edge, grid.slices.size());
         ++z)
        for (std::size_t y = top; y <= bottom; ++y) {
            std::uint16_t const* const line = grid.slices[z] + y * grid.columns;
            for (std::size_t x = left; x <= right; ++x) {
                range.low = std::min(range.low, line[x]);
                range.high = std::max(range.high, line[x]);
            }
        }
    return range;
}

// There and back through the blocks: the largest difference of coordinates to the nearest visible one.
std::vector<std::uint8_t> BlockMap::distances(std::function<bool(Range const&)> const& isVisible) const
{
    std::vector<std::uint8_t> far(ranges_.size(), 255);
    for (std::size_t i = 0; i < far.size(); ++i)
        if (isVisible(ranges_[i]))
            far[i] = 0;
    auto const spread = [&](int way) {
        for (int step = 0; step < slices_ * rows_ * columns_; ++step) {
            int const at = way > 0 ? step : slices_ * rows_ * columns_ - 1 - step;
            int const x = at % columns_, y = at / columns_ % rows_, z = at / columns_ / rows_;
            int nearest = far[static_cast<std::size_t>(at)];
            for (int dz = -1; dz <= 1; ++dz)
                for (int dy = -1; dy <= 1; ++dy)
                    for (int dx = -1; dx <= 1; ++dx) {
                        int const before = (dz * rows_ + dy) * columns_ + dx;
                        if (before * way >= 0 || x + dx < 0 || x + dx >= columns_ || y + dy < 0 || y + dy >= rows_ ||
                            z + dz < 0 || z + dz >= slices_)
                            continue;
                        nearest = std::min(nearest, far[static_cast<std::size_t>(at + before)] + 1);
                    }
            far[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(nearest);
        }
    };
    spread(1);
    spread(-1);
    return far;
}

BlockMap::Crossing BlockMap::crossingOf(double place, double step, int blocks, std::ptrdiff_t between,
                                        std::ptrdiff_t& at)
{
    // What lies half a voxel before the first block or behind the last is theirs.
    int const block = std::clamp(static_cast<int>(std::floor(place / edge)), 0, blocks - 1);
    at += block * between;
    if (std::abs(step) < 1e-9)
        return {never, never, 0, 0};
    double const border = step > 0 ? (block + 1) * edge : block * edge;
    return {static_cast<float>(std::max((border - place) / step, 0.0)), static_cast<float>(edge / std::abs(step)),
            step > 0 ? blocks - 1 - block : block, step > 0 ? between : -between};
}

void BlockMap::boundsAlong(GridPoint const& start, GridPoint const& step, std::pair<int, int> range,
                           std::span<std::uint16_t> bounds) const
{
    constexpr float unsure = 0.01f; // points this near to a border belong to both sides
    double const first = range.first;
    std::ptrdiff_t at = 0;
    std::array<Crossing, 3> ways{
        crossingOf(start.u + first * step.u, step.u, columns_, 1, at),
        crossingOf(start.v + first * step.v, step.v, rows_, columns_, at),
        crossingOf(start.w + first * step.w, step.w, slices_, static_cast<std::ptrdiff_t>(rows_) * columns_, at)};
    auto const end = static_cast<float>(range.second - range.first);
    std::fill(bounds.begin(), bounds.end(), std::uint16_t(0));
    for (float entered = 0;;) {
        std::uint16_t const high = ranges_[static_cast<std::size_t>(at)].high;
        Crossing& way = ways[0].next < ways[1].next ? (ways[0].next < ways[2].next ? ways[0] : ways[2])
                                                    : (ways[1].next < ways[2].next ? ways[1] : ways[2]);
        float const left = std::min(way.next, end);
        auto const from = static_cast<std::size_t>(std::max(entered - unsure, 0.0f)) / edge;
        auto const to = std::min(static_cast<std::size_t>(left + unsure) / edge, bounds.size() - 1);
        for (std::size_t i = from; i <= to; ++i)
            bounds[i] = std::max(bounds[i], high);
        if (way.next >= end)
            return;
        entered = way.next;
        bool const isLast = way.blocksLeft-- <= 0;
        way.next = isLast ? never : way.next + way.each;
        at += isLast ? 0 : way.toNext;
    }
}

} // namespace qianli::viewer
