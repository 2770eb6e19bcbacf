#include "common/dicom/value_representation.h"

#include <algorithm>
#include <array>

namespace qianli::dicom {
namespace {

using namespace std::string_view_literals;

constexpr std::array shortVrs{"AE"sv, "AS"sv, "AT"sv, "CS"sv, "DA"sv, "DS"sv, "DT"sv, "FD"sv, "FL"sv, "IS"sv, "LO"sv,
                              "LT"sv, "PN"sv, "SH"sv, "SL"sv, "SS"sv, "ST"sv, "TM"sv, "UI"sv, "UL"sv, "US"sv};
constexpr std::array longVrs{"OB"sv, "OD"sv, "OF"sv, "OL"sv, "OV"sv, "OW"sv, "SQ"sv,
                             "SV"sv, "UC"sv, "UN"sv, "UR"sv, "UT"sv, "UV"sv};
constexpr std::array characterVrs{"LO"sv, "LT"sv, "PN"sv, "SH"sv, "ST"sv, "UC"sv, "UT"sv};
constexpr std::array plainTextVrs{"AE"sv, "AS"sv, "CS"sv, "DA"sv, "DS"sv, "DT"sv, "IS"sv, "TM"sv, "UI"sv, "UR"sv};

template <typename List>
bool contains(List const& list, std::string_view letters)
{
    return std::find(list.begin(), list.end(), letters) != list.end();
}

} // namespace

bool isVrName(std::string_view letters)
{
    return letters.size() == 2 &&
           std::all_of(letters.begin(), letters.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool isKnownVr(std::string_view letters)
{
    return contains(shortVrs, letters) || contains(longVrs, letters);
}

bool hasShortLength(std::string_view letters)
{
    return contains(shortVrs, letters);
}

bool isTextVr(std::string_view letters)
{
    return contains(characterVrs, letters) || contains(plainTextVrs, letters);
}

bool usesCharacterSet(std::string_view letters)
{
    return contains(characterVrs, letters);
}

} // namespace qianli::dicom
