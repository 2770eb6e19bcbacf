// Pixels: one decoded frame ready to be shown, measured or stacked; monochrome as ordered 16-bit levels, colour as RGB.
//
// Levels keep the order of the stored values (signed ones shifted), so one table of 65,536 grey values draws any
// window.
#pragma once

#include "common/base/result.h"
#include "viewer/decoding/decoded_frame.h"
#include "viewer/model/image.h"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace qianli::viewer {

struct Pixels {
    std::uint32_t rows = 0;
    std::uint32_t columns = 0;
    bool isColour = false;
    std::uint16_t bitsStored = 8;
    std::vector<std::uint16_t> levels; // monochrome: stored value = base + level * step
    double base = 0;
    double step = 1;                // other than 1 only where 32-bit values need more than 65,536 levels
    std::vector<std::uint32_t> rgb; // colour: 0xffRRGGBB

    double stored(std::uint32_t row, std::uint32_t column) const
    {
        return base + levels[std::size_t{row} * columns + column] * step;
    }
    std::size_t bytes() const { return levels.size() * 2 + rgb.size() * 4; }
};

// Masks to the stored bits, extends the sign, turns YBR and palette colours into RGB. InvalidInput for a colour model
// we don't know.
Result<std::shared_ptr<Pixels const>> preparePixels(DecodedFrame const& frame, ImageAttributes const& image);

// The whole grey-scale pipeline as a table from level to screen grey; padding takes the background (black, whatever the
// inversion).
using GreyTable = std::array<std::uint8_t, 65536>;
enum class Inversion { None, Inverted }; // asked for by the reader, on top of what the image itself says
void fillGreyTable(GreyTable& table, Pixels const& pixels, GreyScale const& grey, VoiChoice const& choice,
                   Inversion inversion);

// A window where the object has none: the usual one of a CT, otherwise from the 0.5th to the 99.5th percentile without
// padding.
Window automaticWindow(Pixels const& pixels, GreyScale const& grey, std::string const& modality);
// What to show first: the object's first VOI LUT or window, else the automatic one as Manual.
VoiChoice initialVoi(Pixels const& pixels, GreyScale const& grey, std::string const& modality);

} // namespace qianli::viewer
