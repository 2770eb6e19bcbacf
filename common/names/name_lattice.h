// NameLattice: every way to read a name, as edges between the places in it: 曾乐 goes from 0 to 1 as "zeng" and from 1
// to 2 as "le" or "yue"; "xian" goes from 0 to 4 at once, and by "xi" and "an".
#pragma once

#include "common/names/name_text.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::names {

struct NameEdge {
    std::uint8_t from = 0, to = 0;
    char32_t ideograph = 0;       // 0 for letters
    std::u32string_view spelling; // empty where nothing says how the ideograph is read
};

struct NameLattice {
    std::vector<NameEdge> edges; // by `from`
    std::uint8_t end = 0;
    std::vector<std::uint8_t> givenFrom; // where the given name, or a later part of the name, may begin
    std::u32string letters;              // what edges of words look at

    std::span<NameEdge const> edgesFrom(std::size_t place) const;
};

// Reads names one after the other; the lattices of one are gone with the next.
class NameReader {
public:
    // Of each component group of a name, what is written in ideographs and what in letters. Empty ones are left out.
    std::span<NameLattice const> read(std::string_view name);

private:
    NameLattice& next();
    void readGroup(std::string_view group);

    NameText text_;
    std::vector<NameLattice> lattices_;
    std::size_t count_ = 0;
};

} // namespace qianli::names
