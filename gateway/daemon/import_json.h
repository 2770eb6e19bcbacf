// Import's counts as JSON: for the control socket and for --json.
#pragma once

#include "gateway/daemon/import.h"

#include <nlohmann/json.hpp>

namespace qianli::gateway {

nlohmann::json toJson(ImportProgress const& progress);
nlohmann::json toJson(ImportReport const& report);
ImportProgress importProgressFromJson(nlohmann::json const& json);
ImportReport importReportFromJson(nlohmann::json const& json);

} // namespace qianli::gateway
