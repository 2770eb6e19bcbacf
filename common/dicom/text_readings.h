// TextReadings: how much one value would have to say, in bits, if its bytes were UTF-8, GB 18030 or ISO 8859-1. The
// reading under which it says least is the likeliest: what is usual costs little, what nobody writes costs much
// (domain.md 4.2, rule 5).
#pragma once

#include <string_view>

namespace qianli::dicom {

struct TextReading {
    int bits = 0;
    bool cut = false;    // the last character was cut off
    bool broken = false; // some bytes mean nothing
};

struct TextReadings {
    TextReading utf8, gb18030, latin1;
};
TextReadings readingsOf(std::string_view value);

} // namespace qianli::dicom
