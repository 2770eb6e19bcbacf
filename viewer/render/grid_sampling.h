// The levels of a VoxelGrid between its voxels: at one place, or along a line. The innermost loops of all cuts and
// rays.
#pragma once

#include "viewer/render/voxel_grid.h"

#include <cmath>
#include <utility>

namespace qianli::viewer {

// The part of 0 … count-1 in which start + x * step lies between low and high.
inline std::pair<int, int> clipRange(double start, double step, double low, double high, std::pair<int, int> range)
{
    if (std::abs(step) < 1e-12)
        return start < low || start > high ? std::pair(0, 0) : range;
    double from = (low - start) / step, to = (high - start) / step;
    if (from > to)
        std::swap(from, to);
    range.first = std::max(range.first, static_cast<int>(std::ceil(std::clamp(from, -1.0, 1e6))));
    range.second = std::min(range.second, static_cast<int>(std::floor(std::clamp(to, -1.0, 1e6))) + 1);
    return range.second <= range.first ? std::pair(0, 0) : range;
}

// Between the four pixels of one slice around a place in it.
struct Cell {
    std::size_t offset = 0; // of the upper left one
    float across = 0, downwards = 0;
};

inline Cell cellAt(VoxelGrid const& grid, float u, float v)
{
    float const x = std::clamp(u, 0.0f, static_cast<float>(grid.columns - 1));
    float const y = std::clamp(v, 0.0f, static_cast<float>(grid.rows - 1));
    int const column = std::min(static_cast<int>(x), static_cast<int>(grid.columns) - 2);
    int const row = std::min(static_cast<int>(y), static_cast<int>(grid.rows) - 2);
    return {static_cast<std::size_t>(row) * grid.columns + static_cast<std::size_t>(column),
            x - static_cast<float>(column), y - static_cast<float>(row)};
}

inline float blendSlice(std::uint16_t const* pixel, std::size_t columns, float across, float downwards)
{
    auto const above = static_cast<float>(pixel[0]) + across * static_cast<float>(pixel[1] - pixel[0]);
    auto const below =
        static_cast<float>(pixel[columns]) + across * static_cast<float>(pixel[columns + 1] - pixel[columns]);
    return above + downwards * (below - above);
}

// The level at a place, or -1 where nothing was measured. Where padding is near, it is left out of the mean.
float blendBesidePadding(VoxelGrid const& grid, int slice, Cell const& near, Cell const& far, float part);

template <bool Padded>
inline float blend(VoxelGrid const& grid, int slice, Cell const& near, Cell const& far, float part)
{
    auto const index = static_cast<std::size_t>(slice);
    std::uint16_t const* const a = grid.slices[index] + near.offset;
    std::uint16_t const* const b = grid.slices[index + 1] + far.offset;
    std::size_t const n = grid.columns;
    if constexpr (Padded)
        if (grid.isPadding(a[0]) || grid.isPadding(a[1]) || grid.isPadding(a[n]) || grid.isPadding(a[n + 1]) ||
            grid.isPadding(b[0]) || grid.isPadding(b[1]) || grid.isPadding(b[n]) || grid.isPadding(b[n + 1]))
            return blendBesidePadding(grid, slice, near, far, part);
    float const here = blendSlice(a, n, near.across, near.downwards);
    return here + part * (blendSlice(b, n, far.across, far.downwards) - here);
}

// The level at (u, v, w) inside the box, or -1 where nothing was measured.
template <bool Bent, bool Padded>
inline float levelAt(VoxelGrid const& grid, float u, float v, float w)
{
    auto const spot = grid.spotAt(w);
    if constexpr (Bent) {
        if (spot.slice < 0)
            return -1;
        auto const& near = grid.shifts[static_cast<std::size_t>(spot.slice)];
        auto const& far = grid.shifts[static_cast<std::size_t>(spot.slice) + 1];
        auto const width = static_cast<float>(grid.columns) - 0.5f, height = static_cast<float>(grid.rows) - 0.5f;
        // Where the slices lie one beside the other, what only one of them covers is that one's.
        bool const inNear = u - near.u >= -0.5f && u - near.u <= width && v - near.v >= -0.5f && v - near.v <= height;
        bool const inFar = u - far.u >= -0.5f && u - far.u <= width && v - far.v >= -0.5f && v - far.v <= height;
        if (!inNear && !inFar)
            return -1;
        float const part = !inFar ? 0.0f : !inNear ? 1.0f : spot.part;
        return blend<Padded>(grid, spot.slice, cellAt(grid, u - near.u, v - near.v), cellAt(grid, u - far.u, v - far.v),
                             part);
    } else {
        Cell const cell = cellAt(grid, u, v);
        return blend<Padded>(grid, spot.slice, cell, cell, spot.part);
    }
}

// The grid as the innermost loop wants it where nothing is bent and nothing is padding: in registers.
class StraightSampler {
public:
    explicit StraightSampler(VoxelGrid const& grid)
        : slices_(grid.slices.data()), columns_(grid.columns), lastColumn_(static_cast<int>(grid.columns) - 2),
          lastRow_(static_cast<int>(grid.rows) - 2), lastSlice_(static_cast<int>(grid.slices.size()) - 2),
          width_(static_cast<float>(grid.columns - 1)), height_(static_cast<float>(grid.rows - 1)),
          depth_(static_cast<float>(grid.slices.size() - 1))
    {
    }

    float at(float u, float v, float w) const
    {
        float const x = std::min(std::max(u, 0.0f), width_), y = std::min(std::max(v, 0.0f), height_);
        float const z = std::min(std::max(w, 0.0f), depth_);
        int const column = std::min(static_cast<int>(x), lastColumn_), row = std::min(static_cast<int>(y), lastRow_);
        int const slice = std::min(static_cast<int>(z), lastSlice_);
        float const across = x - static_cast<float>(column), downwards = y - static_cast<float>(row);
        std::size_t const offset = static_cast<std::size_t>(row) * columns_ + static_cast<std::size_t>(column);
        float const near = blendSlice(slices_[slice] + offset, columns_, across, downwards);
        float const far = blendSlice(slices_[slice + 1] + offset, columns_, across, downwards);
        return near + (z - static_cast<float>(slice)) * (far - near);
    }

private:
    std::uint16_t const* const* slices_;
    std::size_t columns_;
    int lastColumn_, lastRow_, lastSlice_;
    float width_, height_, depth_;
};

// The part of a line's range that lies in a box that is not bent.
inline std::pair<int, int> insideBox(VoxelGrid const& grid, GridPoint const& start, GridPoint const& step,
                                     std::pair<int, int> range)
{
    range = clipRange(start.w, step.w, grid.firstPlace(), grid.lastPlace(), range);
    range = clipRange(start.u, step.u, -0.5, grid.columns - 0.5, range);
    return clipRange(start.v, step.v, -0.5, grid.rows - 0.5, range);
}

// Calls `take(x, level)` for each x of `range` where something was measured; the points start + x * step.
template <bool Bent, bool Padded, typename Take>
inline void sampleRange(VoxelGrid const& grid, GridPoint const& start, GridPoint const& step, std::pair<int, int> range,
                        Take const& take)
{
    range = Bent ? clipRange(start.w, step.w, grid.firstPlace(), grid.lastPlace(), range)
                 : insideBox(grid, start, step, range);
    auto const u = static_cast<float>(start.u), v = static_cast<float>(start.v), w = static_cast<float>(start.w);
    auto const du = static_cast<float>(step.u), dv = static_cast<float>(step.v), dw = static_cast<float>(step.w);
    for (int x = range.first; x < range.second; ++x) {
        auto const at = static_cast<float>(x);
        float const level = levelAt<Bent, Padded>(grid, u + at * du, v + at * dv, w + at * dw);
        if (level >= 0)
            take(x, level);
    }
}

template <typename Take>
inline void sampleLine(VoxelGrid const& grid, GridPoint const& start, GridPoint const& step, int count,
                       Take const& take)
{
    bool const bent = grid.isSheared || grid.isUneven;
    if (bent && grid.hasPadding)
        sampleRange<true, true>(grid, start, step, {0, count}, take);
    else if (bent)
        sampleRange<true, false>(grid, start, step, {0, count}, take);
    else if (grid.hasPadding)
        sampleRange<false, true>(grid, start, step, {0, count}, take);
    else
        sampleRange<false, false>(grid, start, step, {0, count}, take);
}

} // namespace qianli::viewer
