// Writing text in a peer's character set (encodeText).
#include "common/base/text.h"
#include "common/dicom/character_set.h"
#include "common/dicom/character_set_terms.h"
#include "common/dicom/code_page.h"

#include <algorithm>
#include <vector>

namespace qianli::dicom {
namespace {

bool isAscii(std::string_view bytes)
{
    return std::ranges::none_of(bytes, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

// Each part that has Chinese characters starts with the escape anew, because delimiters end it (PS3.5 6.1.2.5.3).
Result<std::string> encodeIso2022Chinese(std::string_view utf8)
{
    std::string encoded;
    bool announced = false;
    for (char32_t const c : text::toCodePoints(utf8)) {
        std::string const character = text::fromCodePoints(std::u32string(1, c));
        if (c < 0x80) {
            encoded += character;
            if (std::string_view("\\^=\r\n\t\f").find(character) != std::string_view::npos)
                announced = false;
            continue;
        }
        QIANLI_ASSIGN(std::string const bytes, toCodePage(character, "gb18030"));
        bool const isGb2312 = bytes.size() == 2 && static_cast<unsigned char>(bytes[0]) >= 0xA1 &&
                              static_cast<unsigned char>(bytes[0]) <= 0xF7 &&
                              static_cast<unsigned char>(bytes[1]) >= 0xA1;
        if (!isGb2312)
            return fail(ErrorCode::InvalidInput, "the character " + character + " has no place in ISO 2022 IR 58");
        if (!announced)
            encoded += "\x1b$)A";
        announced = true;
        encoded += bytes;
    }
    return encoded;
}

Result<std::string> encodeGbk(std::string_view utf8)
{
    QIANLI_ASSIGN(std::string encoded, toCodePage(utf8, "gb18030"));
    for (char32_t const c : text::toCodePoints(utf8))
        if (auto const one = toCodePage(text::fromCodePoints(std::u32string(1, c)), "gb18030"); one && one->size() > 2)
            return fail(ErrorCode::InvalidInput,
                        "the character " + text::fromCodePoints(std::u32string(1, c)) + " has no place in GBK");
    return encoded;
}

} // namespace

Result<std::string> encodeText(std::string_view utf8, std::string_view term)
{
    if (isAscii(utf8))
        return std::string(utf8);
    std::vector<std::string> const terms = text::split(term, '\\');
    std::string const last(text::trim(terms.back()));
    CharacterSetTerm const found = findCharacterSet(last);
    switch (found.repertoire) {
    case Repertoire::Utf8:
        if (!text::isUtf8(utf8))
            return fail(ErrorCode::InvalidInput, "the text is not valid UTF-8");
        return std::string(utf8);
    case Repertoire::Chinese:
        if (last == "ISO 2022 IR 58")
            return encodeIso2022Chinese(utf8);
        return last == "GBK" ? encodeGbk(utf8) : toCodePage(utf8, "gb18030");
    case Repertoire::SingleByte:
        return toCodePage(utf8, found.page);
    case Repertoire::Ascii:
        return toCodePage(utf8, "US-ASCII");
    case Repertoire::CodeExtension:
    case Repertoire::Unknown:
        break;
    }
    return fail(ErrorCode::InvalidInput, "text can't be written in the character set '" + std::string(term) + "'");
}

} // namespace qianli::dicom
