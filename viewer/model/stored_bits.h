// StoredBits: how the numbers of a picture stand in its samples (PS3.5 8.1.1), and how they become levels.
#pragma once

#include "viewer/decoding/decoded_frame.h"

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
    auto const* const bytes = static_cast<char const*>(from);
    auto const convert = [&](auto const& distance) {
        std::array<std::uint16_t, blockSize> block{};
        std::size_t at = 0;
        for (; at + blockSize <= count; at += blockSize) {
            std::memcpy(block.data(), bytes + at * 2, sizeof block);
            for (std::uint16_t& value : block)
                value = distance(value);
            std::memcpy(to + at, block.data(), sizeof block);
        }
        for (; at < count; ++at) {
            std::uint16_t value = 0;
            std::memcpy(&value, bytes + at * 2, sizeof value);
            to[at] = distance(value);
        }
    };
    if (bits.shift == 0)
        convert([=](std::uint16_t raw) { return static_cast<std::uint16_t>((raw & mask) ^ sign); });
    else
        convert([=, shift = bits.shift](std::uint16_t raw) {
            return static_cast<std::uint16_t>((raw >> shift & mask) ^ sign);
        });
}

} // namespace qianli::viewer
