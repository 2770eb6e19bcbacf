// Terms of Specific Character Set (0008,0005): the standard's and those met in the field (PS3.3 C.12.1.1.2).
#pragma once

#include <string_view>

namespace qianli::dicom {

enum class Repertoire {
    Ascii,
    Utf8,
    Chinese, // GB18030, GBK, GB2312 and their misspellings: all are read as GB18030
    SingleByte,
    CodeExtension, // only with escapes: IR 87, 159, 149
    Unknown
};

struct CharacterSetTerm {
    Repertoire repertoire = Repertoire::Unknown;
    char const* page = nullptr; // ICU's name, for SingleByte
    std::string_view name;      // the standard's term: "ISO_IR 100"
};

// One value of the attribute, in any spelling. Empty is ASCII.
CharacterSetTerm findCharacterSet(std::string_view term);

// What an escape would say to put this set into the high half ("$)A", "-A", …); empty when it has none.
std::string_view highHalfAnnouncement(std::string_view term);

} // namespace qianli::dicom
