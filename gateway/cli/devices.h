// Words for devices and what they do against the standard.
#pragma once

#include "common/dicom/defects.h"

#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway::cli {

// "UID with letters, value of odd length"; "" where nothing is wrong.
std::string defectWords(dicom::Defects defects);
// For JSON: "uid-characters", …
std::vector<std::string> defectCodes(dicom::Defects defects);
// "ACME, CT-ROOM"
std::string deviceName(std::string_view manufacturer, std::string_view station);

} // namespace qianli::gateway::cli
