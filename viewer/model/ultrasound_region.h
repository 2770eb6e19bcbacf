// UltrasoundRegion: a part of an ultrasound picture with a scale of its own (PS3.3 C.8.5.5).
#pragma once

#include <cstdint>

namespace qianli::viewer {

enum class UltrasoundUnit : std::uint8_t { // Physical Units X and Y Direction (0018,6024), (0018,6026)
    None = 0,
    Percent = 1,
    Decibel = 2,
    Centimetre = 3,
    Second = 4,
    Hertz = 5,
    DecibelPerSecond = 6,
    CentimetrePerSecond = 7,
    SquareCentimetre = 8,
    SquareCentimetrePerSecond = 9,
    CubicCentimetre = 10,
    CubicCentimetrePerSecond = 11,
    Degree = 12
};

struct UltrasoundRegion {
    double left = 0, top = 0, right = 0, bottom = 0; // image coordinates: outer edges of the first and last pixels
    UltrasoundUnit unitX = UltrasoundUnit::None, unitY = UltrasoundUnit::None;
    double deltaX = 0, deltaY = 0; // units per pixel; positive
    bool lowPriority = false;      // gives way where two regions overlap: bit 0 of Region Flags (0018,6016)

    bool isTissue() const { return unitX == UltrasoundUnit::Centimetre && unitY == UltrasoundUnit::Centimetre; }
    bool contains(double x, double y) const { return x >= left && x <= right && y >= top && y <= bottom; }
    bool hasScaleOf(UltrasoundRegion const& other) const
    {
        return unitX == other.unitX && unitY == other.unitY && deltaX == other.deltaX && deltaY == other.deltaY;
    }
};

} // namespace qianli::viewer
