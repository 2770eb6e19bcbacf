#include "gateway/service/answer_charset.h"

#include "common/base/text.h"
#include "common/dicom/character_set.h"
#include "common/dicom/character_set_terms.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace qianli::gateway {

namespace {

using dicom::Repertoire;

constexpr std::string_view unicode = "ISO_IR 192", chinese = "GB18030", escapedChinese = "\\ISO 2022 IR 58";

AnswerCharset chineseFor(std::string_view term)
{
    auto const spelling = text::toUpperAscii(text::trim(term));
    if (spelling == "ISO 2022 IR 58")
        return {std::string(escapedChinese), std::string(chinese)};
    return {spelling == "GBK" ? "GBK" : std::string(chinese), std::string(chinese)};
}

// Nothing where the terms name no set that we can write.
std::optional<AnswerCharset> knownFor(std::string_view terms)
{
    auto const values = text::split(terms, '\\');
    for (auto const& term : values)
        if (dicom::findCharacterSet(term).repertoire == Repertoire::Chinese)
            return chineseFor(term);
    // Of several sets the first is the one that needs no escapes.
    auto const first = dicom::findCharacterSet(values.front());
    if (first.repertoire == Repertoire::Utf8)
        return AnswerCharset{std::string(unicode), std::string(unicode)};
    if (first.repertoire == Repertoire::SingleByte)
        return AnswerCharset{std::string(first.name), std::string(unicode)};
    return std::nullopt;
}

bool isAscii(std::string_view text)
{
    return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

} // namespace

AnswerCharset answerCharsetFor(std::string_view declared, std::string_view siteCharset)
{
    if (auto const known = knownFor(declared))
        return *known;
    // Sets that we can't write: what it understands beyond them is not for its site to say.
    auto const terms = text::split(declared, '\\');
    bool const declaresOthers = std::ranges::any_of(terms, [](std::string const& term) {
        auto const repertoire = dicom::findCharacterSet(term).repertoire;
        return repertoire != Repertoire::Ascii && repertoire != Repertoire::Unknown;
    });
    if (auto const ofSite = declaresOthers ? std::nullopt : knownFor(siteCharset))
        return *ofSite;
    return {std::string(unicode), std::string(unicode)};
}

std::string fittingCharset(AnswerCharset const& charset, std::map<dicom::Tag, std::string> const& values)
{
    bool ascii = true, fits = true;
    bool const holdsAll = charset.preferred == charset.larger;
    for (auto const& [tag, value] : values) {
        if (isAscii(value))
            continue;
        ascii = false;
        if (holdsAll || !(fits = dicom::encodeText(value, charset.preferred).has_value()))
            break;
    }
    return ascii ? "" : fits ? charset.preferred : charset.larger;
}

} // namespace qianli::gateway
