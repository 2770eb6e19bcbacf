#include "viewer/render/cut_sampler.h"

#include "viewer/render/straight_run.h"

#include <algorithm>

namespace qianli::viewer {

namespace {
constexpr float aboveAll = 1e9f;
}

CutSampler::CutSampler(VoxelGrid const& grid, SlabMode mode, int width)
    : grid_(grid), mode_(mode), levels_(static_cast<std::size_t>(width)), counts_(levels_.size()), run_(levels_.size())
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
    if (!grid_.isSheared && !grid_.isUneven && !grid_.hasPadding) {
        auto const range = insideBox(grid_, start, step, {0, width});
        straightRun(grid_, start, step, range, run_.data());
        return take(range.first, range.second);
    }
    std::fill(run_.begin(), run_.end(), -1.0f);
    sampleLine(grid_, start, step, width, [run = run_.data()](int x, float level) { run[x] = level; });
    take(0, width);
}

// What was sampled at one depth; -1: nothing.
void CutSampler::take(int begin, int end)
{
    float* const levels = levels_.data();
    float* const counts = counts_.data();
    float const* const run = run_.data();
    if (mode_ == SlabMode::Maximum) {
        for (int x = begin; x < end; ++x)
            levels[x] = std::max(levels[x], run[x]);
    } else if (mode_ == SlabMode::Minimum) {
        for (int x = begin; x < end; ++x)
            levels[x] = run[x] < 0 ? levels[x] : std::min(levels[x], run[x]);
    } else {
        for (int x = begin; x < end; ++x) {
            levels[x] += std::max(run[x], 0.0f);
            counts[x] += run[x] < 0 ? 0.0f : 1.0f;
        }
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
