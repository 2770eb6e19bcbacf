#include "tests/bench/figures.h"

#include <algorithm>
#include <cmath>

namespace qianli::bench {

nlohmann::ordered_json percentiles(std::vector<double> seconds)
{
    std::sort(seconds.begin(), seconds.end());
    auto const at = [&](double share) {
        if (seconds.empty())
            return 0.0;
        auto const rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(seconds.size())));
        return std::round(seconds[std::max<std::size_t>(rank, 1) - 1] * 1e6) / 1e3;
    };
    return {{"count", seconds.size()}, {"p50", at(0.5)}, {"p95", at(0.95)}, {"p99", at(0.99)}, {"max", at(1)}};
}

void Answers::add(Clock::time_point asked)
{
    auto const now = Clock::now();
    std::lock_guard const lock(mutex_);
    latencies_.push_back(Seconds(now - asked).count());
    at_.push_back(Seconds(now - start_).count());
}

std::size_t Answers::count() const
{
    std::lock_guard const lock(mutex_);
    return at_.size();
}

double Answers::lastAt() const
{
    std::lock_guard const lock(mutex_);
    return at_.empty() ? 0 : *std::max_element(at_.begin(), at_.end());
}

nlohmann::ordered_json Answers::latency() const
{
    std::lock_guard const lock(mutex_);
    return percentiles(latencies_);
}

std::vector<double> Answers::ratesByTime(double stretch) const
{
    double const last = lastAt();
    std::lock_guard const lock(mutex_);
    std::vector<double> rates(static_cast<std::size_t>(last / stretch));
    for (double const at : at_)
        if (auto const which = static_cast<std::size_t>(at / stretch); which < rates.size())
            rates[which] += 1 / stretch;
    return rates;
}

std::vector<double> Answers::ratesByCount(std::size_t size) const
{
    std::lock_guard const lock(mutex_);
    std::vector<double> sorted = at_, rates;
    std::sort(sorted.begin(), sorted.end());
    double before = 0;
    for (std::size_t end = size; end <= sorted.size(); end += size) {
        rates.push_back(static_cast<double>(size) / (sorted[end - 1] - before));
        before = sorted[end - 1];
    }
    return rates;
}

} // namespace qianli::bench
