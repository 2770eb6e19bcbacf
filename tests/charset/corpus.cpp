#include "tests/charset/corpus.h"

#include "tests/charset/encoder.h"
#include "tests/charset/word_lists.h"

#include <algorithm>
#include <array>
#include <functional>
#include <random>

namespace qianli::test {
namespace {

using Kind = CharsetCase::Kind;

constexpr std::size_t longestName = 16; // bytes, of devices that cut

struct Name {
    std::string text;
    bool rareSurname = false;
};

// What a device does to text.
struct Writing {
    char const* what;
    std::function<std::optional<std::string>(std::string_view)> encode;
    std::vector<std::string> labels;
    std::vector<std::string> honest = {}; // the labels that say it
};

std::vector<Writing> chineseWritings()
{
    auto const by = [](char const* set) { return [set](std::string_view text) { return encoded(text, set); }; };
    std::vector<std::string> const wrong{"",           "ISO_IR 6", "ISO_IR 100", "ISO 2022 IR 100",
                                         "ISO_IR 192", "CHINESE",  "ISO_IR 999"};
    std::vector<Writing> writings{
        {"GB18030",
         by("GB18030"),
         {"GB18030", "GBK", "GB2312", "ISO_IR 58", "\\ISO 2022 IR 58", "ISO 2022 GBK", "gb18030-2005"}},
        {"GB18030 mislabelled", by("GB18030"), wrong},
        {"UTF-8", by("UTF-8"), {"ISO_IR 192", "UTF-8", "ISO_IR 100", "", "GB18030", "GBK", "CHINESE"}},
        {"IR 58", escapedChinese, {"\\ISO 2022 IR 58", "ISO 2022 IR 6\\ISO 2022 IR 58", "ISO_IR 100", "", "GB18030"}},
        {"IR 58, one escape",
         escapedOnce,
         {"\\ISO 2022 IR 58", "ISO_IR 58", "ISO_IR 100", "ISO 2022 IR 100\\ISO 2022 IR 58", ""}},
    };
    return writings;
}

class Maker {
public:
    explicit Maker(Half half) : half_(half), random_(half == Half::Tuning ? 20260104 : 7041021) {}

    std::vector<CharsetCase> make()
    {
        addChinese();
        addCut();
        addMixed();
        addLatin();
        addCyrillic();
        addJapanese();
        addCutComponents();
        return std::move(cases_);
    }

private:
    std::size_t below(std::size_t limit) { return random_() % limit; }
    bool oneIn(std::size_t n) { return below(n) == 0; }

    // Of this half.
    std::vector<std::string_view> own(std::string_view list) const
    {
        std::vector<std::string_view> mine;
        auto const all = words(list);
        for (std::size_t i = half_ == Half::Tuning ? 0 : 1; i < all.size(); i += 2)
            mine.push_back(all[i]);
        return mine;
    }

    std::string any(std::string_view list)
    {
        auto const mine = own(list);
        std::string word(mine[below(mine.size())]);
        for (char& c : word)
            if (c == '-')
                c = ' ';
        return word;
    }

    std::string givenName()
    {
        std::string name = any(oneIn(4) ? rareGivenNames : syllables);
        if (!oneIn(3))
            name += any(oneIn(8) ? rareGivenNames : syllables);
        return name;
    }

    Name chineseName()
    {
        bool const rare = oneIn(3);
        std::string const both = any(rare ? rareSurnames : commonSurnames);
        std::size_t const slash = both.find('/');
        std::string const surname = both.substr(0, slash), latin = both.substr(slash + 1), given = givenName();
        switch (below(14)) {
        case 0:
            return {latin + "^Xiao=" + surname + "^" + given, rare};
        case 1:
            return {latin + "Xiao=" + surname + given, rare};
        case 2:
            return {surname + "^" + given, rare};
        case 3:
            return {surname + given + " M 45", rare};
        case 4:
            return {surname + given + "(急)", rare};
        case 5:
            return {surname + given + "2", rare};
        case 6:
            return {surname + "　" + given, rare};
        case 7:
            return {any(ethnicNames), true};
        case 8:
            return {any(traditionalNames), false};
        case 9:
            return {oneIn(2) ? surname : "无名氏" + std::to_string(1 + below(9)), rare};
        case 10:
            return {latin + "^Xiao^^^=" + surname + "^" + given + "=", rare};
        default:
            return {surname + given, rare};
        }
    }

    std::vector<std::string> chineseHeader(std::string const& name)
    {
        std::vector<std::string> texts{name};
        if (oneIn(2))
            return texts;
        texts.push_back(oneIn(5) ? "CHEST PA" : any(examinations));
        if (oneIn(2))
            texts.push_back(any(hospitals));
        if (oneIn(3))
            texts.push_back(any(departments));
        return texts;
    }

    void add(Kind kind, Writing const& writing, std::string const& label, std::vector<std::string> texts, bool rare,
             std::string policy)
    {
        CharsetCase made;
        made.kind = kind;
        made.what = texts[0] + ": " + writing.what + ", declared '" + label + "', policy '" + policy + "'";
        made.declared = label;
        made.policy = std::move(policy);
        made.rareSurname = rare;
        made.honest = std::ranges::find(writing.honest, label) != writing.honest.end();
        for (std::string const& text : texts) {
            auto const bytes = writing.encode(text);
            if (!bytes)
                return; // the set has no place for it, so no device sends it
            made.raw.push_back(*bytes);
        }
        made.text = std::move(texts);
        cases_.push_back(std::move(made));
    }

    // Only the name is cut; its end is that of the last whole character before the limit.
    void cutLast(Writing const& writing)
    {
        CharsetCase made = cases_.back();
        std::string const name = made.text[0];
        if (made.raw[0].size() <= longestName)
            return;
        std::size_t whole = 0;
        for (std::size_t end = 1; end <= name.size(); ++end) {
            if (end < name.size() && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80)
                continue;
            if (writing.encode(name.substr(0, end))->size() > longestName)
                break;
            whole = end;
        }
        made.raw[0].resize(longestName);
        made.text[0] = name.substr(0, whole);
        made.cut = writing.encode(made.text[0])->size() < longestName;
        made.what += ", cut at 16 bytes";
        if (whole > 0 && static_cast<unsigned char>(name[whole - 1]) >= 0x80)
            cases_.push_back(std::move(made));
    }

    void addChinese()
    {
        for (int round = 0; round < 100; ++round)
            for (Writing const& writing : chineseWritings())
                for (std::string const& label : writing.labels) {
                    Name const name = chineseName();
                    add(Kind::Chinese, writing, label, chineseHeader(name.text), name.rareSurname,
                        oneIn(3) ? "" : "GB18030");
                }
    }

    // Names that are longer than what such devices keep.
    void addCut()
    {
        for (int round = 0; round < 12; ++round)
            for (Writing const& writing : chineseWritings())
                for (std::string const& label : writing.labels) {
                    std::string const both = any(oneIn(3) ? rareSurnames : commonSurnames);
                    std::size_t const slash = both.find('/');
                    std::string const name = oneIn(3) ? any(ethnicNames)
                                                      : both.substr(slash + 1) + (oneIn(2) ? "^Xiao=" : " Xiaoming=") +
                                                            both.substr(0, slash) + (oneIn(2) ? "^" : "") +
                                                            givenName() + any(syllables);
                    std::size_t const before = cases_.size();
                    add(Kind::Chinese, writing, label, chineseHeader(name), false, oneIn(3) ? "" : "GB18030");
                    if (cases_.size() == before)
                        continue;
                    cutLast(writing);
                    cases_.erase(cases_.begin() + static_cast<std::ptrdiff_t>(before));
                }
    }

    // Devices that cut each component for itself; half a character stays before the delimiter.
    void addCutComponents()
    {
        for (int round = 0; round < 20; ++round)
            for (char const* const label :
                 {"\\ISO 2022 IR 58", "ISO 2022 IR 6\\ISO 2022 IR 58", "ISO_IR 100", "", "GB18030"})
                for (char const delimiter : {'^', '\\', '='}) {
                    std::string const surname = any(commonSurnames), given = any(syllables);
                    std::string const kept = surname.substr(0, surname.find('/')) + (oneIn(2) ? any(syllables) : "");
                    std::string const rest = delimiter + (oneIn(6) ? "" : given);
                    auto const cut = escapedChinese(kept + any(syllables)), behind = escapedChinese(rest);
                    if (!cut || !behind)
                        continue;
                    CharsetCase made;
                    made.what = kept + "\uFFFD" + rest + ": IR 58, each component cut, declared '" + label + "'";
                    made.declared = label;
                    made.policy = oneIn(3) ? "" : "GB18030";
                    made.raw = {cut->substr(0, cut->size() - 1) + *behind};
                    made.text = {kept + "\uFFFD" + rest};
                    made.cut = true;
                    cases_.push_back(std::move(made));
                }
    }

    // The name comes from a work list in one set, the rest from the device's own settings in another.
    void addMixed()
    {
        for (int round = 0; round < 30; ++round) {
            for (auto const& [first, second] : {std::pair("UTF-8", "GB18030"), std::pair("GB18030", "UTF-8")})
                for (char const* const label : {"ISO_IR 192", "GB18030", "ISO_IR 100", ""})
                    addTwo(chineseName(), first, any(examinations), second, label);
            auto const& language = latinLanguages[below(latinLanguages.size())];
            for (char const* const label : {"ISO_IR 100", "", "GB18030"}) {
                addTwo(chineseName(), "GB18030", any(language.descriptions), "ISO-8859-1", label);
                addTwo(chineseName(), "UTF-8", any(language.descriptions), "ISO-8859-1", label);
            }
        }
        for (char const* const text :
             {"38°C", "5 µm", "T2±", "Kontrast 20 cm³", "½ Dosis", "Nº 7", "D´Arcy^Ann", "Ø 12 mm"})
            for (char const* const policy : {"", "GB18030"}) {
                Writing const writing{
                    "ISO 8859-1", [](std::string_view one) { return encoded(one, "ISO-8859-1"); }, {}};
                add(Kind::Latin, writing, "ISO_IR 100", {text}, false, policy);
            }
    }

    void addTwo(Name const& name, char const* first, std::string const& text, char const* second,
                std::string const& label)
    {
        auto const one = encoded(name.text, first), two = encoded(text, second);
        if (!one || !two)
            return;
        CharsetCase made;
        made.what = name.text + ": " + first + " beside " + text + " in " + second + ", declared '" + label + "'";
        made.declared = label;
        made.policy = oneIn(3) ? "" : "GB18030";
        made.rareSurname = name.rareSurname;
        made.raw = {*one, *two};
        made.text = {name.text, text};
        made.mixed = true;
        cases_.push_back(std::move(made));
    }

    void addLatin()
    {
        Writing const writing{"ISO 8859-1",
                              [](std::string_view text) { return encoded(text, "ISO-8859-1"); },
                              {},
                              {"ISO_IR 100", "ISO 2022 IR 100"}};
        Writing const unicode{
            "UTF-8", [](std::string_view text) { return encoded(text, "UTF-8"); }, {}, {"ISO_IR 192"}};
        for (LatinLanguage const& language : latinLanguages)
            for (std::string_view const name : own(language.names))
                for (bool const isAlone : {true, false})
                    for (char const* const policy : {"", "GB18030"}) {
                        std::vector<std::string> texts{std::string(name)};
                        if (!isAlone)
                            texts.push_back(any(language.descriptions));
                        for (char const* const label : {"ISO_IR 100", "ISO 2022 IR 100", "", "ISO_IR 6", "CHINESE"})
                            add(Kind::Latin, writing, label, texts, false, policy);
                        for (char const* const label : {"ISO_IR 192", "ISO_IR 100", ""})
                            add(Kind::Latin, unicode, label, texts, false, policy);
                    }
    }

    void addCyrillic()
    {
        Writing const writing{"ISO 8859-5",
                              [](std::string_view text) { return encoded(text, "ISO-8859-5"); },
                              {},
                              {"ISO_IR 144", "ISO 2022 IR 144"}};
        Writing const unicode{
            "UTF-8", [](std::string_view text) { return encoded(text, "UTF-8"); }, {}, {"ISO_IR 192"}};
        for (std::string_view const name : own(cyrillicNames))
            for (char const* const policy : {"", "GB18030"}) {
                for (char const* const label : {"ISO_IR 144", "ISO 2022 IR 144"})
                    add(Kind::Cyrillic, writing, label, {std::string(name)}, false, policy);
                for (char const* const label : {"ISO_IR 192", "ISO_IR 100", "", "ISO_IR 144"})
                    add(Kind::Cyrillic, unicode, label, {std::string(name)}, false, policy);
            }
    }

    void addJapanese()
    {
        Writing const kanji{"IR 87", escapedJapanese, {}, {"\\ISO 2022 IR 87", "ISO 2022 IR 6\\ISO 2022 IR 87"}};
        Writing const katakana{"IR 13",
                               [](std::string_view text) { return encoded(text, "SHIFT_JIS"); },
                               {},
                               {"ISO_IR 13", "ISO 2022 IR 13\\ISO 2022 IR 87"}};
        Writing const unicode{
            "UTF-8", [](std::string_view text) { return encoded(text, "UTF-8"); }, {}, {"ISO_IR 192"}};
        for (char const* const policy : {"", "GB18030"}) {
            for (std::string_view const name : own(japaneseNames)) {
                for (char const* const label : {"\\ISO 2022 IR 87", "ISO 2022 IR 6\\ISO 2022 IR 87"})
                    add(Kind::Japanese, kanji, label, {std::string(name)}, false, policy);
                for (char const* const label : {"ISO_IR 192", ""})
                    add(Kind::Japanese, unicode, label, {std::string(name)}, false, policy);
            }
            for (std::string_view const name : own(katakanaNames))
                for (char const* const label : {"ISO_IR 13", "ISO 2022 IR 13\\ISO 2022 IR 87"})
                    add(Kind::Japanese, katakana, label, {std::string(name)}, false, policy);
        }
    }

    Half half_;
    std::mt19937 random_;
    std::vector<CharsetCase> cases_;
};

} // namespace

std::vector<CharsetCase> corpus(Half half)
{
    return Maker(half).make();
}

} // namespace qianli::test
