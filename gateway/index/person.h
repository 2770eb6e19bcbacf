// Person: what an object says about whom it shows, normalised so that two can be compared.
#pragma once

#include "common/dicom/instance_header.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

// Each is "" where it is not known.
struct Person {
    std::string hanzi;      // the Chinese characters of the name, simplified, nothing else
    std::string latin;      // its other letters: lower case, without accents, words apart by one space
    std::string birthDate;  // YYYYMMDD, or as many digits of it as were given
    std::string sex;        // "M" or "F"; everything else says nothing
    std::string nationalId; // valid, 18 characters
    bool operator==(Person const&) const = default;
};

Person personOf(dicom::InstanceHeader const& header);
// The name alone: without "(急)" and the like, digits, dots, '^'.
void readName(Person& person, std::string_view name);

// What both say and say differently: "name", "sex", "birth date", "national ID"; empty where they may be one person.
// What one of them does not say agrees with everything, and so does a name in letters with a name in Chinese
// characters that may be read so.
std::vector<std::string_view> disagreements(Person const& one, Person const& other);
// Nothing when they disagree; otherwise in how many values they agree.
std::optional<int> likeness(Person const& known, Person const& other);
// Names that have no character in common, or are in letters and differ.
bool namesAreStrangers(Person const& one, Person const& other);

// Takes over what was not known yet. True: something was.
bool complete(Person& known, Person const& more);

// The first text among Patient ID and Other Patient IDs that looks like a national ID and is none; "" where there is
// none.
std::string unusableNationalId(dicom::InstanceHeader const& header);

} // namespace qianli::gateway
