// ChainedTrail: the trail of the running gateway: takes events from every station, and writes them in groups beside
// them.
//
// Promise: an event is on stable storage 200 ms after record(), deletions and the like on return; a kill loses no more
// than that. While the disk refuses or hangs, an alarm says so, events are kept in bounded memory, and how many didn't
// fit is on record afterwards.
//
// Alarms: `audit` while nothing can be written; `audit seal` while what is written can't be sealed; `audit changed`
// when somebody changed the trail, until the gateway is started again.
#pragma once

#include "gateway/alarm/alarm_board.h"
#include "gateway/audit/audit_trail.h"
#include "gateway/audit/event_brake.h"
#include "gateway/audit/trail_writer.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace qianli::gateway {

struct ChainedTrailSettings {
    TrailPlace place;
    Duration keep = std::chrono::hours(24 * 400);
    bool stopOnFailure = false;
    Duration groupTime = std::chrono::milliseconds(150);
    Duration sealTime = std::chrono::minutes(1);
    Duration retryTime = std::chrono::seconds(1); // for seals, the first of them: the next ones come ever later
    Duration hungTime = std::chrono::seconds(6);  // an event that waits longer is one that can't be written
    std::size_t mostWaiting = 20'000;
    // The last entry that the collector has: what it hasn't is not trimmed away. Empty: there is no collector.
    std::function<std::uint64_t()> collected;
    AlarmBoard* alarms = nullptr;
};

class ChainedTrail final : public AuditTrail {
public:
    // `clock` must outlive it.
    ChainedTrail(ChainedTrailSettings settings, Clock const& clock);
    ~ChainedTrail() override; // stops

    void record(AuditEvent event) override;
    bool mustStop() const override { return settings_.stopOnFailure && (failing_ || hangs()); }
    bool flush() override;
    // Writes and seals what is left. Later events are not recorded.
    void stop();

private:
    void take(AuditEvent event, bool waits);
    void run();
    void turn(std::unique_lock<std::mutex>& lock);
    void finish(std::unique_lock<std::mutex>& lock);
    // True when there was something to write, and it could be written.
    bool writeWaiting(std::unique_lock<std::mutex>& lock);
    void keepUp();
    void seal();
    void trim();
    void noteLost();
    void add(AuditEvent event);
    void tell(Result<void> const& done);
    void tellSealed(Result<void> const& done);
    void tellFinding();
    void watch();
    bool hangs() const;
    bool hangsNow() const;

    using Steady = std::chrono::steady_clock;
    struct Waiting {
        TimedEvent timed;
        Steady::time_point since;
    };

    ChainedTrailSettings settings_;
    Clock const& clock_;
    std::atomic<bool> failing_{false}; // to append

    mutable std::mutex mutex_; // guards what follows
    std::condition_variable came_, written_, ends_;
    std::deque<Waiting> waiting_;
    EventBrake brake_;
    Steady::time_point brakedAt_{};
    std::uint64_t recorded_ = 0, done_ = 0; // events taken, and of these written
    std::uint64_t lost_ = 0;
    bool urgent_ = false, stopping_ = false;

    TrailWriter writer_; // of the thread
    Steady::time_point nextSeal_, nextTrim_;
    Duration sealDelay_{};
    std::thread thread_, watcher_; // the watcher sees that the other one hangs
};

} // namespace qianli::gateway
