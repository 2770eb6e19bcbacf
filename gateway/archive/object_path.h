// Where an object lies in the archive, made from digests of its UIDs: no byte of a peer ever becomes part of a path,
// and two sites that use the same Study Instance UID never share a folder.
#pragma once

#include "gateway/archive/receipt.h"

#include <string>

namespace qianli::gateway {

// "objects/ab/cd/<32 hex of site and study>/<32 hex of the SOP Instance UID>.dcm"; from version 2 on "….2.dcm".
std::string objectPath(model::SiteId const& site, dicom::Uid const& study, dicom::Uid const& sopInstance, int version);

} // namespace qianli::gateway
