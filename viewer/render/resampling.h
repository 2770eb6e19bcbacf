// Resampling weights along one axis: which source pixels make a screen pixel, and how much of each.
#pragma once

#include "viewer/model/view_state.h"

#include <cstdint>
#include <vector>

namespace qianli::viewer {

struct Taps { // of one screen pixel; none where it lies outside the picture
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::uint32_t weights = 0; // where they begin in ResampledAxis::weights
};

struct ResampledAxis {
    std::vector<Taps> taps;
    std::vector<float> weights; // of each screen pixel they sum to 1
    std::uint32_t begin = 0;    // the source pixels used at all
    std::uint32_t end = 0;
};

// Screen pixel i has its centre at scale * (i + 0.5) + offset in source coordinates. Magnified: the nearest pixel or
// two neighbours by distance. Minified: all pixels under the screen pixel by the area they share with it.
ResampledAxis resampleAxis(int screenPixels, std::uint32_t sourcePixels, double scale, double offset,
                           Interpolation interpolation);

} // namespace qianli::viewer
