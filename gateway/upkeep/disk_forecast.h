// When the archive's disk will be full, if townships go on sending as they did in the last weeks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace qianli::gateway {

struct DiskForecast {
    std::uint64_t bytesPerDay = 0;
    std::uint64_t daysLeft = 0;
};

// By the median of the last whole weeks, up to four: weekends count as they are, and neither a week of holidays nor one
// of catching up moves it. `bytesByDay` by local day; `free` without the reserve. Nothing in the first week.
std::optional<DiskForecast> forecastDisk(std::map<int, std::uint64_t> const& bytesByDay, int today, std::uint64_t free);

} // namespace qianli::gateway
