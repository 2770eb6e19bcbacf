// Readings: how Chinese characters are read, without tone and with v for ü ("lv"), from Unicode's tables; and how they
// are read in surnames, from a list of ours: 单 is Shan there.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace qianli::names {

// The usual one first; none for what is no Chinese character.
std::span<std::u32string_view const> readingsOf(char32_t character);

// The simplified form where there is exactly one, else the character itself.
char32_t simplified(char32_t character);
// Every character whose simplified form it is, itself included.
std::vector<char32_t> formsOf(char32_t simplifiedCharacter);
// Lower case without accents, for letters; else the character itself.
char32_t foldedLetter(char32_t character);

struct Surname {
    std::size_t length = 1;                                                  // in characters
    std::vector<std::vector<std::u32string_view>> const* readings = nullptr; // for each character; null: as anywhere
};
// What a name begins with; a compound surname if it can be one. The name is in simplified characters.
Surname surnameOf(std::u32string_view name);
// How many letters of a name in pinyin are a compound surname, "ouyangxiu"; 0: none.
std::size_t compoundSurnameIn(std::u32string_view letters);
// Every reading that a character has in names: its own, and those in surnames.
std::vector<std::u32string_view> readingsInNames(char32_t character);

// "xiang" is one, and so is "lyu".
bool isSyllable(std::u32string_view letters);
// As the tables spell it: "lv" for "lyu". Nothing for what is no syllable.
std::u32string_view knownSyllable(std::u32string_view letters);
// "x", "xia" and "xiang": more letters can make a syllable of it, or it is one.
bool beginsSyllable(std::u32string_view letters);
constexpr std::size_t longestSyllable = 6;

} // namespace qianli::names
