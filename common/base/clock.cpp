#include "common/base/clock.h"

#include <cstdio>
#include <ctime>
#include <fmt/format.h>

namespace qianli {
namespace {

std::tm localParts(TimePoint time)
{
    std::time_t const seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    std::tm parts{};
    localtime_r(&seconds, &parts);
    return parts;
}

int millisecondsOf(TimePoint time)
{
    return static_cast<int>((time - std::chrono::floor<std::chrono::seconds>(time)).count());
}

bool readDigits(std::string_view& text, std::size_t count, int& value)
{
    if (text.size() < count)
        return false;
    value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return true;
}

bool readCharacter(std::string_view& text, char expected)
{
    if (text.empty() || text.front() != expected)
        return false;
    text.remove_prefix(1);
    return true;
}

} // namespace

TimePoint SystemClock::now() const
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

TimePoint ManualClock::now() const
{
    std::lock_guard const lock(mutex_);
    return now_;
}

void ManualClock::set(TimePoint time)
{
    std::lock_guard const lock(mutex_);
    now_ = time;
}

void ManualClock::advance(Duration by)
{
    std::lock_guard const lock(mutex_);
    now_ += by;
}

std::string toIso8601(TimePoint time)
{
    auto const day = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day const date(day);
    std::chrono::hh_mm_ss const clock(time - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

Result<TimePoint> parseIso8601(std::string_view text)
{
    std::string_view rest = text;
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0;
    bool ok = readDigits(rest, 4, year) && readCharacter(rest, '-') && readDigits(rest, 2, month) && readCharacter(rest, '-') &&
              readDigits(rest, 2, day) && readCharacter(rest, 'T') && readDigits(rest, 2, hour) && readCharacter(rest, ':') &&
              readDigits(rest, 2, minute) && readCharacter(rest, ':') && readDigits(rest, 2, second);
    if (ok && readCharacter(rest, '.'))
        ok = readDigits(rest, 3, millisecond);
    ok = ok && rest == "Z";
    std::chrono::year_month_day const date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!ok || !date.ok() || hour > 23 || minute > 59 || second > 59)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("'{}' is not a UTC time such as 2026-11-22T04:31:05.123Z", text));
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) +
           std::chrono::milliseconds(millisecond);
}

std::string toLocalText(TimePoint time, TimePrecision precision)
{
    std::tm const parts = localParts(time);
    std::string text = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                                   parts.tm_hour, parts.tm_min);
    if (precision == TimePrecision::Seconds)
        text += fmt::format(":{:02}", parts.tm_sec);
    return text;
}

std::string toDicomDate(TimePoint time)
{
    std::tm const parts = localParts(time);
    return fmt::format("{:04}{:02}{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

std::string toDicomTime(TimePoint time)
{
    std::tm const parts = localParts(time);
    return fmt::format("{:02}{:02}{:02}.{:03}", parts.tm_hour, parts.tm_min, parts.tm_sec, millisecondsOf(time));
}

std::string toDicomOffset(TimePoint time)
{
    long const offset = localParts(time).tm_gmtoff / 60;
    long const minutes = offset < 0 ? -offset : offset;
    return fmt::format("{}{:02}{:02}", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

} // namespace qianli
