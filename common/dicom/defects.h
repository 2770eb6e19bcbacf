// What a device did against the standard in an object that was taken all the same: kept beside the object's row, counted for each device.
#pragma once

#include <cstdint>

namespace qianli::dicom {

// A bit for each kind; their order is part of the index's layout.
using Defects = std::uint32_t;

} // namespace qianli::dicom
