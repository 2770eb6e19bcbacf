// NameQuery: what a person types to find a patient, and which names it finds: Chinese characters, pinyin in full,
// initials or a mixture of them ("zhangs", "zsan", "张s"), from the beginning of the name or of the given name.
//
// Promise: what rank() finds, an index finds that holds keysOf() of each name and is asked for ranges().
#pragma once

#include "common/names/name_lattice.h"
#include "common/names/name_reach.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::names {

// Better first. Each of the three: as little as possible left open.
struct NameRank {
    static constexpr int shortened = 1; // by initials, or the last syllable is unfinished
    static constexpr int beginning = 2; // more of the name follows
    static constexpr int given = 4;     // the name begins before it
    static constexpr int count = 8;
};

// Part of an index of keysOf(): all keys that begin with `first` and, where `rest` is given, go on with a blank and
// `rest`. `open`: `first` is only the beginning of the name's first syllable; there `rest` is never empty.
struct KeyRange {
    std::string first;
    std::optional<std::string> rest;
    bool open = false;
};

class NameQuery {
public:
    explicit NameQuery(std::string_view typed, NameReach reach = NameReach::Anywhere);

    // Nothing is asked for: marks and spaces only.
    bool empty() const { return typed_.empty(); }
    bool hasIdeographs() const;

    // How well a name answers, its best component group counts; nothing when it doesn't. Uses `reader` to read it.
    std::optional<int> rank(std::string_view name, NameReader& reader) const;

    std::vector<KeyRange> ranges() const;

private:
    std::optional<int> rank(NameLattice const& lattice) const;

    std::u32string typed_;
    NameReach reach_;
    std::vector<std::string> firstIdeograph_; // in UTF-8, in every form that counts; a name without it is not read
};

// What an index keeps of a component group: first syllable, a blank, and the first letters of those that follow; one
// key for each way to read it, from its beginning and from its given name: "zeng l", "zeng y", "le ", "yue ".
std::vector<std::string> keysOf(std::string_view group);

} // namespace qianli::names
