// What the corpus is made of: names and words as they stand on request forms, written down for this test alone.
#pragma once

#include <string_view>
#include <vector>

namespace qianli::test {

// Separated by spaces, in UTF-8.
std::vector<std::string_view> words(std::string_view list);

extern std::string_view const commonSurnames, rareSurnames, traditionalNames, syllables, rareGivenNames, ethnicNames,
    hospitals, examinations, departments;

// A language whose names ISO 8859-1 writes, with words of an examination's description.
struct LatinLanguage {
    std::string_view language, names, descriptions;
};
extern std::vector<LatinLanguage> const latinLanguages;

extern std::string_view const cyrillicNames, japaneseNames, katakanaNames;

} // namespace qianli::test
