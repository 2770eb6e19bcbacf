// Settings on record: a start is told from the one before by what the trail's readers ask about, so that nobody
// switches off [audit], opens a port or lets somebody in by editing the file and waiting for the next restart.
#pragma once

#include "gateway/audit/audit_event.h"
#include "gateway/configuration/configuration.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace qianli::gateway {

// By key, as in gateway.toml; sites, stations and peers each in one line. No secrets: keys are there as paths.
using RecordedSettings = std::map<std::string, std::string>;
RecordedSettings recordedSettings(Configuration const& configuration);
// "audit.keep was "400 d", is "180 d"".
std::vector<std::string> changesBetween(RecordedSettings const& before, RecordedSettings const& after);

// What is other than at the last start, as keys/settings.last has it, which is written anew; nothing when all is as it
// was, or at the first start of all.
std::optional<AuditEvent> changedSinceLastStart(Configuration const& configuration);

} // namespace qianli::gateway
