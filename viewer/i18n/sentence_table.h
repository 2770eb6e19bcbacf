// SentenceTable: the errors that the parts of the program say in English, and how a reader of Chinese reads them.
#pragma once

#include <span>
#include <string_view>

namespace qianli::viewer {

struct Sentence {
    std::string_view english; // {} stands for a value
    char const* chinese;      // %1 is the first of them
};

std::span<Sentence const> pictureSentences();
std::span<Sentence const> serviceSentences();

} // namespace qianli::viewer
