#include "common/dicom/character_set.h"

#include "common/base/text.h"
#include "common/dicom/character_set_terms.h"
#include "common/dicom/chinese_text.h"
#include "common/dicom/code_page.h"
#include "common/dicom/instance_header.h"
#include "common/dicom/iso2022.h"
#include "common/dicom/text_readings.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace qianli::dicom {
namespace {

// In bits (TextReadings). What is said about the text beforehand counts so much …
constexpr int declaredUtf8 = 8, declaredChinese = 12, policyCounts = 6, undeclaredLatin1 = 4, eachOtherSet = 10;
// … and a reading is certain when the next one would have to say so much more, for all values together and for each of
// them.
constexpr int clearly = 8, barely = 5, nearly = 3;
constexpr int impossible = std::numeric_limits<int>::max() / 4;

bool isHigh(char c)
{
    return static_cast<unsigned char>(c) >= 0x80;
}

bool isAscii(std::string_view bytes)
{
    return std::ranges::none_of(bytes, isHigh);
}

// Bytes 0x80 to 0x9F, which no ISO 8859 text has.
bool hasControlRange(std::string_view bytes)
{
    return std::ranges::any_of(bytes, [](char c) { return static_cast<unsigned char>(c) - 0x80u < 0x20; });
}

enum class Reading { Utf8, Gb18030, Latin1 };

// What the bytes of all values together cost, read as one set.
struct Evidence {
    bool ascii = true;
    bool controlRange = false;
    bool utf8BeyondTwoBytes = false;
    int bits[3] = {0, 0, 0}; // by Reading
    // Most that one value would save by being read otherwise; below zero: the least that it would cost.
    int excess[3] = {-impossible, -impossible, -impossible};
    bool cut[3] = {false, false, false}; // … or broken
    bool strictlyUtf8 = true;
    // Each value read as what suits it best.
    int mixedBits = 0, mixedMargin = impossible;
    bool mixedCut = false;
    bool mixes[3] = {false, false, false};

    int& of(Reading reading) { return bits[static_cast<int>(reading)]; }
    int of(Reading reading) const { return bits[static_cast<int>(reading)]; }
    bool isCut(Reading reading) const { return cut[static_cast<int>(reading)]; }
};

struct Best {
    Reading reading;
    int bits, margin;
    bool cut;
};

Best bestOf(TextReadings const& readings)
{
    Best best{Reading::Latin1, readings.latin1.bits, impossible, false};
    auto const offer = [&](Reading reading, TextReading const& one) {
        if (one.bits < best.bits)
            best = {reading, one.bits, best.bits - one.bits, one.cut || one.broken};
        else
            best.margin = std::min(best.margin, one.bits - best.bits);
    };
    offer(Reading::Gb18030, readings.gb18030);
    offer(Reading::Utf8, readings.utf8);
    return best;
}

void take(Evidence& evidence, std::string const& value)
{
    evidence.ascii = false;
    evidence.controlRange = evidence.controlRange || hasControlRange(value);
    evidence.utf8BeyondTwoBytes = evidence.utf8BeyondTwoBytes || std::ranges::any_of(value, [](char c) {
                                      return static_cast<unsigned char>(c) >= 0xE0;
                                  });
    TextReadings const readings = readingsOf(value);
    Best const best = bestOf(readings);
    auto const add = [&](Reading reading, TextReading const& one) {
        auto const i = static_cast<int>(reading);
        int const other = one.bits == best.bits && reading == best.reading ? best.bits + best.margin : best.bits;
        evidence.bits[i] += one.bits;
        evidence.excess[i] = std::max(evidence.excess[i], one.bits - other);
        evidence.cut[i] = evidence.cut[i] || one.cut || one.broken;
    };
    add(Reading::Utf8, readings.utf8);
    add(Reading::Gb18030, readings.gb18030);
    add(Reading::Latin1, readings.latin1);
    evidence.strictlyUtf8 = evidence.strictlyUtf8 && !readings.utf8.broken;
    evidence.mixedBits += best.bits;
    evidence.mixedMargin = std::min(evidence.mixedMargin, best.margin);
    evidence.mixedCut = evidence.mixedCut || best.cut;
    evidence.mixes[static_cast<int>(best.reading)] = true;
}

struct Declared {
    CharacterSetTerm first;
    bool chinese = false; // in any of its values
    bool utf8 = false;
    bool latin1 = false;
    bool extension = false; // some value needs escapes to be reached
};

Declared readDeclared(std::string_view declared)
{
    Declared result;
    std::vector<std::string> const terms = text::split(declared, '\\');
    result.first = findCharacterSet(terms.front());
    result.latin1 = result.first.name == "ISO_IR 100";
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

CharacterSetDecision made(std::string_view used, int rule, bool certain)
{
    CharacterSetDecision decision;
    decision.used = used;
    decision.rule = rule;
    decision.certain = certain;
    return decision;
}

// Another set of one byte a character: what is declared, or what the site's devices mean. Every byte fits, so only
// UTF-8 that can't be chance speaks against it.
CharacterSetDecision decideSingleByte(Evidence const& evidence, CharacterSetTerm const& term)
{
    bool const isUtf8 = evidence.strictlyUtf8 && (evidence.utf8BeyondTwoBytes || evidence.controlRange);
    if (isUtf8)
        return made("UTF-8", 3, !evidence.isCut(Reading::Utf8));
    return made(term.name, 6, !evidence.controlRange);
}

// `saved`: what is said beforehand for each of the readings.
std::optional<CharacterSetDecision> decideMixed(Evidence const& evidence, int const (&saved)[3], int bestBits)
{
    int sets = 0, mostSaved = -impossible;
    for (int i = 0; i < 3; ++i) {
        sets += evidence.mixes[i] ? 1 : 0;
        mostSaved = evidence.mixes[i] ? std::max(mostSaved, saved[i]) : mostSaved;
    }
    if (sets < 2 || evidence.mixedBits - mostSaved + eachOtherSet * (sets - 1) >= bestBits)
        return std::nullopt;
    bool const latin = evidence.mixes[static_cast<int>(Reading::Latin1)];
    bool const gb18030 = evidence.mixes[static_cast<int>(Reading::Gb18030)];
    bool const certain = !latin && !evidence.mixedCut && evidence.mixedMargin >= 3 * clearly;
    return made("mixed", gb18030 ? 5 : 6, certain);
}

// UTF-8, GB 18030 or ISO 8859-1, whichever needs least; rules 3 to 6.
CharacterSetDecision weigh(Evidence evidence, Declared const& declared, CharacterSetTerm const& policy)
{
    bool const policyChinese = policy.repertoire == Repertoire::Chinese, policyLatin = policy.name == "ISO_IR 100";
    int const saved[3] = {declared.utf8 ? declaredUtf8 : 0,
                          (declared.chinese ? declaredChinese : 0) + (policyChinese ? policyCounts : 0),
                          (declared.latin1 ? 0 : -undeclaredLatin1) + (policyLatin ? policyCounts : 0)};
    for (int i = 0; i < 3; ++i)
        evidence.bits[i] -= saved[i];
    int const withoutPolicy = std::min(evidence.of(Reading::Utf8), evidence.of(Reading::Latin1)) -
                              evidence.of(Reading::Gb18030) - (policyChinese ? policyCounts : 0);

    Reading best = Reading::Latin1;
    for (Reading const one : {Reading::Gb18030, Reading::Utf8})
        best = evidence.of(one) < evidence.of(best) ? one : best;
    int margin = impossible;
    for (Reading const one : {Reading::Utf8, Reading::Gb18030, Reading::Latin1})
        margin = one == best ? margin : std::min(margin, evidence.of(one) - evidence.of(best));
    if (auto mixed = decideMixed(evidence, saved, evidence.of(best)))
        return *mixed;

    int const excess = evidence.excess[static_cast<int>(best)];
    bool const whole = !evidence.isCut(best) && excess <= -nearly; // and no value alone leaves it open
    switch (best) {
    case Reading::Utf8:
        return made("UTF-8", 3, whole && margin >= clearly);
    case Reading::Gb18030:
        if (declared.chinese)
            return made("GB18030", 4, whole && margin >= barely);
        if (withoutPolicy >= clearly)
            return made("GB18030", 5, whole);
        // That is what the policy is for.
        return made("GB18030", 6, policyChinese && !evidence.isCut(best) && excess <= nearly && margin >= barely);
    case Reading::Latin1:
        break;
    }
    bool const expected = declared.latin1 || policy.name == "ISO_IR 100";
    return made("ISO_IR 100", 6, expected && whole && !evidence.controlRange && margin >= barely);
}

CharacterSetDecision decidePlain(Evidence const& evidence, Declared const& declared, std::string_view sitePolicy)
{
    if (evidence.ascii)
        return made("ASCII", 1, true);
    CharacterSetTerm const policy = findCharacterSet(sitePolicy);
    if (isOtherSingleByte(declared.first))
        return decideSingleByte(evidence, declared.first);
    bool const saysNothing = !declared.chinese && !declared.utf8 && !declared.latin1;
    if (saysNothing && isOtherSingleByte(policy))
        return decideSingleByte(evidence, policy);
    if (declared.extension && !evidence.strictlyUtf8)
        return made("ISO 2022", 6, false);
    return weigh(evidence, declared, policy);
}

// A value without escapes among others that have them: devices escape names and forget the rest.
CharacterSetDecision decideUnescaped(std::string const& value, std::string_view declared)
{
    Evidence evidence;
    take(evidence, value);
    CharacterSetDecision decision = decidePlain(evidence, readDeclared(declared), "");
    decision.declared = declared;
    return decision;
}

CharacterSetDecision decideEscaped(std::span<std::string const> rawValues, std::string_view declared)
{
    bool certain = true;
    for (std::string const& value : rawValues) {
        if (hasIso2022Escape(value)) {
            Iso2022Text const read = readIso2022(value, declared);
            certain = certain && !read.cut && !read.doubt && read.text.find("\xEF\xBF\xBD") == std::string::npos;
        } else if (!isAscii(value)) {
            certain = certain && decideUnescaped(value, declared).certain;
        }
    }
    return made("ISO 2022", 2, certain);
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

} // namespace

CharacterSetDecision decideCharacterSet(std::string_view declared, std::span<std::string const> rawValues,
                                        std::string_view sitePolicy)
{
    CharacterSetDecision decision;
    if (std::ranges::any_of(rawValues, hasIso2022Escape)) {
        decision = decideEscaped(rawValues, declared);
    } else {
        Evidence evidence;
        for (std::string const& value : rawValues)
            if (!isAscii(value))
                take(evidence, value);
        decision = decidePlain(evidence, readDeclared(declared), sitePolicy);
    }
    decision.declared = declared;
    return decision;
}

bool isCorrected(CharacterSetDecision const& decision)
{
    if (decision.used == "ASCII")
        return false;
    std::vector<std::string> const terms = text::split(decision.declared, '\\');
    bool const announced = terms.size() > 1 || terms.front().find("2022") != std::string::npos;
    if (decision.used == "ISO 2022")
        return !announced;
    // What is written in one set without escapes is the first one's; that of IR 58 is written so by many.
    return std::ranges::none_of(
        terms, [&](std::string const& term) { return !term.empty() && findCharacterSet(term).name == decision.used; });
}

std::string decodeText(CharacterSetDecision const& decision, std::string_view raw)
{
    bool const escaped = decision.used == "ISO 2022";
    if (escaped && (hasIso2022Escape(raw) || decision.rule != 2))
        return readIso2022(raw, decision.declared).text;
    if (isAscii(raw))
        return std::string(raw);
    if (escaped) {
        CharacterSetDecision const own = decideUnescaped(std::string(raw), decision.declared);
        return own.used == "ISO 2022" ? readIso2022(raw, decision.declared).text : decodeText(own, raw);
    }
    std::string_view used = decision.used;
    if (used == "mixed") {
        Reading const best = bestOf(readingsOf(raw)).reading;
        used = best == Reading::Utf8 ? "UTF-8" : best == Reading::Gb18030 ? "GB18030" : "ISO_IR 100";
    }
    if (used == "UTF-8")
        return text::fromCodePoints(text::toCodePoints(withoutTruncatedUtf8(raw)));
    if (used == "GB18030")
        return fromCodePage(withoutTruncatedGb18030(raw), "gb18030");
    if (CharacterSetTerm const term = findCharacterSet(used); term.page)
        return fromCodePage(raw, used == "ISO_IR 100" && hasControlRange(raw) ? "windows-1252" : term.page);
    return replaceHigh(raw);
}

} // namespace qianli::dicom
