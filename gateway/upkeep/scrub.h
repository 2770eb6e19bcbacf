// Scrub: reads everything that is stored, again and again, at a set rate, and compares it with the receipts, so that
// what a disk has lost in silence is known while somebody else still has the images.
//
// Goes through the receipts in their order and remembers its place over restarts; what was found damaged is looked at
// again first, so that the alarm stands again. It tells by the store's DamageListener. One object at a time while the
// gateway is at work for others.
#pragma once

#include "gateway/archive/blob_store.h"
#include "gateway/audit/observers.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

namespace qianli::gateway {

struct ScrubSettings {
    std::uint64_t bytesPerSecond = 10ull << 20;
    std::filesystem::path stateFile;           // data/scrub.json
    std::function<bool()> busy;                // the disk is needed for other things
    Duration atLeast = std::chrono::hours(24); // from the beginning of one pass to that of the next
    Duration rest = std::chrono::seconds(10);  // where there was nothing to do, or nothing could be done
    Observers observers = {};
};

struct ScrubProgress {
    std::uint64_t reached = 0, last = 0;   // receipts
    std::uint64_t objects = 0, bytes = 0;  // looked at since the start
    std::set<std::uint64_t> damaged;       // receipts of what is not what was received
    std::optional<TimePoint> passBegan;    // nothing between two passes
    std::optional<TimePoint> lastFullPass; // when it ended
};

class Scrub {
public:
    // `store` and `clock` outlive it.
    Scrub(BlobStore const& store, ScrubSettings settings, Clock const& clock);
    ~Scrub(); // stops, and remembers its place

    ScrubProgress progress() const;

private:
    void work(std::stop_token const& stop);
    bool turn(std::stop_token const& stop);
    Result<bool> lookAgain(std::stop_token const& stop);
    Result<bool> step(std::stop_token const& stop);
    Result<std::vector<Receipt>> next(std::uint64_t after, std::size_t most) const;
    bool look(Receipt const& receipt);
    void keepPace(std::uint64_t bytes, std::stop_token const& stop);
    void endPass();
    void load();
    void save();

    BlobStore const& store_;
    ScrubSettings const settings_;
    Clock const& clock_;
    mutable std::mutex mutex_; // guards state_ and unread_
    std::condition_variable_any wake_;
    ScrubProgress state_;
    std::uint64_t unread_ = 0; // of this pass, for other reasons than damage
    bool looksAgain_ = true;   // at what was damaged the last time, until it has been; of the thread
    std::jthread thread_;      // last
};

} // namespace qianli::gateway
