// The values inside a region of a picture, after the Modality LUT and before any window: what the device measured.
#pragma once

#include "viewer/model/pixels.h"

#include <QRectF>

#include <cstddef>
#include <optional>
#include <string>

namespace qianli::viewer {

struct RoiStatistics {
    std::size_t count = 0;   // pixels whose centre lies inside, without padding
    std::size_t padding = 0; // left out: no measurement
    double mean = 0;
    double deviation = 0; // of the sample: n - 1
    double minimum = 0, maximum = 0;
};

// Of the ellipse that touches the four sides of `box` (image coordinates). Of a grey picture.
RoiStatistics ellipseStatistics(Pixels const& pixels, GreyScale const& grey, QRectF const& box);

// "HU" only where the object says so: by its Rescale Type, or as a CT whose type is HU unless it says otherwise (PS3.3
// C.8.2.1, C.11.1.1.2). Else the unit of the Rescale Type, or none.
std::string valueUnit(ImageAttributes const& image, GreyScale const& grey);

// What lies under a point.
struct PointValue {
    std::uint32_t column = 0, row = 0; // from 0
    double value = 0;
    bool isPadding = false;
    std::optional<std::uint32_t> rgb; // of a colour picture, which has no value
};
std::optional<PointValue> valueAt(Pixels const& pixels, GreyScale const& grey, double x, double y);

} // namespace qianli::viewer
