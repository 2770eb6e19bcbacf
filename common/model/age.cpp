#include "common/model/age.h"

#include "common/base/calendar.h"
#include "common/base/text.h"
#include "common/model/clock_skew.h"

#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <utility>

namespace qianli::model {
namespace {

using Date = std::chrono::year_month_day;
using Unit = Age::Unit;

constexpr int monthsOfYear = 12, daysOfWeek = 7;
constexpr int oldest = 150; // years; beyond it somebody mistyped

struct UnitWord {
    std::string_view word;
    Unit unit;
};
// Longer words before those that they begin with.
constexpr std::array<UnitWord, 19> unitWords{{{"周岁", Unit::Years},
                                              {"岁", Unit::Years},
                                              {"个月", Unit::Months},
                                              {"月龄", Unit::Months},
                                              {"月", Unit::Months},
                                              {"周", Unit::Weeks},
                                              {"天", Unit::Days},
                                              {"日龄", Unit::Days},
                                              {"日", Unit::Days},
                                              {"YEARS", Unit::Years},
                                              {"YEAR", Unit::Years},
                                              {"MONTHS", Unit::Months},
                                              {"WEEKS", Unit::Weeks},
                                              {"DAYS", Unit::Days},
                                              {"Y", Unit::Years},
                                              {"M", Unit::Months},
                                              {"W", Unit::Weeks},
                                              {"D", Unit::Days},
                                              {"年", Unit::Years}}};

// Takes "45岁" from the front.
std::optional<Age> takeAge(std::string_view& rest)
{
    rest = text::trim(rest);
    Age age;
    std::size_t digits = 0;
    for (; digits < rest.size() && digits < 5 && rest[digits] >= '0' && rest[digits] <= '9'; ++digits)
        age.count = age.count * 10 + (rest[digits] - '0');
    if (digits == 0)
        return std::nullopt;
    rest = text::trim(rest.substr(digits));
    for (auto const& [word, unit] : unitWords) {
        if (!rest.starts_with(word))
            continue;
        rest = text::trim(rest.substr(word.size()));
        age.unit = unit;
        return age;
    }
    return rest.empty() ? std::optional(age) : std::nullopt;
}

std::optional<Date> dateOf(std::string_view text)
{
    return parseCalendarDate(text);
}

int daysBetween(Date from, Date to)
{
    return static_cast<int>((std::chrono::sys_days(to) - std::chrono::sys_days(from)).count());
}

// Whole months that have passed.
int monthsBetween(Date from, Date to)
{
    int const months = (static_cast<int>(to.year()) - static_cast<int>(from.year())) * monthsOfYear +
                       static_cast<int>(static_cast<unsigned>(to.month())) -
                       static_cast<int>(static_cast<unsigned>(from.month()));
    return to.day() < from.day() ? months - 1 : months;
}

int countIn(Unit unit, Date birth, Date date)
{
    switch (unit) {
    case Unit::Days:
        return daysBetween(birth, date);
    case Unit::Weeks:
        return daysBetween(birth, date) / daysOfWeek;
    case Unit::Months:
        return monthsBetween(birth, date);
    case Unit::Years:
        break;
    }
    return monthsBetween(birth, date) / monthsOfYear;
}

std::optional<Age> ageBetween(std::optional<Date> birth, std::optional<Date> date)
{
    if (!birth || !date || *date < *birth)
        return std::nullopt;
    int const months = monthsBetween(*birth, *date);
    Unit const unit = months < 1 ? Unit::Days : months < 3 * monthsOfYear ? Unit::Months : Unit::Years;
    int const count = countIn(unit, *birth, *date);
    return unit == Unit::Years && count > oldest ? std::nullopt : std::optional(Age{count, unit});
}

// One more or less may be how it was counted.
bool agrees(Age given, std::optional<Date> birth, std::optional<Date> date)
{
    return birth && date && *birth <= *date && std::abs(given.count - countIn(given.unit, *birth, *date)) <= 1;
}

} // namespace

std::optional<Age> parseAge(std::string_view text)
{
    std::string const upper = text::toUpperAscii(text::trim(text));
    std::string_view rest = upper;
    auto age = takeAge(rest);
    if (!age)
        return std::nullopt;
    if (!rest.empty()) {
        auto const more = takeAge(rest);
        if (!more || !rest.empty() || age->unit != Unit::Years || more->unit != Unit::Months)
            return std::nullopt;
        age = Age{age->count * monthsOfYear + more->count, Unit::Months};
    }
    return age->unit == Unit::Years && age->count > oldest ? std::nullopt : age;
}

std::optional<Age> ageAt(std::string_view birthDate, std::string_view date)
{
    return ageBetween(dateOf(birthDate), dateOf(date));
}

std::string ageText(Age age)
{
    static constexpr std::array<std::string_view, 4> units{"d", "weeks", "months", "y"};
    return fmt::format("{} {}", age.count, units[static_cast<std::size_t>(age.unit)]);
}

std::string ageTextChinese(Age age)
{
    static constexpr std::array<std::string_view, 4> units{"天", "周", "个月", "岁"};
    return fmt::format("{}{}", age.count, units[static_cast<std::size_t>(age.unit)]);
}

AgeJudgement judgeAge(AgeFacts const& facts)
{
    auto const birth = dateOf(facts.birthDate);
    auto const study = dateOf(facts.studyDate);
    auto const received = dateOf(toDicomDate(facts.receivedAt));
    AgeJudgement judgement;
    judgement.given = parseAge(facts.given);
    bool const speaksForStudy = judgement.given && agrees(*judgement.given, birth, study);
    bool const doubtful = !study || (facts.clockSkew && isClockWrong(*facts.clockSkew));
    judgement.atReceipt = doubtful && !speaksForStudy;
    auto const date = judgement.atReceipt ? received : study;
    judgement.derived = ageBetween(birth, date);
    judgement.disagree = judgement.given && judgement.derived && !agrees(*judgement.given, birth, date);
    return judgement;
}

} // namespace qianli::model
