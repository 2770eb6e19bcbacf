#include "common/dicom/character_set.h"

#include "common/base/text.h"
#include "common/dicom/character_set_terms.h"
#include "common/dicom/chinese_text.h"
#include "common/dicom/code_page.h"
#include "common/dicom/instance_header.h"
#include "common/dicom/iso2022.h"

#include <algorithm>
#include <vector>

namespace qianli::dicom {
namespace {

bool isHigh(char c)
{
    return static_cast<unsigned char>(c) >= 0x80;
}

bool isAscii(std::string_view bytes)
{
    return std::none_of(bytes.begin(), bytes.end(), isHigh);
}

// What the bytes of all values together allow.
struct Evidence {
    bool ascii = true;
    bool escapes = false;
    bool utf8 = true; // strictly, cut ends aside
    bool utf8BeyondTwoBytes = false;
    bool utf8Latin = true;     // … and all of it accented letters among plain ones
    bool controlRange = false; // bytes 0x80 to 0x9F, which no ISO 8859 text has
    bool gb18030 = true;
    bool utf8Cut = false;
    bool gb18030Cut = false;
    int latin = 0; // groups that look so
    int chinese = 0;
};

void addGroups(Evidence& evidence, std::string_view value)
{
    // '=' is no byte of a longer character in any of the candidates; '^' and '\' are.
    for (std::string const& group : text::split(value, '=')) {
        Impression const impression = impressionOf(group);
        evidence.latin += impression == Impression::Latin ? 1 : 0;
        evidence.chinese += impression == Impression::Chinese ? 1 : 0;
    }
}

Evidence collect(std::span<std::string const> rawValues)
{
    Evidence evidence;
    for (std::string const& value : rawValues) {
        evidence.escapes = evidence.escapes || hasIso2022Escape(value);
        if (isAscii(value))
            continue;
        evidence.ascii = false;
        std::string_view const utf8 = withoutTruncatedUtf8(value);
        evidence.utf8Cut = evidence.utf8Cut || utf8.size() < value.size();
        evidence.utf8 = evidence.utf8 && text::isUtf8(utf8);
        for (char const c : value) {
            auto const byte = static_cast<unsigned char>(c);
            evidence.controlRange = evidence.controlRange || (byte >= 0x80 && byte < 0xA0);
            evidence.utf8BeyondTwoBytes = evidence.utf8BeyondTwoBytes || byte >= 0xE0;
        }
        Gb18030Walk const walk = walkGb18030(value);
        evidence.gb18030 = evidence.gb18030 && walk.valid;
        evidence.gb18030Cut = evidence.gb18030Cut || walk.truncated;
        evidence.utf8Latin = evidence.utf8Latin && looksLatinUtf8(value);
        addGroups(evidence, value);
    }
    return evidence;
}

struct Declared {
    CharacterSetTerm first;
    bool chinese = false; // in any of its values
    bool utf8 = false;
    bool extension = false; // some value needs escapes to be reached
};

Declared readDeclared(std::string_view declared)
{
    Declared result;
    std::vector<std::string> const terms = text::split(declared, '\\');
    result.first = findCharacterSet(terms.front());
    for (std::string const& term : terms) {
        Repertoire const repertoire = findCharacterSet(term).repertoire;
        result.chinese = result.chinese || repertoire == Repertoire::Chinese;
        result.utf8 = result.utf8 || repertoire == Repertoire::Utf8;
        result.extension = result.extension || repertoire == Repertoire::CodeExtension;
    }
    return result;
}

bool isOtherSingleByte(CharacterSetTerm const& term)
{
    return term.repertoire == Repertoire::SingleByte && term.name != "ISO_IR 100";
}

// Rule 3. Two-byte sequences alone are Greek or Cyrillic letters, which short Chinese or ISO 8859 texts can hit by
// chance.
bool isUtf8(Evidence const& evidence, Declared const& declared)
{
    if (!evidence.utf8 || declared.utf8 || evidence.utf8BeyondTwoBytes || evidence.utf8Latin)
        return evidence.utf8;
    if (isOtherSingleByte(declared.first))
        return evidence.controlRange;
    return !(evidence.gb18030 && evidence.chinese > evidence.latin);
}

CharacterSetDecision decide(Evidence const& evidence, Declared const& declared, std::string_view sitePolicy)
{
    auto const made = [](std::string_view used, int rule, bool certain = true) {
        CharacterSetDecision decision;
        decision.used = used;
        decision.rule = rule;
        decision.certain = certain;
        return decision;
    };
    if (evidence.escapes)
        return made("ISO 2022", 2);
    if (evidence.ascii)
        return made("ASCII", 1);
    if (isUtf8(evidence, declared))
        return made("UTF-8", 3, !evidence.utf8Cut);
    if (declared.chinese && evidence.gb18030)
        return made("GB18030", 4, !evidence.gb18030Cut);
    if (isOtherSingleByte(declared.first))
        return made(declared.first.name, 6, !evidence.controlRange);
    if (declared.extension)
        return made("ISO 2022", 6, false);
    if (evidence.gb18030 && evidence.chinese > evidence.latin)
        return made("GB18030", 5, !evidence.gb18030Cut);
    bool const saysLatin = declared.first.name == "ISO_IR 100";
    if (evidence.latin > 0 && !evidence.controlRange)
        return made("ISO_IR 100", 6, saysLatin);
    CharacterSetTerm const policy = findCharacterSet(sitePolicy);
    if (policy.repertoire == Repertoire::Chinese && evidence.gb18030)
        return made("GB18030", 6, !evidence.gb18030Cut);
    if (policy.repertoire == Repertoire::SingleByte && !evidence.controlRange)
        return made(policy.name, 6);
    // Nothing fits: the declared set, with what can't be read marked. Where nothing usable is declared, Chinese is
    // likelier than anything else here.
    if (saysLatin)
        return made("ISO_IR 100", 6, false);
    if (declared.utf8)
        return made("UTF-8", 6, false);
    return made(declared.chinese || evidence.gb18030 ? "GB18030" : "ASCII", 6, false);
}

std::string replaceHigh(std::string_view raw)
{
    std::string decoded;
    for (char const c : raw) {
        if (isHigh(c))
            decoded += "\xEF\xBF\xBD";
        else
            decoded += c;
    }
    return decoded;
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

CharacterSetDecision decideCharacterSet(std::string_view declared, std::span<std::string const> rawValues,
                                        std::string_view sitePolicy)
{
    CharacterSetDecision decision = decide(collect(rawValues), readDeclared(declared), sitePolicy);
    decision.declared = declared;
    return decision;
}

std::string decodeText(CharacterSetDecision const& decision, std::string_view raw)
{
    if (decision.used == "ISO 2022")
        return decodeIso2022(raw, decision.declared);
    if (isAscii(raw))
        return std::string(raw);
    if (decision.used == "UTF-8")
        return text::fromCodePoints(text::toCodePoints(withoutTruncatedUtf8(raw)));
    if (decision.used == "GB18030")
        return fromCodePage(withoutTruncatedGb18030(raw), "gb18030");
    if (CharacterSetTerm const term = findCharacterSet(decision.used); term.page)
        return fromCodePage(raw, term.page);
    return replaceHigh(raw);
}

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
