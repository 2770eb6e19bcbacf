#include "common/dicom/value_representation.h"

#include <array>
#include <cstdint>

namespace qianli::dicom {
namespace {

using namespace std::string_view_literals;

// What is known of a VR, by its two letters: the scan asks for every element of every object.
enum Trait : std::uint8_t { known = 1, shortLength = 2, plainText = 4, characters = 8 };

constexpr std::size_t placeOf(std::string_view letters)
{
    return static_cast<std::size_t>(letters[0] - 'A') * 26 + static_cast<std::size_t>(letters[1] - 'A');
}

constexpr auto traits = [] {
    std::array<std::uint8_t, 26 * 26> table{};
    for (std::string_view const vr :
         {"AE"sv, "AS"sv, "AT"sv, "CS"sv, "DA"sv, "DS"sv, "DT"sv, "FD"sv, "FL"sv, "IS"sv, "LO"sv,
          "LT"sv, "PN"sv, "SH"sv, "SL"sv, "SS"sv, "ST"sv, "TM"sv, "UI"sv, "UL"sv, "US"sv})
        table[placeOf(vr)] = known | shortLength;
    for (std::string_view const vr :
         {"OB"sv, "OD"sv, "OF"sv, "OL"sv, "OV"sv, "OW"sv, "SQ"sv, "SV"sv, "UC"sv, "UN"sv, "UR"sv, "UT"sv, "UV"sv})
        table[placeOf(vr)] = known;
    for (std::string_view const vr : {"LO"sv, "LT"sv, "PN"sv, "SH"sv, "ST"sv, "UC"sv, "UT"sv})
        table[placeOf(vr)] |= characters;
    for (std::string_view const vr : {"AE"sv, "AS"sv, "CS"sv, "DA"sv, "DS"sv, "DT"sv, "IS"sv, "TM"sv, "UI"sv, "UR"sv})
        table[placeOf(vr)] |= plainText;
    return table;
}();

bool has(std::string_view letters, unsigned wanted)
{
    return isVrName(letters) && (traits[placeOf(letters)] & wanted) != 0;
}

} // namespace

bool isVrName(std::string_view letters)
{
    auto const isCapital = [](char c) { return c >= 'A' && c <= 'Z'; };
    return letters.size() == 2 && isCapital(letters[0]) && isCapital(letters[1]);
}

bool isKnownVr(std::string_view letters)
{
    return has(letters, known);
}

bool hasShortLength(std::string_view letters)
{
    return has(letters, shortLength);
}

bool isTextVr(std::string_view letters)
{
    return has(letters, characters | plainText);
}

std::size_t longestValue(std::string_view letters)
{
    if (letters.size() != 2)
        return 0;
    switch (letters[0] * 256 + letters[1]) {
    case 'A' * 256 + 'S':
        return 4;
    case 'D' * 256 + 'A':
        return 8;
    case 'I' * 256 + 'S':
        return 12;
    case 'T' * 256 + 'M':
    case 'A' * 256 + 'E':
    case 'C' * 256 + 'S':
    case 'D' * 256 + 'S':
        return 16; // TM: 14 for one time; some writers fill it up
    case 'D' * 256 + 'T':
        return 26;
    case 'U' * 256 + 'I':
        return 64;
    default:
        return 0;
    }
}

bool usesCharacterSet(std::string_view letters)
{
    return has(letters, characters);
}

} // namespace qianli::dicom
