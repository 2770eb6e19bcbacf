// Chinese text in bytes: is it GB18030, and does it read like names and words, or is it chance (domain.md 4.2, rule 5)?
#pragma once

#include <string>
#include <string_view>

namespace qianli::dicom {

struct Gb18030Walk {
    bool valid = true;      // every byte has its place
    bool truncated = false; // … but the last character was cut off
    std::size_t length = 0; // bytes of whole characters
};
Gb18030Walk walkGb18030(std::string_view bytes);

// Without the lead byte or the half character that a device's length limit left at the end; padding behind it goes too.
std::string_view withoutTruncatedGb18030(std::string_view bytes);
std::string_view withoutTruncatedUtf8(std::string_view bytes);

// Bytes of the character at i; 0 where there is none.
std::size_t gb18030Length(std::string_view bytes, std::size_t i);

bool isIdeograph(char32_t c);
// One of the common surnames, also of two characters and in traditional form.
bool startsWithSurname(std::u32string_view name);
// Some component of the name, or the whole value, starts with one.
bool holdsSurname(std::u32string_view value);
// One character beyond GB 2312 that is among the usual ones where traditional characters are written.
bool isUsualTraditional(std::string_view gb18030);

} // namespace qianli::dicom
