#include "common/dicom/code_page.h"

#include "common/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/ustring.h>
#include <vector>

namespace qianli::dicom {
namespace {

enum class Unreadable { Replace, Stop };

struct CloseConverter {
    void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

// Converters hold state, so each thread has its own; they are expensive to open.
UConverter* converterFor(char const* page, Unreadable unreadable)
{
    thread_local std::map<std::pair<std::string_view, Unreadable>, Converter> open;
    Converter& converter = open[{page, unreadable}];
    if (!converter) {
        UErrorCode status = U_ZERO_ERROR;
        converter.reset(ucnv_open(page, &status));
        if (U_FAILURE(status))
            return nullptr;
        if (unreadable == Unreadable::Stop) {
            ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
            ucnv_setFromUCallBack(converter.get(), UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
        }
    }
    ucnv_reset(converter.get());
    return converter.get();
}

struct Replacement {
    char16_t privateUse;
    char32_t standard;
};

// GB 18030-2022 gives these two-byte codes real characters; the converter's table still gives private ones.
constexpr Replacement newInGb18030[] = {
    {0xE78D, 0xFE10},  {0xE78E, 0xFE12},  {0xE78F, 0xFE11},  {0xE790, 0xFE13},  {0xE791, 0xFE14},  {0xE792, 0xFE15},
    {0xE793, 0xFE16},  {0xE794, 0xFE17},  {0xE795, 0xFE18},  {0xE796, 0xFE19},  {0xE81E, 0x9FB4},  {0xE826, 0x9FB5},
    {0xE82B, 0x9FB6},  {0xE82C, 0x9FB7},  {0xE832, 0x9FB8},  {0xE843, 0x9FB9},  {0xE854, 0x9FBA},  {0xE864, 0x9FBB},
    {0xE816, 0x20087}, {0xE817, 0x20089}, {0xE818, 0x200CC}, {0xE831, 0x215D7}, {0xE83B, 0x2298F}, {0xE855, 0x241FE},
};

char32_t modern(char32_t c)
{
    for (Replacement const& one : newInGb18030)
        if (one.privateUse == c)
            return one.standard;
    return c;
}

std::string toUtf8(std::u16string_view units)
{
    std::u32string codePoints;
    codePoints.reserve(units.size());
    for (std::size_t i = 0; i < units.size(); ++i) {
        char32_t c = units[i];
        if (c >= 0xD800 && c < 0xDC00 && i + 1 < units.size())
            c = 0x10000 + ((c - 0xD800) << 10) + (units[++i] - 0xDC00u);
        codePoints += c >= 0xE78D && c <= 0xE864 ? modern(c) : c;
    }
    return text::fromCodePoints(codePoints);
}

// JIS X 0201 is no page of ICU: ASCII below (its yen sign is DICOM's backslash), half-width Katakana above.
std::optional<std::u16string> convertKatakana(std::string_view bytes, Unreadable unreadable)
{
    std::u16string units;
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        bool const isKatakana = byte >= 0xA1 && byte <= 0xDF;
        if (byte >= 0x80 && !isKatakana && unreadable == Unreadable::Stop)
            return std::nullopt;
        units += static_cast<char16_t>(byte < 0x80 ? byte : isKatakana ? 0xFF61 + (byte - 0xA1) : 0xFFFD);
    }
    return units;
}

std::optional<std::u16string> convert(std::string_view bytes, char const* page, Unreadable unreadable)
{
    if (std::string_view(page) == "JIS_X0201")
        return convertKatakana(bytes, unreadable);
    UConverter* const converter = converterFor(page, unreadable);
    if (!converter)
        return std::nullopt;
    std::u16string units(bytes.size() * 2 + 2, u'\0');
    UErrorCode status = U_ZERO_ERROR;
    int32_t const length = ucnv_toUChars(converter, units.data(), static_cast<int32_t>(units.size()), bytes.data(),
                                         static_cast<int32_t>(bytes.size()), &status);
    if (U_FAILURE(status))
        return std::nullopt;
    units.resize(static_cast<std::size_t>(length));
    // Of some pages ICU replaces a single byte by SUB, which nobody would see.
    if (unreadable == Unreadable::Replace && bytes.find('\x1a') == std::string_view::npos)
        std::ranges::replace(units, u'\x1a', u'\xfffd');
    return units;
}

std::u16string toUtf16(std::u32string_view codePoints)
{
    std::u16string units;
    for (char32_t const c : codePoints) {
        if (c >= 0x10000) {
            units += static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10));
            units += static_cast<char16_t>(0xDC00 + ((c - 0x10000) & 0x3FF));
        } else {
            units += static_cast<char16_t>(c);
        }
    }
    return units;
}

std::optional<std::string> encode(std::u32string_view codePoints, char const* page)
{
    UConverter* const converter = converterFor(page, Unreadable::Stop);
    if (!converter)
        return std::nullopt;
    std::u16string const units = toUtf16(codePoints);
    std::string bytes(units.size() * 4 + 8, '\0');
    UErrorCode status = U_ZERO_ERROR;
    int32_t const length = ucnv_fromUChars(converter, bytes.data(), static_cast<int32_t>(bytes.size()), units.data(),
                                           static_cast<int32_t>(units.size()), &status);
    if (U_FAILURE(status))
        return std::nullopt;
    bytes.resize(static_cast<std::size_t>(length));
    return bytes;
}

} // namespace

std::string fromCodePage(std::string_view bytes, char const* page)
{
    if (bytes.empty())
        return {};
    auto const units = convert(bytes, page, Unreadable::Replace);
    return units ? toUtf8(*units) : std::string(bytes.size(), '?');
}

std::optional<std::string> fromCodePageStrictly(std::string_view bytes, char const* page)
{
    if (bytes.empty())
        return std::string();
    auto const units = convert(bytes, page, Unreadable::Stop);
    if (!units)
        return std::nullopt;
    return toUtf8(*units);
}

Result<std::string> toCodePage(std::string_view utf8, char const* page)
{
    if (utf8.empty())
        return std::string();
    std::u32string const codePoints = text::toCodePoints(utf8);
    if (auto whole = encode(codePoints, page))
        return *std::move(whole);
    for (char32_t const c : codePoints)
        if (!encode(std::u32string(1, c), page))
            return fail(ErrorCode::InvalidInput,
                        fmt::format("the character {} (U+{:04X}) has no place in {}",
                                    text::fromCodePoints(std::u32string(1, c)), static_cast<unsigned>(c), page));
    return fail(ErrorCode::Internal, fmt::format("the converter for {} is not there", page));
}

} // namespace qianli::dicom
