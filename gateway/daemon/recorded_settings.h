// Settings on record: a start is told from the one before by what the trail's readers ask about, so that nobody
// switches off [audit], opens a port or lets somebody in by editing the file and waiting for the next restart.
#pragma once

#include "gateway/audit/audit_trail.h"
#include "gateway/configuration/configuration.h"

#include <filesystem>
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

// What became of them since the last start, as keys/settings.last has it.
struct SettingsOfStart {
    std::filesystem::path file;
    std::string now;
    bool areOther = true;
    std::optional<AuditEvent> event; // nothing when they are as they were, or at the first start of all
};
// Before anything is on record: the first start is told by that.
SettingsOfStart settingsOfStart(Configuration const& configuration);
// Puts it on record, and only when it is there, writes the file: a start that is killed in between is told again.
void recordSettings(SettingsOfStart settings, AuditTrail& trail);

} // namespace qianli::gateway
