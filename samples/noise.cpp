#include "samples/noise.h"

#include <algorithm>
#include <cmath>

namespace qianli::samples {
namespace {

std::uint64_t scramble(std::uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ull;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBull;
    return value ^ (value >> 31);
}

double lattice(std::int64_t x, std::int64_t y, std::int64_t z, std::uint32_t seed)
{
    auto const key = static_cast<std::uint64_t>(x) * 0x9E3779B97F4A7C15ull ^
                     static_cast<std::uint64_t>(y) * 0xC2B2AE3D27D4EB4Full ^
                     static_cast<std::uint64_t>(z) * 0x165667B19E3779F9ull ^ seed;
    return static_cast<double>(scramble(key) >> 11) * 0x1.0p-52 - 1.0;
}

double ease(double t)
{
    return t * t * (3 - 2 * t);
}

} // namespace

std::uint64_t Random::next()
{
    state_ += 0x9E3779B97F4A7C15ull;
    return scramble(state_);
}

double mix(double a, double b, double share)
{
    return a + (b - a) * share;
}

double smoothNoise(double x, double y, double z, std::uint32_t seed)
{
    auto const x0 = static_cast<std::int64_t>(std::floor(x)), y0 = static_cast<std::int64_t>(std::floor(y)),
               z0 = static_cast<std::int64_t>(std::floor(z));
    double const u = ease(x - static_cast<double>(x0)), v = ease(y - static_cast<double>(y0)),
                 w = ease(z - static_cast<double>(z0));
    auto const plane = [&](std::int64_t zi) {
        return mix(mix(lattice(x0, y0, zi, seed), lattice(x0 + 1, y0, zi, seed), u),
                   mix(lattice(x0, y0 + 1, zi, seed), lattice(x0 + 1, y0 + 1, zi, seed), u), v);
    };
    return mix(plane(z0), plane(z0 + 1), w);
}

double layeredNoise(double x, double y, double z, std::uint32_t seed, int layers)
{
    double sum = 0, weight = 0, strength = 1, scale = 1;
    for (int i = 0; i < layers; ++i) {
        sum += strength * smoothNoise(x * scale, y * scale, z * scale, seed + static_cast<std::uint32_t>(i) * 101u);
        weight += strength;
        strength *= 0.5;
        scale *= 2.03;
    }
    return sum / weight;
}

double grain(std::uint32_t column, std::uint32_t row, std::uint32_t slice, std::uint32_t seed)
{
    std::uint64_t const bits =
        scramble((static_cast<std::uint64_t>(column) << 40) ^ (static_cast<std::uint64_t>(row) << 16) ^ slice ^
                 (static_cast<std::uint64_t>(seed) << 52) ^ (static_cast<std::uint64_t>(seed) * 0x9E3779B97F4A7C15ull));
    // Four uniform numbers of 16 bits: their sum has the deviation sqrt(4/12) of their range.
    double sum = 0;
    for (int i = 0; i < 4; ++i)
        sum += static_cast<double>((bits >> (16 * i)) & 0xFFFF) / 65536.0 - 0.5;
    return sum * 1.7320508;
}

double inside(double distance, double soft)
{
    double const t = std::clamp(0.5 - distance / (2 * soft), 0.0, 1.0);
    return ease(t);
}

} // namespace qianli::samples
