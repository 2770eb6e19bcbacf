// From a file to pixels that are ready to be shown, in one go.
#pragma once

#include "viewer/decoding/pixel_decoder.h"
#include "viewer/model/pixels.h"

namespace qianli::viewer {

// What preparePixels() makes of what the decoder gives. Uncompressed slices of 16 bits, of which whole stacks are
// waited for, are read to where they stay. `era`: as FrameSource's.
Result<std::shared_ptr<Pixels const>> loadPixels(PixelDecoder& decoder, ImageAttributes const& image,
                                                 std::uint32_t frame, std::uint64_t era = 0);

} // namespace qianli::viewer
