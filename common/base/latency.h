// LatencyHistogram: how long something took, in classes of the time, for /metrics. Costs two atomic additions each.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace qianli {

class LatencyHistogram {
public:
    static constexpr std::array<double, 11> bounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}; // seconds

    struct Counts {
        std::array<std::uint64_t, bounds.size() + 1> within{}; // of each class alone; the last is above all bounds
        double seconds = 0;
    };

    void add(std::chrono::steady_clock::duration took)
    {
        double const seconds = std::chrono::duration<double>(took).count();
        std::size_t place = 0;
        while (place < bounds.size() && seconds > bounds[place])
            ++place;
        within_[place].fetch_add(1, std::memory_order_relaxed);
        microseconds_.fetch_add(static_cast<std::uint64_t>(std::max(seconds, 0.0) * 1e6), std::memory_order_relaxed);
    }
    void addSince(std::chrono::steady_clock::time_point begin) { add(std::chrono::steady_clock::now() - begin); }

    Counts counts() const
    {
        Counts result;
        for (std::size_t i = 0; i < within_.size(); ++i)
            result.within[i] = within_[i].load(std::memory_order_relaxed);
        result.seconds = static_cast<double>(microseconds_.load(std::memory_order_relaxed)) / 1e6;
        return result;
    }

private:
    std::array<std::atomic<std::uint64_t>, bounds.size() + 1> within_{};
    std::atomic<std::uint64_t> microseconds_{0};
};

} // namespace qianli
