#include "common/dicom/text_readings.h"

#include "common/base/text.h"
#include "common/dicom/chinese_text.h"
#include "common/dicom/code_page.h"

#include <algorithm>

namespace qianli::dicom {
namespace {

// Bits by what a character is. Measured by no one; the order is what counts, and the corpus of tests/charset watches
// it.
constexpr int asciiLetter = 5, asciiOther = 4;
constexpr int accentedSmall = 7, accentedCapital = 9, accentedRare = 11;
constexpr int usualSymbol = 9, otherSymbol = 16;
constexpr int hanziLevel1 = 10, hanziLevel2 = 15, hanziTraditional = 17, hanziOther = 21, hanziFourBytes = 30;
constexpr int scriptBegins = 18, scriptGoesOn = 6;
constexpr int nobodyWritesIt = 30;
constexpr int cutEnd = 18, cutEndAtLimit = 8;
constexpr int surnameSaves = 4;
// Bytes of a value after which nothing new is learnt: comments may be long. Of long runs of ASCII, which say the same
// in every reading, the edges are looked at: the first bytes may belong to the character before.
constexpr std::size_t enough = 2048, edge = 16;

enum class Kind { Start, Other, Small, Capital, AccentedSmall, AccentedCapital, Hanzi, Script };

bool isAccented(Kind kind)
{
    return kind == Kind::AccentedSmall || kind == Kind::AccentedCapital;
}

bool isSmall(Kind kind)
{
    return kind == Kind::Small || kind == Kind::AccentedSmall;
}

bool isCapital(Kind kind)
{
    return kind == Kind::Capital || kind == Kind::AccentedCapital;
}

bool isLatin(Kind kind)
{
    return isSmall(kind) || isCapital(kind);
}

// Adds up the characters of one value, and what is odd between neighbours.
class Sum {
public:
    void add(Kind kind, int bits)
    {
        bits_ += bits + between(before_, kind);
        run_ = isAccented(kind) ? run_ + 1 : 0;
        // No language of ISO 8859-1 has three accented letters in a row.
        if (run_ > 2)
            bits_ += 10;
        if (!isLatin(kind))
            endWord();
        plain_ += kind == Kind::Small || kind == Kind::Capital ? 1 : 0;
        accented_ += isAccented(kind) ? 1 : 0;
        before_ = kind;
    }
    void addAscii(unsigned char c)
    {
        if (c >= 'a' && c <= 'z')
            add(Kind::Small, asciiLetter);
        else if (c >= 'A' && c <= 'Z')
            add(Kind::Capital, asciiLetter);
        else
            add(Kind::Other, asciiOther);
    }
    void addScript(char32_t block, int bits)
    {
        add(Kind::Script, block == script_ ? bits : bits + scriptBegins - scriptGoesOn);
        script_ = block;
    }
    void save(int bits) { bits_ -= bits; }
    int total()
    {
        endWord();
        return bits_;
    }

private:
    static int between(Kind before, Kind now)
    {
        if (now == Kind::Hanzi)
            return before == Kind::Capital ? 4 : isLatin(before) ? 12 : 0;
        if (before == Kind::Hanzi)
            return now == Kind::Capital ? 4 : isLatin(now) ? 16 : 0;
        if (isAccented(before) != isAccented(now) || isAccented(now))
            return isSmall(before) && isCapital(now) ? 9 : 0;
        return 0;
    }
    // A word of accented letters only.
    void endWord()
    {
        if (accented_ > 0 && plain_ < accented_)
            bits_ += plain_ == 0 ? 6 : 3 * (accented_ - plain_);
        accented_ = plain_ = 0;
    }

    int bits_ = 0;
    int run_ = 0, plain_ = 0, accented_ = 0;
    Kind before_ = Kind::Start;
    char32_t script_ = 0;
};

// Devices cut where their fields end.
int cutBits(std::string_view value)
{
    return value.size() == 16 || value.size() == 32 || value.size() == 64 ? cutEndAtLimit : cutEnd;
}

unsigned at(std::string_view bytes, std::size_t i)
{
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
}

bool isBetween(char32_t c, char32_t low, char32_t high)
{
    return c >= low && c <= high;
}

// Of two bytes in GB 18030.
int hanziBits(std::string_view bytes)
{
    if (bytes.size() != 2)
        return hanziFourBytes;
    unsigned const lead = at(bytes, 0), trail = at(bytes, 1);
    if (trail >= 0xA1 && isBetween(lead, 0xB0, 0xD7))
        return hanziLevel1;
    if (trail >= 0xA1 && isBetween(lead, 0xD8, 0xF7))
        return hanziLevel2;
    return isUsualTraditional(bytes) ? hanziTraditional : hanziOther;
}

void addGb18030(Sum& sum, std::string_view bytes)
{
    unsigned const lead = at(bytes, 0), trail = at(bytes, 1);
    if (bytes.size() == 4)
        return sum.add(Kind::Hanzi, isBetween(lead, 0x95, 0x9A) || lead <= 0x82 ? hanziFourBytes : hanziFourBytes + 10);
    if (trail >= 0xA1 && isBetween(lead, 0xA1, 0xA3))
        return sum.add(Kind::Other, usualSymbol);
    if (trail >= 0xA1 && isBetween(lead, 0xA4, 0xA7))
        return sum.addScript(lead, scriptGoesOn + 4);
    bool const isSymbol = isBetween(lead, 0xA8, 0xA9) || (isBetween(lead, 0xA1, 0xA7) && trail >= 0xA1);
    if (isSymbol)
        return sum.add(Kind::Other, otherSymbol);
    bool const isPrivate =
        (trail >= 0xA1 && (isBetween(lead, 0xAA, 0xAF) || lead >= 0xF8)) || isBetween(lead, 0xA1, 0xA7);
    sum.add(Kind::Hanzi, isPrivate ? nobodyWritesIt : hanziBits(bytes));
}

TextReading asGb18030(std::string_view value)
{
    TextReading reading;
    Sum sum;
    std::size_t const end = withoutTruncatedGb18030(value).size();
    reading.cut = end < value.size();
    for (std::size_t i = 0; i < end;) {
        std::size_t const length = gb18030Length(value.substr(0, end), i);
        if (length == 1)
            sum.addAscii(static_cast<unsigned char>(value[i]));
        else if (length > 1)
            addGb18030(sum, value.substr(i, length));
        else
            sum.add(Kind::Other, nobodyWritesIt);
        reading.broken = reading.broken || length == 0;
        i += std::max<std::size_t>(length, 1);
    }
    if (holdsSurname(text::toCodePoints(fromCodePage(value.substr(0, end), "gb18030"))))
        sum.save(surnameSaves);
    reading.bits = sum.total() + (reading.cut ? cutBits(value) : 0);
    return reading;
}

// Scripts whose letters stand in blocks; blocks that are one script have one number.
char32_t scriptOf(char32_t c)
{
    struct Range {
        char32_t first, last, script;
    };
    static constexpr Range ranges[] = {
        {0x0391, 0x03C9, 1}, {0x0400, 0x045F, 2},  {0x0490, 0x04FF, 2},  {0x05D0, 0x05EA, 3}, {0x0620, 0x064A, 4},
        {0x0671, 0x06D5, 4}, {0x0E01, 0x0E4E, 5},  {0x0F40, 0x0FBC, 6},  {0x1820, 0x18AA, 7}, {0x3041, 0x30FE, 8},
        {0x3105, 0x312D, 9}, {0xA000, 0xA48C, 10}, {0xAC00, 0xD7A3, 11}, {0xFF66, 0xFF9F, 8}};
    for (Range const& range : ranges)
        if (isBetween(c, range.first, range.last))
            return range.script;
    return 0;
}

bool isCapitalLatin(char32_t c)
{
    return c < 0x100 ? isBetween(c, 0xC0, 0xDE) : c % 2 == 0;
}

void addUnicode(Sum& sum, char32_t c)
{
    if (c < 0x80)
        return sum.addAscii(static_cast<unsigned char>(c));
    if (isBetween(c, 0xC0, 0x17F) && c != 0xD7 && c != 0xF7) {
        bool const capital = isCapitalLatin(c);
        return sum.add(capital ? Kind::AccentedCapital : Kind::AccentedSmall,
                       capital ? accentedCapital : accentedSmall);
    }
    if (char32_t const script = scriptOf(c))
        return sum.addScript(script, scriptGoesOn);
    if (isIdeograph(c)) {
        auto const bytes = toCodePage(text::fromCodePoints(std::u32string(1, c)), "gb18030");
        return sum.add(Kind::Hanzi, bytes ? hanziBits(*bytes) : hanziFourBytes);
    }
    if (c == 0xFFFD)
        return sum.add(Kind::Other, nobodyWritesIt);
    if (c == 0xB7 || isBetween(c, 0x2010, 0x2026) || isBetween(c, 0x3000, 0x301F) || isBetween(c, 0xFF01, 0xFF5E))
        return sum.add(Kind::Other, usualSymbol);
    bool const isSymbol = isBetween(c, 0xA0, 0xF7) || isBetween(c, 0x2000, 0x27FF) || isBetween(c, 0x3200, 0x33FF);
    sum.add(Kind::Other, isSymbol ? otherSymbol - 2 : nobodyWritesIt);
}

TextReading asUtf8(std::string_view value)
{
    std::string_view const whole = withoutTruncatedUtf8(value);
    TextReading reading;
    reading.cut = whole.size() < value.size();
    reading.broken = !text::isUtf8(whole);
    std::u32string const characters = text::toCodePoints(whole);
    Sum sum;
    for (char32_t const c : characters)
        addUnicode(sum, c);
    if (holdsSurname(characters))
        sum.save(surnameSaves);
    reading.bits = sum.total() + (reading.cut ? cutBits(value) : 0);
    // Of a character of which only a part is there nothing can be said.
    if (std::ranges::none_of(characters, [](char32_t c) { return c >= 0x80; }))
        reading.bits += nobodyWritesIt;
    return reading;
}

void addLatin1(Sum& sum, unsigned byte)
{
    if (byte < 0x80)
        return sum.addAscii(static_cast<unsigned char>(byte));
    if (byte < 0xA0) {
        // What Windows adds to ISO 8859-1, of which its programs use quotes and dashes.
        bool const isQuote = isBetween(byte, 0x91, 0x97) || byte == 0x80 || byte == 0x85;
        return sum.add(Kind::Other, isQuote ? otherSymbol : nobodyWritesIt);
    }
    if (byte < 0xC0 || byte == 0xD7 || byte == 0xF7) {
        constexpr std::string_view usual = "\xA0\xAA\xB0\xB1\xB2\xB3\xB4\xB5\xB7\xBA\xD7";
        return sum.add(Kind::Other,
                       usual.find(static_cast<char>(byte)) == std::string_view::npos ? otherSymbol : usualSymbol);
    }
    bool const isCapital = byte < 0xDF;
    bool const isRare = byte == 0xD0 || byte == 0xDD || byte == 0xDE || byte == 0xF0 || byte == 0xFE || byte == 0xFF;
    sum.add(isCapital ? Kind::AccentedCapital : Kind::AccentedSmall, isRare      ? accentedRare
                                                                     : isCapital ? accentedCapital
                                                                                 : accentedSmall);
}

TextReading asLatin1(std::string_view value)
{
    Sum sum;
    for (std::size_t i = 0; i < value.size(); ++i)
        addLatin1(sum, at(value, i));
    return {sum.total(), false, false};
}

std::string tellingPart(std::string_view value)
{
    std::string part;
    for (std::size_t i = 0; i < value.size() && part.size() < enough;) {
        auto const isHigh = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
        auto const begin = value.begin() + static_cast<std::ptrdiff_t>(i);
        auto const high = std::find_if(begin, value.end(), isHigh);
        std::string_view const ascii(begin, high), others(high, std::find_if_not(high, value.end(), isHigh));
        if (ascii.size() > 2 * edge)
            part.append(ascii.substr(0, edge)).append(ascii.substr(ascii.size() - edge));
        else
            part += ascii;
        part += others.substr(0, enough);
        i += ascii.size() + others.size();
    }
    return part.substr(0, enough);
}

void note(TextReading& reading, std::string_view value, bool cut, bool broken)
{
    reading.bits += (cut ? cutBits(value) : 0) + (broken && !reading.broken ? nobodyWritesIt : 0);
    reading.cut = cut;
    reading.broken = broken;
}

// What it says by a part, where it ends and whether all of it has a meaning by the whole.
TextReadings readingsOfLong(std::string_view value)
{
    std::string const part = tellingPart(value);
    TextReadings readings{asUtf8(withoutTruncatedUtf8(part)), asGb18030(withoutTruncatedGb18030(part)), asLatin1(part)};
    std::string_view const whole = withoutTruncatedUtf8(value);
    note(readings.utf8, value, whole.size() < value.size(), !text::isUtf8(whole));
    Gb18030Walk const walk = walkGb18030(value);
    note(readings.gb18030, value, walk.truncated, !walk.valid);
    return readings;
}

} // namespace

TextReadings readingsOf(std::string_view value)
{
    std::string_view const trimmed = text::trim(value);
    if (trimmed.size() > enough)
        return readingsOfLong(trimmed);
    return {asUtf8(trimmed), asGb18030(trimmed), asLatin1(trimmed)};
}

} // namespace qianli::dicom
