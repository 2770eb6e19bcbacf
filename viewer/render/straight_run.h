// StraightRun: the levels along a line through a grid in which nothing is bent and nothing is padding, eight at a time
// where the processor can.
#pragma once

#include "viewer/render/grid_sampling.h"

namespace qianli::viewer {

// levels[x] for each x of `range`, which lies inside the box: the level at start + x * step.
void straightRun(VoxelGrid const& grid, GridPoint const& start, GridPoint const& step, std::pair<int, int> range,
                 float* levels);

} // namespace qianli::viewer
