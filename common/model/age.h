// Ages: as consoles write them, as the birth date says, and whether the two agree.
#pragma once

#include "common/base/clock.h"

#include <optional>
#include <string>
#include <string_view>

namespace qianli::model {

struct Age {
    enum class Unit { Days, Weeks, Months, Years };
    int count = 0;
    Unit unit = Unit::Years;
    bool operator==(Age const&) const = default;
};

// "045Y" (AS, PS3.5 6.2), and what consoles write in its place: "45", "45岁", "3月", "10个月", "120D", "2周", "3岁2月".
// Nothing where it is no age.
std::optional<Age> parseAge(std::string_view text);

// From one day to another, both as DA: in days below a month, in months below three years, else in years. Nothing where
// one is no date or the second is before the first.
std::optional<Age> ageAt(std::string_view birthDate, std::string_view date);

std::string ageText(Age age);        // "45 y", "8 months", "12 d"
std::string ageTextChinese(Age age); // "45岁", "8个月", "12天"

// What is known of a patient's age.
struct AgeFacts {
    std::string birthDate, given; // Patient's Birth Date, Patient's Age
    std::string studyDate;
    TimePoint receivedAt{};
    std::optional<Duration> clockSkew; // received minus the device's time
};

struct AgeJudgement {
    std::optional<Age> given, derived;
    bool atReceipt = false; // derived at the day of receipt, because the device's date can't be trusted
    bool disagree = false;  // by more than one of the unit that was given
};
// Derived at the study's date. Where the device's clock is wrong, or may be, at the day of receipt, unless the age that
// was given speaks for the study's date: old studies that are sent today are old, not wrong.
AgeJudgement judgeAge(AgeFacts const& facts);

} // namespace qianli::model
