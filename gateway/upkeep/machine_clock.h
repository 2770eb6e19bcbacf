// This machine's clock: whether a time server keeps it right, and whether somebody has set it while we ran.
#pragma once

#include "common/base/clock.h"
#include "gateway/index/study_index.h"

#include <optional>
#include <string>

namespace qianli::gateway {

enum class TimeServer { Followed, Missing, Unknown };
// What the kernel says of it (adjtimex).
TimeServer timeServer();

// What does not stop or jump with the clock: since the machine's start, sleep included.
Duration machineUptime();

// Finds steps of the clock between two looks.
class ClockWatch {
public:
    // How far the clock was set since the last look; nothing at the first, and nothing below `atLeast`.
    std::optional<Duration> look(TimePoint clock, Duration uptime, Duration atLeast);

private:
    std::optional<Duration> difference_;
};

// By how much this machine's clock is behind what most devices say, where those of two sites and more agree on it: a
// device that is ahead of the receipt of its own image has no other explanation than a clock that is wrong. Nothing
// where they don't, or by less than `atLeast`.
std::optional<Duration> behindDevices(std::vector<std::vector<DeviceRecord>> const& devicesBySite, TimePoint now,
                                      Duration atLeast);

} // namespace qianli::gateway
