#include "viewer/render/magnified_line.h"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace qianli::viewer {
namespace {

constexpr std::uint32_t black = 0xFF000000u;

bool canEight()
{
#if defined(__x86_64__)
    static bool const can = __builtin_cpu_supports("avx2") != 0;
    return can;
#else
    return false;
#endif
}

std::uint32_t greyOf(float sum, GreyTable const& table)
{
    return black | table[static_cast<std::size_t>(std::clamp(sum + 0.5f, 0.0f, 65535.0f))] * 0x010101u;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) std::size_t drawEights(std::int32_t const* first, float const* left, float const* right,
                                                       std::size_t count, float const* sums, GreyTable const& table,
                                                       std::uint32_t* line)
{
    __m256i const lastWhole = _mm256_set1_epi32(65532); // from where four bytes can be read
    std::size_t x = 0;
    for (; x + 8 <= count; x += 8) {
        __m256i const at = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(first + x));
        __m256 const sum =
            _mm256_add_ps(_mm256_mul_ps(_mm256_loadu_ps(left + x), _mm256_i32gather_ps(sums, at, 4)),
                          _mm256_mul_ps(_mm256_loadu_ps(right + x), _mm256_i32gather_ps(sums + 1, at, 4)));
        __m256 const clamped = _mm256_min_ps(
            _mm256_max_ps(_mm256_add_ps(sum, _mm256_set1_ps(0.5f)), _mm256_setzero_ps()), _mm256_set1_ps(65535.0f));
        __m256i const level = _mm256_cvttps_epi32(clamped);
        __m256i const place = _mm256_min_epi32(level, lastWhole);
        __m256i const four = _mm256_i32gather_epi32(reinterpret_cast<int const*>(table.data()), place, 1);
        __m256i const away = _mm256_slli_epi32(_mm256_sub_epi32(level, place), 3);
        __m256i const grey = _mm256_and_si256(_mm256_srlv_epi32(four, away), _mm256_set1_epi32(0xFF));
        __m256i const rgb = _mm256_mullo_epi32(grey, _mm256_set1_epi32(0x010101));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(line + x),
                            _mm256_or_si256(rgb, _mm256_set1_epi32(static_cast<int>(black))));
    }
    return x;
}
#endif

} // namespace

std::optional<MagnifiedLine> MagnifiedLine::along(ResampledAxis const& axis)
{
    auto const isInside = [](Taps const& taps) { return taps.count > 0; };
    auto const begin = std::find_if(axis.taps.begin(), axis.taps.end(), isInside);
    auto const end = std::find_if_not(begin, axis.taps.end(), isInside);
    if (!canEight() || std::any_of(end, axis.taps.end(), isInside) ||
        std::any_of(begin, end, [](Taps const& taps) { return taps.count > 2; }))
        return std::nullopt;
    MagnifiedLine line;
    line.begin_ = static_cast<std::size_t>(begin - axis.taps.begin());
    for (auto taps = begin; taps != end; ++taps) {
        line.first_.push_back(static_cast<std::int32_t>(taps->first));
        line.left_.push_back(axis.weights[taps->weights]);
        line.right_.push_back(taps->count == 2 ? axis.weights[taps->weights + 1] : 0.0f);
    }
    return line;
}

void MagnifiedLine::draw(std::span<float const> sums, GreyTable const& table, std::span<std::uint32_t> line) const
{
    std::size_t const count = first_.size();
    std::fill_n(line.begin(), begin_, black);
    std::fill(line.begin() + static_cast<std::ptrdiff_t>(begin_ + count), line.end(), black);
    std::size_t x = 0;
#if defined(__x86_64__)
    x = drawEights(first_.data(), left_.data(), right_.data(), count, sums.data(), table, line.data() + begin_);
#endif
    for (; x < count; ++x) {
        auto const at = static_cast<std::size_t>(first_[x]);
        line[begin_ + x] = greyOf(left_[x] * sums[at] + right_[x] * sums[at + 1], table);
    }
}

} // namespace qianli::viewer
