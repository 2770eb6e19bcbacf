// Reads out of a header what belongs to each frame: of an enhanced object out of its functional groups (PS3.3
// C.7.6.16), also of one that was converted from single pictures; of any other object once for all frames.
#pragma once

#include "viewer/model/header_reader.h"
#include "viewer/model/image.h"

namespace qianli::viewer {

// Into `image`, whose identity, acquisition and pixel format are read already. LimitExceeded when the frames say more
// than memory should hold.
Result<void> readFrames(HeaderReader const& reader, ImageAttributes& image);

} // namespace qianli::viewer
