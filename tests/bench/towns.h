// Towns: many township health centres that send at once, each from an address and under a name of its own; and the
// urgent study that one of them sends meanwhile.
#pragma once

#include "tests/bench/caller.h"
#include "tests/bench/figures.h"
#include "tests/bench/options.h"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

namespace qianli::bench {

// What all of them together came to.
struct Outcome {
    std::atomic<std::uint64_t> failed = 0;   // objects without Success
    std::atomic<std::uint64_t> rejected = 0; // associations that were told to come back later, and did
    void fail(std::uint64_t objects, std::string const& why);
    std::string firstError() const;

private:
    mutable std::mutex mutex_; // guards firstError_
    std::string firstError_;
};

class Towns {
public:
    explicit Towns(Options& options); // --port --called --sites --line

    std::uint64_t size() const { return size_; }
    // Number 0 calls as TOWN1 from 127.0.2.1, and so on.
    Line line(std::uint64_t town) const;
    // Tries again, as a console does, as long as it is told to come back later.
    Result<Caller> connect(std::uint64_t town, Outcome& outcome) const;

private:
    Line line_;
    std::uint64_t size_;
};

// Sends one urgent X-ray after the other, each from another town and over associations of its own, and waits until the
// town sees it in an answer to C-FIND.
class Stats {
public:
    Stats(Options& options, Towns const& towns, Outcome& outcome); // --stat-bytes --stat-gap (ms between two)

    void run(std::stop_token const& stop);
    // From the start of the sender to Success, and to the C-FIND that finds it.
    nlohmann::ordered_json report() const;

private:
    Result<void> sendOne(std::uint64_t town);

    Towns const& towns_;
    Outcome& outcome_;
    ObjectMaker const maker_;
    std::chrono::milliseconds const gap_;
    std::uint64_t sent_ = 0;
    std::vector<double> stored_, visible_; // seconds; of run()'s thread
};

} // namespace qianli::bench
