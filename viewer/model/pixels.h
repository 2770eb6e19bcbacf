// Pixels: one decoded frame ready to be shown, measured or stacked; monochrome as ordered 16-bit levels, colour as RGB.
//
// Levels keep the order of the stored values (signed ones shifted), so one table of 65,536 grey values draws any
// window.
#pragma once

#include "common/base/result.h"
#include "viewer/decoding/decoded_frame.h"
#include "viewer/model/image.h"
#include "viewer/model/picture_memory.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace qianli::viewer {

struct Pixels {
    std::uint32_t rows = 0;
    std::uint32_t columns = 0;
    bool isColour = false;
    std::uint16_t bitsStored = 8;
    PictureVector<std::uint16_t> levels; // monochrome: stored value = base + level * step
    std::uint32_t levelCount = 65536;    // no level is as high
    double base = 0;
    double step = 1;                  // other than 1 for floats, differences, and integers of more than 65,536 levels
    bool hasPaddingLevel = false;     // of these: level 0 is what is no measurement
    bool paddingMeansNothing = false; // the object's Pixel Padding Value is the name of none of these levels
    PictureVector<std::uint32_t> rgb; // colour: 0xffRRGGBB
    // The colours of the levels from supplementFrom on, in a picture that is grey below (PS3.3 C.7.6.19); mostly empty.
    std::vector<std::uint32_t> supplement;
    std::uint32_t supplementFrom = 65536;
    // The planes of ImageAttributes::overlays that lie in unused bits, each by its place there; else empty.
    std::vector<std::vector<std::uint8_t>> embedded;

    double stored(std::uint32_t row, std::uint32_t column) const
    {
        return base + levels[std::size_t{row} * columns + column] * step;
    }
    std::size_t bytes() const { return levels.size() * 2 + rgb.size() * 4; }
};

// Masks to the stored bits, extends the sign, turns YBR and palette colours into RGB. InvalidInput or Refused for a
// colour model we don't know.
Result<std::shared_ptr<Pixels const>> preparePixels(DecodedFrame const& frame, ImageAttributes const& image);

// Whether a level stands for what is no measurement.
bool isPaddingLevel(Pixels const& pixels, GreyScale const& grey, std::size_t level);
// The levels of isPaddingLevel(), first to last; nothing when there are none.
std::optional<std::pair<std::size_t, std::size_t>> paddingLevels(Pixels const& pixels, GreyScale const& grey);

// The whole grey-scale pipeline as a table from level to screen grey; padding takes the background (black, whatever the
// inversion).
using GreyTable = std::array<std::uint8_t, 65536>;
enum class Inversion { None, Inverted }; // asked for by the reader, on top of what the image itself says
void fillGreyTable(GreyTable& table, Pixels const& pixels, GreyScale const& grey, VoiChoice const& choice,
                   Inversion inversion);

// A window where the object has none, by what the modality measures: the usual one of a CT, from nothing to the
// hottest of NM and PT, all there is of a screen picture, else from the 0.5th to the 99.5th percentile without padding.
Window automaticWindow(Pixels const& pixels, GreyScale const& grey, std::string const& modality);
// Whether a window shows anything of these pixels: not all of them black or all of them white. A CT's window may show
// nothing of a slice of air.
bool isPlausible(Window const& window, Pixels const& pixels, GreyScale const& grey, std::string const& modality);
// What to show first: the object's first VOI LUT or plausible window, else the automatic one as Automatic.
VoiChoice initialVoi(Pixels const& pixels, GreyScale const& grey, std::string const& modality);
// Whether a choice made for one picture says nothing of another one that has little to do with it.
bool needsItsOwnVoi(VoiChoice const& choice, GreyScale const& grey);

} // namespace qianli::viewer
