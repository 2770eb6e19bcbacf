// Files broken as disks, networks, devices and enemies break them; the same seed breaks a file in the same way.
#pragma once

#include <cstdint>
#include <string>

namespace qianli::test {

struct Mutation {
    std::string bytes;
    std::string what; // "truncated at byte 812"
};

// What there is: each number of 0 to mutationKinds - 1 breaks in another manner.
inline constexpr unsigned mutationKinds = 20;

Mutation mutate(std::string const& file, unsigned kind, std::uint64_t seed);

} // namespace qianli::test
