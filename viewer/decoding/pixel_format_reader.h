// The Image Pixel Module (PS3.3 C.7.6.3) of a header as a PixelFormat that can be true.
#pragma once

#include "common/base/result.h"
#include "viewer/decoding/decoded_frame.h"

#include <cstdint>

class DcmItem;
class DcmTagKey;

namespace qianli::viewer {

// `pixelTag`: of the element that holds the pixels, 7FE00010H or one of the two for floating point.
Result<PixelFormat> readPixelFormat(DcmItem& header, std::uint32_t pixelTag);
std::uint16_t unsignedShortOr(DcmItem& header, DcmTagKey const& tag, std::uint16_t otherwise);
// Number of Frames (0028,0008), at least 1.
std::uint64_t declaredFrames(DcmItem& header);

} // namespace qianli::viewer
