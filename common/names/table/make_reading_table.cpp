// make_reading_table: turns Unicode's files into the table that readings.cpp includes: readings of ideographs without
// tone, simplified forms, and letters in lower case without accents.
#include "common/base/text.h"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace qianli;

namespace {

using Readings = std::vector<std::string>;

struct Sources {
    std::map<std::string, std::map<char32_t, std::string>> fields; // "kMandarin" → character → value
    std::map<char32_t, char32_t> simplified;
    std::map<char32_t, std::u32string> decomposed;
    std::map<char32_t, char32_t> lower;
    std::map<char32_t, Readings> additional;
    std::set<char32_t> onlyThese; // of those, whose other readings don't count
};

std::uint32_t hexadecimal(std::string_view digits)
{
    return static_cast<std::uint32_t>(std::stoul(std::string(digits), nullptr, 16));
}

// "U+5F20", perhaps with more behind it.
std::optional<char32_t> codePoint(std::string_view word)
{
    if (!word.starts_with("U+"))
        return std::nullopt;
    return static_cast<char32_t>(hexadecimal(word.substr(2)));
}

template <typename Take>
void readTabbed(char const* file, Take const& take)
{
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        auto const columns = text::split(line, '\t');
        if (columns.size() == 3 && columns[0].starts_with("U+"))
            take(*codePoint(columns[0]), columns[1], columns[2]);
    }
}

void readUnicodeData(char const* file, Sources& sources)
{
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        auto const columns = text::split(line, ';');
        if (columns.size() < 15)
            continue;
        auto const character = static_cast<char32_t>(hexadecimal(columns[0]));
        if (!columns[13].empty())
            sources.lower[character] = static_cast<char32_t>(hexadecimal(columns[13]));
        std::u32string parts;
        for (std::string const& word : text::split(columns[5], ' '))
            if (!word.empty() && word[0] != '<')
                parts += static_cast<char32_t>(hexadecimal(word));
        if (!parts.empty())
            sources.decomposed[character] = parts;
    }
}

void readAdditional(char const* file, Sources& sources)
{
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line[0] == '#')
            continue;
        auto words = text::split(line, ' ');
        char32_t const character = text::toCodePoints(words[0])[0];
        words.erase(words.begin());
        if (words[0] == "=") {
            sources.onlyThese.insert(character);
            words.erase(words.begin());
        }
        auto& readings = sources.additional[character];
        readings.insert(readings.end(), words.begin(), words.end());
    }
}

// "lǜ" to "lv", "zhāng" to "zhang"; nothing for sounds that nobody types, such as "ńg".
std::optional<std::string> withoutTone(std::string_view reading, Sources const& sources)
{
    std::u32string pending = text::toCodePoints(reading);
    std::string plain;
    while (!pending.empty()) {
        char32_t const c = pending[0];
        pending.erase(0, 1);
        if (c >= 'a' && c <= 'z')
            plain += static_cast<char>(c);
        else if (c == U'ü')
            plain += 'v';
        else if (auto const parts = sources.decomposed.find(c); parts != sources.decomposed.end())
            pending = parts->second + pending;
        else if (c == 0x0308 && !plain.empty() && plain.back() == 'u')
            plain.back() = 'v';
        else if (c == 0x0302 || (c >= 0x0300 && c < 0x0370))
            continue;
        else
            return std::nullopt;
    }
    if (plain.find_first_of("aeiouv") == std::string::npos)
        return std::nullopt;
    return plain;
}

void addReading(Readings& readings, std::string_view word, Sources const& sources)
{
    auto const plain = withoutTone(word, sources);
    if (plain && std::ranges::find(readings, *plain) == readings.end())
        readings.push_back(*plain);
}

// kMandarin: "wàn mò"; kTGHZ2013 and the dictionaries: "036.140:chán 064.090:dān", "10109.030:qiú,chóu,jū".
void addField(Readings& readings, std::string_view value, std::size_t most, Sources const& sources)
{
    for (std::string const& word : text::split(value, ' ')) {
        auto const colon = word.find(':');
        for (std::string const& reading :
             text::split(colon == std::string::npos ? word : word.substr(colon + 1), ',')) {
            if (readings.size() >= most)
                return;
            addReading(readings, reading, sources);
        }
    }
}

// The usual reading first, then those of today's dictionaries; old ones only where nothing else is known.
Readings readingsOf(char32_t character, Sources const& sources)
{
    constexpr std::size_t most = 5;
    if (sources.onlyThese.contains(character))
        return sources.additional.at(character);
    Readings readings;
    auto const take = [&](char const* field, std::size_t atMost) {
        auto const& values = sources.fields.at(field);
        auto const value = values.find(character);
        if (value == values.end())
            return false;
        addField(readings, value->second, atMost, sources);
        return true;
    };
    take("kMandarin", most);
    if (!take("kTGHZ2013", most) && !take("kXHC1983", most) && readings.empty())
        take("kHanyuPinyin", 2);
    if (auto const more = sources.additional.find(character); more != sources.additional.end())
        for (std::string const& reading : more->second)
            if (std::ranges::find(readings, reading) == readings.end())
                readings.push_back(reading);
    return readings;
}

// A traditional form is read as its simplified one, too: 曾, 單.
std::map<char32_t, Readings> allReadings(Sources const& sources)
{
    std::set<char32_t> characters;
    for (auto const& [field, values] : sources.fields)
        for (auto const& [character, value] : values)
            characters.insert(character);
    for (auto const& [character, value] : sources.additional)
        characters.insert(character);
    std::map<char32_t, Readings> all;
    for (char32_t const character : characters) {
        Readings readings = readingsOf(character, sources);
        if (auto const plain = sources.simplified.find(character); plain != sources.simplified.end())
            for (std::string const& reading : readingsOf(plain->second, sources))
                if (std::ranges::find(readings, reading) == readings.end())
                    readings.push_back(reading);
        if (!readings.empty())
            all.emplace(character, std::move(readings));
    }
    return all;
}

// Lower case, and the letter below the accents where that is one of a to z. Ideographs are not letters.
std::map<char32_t, char32_t> foldedLetters(Sources const& sources)
{
    std::map<char32_t, char32_t> folded = sources.lower;
    for (auto const& [character, parts] : sources.decomposed) {
        if (character >= 0x2000)
            continue;
        char32_t base = character;
        while (sources.decomposed.contains(base))
            base = sources.decomposed.at(base)[0];
        if (base >= 'A' && base <= 'Z')
            base += 'a' - 'A';
        if (base >= 'a' && base <= 'z')
            folded[character] = base;
    }
    std::map<char32_t, char32_t> const without = {{U'ø', 'o'}, {U'Ø', 'o'}, {U'ł', 'l'}, {U'Ł', 'l'}, {U'đ', 'd'},
                                                  {U'Đ', 'd'}, {U'ı', 'i'}, {U'ð', 'd'}, {U'Ð', 'd'}};
    for (auto const& [character, base] : without)
        folded[character] = base;
    for (char32_t c = 'A'; c <= 'Z'; ++c)
        folded.erase(c);
    return folded;
}

void write(std::ostream& out, Sources const& sources)
{
    auto const readings = allReadings(sources);
    std::map<std::string, std::size_t> syllables;
    std::map<Readings, std::size_t> sets;
    for (auto const& [character, list] : readings) {
        sets.emplace(list, 0);
        for (std::string const& one : list)
            syllables.emplace(one, 0);
    }
    out << "constexpr std::u32string_view syllables[] = {\n";
    std::size_t number = 0;
    for (auto& [syllable, place] : syllables) {
        place = number++;
        out << fmt::format("U\"{}\",{}", syllable, place % 16 == 15 ? "\n" : "");
    }
    out << "};\nconstexpr std::u32string_view setItems[] = {\n";
    std::vector<std::pair<std::size_t, std::size_t>> bounds;
    std::size_t items = 0;
    for (auto& [list, place] : sets) {
        place = bounds.size();
        bounds.emplace_back(items, list.size());
        items += list.size();
        for (std::string const& one : list)
            out << fmt::format("syllables[{}],", syllables.at(one));
        out << (place % 16 == 15 ? "\n" : "");
    }
    out << "};\nconstexpr ReadingSet readingSets[] = {\n";
    for (std::size_t i = 0; i < bounds.size(); ++i)
        out << fmt::format("{{{},{}}},{}", bounds[i].first, bounds[i].second, i % 16 == 15 ? "\n" : "");
    out << "};\nconstexpr Character characters[] = {\n";
    number = 0;
    for (auto const& [character, list] : readings)
        out << fmt::format("{{{:#x},{}}},{}", static_cast<std::uint32_t>(character), sets.at(list),
                           ++number % 16 == 0 ? "\n" : "");
    auto const writePairs = [&](char const* name, std::map<char32_t, char32_t> const& pairs) {
        out << fmt::format("}};\nconstexpr Pair {}[] = {{\n", name);
        number = 0;
        for (auto const& [from, to] : pairs)
            out << fmt::format("{{{:#x},{:#x}}},{}", static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to),
                               ++number % 16 == 0 ? "\n" : "");
    };
    writePairs("simplifiedForms", sources.simplified);
    writePairs("foldedLetters", foldedLetters(sources));
    out << "};\n";
}

} // namespace

int main(int count, char** words)
{
    if (count != 6) {
        fmt::print(stderr, "make_reading_table READINGS VARIANTS UNICODEDATA ADDITIONAL OUTPUT\n");
        return 2;
    }
    Sources sources;
    for (char const* field : {"kMandarin", "kTGHZ2013", "kXHC1983", "kHanyuPinyin"})
        sources.fields[field];
    readTabbed(words[1], [&](char32_t character, std::string const& field, std::string const& value) {
        if (auto const wanted = sources.fields.find(field); wanted != sources.fields.end())
            wanted->second[character] = value;
    });
    readTabbed(words[2], [&](char32_t character, std::string const& field, std::string const& value) {
        if (field != "kSimplifiedVariant")
            return;
        // With several forms, the character itself among them, nobody can say which was meant: 乾.
        auto const first = codePoint(value);
        if (first && *first != character && value.find(' ') == std::string::npos)
            sources.simplified[character] = *first;
    });
    readUnicodeData(words[3], sources);
    readAdditional(words[4], sources);
    if (sources.fields["kMandarin"].size() < 40'000 || sources.simplified.size() < 2'000 || sources.lower.empty()) {
        fmt::print(stderr, "{} or a file beside it does not hold what is expected\n", words[1]);
        return 1;
    }
    std::ofstream out(words[5]);
    write(out, sources);
    out.close();
    return out ? 0 : 1;
}
