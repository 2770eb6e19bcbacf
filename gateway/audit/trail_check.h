// TrailCheck: the running gateway reads its whole trail once a day, so that a change of what lies far back is found
// without anybody asking: alarm `audit verify`.
//
// A fault stays in the trail for as long as it is kept, and an alarm that stands for a year is none. So what was told
// is told no more after the next start (keys/audit.told); `audit verify` names it for ever.
#pragma once

#include "gateway/alarm/alarm_board.h"
#include "gateway/audit/audit_verify.h"
#include "gateway/audit/trail_writer.h"

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace qianli::gateway {

struct TrailCheckSettings {
    TrailPlace place;
    Duration first = std::chrono::minutes(10); // after the start, when others have begun to work
    Duration every = std::chrono::hours(24);
    std::uint64_t bytesPerSecond = 16 << 20; // of the disk's time; 0: as fast as it goes
    AlarmBoard* alarms = nullptr;
};

class TrailCheck {
public:
    explicit TrailCheck(TrailCheckSettings settings);
    ~TrailCheck(); // stops

    void start(); // in a thread of its own
    void stop();
    // One check, in the caller's thread.
    void look();

private:
    Result<TrailJudgement> judge();
    void tell(TrailJudgement const& judgement);
    bool waits(Duration time); // false: it is to end

    TrailCheckSettings settings_;
    std::set<std::string> before_; // told before the start, as keys/audit.told has it
    std::set<std::string> told_;
    std::mutex mutex_; // guards stopping_
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace qianli::gateway
