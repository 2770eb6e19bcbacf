#include "gateway/upkeep/local_time.h"

#include <ctime>
#include <fmt/format.h>

namespace qianli::gateway {

LocalMoment localMoment(TimePoint time)
{
    using namespace std::chrono;
    std::time_t const seconds = floor<std::chrono::seconds>(time).time_since_epoch().count();
    std::tm local{};
    ::localtime_r(&seconds, &local);
    sys_days const date = year(local.tm_year + 1900) / (local.tm_mon + 1) / local.tm_mday;
    return {static_cast<int>(date.time_since_epoch().count()), local.tm_hour * 60 + local.tm_min};
}

std::string minuteText(int minute)
{
    return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

} // namespace qianli::gateway
