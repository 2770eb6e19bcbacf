// Small operations on text that everybody needs: escaping, splitting, UTF-8, wildcards.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::text {

// Whatever may come from a peer, as one line of plain UTF-8 that shows what it holds: control characters (C0, DEL, C1) as
// \n, \t, \x1b …, bytes that are no UTF-8 as \xd5, line separators and bidirectional controls as \u202e. A backslash
// stays, so paths stay readable.
std::string escapeControl(std::string_view text);

std::vector<std::string> split(std::string_view text, char separator);
std::string join(std::span<std::string const> parts, std::string_view separator);

// Without leading and trailing spaces and NULs (DICOM pads with both, PS3.5 6.2).
std::string_view trim(std::string_view text);

std::string toUpperAscii(std::string_view text);
std::string toLowerAscii(std::string_view text);

// Strict: no overlong forms, no surrogates, nothing above U+10FFFF.
bool isUtf8(std::string_view text);
// Code points of valid UTF-8; U+FFFD for each byte that is not.
std::u32string toCodePoints(std::string_view utf8);
std::string fromCodePoints(std::u32string_view codePoints);

// DICOM wildcard matching (PS3.4 C.2.2.2.4): '*' any sequence, '?' one character (code point). Worst case the product of the lengths, never exponential.
bool matchesWildcard(std::string_view pattern, std::string_view text);

std::string toHex(std::span<std::uint8_t const> bytes);

} // namespace qianli::text
