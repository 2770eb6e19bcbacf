// Codestreams of our own making, by the libraries' encoders: numbers, precision and sign as the test wants them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace qianli::test {

struct Numbers {
    std::uint32_t rows = 0, columns = 0;
    std::uint32_t precision = 16;
    bool isSigned = false;
    std::vector<std::int32_t> values; // one component, row by row
};

// `others`: further components of the same values, each of its precision.
std::string encodeJpeg2000(Numbers const& numbers, std::vector<std::uint32_t> const& others = {});
// High-throughput; lossless.
std::string encodeHtj2k(Numbers const& numbers, std::uint32_t blockWidth = 64, std::uint32_t blockHeight = 64,
                        std::uint32_t decompositions = 5);

} // namespace qianli::test
