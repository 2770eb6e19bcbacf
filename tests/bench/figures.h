// Figures: what a bench reports: times by percentile, and how many instances were answered in which stretch of time.
#pragma once

#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

namespace qianli::bench {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

inline double secondsSince(Clock::time_point start)
{
    return Seconds(Clock::now() - start).count();
}

// {"count", "p50", "p95", "p99", "max"} in milliseconds; the percentiles are values that occurred.
nlohmann::ordered_json percentiles(std::vector<double> seconds);

// Instances answered, collected from many threads.
class Answers {
public:
    explicit Answers(Clock::time_point start) : start_(start) {}
    // `asked`: when it was sent, or was to be sent.
    void add(Clock::time_point asked);

    std::size_t count() const;
    double lastAt() const; // seconds from the start to the last answer
    nlohmann::ordered_json latency() const;
    // Instances a second of each full stretch that long.
    std::vector<double> ratesByTime(double stretch) const;
    // Instances a second of each consecutive `size` answers.
    std::vector<double> ratesByCount(std::size_t size) const;

private:
    Clock::time_point start_;
    mutable std::mutex mutex_; // guards the rest
    std::vector<double> latencies_, at_;
};

} // namespace qianli::bench
