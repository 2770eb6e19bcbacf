// What an object lays over its own pictures: overlay planes (PS3.3 C.9) and a display shutter (PS3.3 C.7.6.11,
// C.7.6.15); plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace qianli::viewer {

struct OverlayPlane {
    std::uint16_t group = 0x6000;
    std::uint32_t rows = 0;
    std::uint32_t columns = 0;
    // Where its first pixel lies in the picture: 1, 1 is the picture's own first pixel; it may lie outside.
    std::int32_t top = 1;
    std::int32_t left = 1;
    bool isRegion = false;        // Overlay Type R: an area; otherwise graphics
    std::string label;            // UTF-8
    std::uint32_t firstFrame = 0; // of the picture, from 0
    std::uint32_t frameCount = 0; // 0: one plane over every frame
    // In an unused bit of each pixel (retired): found by whoever has the pixels, see Pixels::embedded.
    std::optional<std::uint16_t> bitPosition;
    std::shared_ptr<std::vector<std::uint8_t> const> bits; // pixel by pixel, the first in the lowest bit
};

// One plane as it lies over one frame.
struct PlaneBits {
    std::span<std::uint8_t const> bytes;
    std::size_t firstBit = 0;
    bool at(std::size_t pixel) const { return bytes[(firstBit + pixel) / 8] >> ((firstBit + pixel) % 8) & 1; }
};
// Nothing when the plane does not lie over that frame (which counts from 0), or has not the bits it announces.
// `embedded`: the plane's bits out of the frame's pixels, where they are there.
std::optional<PlaneBits> bitsOver(OverlayPlane const& plane, std::uint32_t frame,
                                  std::span<std::uint8_t const> embedded);

// What of the picture is not to be seen: all that lies outside any of its shapes. Rows and columns count from 1.
struct DisplayShutter {
    struct Rectangle {
        double left = 0, right = 0, upper = 0, lower = 0;
    };
    struct Circle {
        double row = 0, column = 0, radius = 0; // the radius counts pixels along a row
    };
    struct Vertex {
        double row = 0, column = 0;
    };
    std::optional<Rectangle> rectangle;
    std::optional<Circle> circle;
    std::vector<Vertex> polygon;
    std::optional<std::uint16_t> overlayGroup; // its set bits are covered
    std::uint32_t rgb = 0xFF000000;            // what is seen instead
};

} // namespace qianli::viewer
