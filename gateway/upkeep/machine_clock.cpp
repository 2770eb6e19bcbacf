#include "gateway/upkeep/machine_clock.h"

#include <algorithm>
#include <ctime>
#include <sys/timex.h>

namespace qianli::gateway {

TimeServer timeServer()
{
    timex state{}; // modes 0: only asks
    int const answer = ::adjtimex(&state);
    if (answer < 0)
        return TimeServer::Unknown;
    return answer == TIME_ERROR || (state.status & STA_UNSYNC) != 0 ? TimeServer::Missing : TimeServer::Followed;
}

Duration machineUptime()
{
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::seconds(time.tv_sec) +
           std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(time.tv_nsec));
}

std::optional<Duration> ClockWatch::look(TimePoint clock, Duration uptime, Duration atLeast)
{
    Duration const difference = clock.time_since_epoch() - uptime;
    auto const before = std::exchange(difference_, difference);
    if (!before || std::chrono::abs(difference - *before) < atLeast)
        return std::nullopt;
    return difference - *before;
}

std::optional<Duration> behindDevices(std::vector<std::vector<DeviceRecord>> const& devicesBySite, TimePoint now,
                                      Duration atLeast)
{
    std::vector<Duration> ahead;
    std::size_t sites = 0, devices = 0;
    for (auto const& site : devicesBySite) {
        auto const before = ahead.size();
        for (auto const& device : site) {
            if (!device.medianSkew || now - device.lastReceivedAt > std::chrono::hours(24 * 7))
                continue;
            ++devices;
            if (-*device.medianSkew >= atLeast)
                ahead.push_back(-*device.medianSkew);
        }
        sites += ahead.size() > before ? 1 : 0;
    }
    if (sites < 2 || ahead.size() * 2 <= devices)
        return std::nullopt;
    std::ranges::sort(ahead);
    return ahead[ahead.size() / 2];
}

} // namespace qianli::gateway
