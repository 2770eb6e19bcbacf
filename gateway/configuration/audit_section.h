// Reads [audit]: how long the trail is kept, what its failure means, and the collector that gets a copy.
#pragma once

#include "gateway/configuration/configuration.h"
#include "gateway/configuration/section.h"

namespace qianli::gateway {

void readAudit(Section section, AuditSettings& audit, std::filesystem::path const& folder);

} // namespace qianli::gateway
