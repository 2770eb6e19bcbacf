// BlockMap: the lowest and the highest level in each block of a volume, so that rays leap over what can't be seen.
#pragma once

#include "viewer/render/voxel_grid.h"

#include <functional>

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

private:
    Range rangeOf(VoxelGrid const& grid, int column, int row, int slice) const;

    int columns_, rows_, slices_; // blocks
    int margin_;                  // voxels around a block that a sample in it may touch
    std::vector<Range> ranges_;
};

} // namespace qianli::viewer
