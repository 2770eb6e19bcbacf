#include "common/base/calendar.h"

#include "common/base/text.h"

#include <algorithm>
#include <string>

namespace qianli {
namespace {

using std::chrono::milliseconds;

constexpr int firstYear = 1850; // nobody who lives was born before, and no device is older

std::string_view firstValue(std::string_view text)
{
    return text::trim(text.substr(0, text.find('\\')));
}

bool isDigits(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

int numberOf(std::string_view digits)
{
    int value = 0;
    for (char const c : digits)
        value = value * 10 + (c - '0');
    return value;
}

} // namespace

std::optional<std::chrono::year_month_day> parseCalendarDate(std::string_view text)
{
    std::string digits(firstValue(text));
    constexpr std::string_view separators = ".-/";
    if (digits.size() == 10 && separators.find(digits[4]) != std::string_view::npos && digits[7] == digits[4])
        digits = digits.substr(0, 4) + digits.substr(5, 2) + digits.substr(8, 2);
    if (digits.size() != 8 || !isDigits(digits))
        return std::nullopt;
    std::string_view const all = digits;
    std::chrono::year_month_day const date{std::chrono::year(numberOf(all.substr(0, 4))),
                                           std::chrono::month(static_cast<unsigned>(numberOf(all.substr(4, 2)))),
                                           std::chrono::day(static_cast<unsigned>(numberOf(all.substr(6, 2))))};
    if (!date.ok() || static_cast<int>(date.year()) < firstYear)
        return std::nullopt;
    return date;
}

std::optional<DaySpan> parseDayTime(std::string_view text)
{
    std::string plain(firstValue(text));
    std::erase(plain, ':');
    auto const point = plain.find('.');
    std::string_view const whole = std::string_view(plain).substr(0, point);
    std::string_view fraction =
        point == std::string::npos ? std::string_view() : std::string_view(plain).substr(point + 1);
    if (!isDigits(whole) || whole.size() % 2 != 0 || whole.size() > 6 || (!fraction.empty() && !isDigits(fraction)))
        return std::nullopt;
    auto const part = [&](std::size_t at) { return at < whole.size() ? numberOf(whole.substr(at, 2)) : 0; };
    // A leap second (PS3.5 6.2) is the second before.
    int const hour = part(0), minute = part(2), second = std::min(part(4), 59);
    if (hour > 23 || minute > 59 || part(4) > 60)
        return std::nullopt;
    milliseconds begin = std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
    if (whole.size() < 6)
        return DaySpan{begin, whole.size() == 2 ? milliseconds(std::chrono::hours(1)) : std::chrono::minutes(1)};
    std::string digits(fraction.substr(0, 3));
    if (digits.empty())
        return DaySpan{begin, std::chrono::seconds(1)};
    digits.resize(3, '0');
    return DaySpan{begin + milliseconds(numberOf(digits)), milliseconds(1)};
}

std::optional<std::chrono::minutes> parseZoneOffset(std::string_view text)
{
    text = firstValue(text);
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-') || !isDigits(text.substr(1)))
        return std::nullopt;
    int const hours = numberOf(text.substr(1, 2)), minutes = numberOf(text.substr(3));
    if (hours > 14 || minutes > 59) // PS3.5 6.2: from -1200 to +1400
        return std::nullopt;
    std::chrono::minutes const offset(hours * 60 + minutes);
    return text[0] == '-' ? -offset : offset;
}

} // namespace qianli
