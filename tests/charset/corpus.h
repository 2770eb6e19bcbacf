// Corpus: text of devices in every character set and under every label that is met, with what it means.
//
// The word lists are parted in two halves: rules are tuned by looking at the one, and judged by the other.
#pragma once

#include <string>
#include <vector>

namespace qianli::test {

enum class Half { Tuning, HeldOut };

struct CharsetCase {
    enum class Kind { Chinese, Latin, Cyrillic, Japanese } kind = Kind::Chinese;
    std::string what;              // "张昞: GB18030 bytes, declared ISO_IR 100"
    std::string declared, policy;  // of the device and of its site
    std::vector<std::string> raw;  // whole values
    std::vector<std::string> text; // what they mean
    bool cut = false;              // a value ends within a character
    bool mixed = false;            // the values are of several sets
    bool honest = false;           // the label is the one that the standard wants for these bytes
    bool rareSurname = false;      // the surname is none of the common ones
};

std::vector<CharsetCase> corpus(Half half);

} // namespace qianli::test
