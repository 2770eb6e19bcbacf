// StoredBits: how the numbers of a picture stand in its samples (PS3.5 8.1.1), and how they become levels.
#pragma once

#include "viewer/decoding/decoded_frame.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace qianli::viewer {

// Integers masked to the stored bits. Flipping the sign bit turns two's complement into the distance from the smallest
// value.
struct StoredBits {
    explicit StoredBits(PixelFormat const& format)
        : shift(format.highBit + 1 - format.bitsStored),
          mask(format.bitsStored >= 32 ? 0xFFFFFFFFu : (1u << format.bitsStored) - 1),
          sign(format.signedness == Signedness::Signed ? 1u << (format.bitsStored - 1) : 0)
    {
    }
    std::uint32_t distance(std::uint32_t raw) const { return (raw >> shift & mask) ^ sign; }
    double smallest() const { return -static_cast<double>(sign); }

    int shift;
    std::uint32_t mask;
    std::uint32_t sign;
};

// The distances of 16-bit samples, which is what nearly all slices are: in blocks whose length the compiler knows,
// because whole stacks wait for this loop. `from` and `to` may be the same place.
inline void toLevels16(void const* from, std::uint16_t* to, std::size_t count, StoredBits const& bits)
{
    auto const mask = static_cast<std::uint16_t>(bits.mask);
    auto const sign = static_cast<std::uint16_t>(bits.sign);
    constexpr std::size_t blockSize = 64;
    std::array<std::uint16_t, blockSize> block{};
    for (std::size_t at = 0; at < count; at += blockSize) {
        std::size_t const here = std::min(blockSize, count - at);
        std::memcpy(block.data(), static_cast<char const*>(from) + at * 2, here * 2);
        for (std::uint16_t& value : block)
            value = static_cast<std::uint16_t>((value >> bits.shift & mask) ^ sign);
        std::memcpy(to + at, block.data(), here * 2);
    }
}

} // namespace qianli::viewer
