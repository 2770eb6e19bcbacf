#include "tests/charset/encoder.h"

#include <iconv.h>

namespace qianli::test {
namespace {

std::size_t lengthOf(char lead)
{
    auto const byte = static_cast<unsigned char>(lead);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

bool isDelimiter(char c)
{
    return c == '^' || c == '=' || c == '\\';
}

template <typename Escape>
std::optional<std::string> inGb2312(std::string_view utf8, Escape isAnnounced)
{
    std::string bytes;
    bool announced = false;
    for (std::size_t i = 0; i < utf8.size();) {
        std::size_t const length = lengthOf(utf8[i]);
        if (length == 1) {
            announced = isAnnounced(announced, utf8[i]);
            bytes += utf8[i++];
            continue;
        }
        auto const character = encoded(utf8.substr(i, length), "EUC-CN");
        if (!character)
            return std::nullopt;
        bytes += announced ? *character : "\x1b$)A" + *character;
        announced = true;
        i += length;
    }
    return bytes;
}

} // namespace

std::optional<std::string> encoded(std::string_view utf8, char const* set)
{
    iconv_t const converter = iconv_open(set, "UTF-8");
    if (converter == iconv_t(-1))
        return std::nullopt;
    std::string from(utf8);
    std::string bytes(utf8.size() * 4 + 16, '\0');
    char* in = from.data();
    char* out = bytes.data();
    std::size_t inLeft = from.size();
    std::size_t outLeft = bytes.size();
    std::size_t const replaced = iconv(converter, &in, &inLeft, &out, &outLeft);
    iconv_close(converter);
    if (replaced != 0)
        return std::nullopt;
    bytes.resize(bytes.size() - outLeft);
    return bytes;
}

std::optional<std::string> escapedChinese(std::string_view utf8)
{
    return inGb2312(utf8, [](bool announced, char c) { return announced && !isDelimiter(c); });
}

std::optional<std::string> escapedOnce(std::string_view utf8)
{
    return inGb2312(utf8, [](bool announced, char) { return announced; });
}

std::optional<std::string> escapedJapanese(std::string_view utf8)
{
    std::string bytes;
    bool inside = false;
    for (std::size_t i = 0; i < utf8.size();) {
        std::size_t const length = lengthOf(utf8[i]);
        if (length == 1) {
            bytes += inside ? std::string("\x1b(B") + utf8[i] : std::string(1, utf8[i]);
            inside = false;
            ++i;
            continue;
        }
        auto const character = encoded(utf8.substr(i, length), "EUC-JP");
        if (!character || character->size() != 2)
            return std::nullopt;
        bytes += inside ? "" : "\x1b$B";
        inside = true;
        for (char const c : *character)
            bytes += static_cast<char>(c & 0x7F);
        i += length;
    }
    return inside ? bytes + "\x1b(B" : bytes;
}

} // namespace qianli::test
