// Code pages: bytes of one character repertoire to UTF-8 and back, by ICU's converters.
#pragma once

#include "common/base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace qianli::dicom {

// Names as ICU knows them: "gb18030", "ISO-8859-5", "EUC-KR", …

// Bytes that mean nothing become U+FFFD.
std::string fromCodePage(std::string_view bytes, char const* page);
// Nothing when a byte means nothing.
std::optional<std::string> fromCodePageStrictly(std::string_view bytes, char const* page);
// InvalidInput naming the first character that has no place in the page.
Result<std::string> toCodePage(std::string_view utf8, char const* page);

} // namespace qianli::dicom
