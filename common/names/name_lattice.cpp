#include "common/names/name_lattice.h"

#include "common/base/text.h"
#include "common/names/readings.h"

#include <algorithm>

namespace qianli::names {
namespace {

using Kind = NameToken::Kind;
using Break = NameToken::Break;

// Alphabetic, ideographic and phonetic (PS3.5 6.2.1), each in ideographs and in letters.
constexpr std::size_t mostLattices = 6;
constexpr std::size_t mostPlaces = 63;

void addGiven(NameLattice& lattice, std::size_t place)
{
    auto const at = static_cast<std::uint8_t>(place);
    if (place > 0 && place < lattice.end && std::ranges::find(lattice.givenFrom, at) == lattice.givenFrom.end())
        lattice.givenFrom.push_back(at);
}

void addIdeograph(NameLattice& lattice, std::size_t place, Surname const& surname)
{
    NameEdge edge{static_cast<std::uint8_t>(place), static_cast<std::uint8_t>(place + 1), lattice.letters[place], {}};
    auto const add = [&](auto const& readings) {
        for (std::u32string_view const reading : readings) {
            edge.spelling = reading;
            lattice.edges.push_back(edge);
        }
        if (readings.empty())
            lattice.edges.push_back(edge);
    };
    if (surname.readings != nullptr && place < surname.length)
        add((*surname.readings)[place]);
    else
        add(readingsOf(edge.ideograph));
}

void readIdeographs(NameText const& text, NameLattice& lattice)
{
    std::vector<std::size_t> parts;
    for (NameToken const& token : text.tokens) {
        if (token.kind != Kind::Ideographs)
            continue;
        if (token.before != Break::None)
            parts.push_back(lattice.letters.size());
        lattice.letters += token.text;
    }
    lattice.letters.resize(std::min(lattice.letters.size(), mostPlaces));
    std::size_t const length = lattice.letters.size();
    lattice.end = static_cast<std::uint8_t>(length);
    Surname const surname = surnameOf(lattice.letters);
    for (std::size_t place = 0; place < length; ++place)
        addIdeograph(lattice, place, surname);
    for (std::size_t const part : parts)
        addGiven(lattice, part);
    addGiven(lattice, surname.length);
    // Two surnames, or a compound one that no list has.
    if (length == 4)
        addGiven(lattice, 2);
}

bool isVowel(char32_t c)
{
    return std::u32string_view(U"aeiouv").find(c) != std::u32string_view::npos;
}

enum class Hiatus { Avoided, Allowed };

// Places in [begin, end] of a word that syllables lead to from its begin and from which they lead to its end; none when
// it is not made of syllables throughout. Without hiatus no syllable begins with a vowel behind a vowel: YUAN is not
// Yu'an.
std::uint64_t boundaries(std::u32string_view letters, std::size_t begin, std::size_t end, Hiatus hiatus)
{
    auto const bit = [](std::size_t place) { return std::uint64_t{1} << place; };
    auto const isStep = [&](std::size_t from, std::size_t to) {
        bool const inHiatus = from > begin && isVowel(letters[from]) && isVowel(letters[from - 1]);
        return (hiatus == Hiatus::Allowed || !inHiatus) && isSyllable(letters.substr(from, to - from));
    };
    std::uint64_t reached = bit(begin);
    for (std::size_t from = begin; from < end; ++from)
        for (std::size_t to = from + 1; (reached & bit(from)) != 0 && to <= std::min(end, from + longestSyllable); ++to)
            if (isStep(from, to))
                reached |= bit(to);
    std::uint64_t leading = bit(end);
    for (std::size_t from = end; from-- > begin;)
        for (std::size_t to = from + 1; (reached & bit(from)) != 0 && to <= std::min(end, from + longestSyllable); ++to)
            if ((leading & bit(to)) != 0 && isStep(from, to))
                leading |= bit(from);
    return (reached & bit(end)) != 0 ? reached & leading : 0;
}

// The word's syllables where it is made of syllables throughout, else the word.
void addWord(NameLattice& lattice, std::size_t begin, std::size_t end)
{
    std::u32string_view const letters = lattice.letters;
    std::uint64_t places = boundaries(letters, begin, end, Hiatus::Avoided);
    if (places == 0)
        places = boundaries(letters, begin, end, Hiatus::Allowed);
    if (places == 0) {
        lattice.edges.push_back(
            {static_cast<std::uint8_t>(begin), static_cast<std::uint8_t>(end), 0, letters.substr(begin, end - begin)});
        return;
    }
    auto const isPlace = [&](std::size_t place) { return (places >> place & 1) != 0; };
    for (std::size_t from = begin; from < end; ++from)
        for (std::size_t to = std::min(end, from + longestSyllable); isPlace(from) && to > from; --to)
            if (auto const known = knownSyllable(letters.substr(from, to - from)); isPlace(to) && !known.empty())
                lattice.edges.push_back({static_cast<std::uint8_t>(from), static_cast<std::uint8_t>(to), 0, known});
}

void readLetters(NameText const& text, NameLattice& lattice)
{
    std::vector<std::size_t> ends;
    for (NameToken const& token : text.tokens) {
        if (token.kind == Kind::Ideographs || lattice.letters.size() + token.text.size() > mostPlaces)
            continue;
        lattice.letters += token.text;
        // What only brackets or digits parted is one word: the break says where a word begins.
        if (!ends.empty() && token.before == Break::None)
            ends.pop_back();
        ends.push_back(lattice.letters.size());
    }
    lattice.end = static_cast<std::uint8_t>(lattice.letters.size());
    std::size_t begin = 0;
    for (std::size_t const end : ends) {
        addWord(lattice, begin, end);
        addGiven(lattice, begin);
        begin = end;
    }
    if (ends.size() != 1)
        return;
    if (std::size_t const compound = compoundSurnameIn(lattice.letters); compound > 0)
        addGiven(lattice, compound);
    for (NameEdge const& edge : lattice.edgesFrom(0))
        addGiven(lattice, edge.to);
}

} // namespace

std::span<NameEdge const> NameLattice::edgesFrom(std::size_t place) const
{
    // Two bounds, because clang 14 can't read what the standard library's equal_range of ranges returns.
    auto const first = std::ranges::lower_bound(edges, place, {}, &NameEdge::from);
    return {first, std::ranges::upper_bound(first, edges.end(), place, {}, &NameEdge::from)};
}

std::span<NameLattice const> NameReader::read(std::string_view name)
{
    count_ = 0;
    // Views of a lattice look into itself: they must not move.
    lattices_.reserve(mostLattices);
    for (std::size_t group = 0; group < mostLattices / 2; ++group) {
        std::size_t const end = name.find('=');
        readGroup(name.substr(0, end));
        if (end == std::string_view::npos)
            break;
        name.remove_prefix(end + 1);
    }
    return std::span(lattices_).first(count_);
}

NameLattice& NameReader::next()
{
    if (count_ == lattices_.size())
        lattices_.emplace_back();
    NameLattice& lattice = lattices_[count_++];
    lattice.edges.clear();
    lattice.givenFrom.clear();
    lattice.letters.clear();
    return lattice;
}

void NameReader::readGroup(std::string_view group)
{
    if (group.empty())
        return;
    readName(group, Source::Name, text_);
    if (text_.holds(Kind::Ideographs))
        readIdeographs(text_, next());
    if (text_.holds(Kind::Letters) || text_.holds(Kind::Digits))
        readLetters(text_, next());
}

} // namespace qianli::names
