#include "gateway/upkeep/disk_forecast.h"

#include <algorithm>
#include <vector>

namespace qianli::gateway {

std::optional<DiskForecast> forecastDisk(std::map<int, std::uint64_t> const& bytesByDay, int today, std::uint64_t free)
{
    constexpr int weeks = 4;
    if (bytesByDay.empty())
        return std::nullopt;
    std::vector<std::uint64_t> sums;
    for (int week = 1; week <= weeks && today - 7 * week >= bytesByDay.begin()->first; ++week) {
        auto const end = bytesByDay.lower_bound(today - 7 * (week - 1));
        std::uint64_t sum = 0;
        for (auto day = bytesByDay.lower_bound(today - 7 * week); day != end; ++day)
            sum += day->second;
        sums.push_back(sum);
    }
    if (sums.empty())
        return std::nullopt;
    std::ranges::sort(sums);
    auto const middle = sums.size() / 2;
    auto const weekly = sums.size() % 2 == 1 ? sums[middle] : sums[middle - 1] / 2 + sums[middle] / 2;
    if (weekly < 7)
        return std::nullopt;
    return DiskForecast{weekly / 7, free / (weekly / 7)};
}

} // namespace qianli::gateway
