#include "viewer/render/straight_run.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace qianli::viewer {
namespace {

void runOneByOne(VoxelGrid const& grid, GridPoint const& start, GridPoint const& step, std::pair<int, int> range,
                 float* levels)
{
    StraightSampler const sampler(grid);
    auto const u = static_cast<float>(start.u), v = static_cast<float>(start.v), w = static_cast<float>(start.w);
    auto const du = static_cast<float>(step.u), dv = static_cast<float>(step.v), dw = static_cast<float>(step.w);
    for (int x = range.first; x < range.second; ++x) {
        auto const at = static_cast<float>(x);
        levels[x] = sampler.at(u + at * du, v + at * dv, w + at * dw);
    }
}

#if defined(__x86_64__)
#define QIANLI_AVX2 __attribute__((target("avx2")))

// A place along one axis: the voxel before it and the part of the way to the next.
struct Places {
    __m256i whole;
    __m256 part;
};

QIANLI_AVX2 inline Places placesOf(__m256 at, float start, float step, std::size_t count)
{
    __m256 place = _mm256_add_ps(_mm256_set1_ps(start), _mm256_mul_ps(at, _mm256_set1_ps(step)));
    place = _mm256_min_ps(_mm256_max_ps(place, _mm256_setzero_ps()), _mm256_set1_ps(static_cast<float>(count - 1)));
    __m256i const whole = _mm256_min_epi32(_mm256_cvttps_epi32(place), _mm256_set1_epi32(static_cast<int>(count) - 2));
    return {whole, _mm256_sub_ps(place, _mm256_cvtepi32_ps(whole))};
}

// Two neighbours of a line for each of eight addresses, mixed by `across`.
QIANLI_AVX2 inline __m256 mixNeighbours(__m256i lowAddresses, __m256i highAddresses, __m256 across)
{
    __m128i const low = _mm256_i64gather_epi32(static_cast<int const*>(nullptr), lowAddresses, 1);
    __m128i const high = _mm256_i64gather_epi32(static_cast<int const*>(nullptr), highAddresses, 1);
    __m256i const both = _mm256_set_m128i(high, low);
    __m256 const left = _mm256_cvtepi32_ps(_mm256_and_si256(both, _mm256_set1_epi32(0xFFFF)));
    __m256 const right = _mm256_cvtepi32_ps(_mm256_srli_epi32(both, 16));
    return _mm256_add_ps(left, _mm256_mul_ps(across, _mm256_sub_ps(right, left)));
}

// The four pixels around a place in each of eight slices.
QIANLI_AVX2 inline __m256 mixSlices(std::uint16_t const* const* slices, __m256i slice, __m256i lowOffsets,
                                    __m256i highOffsets, __m256i line, __m256 across, __m256 downwards)
{
    auto const* const table = reinterpret_cast<long long const*>(slices);
    __m256i const low = _mm256_add_epi64(_mm256_i32gather_epi64(table, _mm256_castsi256_si128(slice), 8), lowOffsets);
    __m256i const high =
        _mm256_add_epi64(_mm256_i32gather_epi64(table, _mm256_extracti128_si256(slice, 1), 8), highOffsets);
    __m256 const above = mixNeighbours(low, high, across);
    __m256 const below = mixNeighbours(_mm256_add_epi64(low, line), _mm256_add_epi64(high, line), across);
    return _mm256_add_ps(above, _mm256_mul_ps(downwards, _mm256_sub_ps(below, above)));
}

QIANLI_AVX2 int runEightByEight(VoxelGrid const& grid, GridPoint const& start, GridPoint const& step,
                                std::pair<int, int> range, float* levels)
{
    __m256 const firstEight = _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i const line = _mm256_set1_epi64x(static_cast<long long>(grid.columns) * 2);
    int x = range.first;
    for (; x + 8 <= range.second; x += 8) {
        __m256 const at = _mm256_add_ps(_mm256_set1_ps(static_cast<float>(x)), firstEight);
        Places const u = placesOf(at, static_cast<float>(start.u), static_cast<float>(step.u), grid.columns);
        Places const v = placesOf(at, static_cast<float>(start.v), static_cast<float>(step.v), grid.rows);
        Places const w = placesOf(at, static_cast<float>(start.w), static_cast<float>(step.w), grid.slices.size());
        __m256i const pixel =
            _mm256_add_epi32(_mm256_mullo_epi32(v.whole, _mm256_set1_epi32(static_cast<int>(grid.columns))), u.whole);
        __m256i const low = _mm256_slli_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(pixel)), 1);
        __m256i const high = _mm256_slli_epi64(_mm256_cvtepi32_epi64(_mm256_extracti128_si256(pixel, 1)), 1);
        __m256 const near = mixSlices(grid.slices.data(), w.whole, low, high, line, u.part, v.part);
        __m256 const far = mixSlices(grid.slices.data() + 1, w.whole, low, high, line, u.part, v.part);
        _mm256_storeu_ps(levels + x, _mm256_add_ps(near, _mm256_mul_ps(w.part, _mm256_sub_ps(far, near))));
    }
    return x;
}
#endif

} // namespace

void straightRun(VoxelGrid const& grid, GridPoint const& start, GridPoint const& step, std::pair<int, int> range,
                 float* levels)
{
#if defined(__x86_64__)
    static bool const canEight = __builtin_cpu_supports("avx2") != 0;
    if (canEight)
        range.first = runEightByEight(grid, start, step, range, levels);
#endif
    runOneByOne(grid, start, step, range, levels);
}

} // namespace qianli::viewer
