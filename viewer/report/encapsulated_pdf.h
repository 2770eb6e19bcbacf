// The PDF as a DICOM object of the study (PS3.3 A.45.1), naming the structured report it was made from.
//
// Source Instance Sequence (0042,0013) holds the report's SOP class and instance, so that the gateway can tell which
// version it shows.
#pragma once

#include "common/base/result.h"
#include "common/model/report.h"

#include <filesystem>

namespace qianli::viewer {

// Unsigned, on stable storage on return: crypto::signReportFile() comes next. InvalidInput when the file is no PDF or
// the report lacks a UID.
Result<void> writeEncapsulatedPdf(model::Report const& report, std::filesystem::path const& pdf,
                                  std::filesystem::path const& path);

} // namespace qianli::viewer
