// What comes of looking at the traffic, as findings: for the watch, which makes alarms of them, and for doctor.
#pragma once

#include "gateway/upkeep/findings.h"
#include "gateway/upkeep/silent_sites.h"
#include "gateway/upkeep/stuck_queues.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace qianli::gateway {

// Many sites silent at the same time are one matter: a holiday, or the fault is ours.
bool isSilentAsAWhole(std::vector<Silence> const& silences);
std::vector<Finding> silentSiteFindings(std::vector<Silence> const& silences);

Finding queueFinding(StuckQueue const& queue);

// When the disk is full in fewer days than `days`. `free` with the reserve.
std::optional<Finding> forecastFinding(std::map<int, std::uint64_t> const& bytesByDay, int today, std::uint64_t free,
                                       std::uint64_t reserve, std::uint32_t days);

// The clock is behind most devices by this.
Finding clockFinding(Duration behind);
Finding clockSetFinding(Duration by, TimePoint at);
Finding noTimeServerFinding();

} // namespace qianli::gateway
