// Reads the grey-scale pipeline out of a header: rescale or Modality LUT, windows, VOI LUTs, presentation, padding.
#pragma once

#include "viewer/decoding/decoded_frame.h"
#include "viewer/model/grey_scale.h"
#include "viewer/model/header_reader.h"

namespace qianli::viewer {

// What the top level of an object says.
GreyScale readGreyScale(HeaderReader const& reader, PixelFormat const& format);

// What a functional group says of its frames over what is known so far (PS3.3 C.7.6.16.2.9, C.7.6.16.2.10).
void applyGreyGroups(HeaderReader const& groups, GreyScale& grey);

// Bytes that one frame's tables take.
std::size_t tableBytes(GreyScale const& grey);

} // namespace qianli::viewer
