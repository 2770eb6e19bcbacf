// Dates and times of day as devices write them: DICOM's DA and TM (PS3.5 6.2), and the forms one meets in their place.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace qianli {

// "20261126", also with '.', '-' or '/' between. Nothing where it is no day of the calendar from 1850 on.
std::optional<std::chrono::year_month_day> parseCalendarDate(std::string_view text);

// A time of day, and how much its digits leave open: "10" is an hour, "1015" a minute, "101530" a second.
struct DaySpan {
    std::chrono::milliseconds begin{}, length{};
};
// Colons may stand between. Nothing where it is no time of a day.
std::optional<DaySpan> parseDayTime(std::string_view text);

// "+0800" (0008,0201).
std::optional<std::chrono::minutes> parseZoneOffset(std::string_view text);

} // namespace qianli
