#include "common/base/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace qianli::text {
namespace {

constexpr char32_t replacement = 0xFFFD;

// Length of the well-formed sequence that starts at text[0], or 0 (Unicode 15, table 3-7).
std::size_t sequenceLength(std::string_view text)
{
    auto const byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    auto const continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    unsigned const first = byte(0);
    if (text.empty())
        return 0;
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return continues(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        unsigned const low = first == 0xE0 ? 0xA0 : 0x80;
        unsigned const high = first == 0xED ? 0x9F : 0xBF;
        return continues(1, low, high) && continues(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        unsigned const low = first == 0xF0 ? 0x90 : 0x80;
        unsigned const high = first == 0xF4 ? 0x8F : 0xBF;
        return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

char32_t decode(std::string_view sequence)
{
    auto const byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(sequence[i])); };
    switch (sequence.size()) {
    case 1:
        return byte(0);
    case 2:
        return ((byte(0) & 0x1F) << 6) | (byte(1) & 0x3F);
    case 3:
        return ((byte(0) & 0x0F) << 12) | ((byte(1) & 0x3F) << 6) | (byte(2) & 0x3F);
    default:
        return ((byte(0) & 0x07) << 18) | ((byte(1) & 0x3F) << 12) | ((byte(2) & 0x3F) << 6) | (byte(3) & 0x3F);
    }
}

// What makes a line look like two, or its characters stand in another order or nowhere: separators, bidirectional
// controls (UAX 9), marks without a width, tags.
bool misleads(char32_t c)
{
    return c == 0x061C || c == 0x200B || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE007F);
}

} // namespace

std::string escapeControl(std::string_view text)
{
    std::string escaped;
    escaped.reserve(text.size());
    while (!text.empty()) {
        std::size_t const length = sequenceLength(text);
        char32_t const c = length == 0 ? static_cast<unsigned char>(text[0]) : decode(text.substr(0, length));
        if (c == U'\n')
            escaped += "\\n";
        else if (c == U'\r')
            escaped += "\\r";
        else if (c == U'\t')
            escaped += "\\t";
        else if (length == 0 || c < 0x20 || (c >= 0x7F && c < 0xA0))
            escaped += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(c));
        else if (misleads(c))
            escaped += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(c));
        else
            escaped += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return escaped;
}

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    std::size_t start = 0;
    for (;;) {
        std::size_t const end = text.find(separator, start);
        parts.emplace_back(text.substr(start, end - start));
        if (end == std::string_view::npos)
            return parts;
        start = end + 1;
    }
}

std::string join(std::span<std::string const> parts, std::string_view separator)
{
    std::string joined;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0)
            joined += separator;
        joined += parts[i];
    }
    return joined;
}

std::string_view trim(std::string_view text)
{
    std::string_view const padding(" \0", 2);
    std::size_t const first = text.find_first_not_of(padding);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(padding) - first + 1);
}

std::string toUpperAscii(std::string_view text)
{
    std::string result(text);
    for (char& c : result)
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    return result;
}

std::string toLowerAscii(std::string_view text)
{
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return result;
}

bool isUtf8(std::string_view text)
{
    while (!text.empty()) {
        std::size_t const length = sequenceLength(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::u32string toCodePoints(std::string_view utf8)
{
    std::u32string codePoints;
    codePoints.reserve(utf8.size());
    while (!utf8.empty()) {
        std::size_t const length = sequenceLength(utf8);
        codePoints += length == 0 ? replacement : decode(utf8.substr(0, length));
        utf8.remove_prefix(length == 0 ? 1 : length);
    }
    return codePoints;
}

std::string fromCodePoints(std::u32string_view codePoints)
{
    std::string utf8;
    auto const append = [&](char32_t bits) { utf8 += static_cast<char>(static_cast<unsigned char>(bits)); };
    for (char32_t c : codePoints) {
        if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
            c = replacement;
        if (c < 0x80) {
            append(c);
        } else if (c < 0x800) {
            append(0xC0 | (c >> 6));
            append(0x80 | (c & 0x3F));
        } else if (c < 0x10000) {
            append(0xE0 | (c >> 12));
            append(0x80 | ((c >> 6) & 0x3F));
            append(0x80 | (c & 0x3F));
        } else {
            append(0xF0 | (c >> 18));
            append(0x80 | ((c >> 12) & 0x3F));
            append(0x80 | ((c >> 6) & 0x3F));
            append(0x80 | (c & 0x3F));
        }
    }
    return utf8;
}

bool matchesWildcard(std::string_view pattern, std::string_view text)
{
    // A pattern of more characters than the text has bytes, known without a look at either: a long one costs nothing.
    auto const stars = static_cast<std::size_t>(std::ranges::count(pattern, '*'));
    if ((pattern.size() - stars) / 4 > text.size())
        return false;
    std::u32string const wanted = toCodePoints(pattern);
    std::u32string const given = toCodePoints(text);
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::u32string::npos; // the last '*' passed, and where in the text it may still grow
    std::size_t resume = 0;
    while (t < given.size()) {
        if (p < wanted.size() && wanted[p] == U'*') {
            star = p++;
            resume = t;
        } else if (p < wanted.size() && (wanted[p] == U'?' || wanted[p] == given[t])) {
            ++p;
            ++t;
        } else if (star != std::u32string::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < wanted.size() && wanted[p] == U'*')
        ++p;
    return p == wanted.size();
}

std::string toHex(std::span<std::uint8_t const> bytes)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (std::uint8_t const byte : bytes) {
        hex += digits[byte >> 4];
        hex += digits[byte & 0x0F];
    }
    return hex;
}

} // namespace qianli::text
