// CutSampler: one line of a cut, sampled at one depth or at all depths of a slab.
#pragma once

#include "viewer/render/mpr.h"

#include <vector>

namespace qianli::viewer {

class CutSampler {
public:
    CutSampler(VoxelGrid const& grid, SlabMode mode, int width);

    void begin();
    // The points start + x * step of one depth.
    void add(GridPoint const& start, GridPoint const& step);
    void finish(int depths);
    // Grid levels, -1 where nothing was measured.
    std::vector<float> const& levels() const { return levels_; }

private:
    void take(int begin, int end);

    VoxelGrid const& grid_;
    SlabMode mode_;
    std::vector<float> levels_, counts_, run_;
};

} // namespace qianli::viewer
