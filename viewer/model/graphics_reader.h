// Reads out of a header what an object lays over its pictures: overlay planes and the display shutter.
#pragma once

#include "viewer/decoding/decoded_frame.h"
#include "viewer/model/header_reader.h"
#include "viewer/model/overlay_plane.h"

namespace qianli::viewer {

// Every group 6000H to 601EH that holds a whole plane.
std::vector<OverlayPlane> readOverlays(HeaderReader const& reader, PixelFormat const& format);

// Nothing when the object has none or does not say where it lies.
std::optional<DisplayShutter> readShutter(HeaderReader const& reader);

// Scaled as DICOM scales CIELab values: 0 to FFFFH for L* 0 to 100, a* and b* -128 to 127 (PS3.3 C.10.7.1.1).
std::uint32_t rgbOfLab(std::vector<std::uint16_t> const& lab);

} // namespace qianli::viewer
