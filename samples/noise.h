// Numbers that look random and are the same for the same seed on every machine: integers only, no std distribution.
#pragma once

#include <cstdint>

namespace qianli::samples {

// SplitMix64.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next();
    // From 0 to below `bound`.
    std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>((next() >> 33) % bound); }
    // From 0 to below 1.
    double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    double between(double from, double to) { return from + (to - from) * unit(); }

private:
    std::uint64_t state_;
};

// Smooth noise in space, from -1 to 1, with features of about one unit; `seed` chooses another field.
double smoothNoise(double x, double y, double z, std::uint32_t seed);
// The same with finer and weaker layers on top.
double layeredNoise(double x, double y, double z, std::uint32_t seed, int layers);
// What a detector adds at one pixel: roughly normal, deviation one.
double grain(std::uint32_t column, std::uint32_t row, std::uint32_t slice, std::uint32_t seed);

// 1 well inside (distance below -soft), 0 well outside, smooth between: edges without stairs.
double inside(double distance, double soft);
double mix(double a, double b, double share);

} // namespace qianli::samples
