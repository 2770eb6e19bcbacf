// Encoder: text to bytes by glibc's iconv, so that the product's converters and tables don't judge themselves.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qianli::test {

// Nothing where a character has no place in the set.
std::optional<std::string> encoded(std::string_view utf8, char const* set);

// As PS3.5 6.1.2.5.3 wants it: the escape of GB 2312 again in each component. Nothing where GB 2312 is too small.
std::optional<std::string> escapedChinese(std::string_view utf8);
// As devices do that forget it: the escape once.
std::optional<std::string> escapedOnce(std::string_view utf8);
// Kanji and Kana between escapes to JIS X 0208 and back, ASCII as it is (PS3.3 C.12.1.1.2).
std::optional<std::string> escapedJapanese(std::string_view utf8);

} // namespace qianli::test
