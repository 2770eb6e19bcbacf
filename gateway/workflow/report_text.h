// The text of a Basic Text SR (TID 2000) as three parts, for priors and lists; the signed object stays the original.
#pragma once

#include "common/base/result.h"
#include "common/model/report.h"

#include <filesystem>

namespace qianli::gateway {

// For a file that was verified. InvalidInput when it can't be read, holds no such text, or is not in UTF-8.
Result<model::ReportText> textOfReport(std::filesystem::path const& file);

} // namespace qianli::gateway
