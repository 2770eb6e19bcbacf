#include "viewer/model/cine_timing.h"

#include "viewer/model/header_reader.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace qianli::viewer {
namespace {

constexpr double slowest = 0.02, fastest = 1000; // frames in a second that anyone means

bool isRate(double rate)
{
    return rate >= slowest && rate <= fastest;
}

// What the maker wants it to be seen at.
std::optional<double> recommendedRate(HeaderReader const& reader)
{
    for (auto const& tag : {DCM_RecommendedDisplayFrameRate, DCM_RecommendedDisplayFrameRateInFloat})
        if (auto const rate = reader.number(tag); rate && isRate(*rate))
            return rate;
    return std::nullopt;
}

// What it is to be seen at before what it was taken at; Cine Rate is a whole number where Frame Time need not be.
double readRate(HeaderReader const& reader)
{
    if (auto const rate = recommendedRate(reader))
        return *rate;
    if (auto const time = reader.number(DCM_FrameTime); time && *time > 0 && isRate(1000 / *time))
        return 1000 / *time;
    if (auto const rate = reader.number(DCM_CineRate); rate && isRate(*rate))
        return *rate;
    if (auto const time = reader.number(DCM_ActualFrameDuration); time && *time > 0 && isRate(1000 / *time))
        return 1000 / *time;
    return 0;
}

} // namespace

CineTiming readCineTiming(HeaderReader const& reader, std::size_t frameCount)
{
    CineTiming timing;
    if (frameCount < 2)
        return timing;
    timing.framesPerSecond = readRate(reader);
    auto vector = reader.numbers(DCM_FrameTimeVector);
    // The first increment says nothing (PS3.3 C.7.6.5.1.2); without one for each frame the vector can't be meant.
    bool const isWhole = vector.size() >= frameCount &&
                         std::all_of(vector.begin() + 1, vector.end(), [](double ms) { return ms > 0 && ms < 60e3; });
    if (isWhole) {
        vector.resize(frameCount);
        double const whole = std::accumulate(vector.begin() + 1, vector.end(), 0.0);
        double const rate = static_cast<double>(frameCount - 1) * 1000 / whole;
        // A recommended rate is the speed of the whole; the vector remains how the frames share it.
        double const scale = rate / recommendedRate(reader).value_or(rate);
        for (double& increment : vector)
            increment *= scale;
        timing.framesPerSecond = rate / scale;
        timing.increments = std::move(vector);
    }
    timing.playback = reader.integer(DCM_PreferredPlaybackSequencing, 0) == 1 ? Playback::Sweeping : Playback::Looping;
    auto const frames = static_cast<std::int32_t>(std::min<std::size_t>(frameCount, 1u << 30));
    std::int32_t const start = reader.integer(DCM_StartTrim, 1);
    std::int32_t const stop = reader.integer(DCM_StopTrim, frames);
    if (start >= 1 && stop > start && stop <= frames) {
        timing.first = static_cast<std::size_t>(start - 1);
        timing.last = static_cast<std::size_t>(stop - 1);
    }
    return timing;
}

CineSchedule::CineSchedule(CineTiming const& timing, std::size_t frameCount, double otherwise)
    : playback_(timing.playback)
{
    std::size_t const end = timing.last > 0 && timing.last < frameCount ? timing.last + 1 : frameCount;
    first_ = std::min(timing.first, end > 0 ? end - 1 : 0);
    double const even = 1000 / (timing.isGiven() ? timing.framesPerSecond : otherwise);
    starts_.push_back(0);
    for (std::size_t frame = first_ + 1; frame < end; ++frame)
        starts_.push_back(starts_.back() + (frame < timing.increments.size() ? timing.increments[frame] : even));
    // Nobody says how long the last frame stays: as long as the others on average.
    starts_.push_back(starts_.back() + even);
}

std::size_t CineSchedule::frameAt(double milliseconds) const
{
    std::size_t const count = starts_.size() - 1;
    double const forward = duration();
    double at = std::max(0.0, milliseconds);
    if (playback_ == Playback::Looping || count < 2) {
        at = std::fmod(at, forward);
    } else {
        // There and back, the frames at both ends once each.
        double const lastStart = starts_[count - 1];
        double const firstLength = starts_[1];
        double const whole = forward + (lastStart - firstLength);
        at = whole > forward ? std::fmod(at, whole) : std::fmod(at, forward);
        if (at >= forward)
            at = std::max(firstLength, lastStart - (at - forward) - 1e-9);
    }
    auto const after = std::upper_bound(starts_.begin(), starts_.end() - 1, at);
    return first_ + static_cast<std::size_t>(after - starts_.begin()) - 1;
}

double CineSchedule::startOf(std::size_t frame) const
{
    return starts_[std::clamp(frame, first_, first_ + starts_.size() - 2) - first_];
}

double CineSchedule::meanRate() const
{
    return static_cast<double>(starts_.size() - 1) * 1000 / duration();
}

} // namespace qianli::viewer
