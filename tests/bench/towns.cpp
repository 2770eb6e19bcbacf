#include "tests/bench/towns.h"

#include <fmt/format.h>
#include <thread>

namespace qianli::bench {

void Outcome::fail(std::uint64_t objects, std::string const& why)
{
    failed += objects;
    std::lock_guard const lock(mutex_);
    if (firstError_.empty())
        firstError_ = why;
}

std::string Outcome::firstError() const
{
    std::lock_guard const lock(mutex_);
    return firstError_;
}

Towns::Towns(Options& options) : size_(options.number("sites", 50))
{
    line_.port = static_cast<std::uint16_t>(options.number("port", 11112));
    line_.calledAe = options.text("called", "QIANLI");
    line_.bytesPerSecond = options.number("line", 0);
}

Line Towns::line(std::uint64_t town) const
{
    Line line = line_;
    line.source = fmt::format("127.0.{}.{}", 2 + town / 250, 1 + town % 250);
    line.callingAe = fmt::format("TOWN{}", town + 1);
    return line;
}

Result<Caller> Towns::connect(std::uint64_t town, Outcome& outcome) const
{
    auto const givesUp = Clock::now() + std::chrono::minutes(2);
    for (;;) {
        auto caller = Caller::connect(line(town));
        if (caller || caller.error().code != ErrorCode::LimitExceeded || Clock::now() > givesUp)
            return caller;
        ++outcome.rejected;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
}

Stats::Stats(Options& options, Towns const& towns, Outcome& outcome)
    : towns_(towns), outcome_(outcome), maker_(Modality::Dx, options.number("stat-bytes", 15'000'000)),
      gap_(options.number("stat-gap", 300))
{
}

void Stats::run(std::stop_token const& stop)
{
    for (;;) {
        std::this_thread::sleep_for(gap_);
        if (stop.stop_requested())
            return;
        ++sent_;
        if (auto const done = sendOne(sent_ * 7 % towns_.size()); !done)
            outcome_.fail(1, "STAT: " + done.error().message);
    }
}

Result<void> Stats::sendOne(std::uint64_t town)
{
    auto const object = maker_.make(town, sent_, 1);
    QIANLI_ASSIGN(auto reader, towns_.connect(town, outcome_));
    auto const start = Clock::now();
    QIANLI_ASSIGN(auto sender, towns_.connect(town, outcome_));
    QIANLI_ASSIGN(auto const status, sender.store(object, Priority::High));
    if (status != 0)
        return qianli::fail(ErrorCode::Refused, fmt::format("C-STORE was answered with {:04X}H", status));
    stored_.push_back(secondsSince(start));
    QIANLI_TRY(sender.release());
    for (;;) {
        QIANLI_ASSIGN(bool const visible, reader.sees(object.study));
        if (visible)
            break;
        if (secondsSince(start) > 120)
            return qianli::fail(ErrorCode::Unavailable, "not visible after two minutes");
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    visible_.push_back(secondsSince(start));
    return reader.release();
}

nlohmann::ordered_json Stats::report() const
{
    return {{"storedMs", percentiles(stored_)}, {"visibleMs", percentiles(visible_)}};
}

} // namespace qianli::bench
