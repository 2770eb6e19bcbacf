// BlockMap: the lowest and the highest level in each block of a volume, so that rays leap over what can't be seen.
#pragma once

#include "viewer/render/voxel_grid.h"

#include <functional>
#include <span>

namespace qianli::viewer {

class BlockMap {
public:
    static constexpr int edge = 8; // voxels

    struct Range {
        std::uint16_t low = 65535, high = 0;
    };

    // Reads every voxel once.
    explicit BlockMap(VoxelGrid const& grid);

    // How many blocks away the nearest one is of which `isVisible` holds; 0: this one. At most 255.
    std::vector<std::uint8_t> distances(std::function<bool(Range const&)> const& isVisible) const;
    // Of the block around a voxel.
    std::size_t indexAt(int column, int row, int slice) const
    {
        return (static_cast<std::size_t>(slice / edge) * static_cast<std::size_t>(rows_) +
                static_cast<std::size_t>(row / edge)) *
                   static_cast<std::size_t>(columns_) +
               static_cast<std::size_t>(column / edge);
    }
    std::vector<Range> const& ranges() const { return ranges_; }
    // Of each `edge` points of a line in turn, start + x * step from range.first on: no level is above this one.
    // For grids that are not bent.
    void boundsAlong(GridPoint const& start, GridPoint const& step, std::pair<int, int> range,
                     std::span<std::uint16_t> bounds) const;

private:
    // How a line goes through the blocks along one axis: how many points until the next block, and until each after.
    struct Crossing {
        float next, each;
        int blocksLeft;
        std::ptrdiff_t toNext;
    };
    static Crossing crossingOf(double place, double step, int blocks, std::ptrdiff_t between, std::ptrdiff_t& at);
    Range rangeOf(VoxelGrid const& grid, int column, int row, int slice) const;

    int columns_, rows_, slices_; // blocks
    int margin_;                  // voxels around a block that a sample in it may touch
    std::vector<Range> ranges_;
};

} // namespace qianli::viewer
