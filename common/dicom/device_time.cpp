#include "common/dicom/device_time.h"

#include "common/base/calendar.h"

#include <array>
#include <ctime>
#include <utility>

namespace qianli::dicom {
namespace {

// On a clock whose zone is not considered yet.
struct WallSpan {
    std::chrono::local_time<Duration> from{};
    Duration length{};
};

std::optional<WallSpan> wallSpan(std::string const& date, std::string const& time)
{
    auto const day = parseCalendarDate(date);
    if (!day)
        return std::nullopt;
    DaySpan const span = parseDayTime(time).value_or(DaySpan{{}, std::chrono::hours(24)});
    return WallSpan{std::chrono::local_days(*day) + span.begin, span.length};
}

std::optional<WallSpan> newest(InstanceHeader const& header)
{
    std::optional<WallSpan> found;
    for (auto const& [date, time] : {std::pair{&header.contentDate, &header.contentTime},
                                     {&header.acquisitionDate, &header.acquisitionTime},
                                     {&header.seriesDate, &header.seriesTime},
                                     {&header.studyDate, &header.studyTime}}) {
        auto const span = wallSpan(*date, *time);
        // A date alone says less than the same date with a time.
        if (span && (!found || span->from > found->from))
            found = span;
    }
    return found;
}

std::optional<TimePoint> ofThisMachine(std::chrono::local_time<Duration> wall)
{
    auto const day = std::chrono::floor<std::chrono::days>(wall);
    std::chrono::year_month_day const date(day);
    std::chrono::hh_mm_ss const clock(wall - day);
    std::tm fields{};
    fields.tm_year = static_cast<int>(date.year()) - 1900;
    fields.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
    fields.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
    fields.tm_hour = static_cast<int>(clock.hours().count());
    fields.tm_min = static_cast<int>(clock.minutes().count());
    fields.tm_sec = static_cast<int>(clock.seconds().count());
    fields.tm_isdst = -1;
    fields.tm_wday = -1; // is set where it succeeds; -1 as a result is also the last second of 1969
    std::time_t const seconds = std::mktime(&fields);
    if (fields.tm_wday == -1)
        return std::nullopt;
    return TimePoint(std::chrono::seconds(seconds)) + clock.subseconds();
}

} // namespace

std::optional<DeviceTime> deviceTime(InstanceHeader const& header)
{
    auto const wall = newest(header);
    if (!wall)
        return std::nullopt;
    auto const offset = parseZoneOffset(header.timezone);
    auto const from = offset ? TimePoint(wall->from.time_since_epoch() - *offset) : ofThisMachine(wall->from);
    if (!from)
        return std::nullopt;
    return DeviceTime{*from, *from + wall->length};
}

std::optional<Duration> clockSkew(InstanceHeader const& header, TimePoint receivedAt)
{
    auto const made = deviceTime(header);
    if (!made)
        return std::nullopt;
    if (receivedAt < made->from)
        return receivedAt - made->from;
    return receivedAt < made->to ? Duration(0) : receivedAt - made->to;
}

} // namespace qianli::dicom
