// Reads look-up tables out of a header: Modality and VOI LUT sequences, palettes, discrete or segmented.
#pragma once

#include "viewer/model/header_reader.h"
#include "viewer/model/image.h"

namespace qianli::viewer {

// LUT Descriptor and LUT Data of one item; empty when they contradict each other. `signedInput`: the first mapped value
// is signed.
LookupTable readLookupTable(HeaderReader const& item, bool signedInput);
Palette readPalette(HeaderReader const& header, bool signedInput);
// The palette that an image of this format is shown with: its own, or a supplemental one (PS3.3 C.7.6.19); else empty.
Palette readPaletteOf(HeaderReader const& header, PixelFormat const& format);

} // namespace qianli::viewer
