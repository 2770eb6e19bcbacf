#include "common/names/name_query.h"

#include "common/base/text.h"
#include "common/names/readings.h"

#include <algorithm>
#include <array>
#include <set>

namespace qianli::names {
namespace {

using Kind = NameToken::Kind;

constexpr std::size_t longestTyped = 64;
// Of a name's first word, where more was typed behind it.
constexpr std::size_t longestFirst = 20;
constexpr int none = 255;

// zh, ch, sh count as one initial where they are written so.
bool isDoubleInitial(std::u32string_view letters)
{
    return letters.size() >= 2 && letters[1] == 'h' && (letters[0] == 'z' || letters[0] == 'c' || letters[0] == 's');
}

bool isSame(char32_t typed, char32_t spelt)
{
    return typed == spelt || (typed == U'ü' && (spelt == 'u' || spelt == 'v'));
}

// The tables write lv; people write lu and passports lyu as well.
struct Spellings {
    std::array<std::u32string_view, 3> list;
    std::size_t count = 1;
    std::array<std::u32string, 2> made;

    explicit Spellings(std::u32string_view spelling) : list{spelling}
    {
        if (spelling.size() < 2 || spelling[1] != 'v')
            return;
        made[0] = std::u32string(1, spelling[0]) + U"u" + std::u32string(spelling.substr(2));
        made[1] = std::u32string(1, spelling[0]) + U"yu" + std::u32string(spelling.substr(2));
        list[1] = made[0];
        list[2] = made[1];
        count = 3;
    }
    Spellings(Spellings const&) = delete;
    Spellings& operator=(Spellings const&) = delete;
};

// The best way through a lattice that spends all that was typed.
class Match {
public:
    Match(std::u32string_view typed, NameLattice const& lattice)
        : typed_(typed), lattice_(lattice), places_(lattice.end + std::size_t{1})
    {
        std::fill_n(known_.begin(), (typed.size() + 1) * places_, unknown);
    }

    int from(std::size_t at, std::size_t place)
    {
        if (at == typed_.size())
            return place == lattice_.end ? 0 : NameRank::beginning;
        std::uint8_t& known = known_[at * places_ + place];
        if (known != unknown)
            return known;
        int best = none;
        for (NameEdge const& edge : lattice_.edgesFrom(place))
            best = std::min(best, along(edge, at));
        known = static_cast<std::uint8_t>(best);
        return best;
    }

private:
    static constexpr std::uint8_t unknown = 254;

    int along(NameEdge const& edge, std::size_t at)
    {
        char32_t const first = typed_[at];
        if (isIdeograph(first))
            return edge.ideograph == first ? from(at + 1, edge.to) : none;
        if (edge.spelling.empty() || !isSame(first, edge.spelling[0]))
            return none;
        int best = none;
        if (edge.spelling.size() > 1) {
            best = shortened(at + 1, edge.to);
            if (isDoubleInitial(edge.spelling) && at + 1 < typed_.size() && typed_[at + 1] == 'h')
                best = std::min(best, shortened(at + 2, edge.to));
        }
        Spellings const spellings(edge.spelling);
        for (std::size_t i = 0; i < spellings.count; ++i)
            best = std::min(best, spelt(spellings.list[i], at, edge.to));
        return best;
    }

    int spelt(std::u32string_view spelling, std::size_t at, std::size_t to)
    {
        std::u32string_view const rest = typed_.substr(at);
        std::size_t const common = std::min(spelling.size(), rest.size());
        for (std::size_t i = 0; i < common; ++i)
            if (!isSame(rest[i], spelling[i]))
                return none;
        return common == spelling.size() ? from(at + common, to) : shortened(typed_.size(), to);
    }

    int shortened(std::size_t at, std::size_t to)
    {
        int const rest = from(at, to);
        return rest == none ? none : rest | NameRank::shortened;
    }

    std::u32string_view typed_;
    NameLattice const& lattice_;
    std::size_t places_;
    std::array<std::uint8_t, (longestTyped + 1) * 64> known_; // NameLattice has at most 64 places
};

// In the group that is written in ideographs, if there is one.
std::string_view groupToSearch(std::string_view typed)
{
    std::string_view chosen;
    NameText text;
    // Alphabetic, ideographic, phonetic (PS3.5 6.2.1): what stands behind a third '=' is none of them.
    for (int groups = 1;; ++groups) {
        std::size_t const end = typed.find('=');
        std::string_view const group = typed.substr(0, end);
        readName(group, Source::Typed, text);
        if (text.holds(Kind::Ideographs))
            return group;
        if (chosen.empty() && !text.tokens.empty())
            chosen = group;
        if (end == std::string_view::npos || groups == 3)
            return chosen;
        typed.remove_prefix(end + 1);
    }
}

std::u32string lettersOf(std::string_view typed)
{
    NameText text;
    readName(groupToSearch(typed), Source::Typed, text);
    std::u32string letters;
    for (NameToken const& token : text.tokens)
        for (char32_t const c : token.text) {
            // jv, qv, xv and yv are typed for ju, qu, xu and yu.
            bool const plainU = c == 'v' && !letters.empty() &&
                                std::u32string_view(U"jqxy").find(letters.back()) != std::u32string_view::npos;
            letters += plainU ? U'u' : c;
        }
    letters.resize(std::min(letters.size(), longestTyped));
    return letters;
}

void addOnce(std::vector<std::u32string>& list, std::u32string one)
{
    if (std::ranges::find(list, one) == list.end())
        list.push_back(std::move(one));
}

// As what a name's first syllable may stand in the index when it was typed so, or begins so.
std::vector<std::u32string> indexedForms(std::u32string_view typed)
{
    std::vector<std::u32string> forms;
    std::u32string plain(typed);
    std::ranges::replace(plain, U'ü', U'u');
    addOnce(forms, plain);
    for (std::u32string_view const initial : {U"l", U"n"})
        for (std::u32string_view const u : {U"u", U"v", U"yu"})
            if (std::u32string const start = std::u32string(initial) + std::u32string(u); plain.starts_with(start))
                addOnce(forms, std::u32string(initial) + U"v" + plain.substr(start.size()));
    // On the way to lyu.
    if (plain == U"ly" || plain == U"ny")
        addOnce(forms, plain.substr(0, 1) + U"v");
    return forms;
}

// Before the first letter of a word that is no pinyin: where it ends only the name can tell.
constexpr char32_t wordMark = '+';

// What the keys of names that go on with `rest` hold for it: all ways to part it into syllables, initials and one word
// or syllable that is not finished, the first few of them.
class Initials {
public:
    explicit Initials(std::u32string_view rest) : rest_(rest)
    {
        go(0, {}, 0);
        // What another one begins is found with it.
        for (auto list = lists_.begin(); list != lists_.end();) {
            auto const next = std::next(list);
            if (next != lists_.end() && next->starts_with(*list))
                lists_.erase(next);
            else
                list = next;
        }
    }
    std::set<std::u32string> const& lists() const { return lists_; }

private:
    static constexpr std::size_t mostUnits = 3, mostLists = 32;

    void go(std::size_t at, std::u32string const& sofar, std::size_t units)
    {
        if (at == rest_.size() || units == mostUnits || lists_.size() >= mostLists) {
            lists_.insert(sofar);
            return;
        }
        if (isIdeograph(rest_[at]))
            goIdeograph(at, sofar, units);
        else
            goLetters(at, sofar, units);
    }

    void goIdeograph(std::size_t at, std::u32string const& sofar, std::size_t units)
    {
        auto const readings = readingsInNames(rest_[at]);
        if (readings.empty())
            go(at + 1, sofar + rest_[at], units + 1);
        std::set<char32_t> initials;
        for (std::u32string_view const reading : readings)
            if (initials.insert(reading[0]).second)
                go(at + 1, sofar + reading[0], units + 1);
    }

    void goLetters(std::size_t at, std::u32string const& sofar, std::size_t units)
    {
        std::u32string letters(rest_.substr(at));
        letters.resize(static_cast<std::size_t>(std::ranges::find_if(letters, isIdeograph) - letters.begin()));
        bool const isLast = at + letters.size() == rest_.size();
        std::ranges::replace(letters, U'ü', U'u');
        std::u32string const longer = sofar + letters[0];
        lists_.insert(sofar + wordMark + letters[0]);
        if (!beginsSyllable(letters.substr(0, 1)))
            return;
        go(at + 1, longer, units + 1);
        if (isDoubleInitial(letters))
            go(at + 2, longer, units + 1);
        for (std::size_t length = 2; length <= std::min(longestSyllable, letters.size()); ++length)
            if (isSyllable(letters.substr(0, length)))
                go(at + length, longer, units + 1);
        if (isLast && beginsSyllable(letters))
            lists_.insert(longer);
    }

    std::u32string_view rest_;
    std::set<std::u32string> lists_;
};

// What a key holds for a syllable, ideograph or word behind the first.
std::u32string initialOf(NameEdge const& edge)
{
    if (edge.spelling.empty())
        return {edge.ideograph};
    bool const isWord = edge.ideograph == 0 && !isSyllable(edge.spelling);
    return isWord ? std::u32string{wordMark, edge.spelling[0]} : std::u32string{edge.spelling[0]};
}

std::string utf8(std::u32string_view text)
{
    return text::fromCodePoints(text);
}

void addRanges(std::vector<KeyRange>& ranges, std::u32string_view first, bool open, std::u32string_view rest)
{
    Initials const initials(rest);
    for (std::u32string const& list : initials.lists())
        ranges.push_back({utf8(first), utf8(list), open});
}

} // namespace

NameQuery::NameQuery(std::string_view typed, NameReach reach) : typed_(lettersOf(typed)), reach_(reach)
{
    if (auto const first = std::ranges::find_if(typed_, isIdeograph); first != typed_.end())
        for (char32_t const form : formsOf(*first))
            firstIdeograph_.push_back(utf8(std::u32string_view(&form, 1)));
}

bool NameQuery::hasIdeographs() const
{
    return std::ranges::any_of(typed_, isIdeograph);
}

std::optional<int> NameQuery::rank(std::string_view name, NameReader& reader) const
{
    if (!firstIdeograph_.empty() && std::ranges::none_of(firstIdeograph_, [&](std::string const& form) {
            return name.find(form) != std::string_view::npos;
        }))
        return std::nullopt;
    std::optional<int> best;
    for (NameLattice const& lattice : reader.read(name))
        if (auto const here = rank(lattice); here && (!best || *here < *best))
            best = here;
    return best;
}

std::optional<int> NameQuery::rank(NameLattice const& lattice) const
{
    if (typed_.empty())
        return std::nullopt;
    Match match(typed_, lattice);
    int best = match.from(0, 0);
    if (reach_ == NameReach::Anywhere && best == none)
        for (std::uint8_t const place : lattice.givenFrom)
            if (int const here = match.from(0, place); here != none)
                best = std::min(best, here | NameRank::given);
    if (best == none || (reach_ == NameReach::Whole && (best & NameRank::beginning) != 0))
        return std::nullopt;
    return best;
}

std::vector<KeyRange> NameQuery::ranges() const
{
    std::vector<KeyRange> ranges;
    if (typed_.empty())
        return ranges;
    std::u32string_view const typed = typed_;
    if (isIdeograph(typed[0])) {
        auto const readings = readingsInNames(typed[0]);
        for (std::u32string_view const reading : readings)
            addRanges(ranges, reading, false, typed.substr(1));
        if (readings.empty())
            addRanges(ranges, typed.substr(0, 1), false, typed.substr(1));
        return ranges;
    }
    std::size_t const letters = static_cast<std::size_t>(std::ranges::find_if(typed, isIdeograph) - typed.begin());
    // The first syllable in full, or as much of it as there is …
    for (std::size_t length = 1; length <= letters; ++length) {
        if (length > longestFirst && length < typed.size())
            continue;
        for (std::u32string const& form : indexedForms(typed.substr(0, length))) {
            if (length < typed.size())
                addRanges(ranges, form, false, typed.substr(length));
            else
                ranges.push_back({utf8(form), std::nullopt, false});
        }
    }
    // … or its initial.
    for (std::size_t length = 1; length <= (isDoubleInitial(typed) ? 2u : 1u); ++length)
        if (length < typed.size())
            addRanges(ranges, typed.substr(0, length), true, typed.substr(length));
    return ranges;
}

std::vector<std::string> keysOf(std::string_view group)
{
    constexpr std::size_t mostReadings = 16, mostInitials = 7;
    NameReader reader;
    std::set<std::string> keys;
    for (NameLattice const& lattice : reader.read(group)) {
        std::vector<std::uint8_t> starts = lattice.givenFrom;
        starts.insert(starts.begin(), std::uint8_t{0});
        for (std::uint8_t const start : starts) {
            std::set<std::string> here;
            // Depth first, so that the usual readings come first.
            struct Step {
                std::size_t place;
                std::u32string key;
                std::size_t initials;
            };
            std::vector<Step> open{{start, {}, 0}};
            std::set<std::pair<std::size_t, std::u32string>> seen;
            while (!open.empty() && here.size() < mostReadings) {
                Step const step = std::move(open.back());
                open.pop_back();
                if (step.place == lattice.end || step.initials > mostInitials) {
                    here.insert(utf8(step.key));
                    continue;
                }
                auto const edges = lattice.edgesFrom(step.place);
                for (std::size_t i = edges.size(); i-- > 0;) {
                    std::u32string_view const spelling =
                        edges[i].spelling.empty() ? std::u32string_view(&edges[i].ideograph, 1) : edges[i].spelling;
                    Step following{edges[i].to, step.key, step.initials + 1};
                    if (step.initials == 0)
                        following.key = std::u32string(spelling) + U" ";
                    else
                        following.key += initialOf(edges[i]);
                    if (seen.emplace(following.place, following.key).second)
                        open.push_back(std::move(following));
                }
            }
            keys.merge(here);
        }
    }
    return {keys.begin(), keys.end()};
}

} // namespace qianli::names
