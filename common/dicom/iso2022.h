// ISO 2022: text with code extensions, as the escapes in it say (PS3.5 6.1.2.5, PS3.3 C.12.1.1.2).
#pragma once

#include <string>
#include <string_view>

namespace qianli::dicom {

// True when an escape sequence that DICOM knows is in it.
bool hasIso2022Escape(std::string_view bytes);

// `declared`: the values of (0008,0005); the first is what holds at the start and after each delimiter. High bytes
// where no escape has said what they mean are read by the last one, or by the other declared sets: devices forget to
// repeat escapes.
struct Iso2022Text {
    std::string text;
    bool cut = false;   // a character or an escape was cut off at the end, and is left out
    bool doubt = false; // bytes behind an escape are none of its set's, and were taken for what they may mean
};
Iso2022Text readIso2022(std::string_view bytes, std::string_view declared);

} // namespace qianli::dicom
