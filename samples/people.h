// Invented patients: names in every character set that comes from Chinese sites (and one that doesn't), as the bytes a
// device would send. The same seed gives the same people; none of them exists.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace qianli::samples {

// How a device writes text, and what it says about it in (0008,0005).
enum class Writing {
    Gb18030,       // declared and used
    Gb18030Rare,   // the same, with characters whose second byte is '\' or '^', or that take four bytes
    GbkAsLatin,    // GBK bytes under ISO_IR 100: the most frequent wrong label
    GbkUndeclared, // GBK bytes and no (0008,0005)
    Iso2022,       // \ISO 2022 IR 58 with escapes, as the standard writes it
    Utf8,          // ISO_IR 192
    Latin,         // ISO_IR 100, a foreigner
};
inline constexpr int writings = 7;

struct Person {
    Writing writing = Writing::Gb18030;
    std::string name; // UTF-8 with '^' and '='
    std::string patientId, sex, birthDate, age;
};

Person inventPerson(std::uint64_t seed, int number, Writing writing, std::string const& studyDate);

// (0008,0005) of that way of writing; "" means the attribute is absent.
std::string declaredCharacterSet(Writing writing);
// UTF-8 text as the bytes that way of writing sends. For names and other text alike.
std::string written(Writing writing, std::string const& utf8);

} // namespace qianli::samples
