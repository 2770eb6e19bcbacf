// Chinese text in bytes: is it GB18030, and does it read like names and words, or is it chance (domain.md 4.2, rule 5)?
#pragma once

#include <string>
#include <string_view>

namespace qianli::dicom {

struct Gb18030Walk {
    bool valid = true;      // every byte has its place
    bool truncated = false; // … but the last character was cut off
    std::size_t length = 0; // bytes of whole characters
    int ideographs = 0;
    int common = 0; // of these, in GB 2312: what people type
};
Gb18030Walk walkGb18030(std::string_view bytes);

// Without the lead byte or the half character that a device's length limit left at the end; padding behind it goes too.
std::string_view withoutTruncatedGb18030(std::string_view bytes);
std::string_view withoutTruncatedUtf8(std::string_view bytes);

// Well-formed UTF-8 whose characters beyond ASCII are all accented Latin letters beside plain ones.
bool looksLatinUtf8(std::string_view utf8);

enum class Impression { Nothing, Latin, Chinese, Unclear };
// What one group of a name, or one short text, looks like.
Impression impressionOf(std::string_view bytes);

} // namespace qianli::dicom
