// National identity numbers (GB 11643): 18 characters, or 15 digits from before 1999; what they say, and how they are
// shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qianli::model {

struct NationalId {
    std::string number;    // 18 characters, "X" in upper case
    std::string birthDate; // YYYYMMDD
    char sex = 'M';        // the 17th digit: odd is male
    bool isOld = false;    // written with 15 digits, so no check digit speaks for it
};

// Nothing unless the date is one of the calendar and the check digit (ISO 7064 MOD 11-2) is right. An old number, which
// has none, must begin with the code of a province.
std::optional<NationalId> nationalId(std::string_view text);

// 15 digits, or 17 and a digit or X: such text is hidden from passers-by whether it is valid or not.
bool looksLikeNationalId(std::string_view text);
// Why text that looks like a national ID is none: "the check digit would be 6"; "" when nothing is wrong.
std::string nationalIdFault(std::string_view text);

// "500101********1236"; anything that does not look like a national ID as it is.
std::string maskedId(std::string_view text);

} // namespace qianli::model
