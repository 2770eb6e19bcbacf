// The structured report: a Basic Text SR after TID 2000 (Basic Diagnostic Imaging Report, PS3.16) in Chinese, UTF-8,
// complete and verified.
//
// Promise: patient and study are those of the report's subject, word for word; the object names every image that was
// read as evidence and the key images in its content. It is unsigned: crypto::signReportFile() comes next (or
// writeReportFiles(), which does both).
#pragma once

#include "common/base/result.h"
#include "common/model/report.h"

#include <filesystem>

namespace qianli::viewer {

// InvalidInput naming the field that is missing or can't be encoded. The file is on stable storage on return.
Result<void> writeStructuredReport(model::Report const& report, std::filesystem::path const& path);

} // namespace qianli::viewer
