// Names of people as they are met in a county, made from lists that were written by hand: each character with the ways
// to read it. Nothing here comes from the product's tables.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::test {

struct ReadCharacters {
    std::string characters;                         // 欧阳
    std::vector<std::vector<std::string>> readings; // of each: {ou}, {yang}; ü is v
};

std::vector<ReadCharacters> const& surnames();        // the commonest first
std::vector<ReadCharacters> const& givenCharacters(); // one each

struct MadeName {
    ReadCharacters surname;
    std::vector<ReadCharacters> given; // one or two

    std::string characters() const;                              // 欧阳小东
    std::string component(std::string_view between = "^") const; // 欧阳^小东
    std::string letters() const;                                 // Ouyang^Xiaodong
    std::vector<std::vector<std::string>> syllables() const;
    std::size_t surnameLength() const { return surname.readings.size(); }
};

// Common surnames come more often than rare ones; every fifth name has one given character.
MadeName makeName(std::mt19937_64& random);

} // namespace qianli::test
