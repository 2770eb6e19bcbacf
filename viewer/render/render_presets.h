// RenderPreset: how values become opacity and colour when a volume is seen from outside. Places are parts of the
// window (0: its lower end, 1: its upper end), so dragging the window moves what is seen.
#pragma once

#include "viewer/model/grey_scale.h"

#include <array>
#include <span>
#include <string_view>

namespace qianli::viewer {

struct RenderPreset {
    struct Opacity {
        float at = 0, perMillimetre = 0;
    };
    struct Colour {
        float at = 0, red = 0, green = 0, blue = 0; // 0 … 255
    };
    std::string_view chinese, english; // UTF-8
    double center = 0, width = 1;      // HU; a width of 0: the window that the pictures are seen in
    std::array<Opacity, 5> opacity;    // ascending; level before the first and behind the last
    std::array<Colour, 3> colours;
    bool isMaximum = false; // the brightest along the way; no opacity, no colour
};

// For CT values in HU, and for all else.
std::span<RenderPreset const> renderPresets(bool inHounsfield);

} // namespace qianli::viewer
