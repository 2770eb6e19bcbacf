#include "tests/fuzz/mutations/mutations.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace qianli::test {
namespace {

// SplitMix64: the same numbers on every machine, which the standard library does not promise.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}
    std::uint64_t roll()
    {
        std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
    std::size_t below(std::size_t count) { return count == 0 ? 0 : static_cast<std::size_t>(roll() % count); }
    char byte() { return static_cast<char>(roll()); }

private:
    std::uint64_t state_;
};

struct Parts {
    std::size_t dataSet = 0; // behind the meta header's first bytes
    std::size_t pixels = 0;  // of the pixel data element; the end where there is none
};

Parts partsOf(std::string const& file)
{
    using namespace std::string_view_literals;
    Parts parts{std::min<std::size_t>(132, file.size()), file.size()};
    for (auto const tag : {"\xE0\x7F\x10\x00"sv, "\x7F\xE0\x00\x10"sv})
        if (auto const at = file.rfind(tag, file.size()); at != std::string::npos && at > parts.dataSet)
            parts.pixels = std::min(parts.pixels, file.find(tag, parts.dataSet));
    return parts;
}

void flipBits(std::string& bytes, Dice& dice, std::size_t from, std::size_t to, int count)
{
    for (int i = 0; i < count && from < to; ++i)
        bytes[from + dice.below(to - from)] ^= static_cast<char>(1 << dice.below(8));
}

// The value of a short explicit or implicit VR element of group 0028, where there is one.
std::size_t valueOf(std::string const& bytes, std::uint16_t element)
{
    std::string const tag{'\x28', '\0', static_cast<char>(element & 0xFF), static_cast<char>(element >> 8)};
    std::size_t const at = bytes.find(tag);
    return at == std::string::npos || at + 10 > bytes.size() ? bytes.size() : at + 8;
}

void setShort(std::string& bytes, std::uint16_t element, std::uint16_t value)
{
    std::size_t const at = valueOf(bytes, element);
    if (at + 2 > bytes.size())
        return;
    bytes[at] = static_cast<char>(value & 0xFF);
    bytes[at + 1] = static_cast<char>(value >> 8);
}

// One of the lengths and sizes at which programs break.
std::uint32_t edgeNumber(Dice& dice)
{
    static constexpr std::array<std::uint32_t, 12> edges{0,      1,      2,      0x7F,       0xFF,       0x100,
                                                         0x7FFF, 0xFFFF, 0xFFFE, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF};
    return edges[dice.below(edges.size())];
}

void setLength(std::string& bytes, Dice& dice, std::size_t from, std::size_t to)
{
    if (from + 4 >= to)
        return;
    std::size_t const at = from + dice.below(to - from - 4);
    std::uint32_t const value = edgeNumber(dice);
    for (int i = 0; i < 4; ++i)
        bytes[at + static_cast<std::size_t>(i)] = static_cast<char>(value >> (8 * i));
}

// Two elements' tags change places: what was a number is a text, what was pixels is a name.
void swapTags(std::string& bytes, Dice& dice, std::size_t from, std::size_t to)
{
    if (from + 16 >= to)
        return;
    std::size_t const one = from + dice.below((to - from - 8) / 2) * 2;
    std::size_t const other = from + dice.below((to - from - 8) / 2) * 2;
    std::swap_ranges(bytes.begin() + static_cast<std::ptrdiff_t>(one),
                     bytes.begin() + static_cast<std::ptrdiff_t>(one) + 4,
                     bytes.begin() + static_cast<std::ptrdiff_t>(other));
}

void fill(std::string& bytes, Dice& dice, std::size_t from, std::size_t to, char value)
{
    if (from >= to)
        return;
    std::size_t const at = from + dice.below(to - from);
    std::size_t const end = std::min(to, at + 1 + dice.below(4096));
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin() + static_cast<std::ptrdiff_t>(end), value);
}

// Behind the n-th marker of a JPEG or JPEG 2000 codestream: sizes, tables, tiles.
void breakMarker(std::string& bytes, Dice& dice, std::size_t from)
{
    std::size_t at = from;
    for (std::size_t left = 1 + dice.below(12); left > 0; --left) {
        std::size_t const next = bytes.find('\xFF', at + 1);
        if (next == std::string::npos)
            break;
        at = next;
    }
    for (std::size_t i = at + 2; i < std::min(bytes.size(), at + 2 + dice.below(16)); ++i)
        bytes[i] = dice.byte();
}

void cutOut(std::string& bytes, Dice& dice, std::size_t from)
{
    std::size_t const at = from + dice.below(bytes.size() - from);
    bytes.erase(at, 1 + dice.below(64));
}

void insert(std::string& bytes, Dice& dice, std::size_t from)
{
    std::size_t const at = from + dice.below(bytes.size() - from);
    std::string noise(1 + dice.below(64), '\0');
    std::generate(noise.begin(), noise.end(), [&dice] { return dice.byte(); });
    bytes.insert(at, noise);
}

} // namespace

Mutation mutate(std::string const& file, unsigned kind, std::uint64_t seed)
{
    Dice dice(seed * mutationKinds + kind);
    Mutation made{file, {}};
    std::string& bytes = made.bytes;
    auto const parts = partsOf(file);
    std::size_t const all = file.size();
    auto const edge = [&dice] { return static_cast<std::uint16_t>(edgeNumber(dice)); };
    switch (kind) {
    case 0:
        made.what = "a bit of the header", flipBits(bytes, dice, parts.dataSet, parts.pixels, 1);
        break;
    case 1:
        made.what = "20 bits of the header", flipBits(bytes, dice, parts.dataSet, parts.pixels, 20);
        break;
    case 2:
        made.what = "a bit of the pixels", flipBits(bytes, dice, parts.pixels, all, 1);
        break;
    case 3:
        made.what = "50 bits of the pixels", flipBits(bytes, dice, parts.pixels, all, 50);
        break;
    case 4:
        made.what = "200 bits anywhere", flipBits(bytes, dice, 0, all, 200);
        break;
    case 5:
        made.what = "cut short anywhere", bytes.resize(dice.below(all));
        break;
    case 6:
        made.what = "the last bytes missing", bytes.resize(all - std::min(all, 1 + dice.below(300)));
        break;
    case 7:
        made.what = "cut short in the header", bytes.resize(dice.below(parts.pixels));
        break;
    case 8:
        made.what = "a length in the header", setLength(bytes, dice, parts.dataSet, parts.pixels);
        break;
    case 9:
        made.what = "a length of the pixels", setLength(bytes, dice, parts.pixels, std::min(all, parts.pixels + 64));
        break;
    case 10:
        made.what = "two tags of the header", swapTags(bytes, dice, parts.dataSet, parts.pixels);
        break;
    case 11:
        made.what = "a block of zeros", fill(bytes, dice, 0, all, '\0');
        break;
    case 12:
        made.what = "a block of FFH in the pixels", fill(bytes, dice, parts.pixels, all, '\xFF');
        break;
    case 13:
        made.what = "a marker of the codestream", breakMarker(bytes, dice, std::min(all, parts.pixels + 16));
        break;
    case 14:
        made.what = "rows", setShort(bytes, 0x0010, edge());
        break;
    case 15:
        made.what = "columns", setShort(bytes, 0x0011, edge());
        break;
    case 16:
        made.what = "bits allocated and stored", setShort(bytes, 0x0100, edge()), setShort(bytes, 0x0101, edge());
        break;
    case 17:
        made.what = "samples and planes", setShort(bytes, 0x0002, edge()), setShort(bytes, 0x0006, edge());
        break;
    case 18:
        made.what = "bytes cut out", cutOut(bytes, dice, std::min(parts.dataSet, all - 1));
        break;
    default:
        made.what = "bytes put in", insert(bytes, dice, std::min(parts.dataSet, all - 1));
        break;
    }
    return made;
}

} // namespace qianli::test
