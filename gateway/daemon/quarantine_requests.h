// What people decide about objects in quarantine, as requests on the control socket; the command line does the same
// without a daemon.
#pragma once

#include "gateway/configuration/configuration.h"
#include "gateway/daemon/control_socket.h"
#include "gateway/ingest/quarantine.h"

#include <nlohmann/json.hpp>

namespace qianli::gateway {

QuarantineSettings quarantineSettings(Configuration const& configuration);

// "quarantine-release" {selector, site, by} and "quarantine-drop" {selector, reason, by}. `site`: as configured now.
Result<nlohmann::json> answerQuarantine(nlohmann::json const& request, Quarantine& quarantine, Ingest& ingest,
                                        std::function<std::optional<model::Site>(std::string const&)> const& site,
                                        SendProgress const& progress);

nlohmann::json toJson(QuarantineReport const& report);
QuarantineReport quarantineReportFromJson(nlohmann::json const& json);

} // namespace qianli::gateway
