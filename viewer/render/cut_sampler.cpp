#include "viewer/render/cut_sampler.h"

#include <algorithm>

namespace qianli::viewer {

namespace {
constexpr float aboveAll = 1e9f;
}

CutSampler::CutSampler(VoxelGrid const& grid, SlabMode mode, int width)
    : grid_(grid), mode_(mode), levels_(static_cast<std::size_t>(width)), counts_(levels_.size())
{
}

void CutSampler::begin()
{
    float const none = mode_ == SlabMode::Maximum ? -1.0f : mode_ == SlabMode::Minimum ? aboveAll : 0.0f;
    std::fill(levels_.begin(), levels_.end(), none);
    if (mode_ == SlabMode::Average)
        std::fill(counts_.begin(), counts_.end(), 0.0f);
}

void CutSampler::add(GridPoint const& start, GridPoint const& step)
{
    int const width = static_cast<int>(levels_.size());
    float* const levels = levels_.data();
    float* const counts = counts_.data();
    switch (mode_) {
    case SlabMode::Maximum:
        return sampleLine(grid_, start, step, width,
                          [levels](int x, float level) { levels[x] = std::max(levels[x], level); });
    case SlabMode::Minimum:
        return sampleLine(grid_, start, step, width,
                          [levels](int x, float level) { levels[x] = std::min(levels[x], level); });
    case SlabMode::Average:
        return sampleLine(grid_, start, step, width, [levels, counts](int x, float level) {
            levels[x] += level;
            counts[x] += 1;
        });
    }
}

// A mean stands for a place of which at least half was measured.
void CutSampler::finish(int depths)
{
    if (mode_ == SlabMode::Minimum)
        std::replace(levels_.begin(), levels_.end(), aboveAll, -1.0f);
    if (mode_ == SlabMode::Average)
        for (std::size_t x = 0; x < levels_.size(); ++x)
            levels_[x] = counts_[x] * 2 >= static_cast<float>(depths) ? levels_[x] / counts_[x] : -1.0f;
}

} // namespace qianli::viewer
