// What is wrong with the attributes that the index reads, besides what the walk saw: UIDs, required attributes, lengths
// and formats.
#pragma once

#include "common/dicom/data_set_scan.h"
#include "common/dicom/instance_header.h"

namespace qianli::dicom {

// `instance` was read from `header`.
Defects defectsOf(DataSetHeader const& header, InstanceHeader const& instance);

} // namespace qianli::dicom
