// TrailCheck: the running gateway reads its whole trail once a day, so that a change of what lies far back is found
// without anybody asking: alarm `audit verify`.
//
// A fault stays in the trail for as long as it is kept, and an alarm that stands for a year is none. So it ends when a
// person says that what is wrong is known (`audit verify --seen`, keys/audit.told), and not before; what changes after
// that is a new alarm. `audit verify` names everything for ever.
#pragma once

#include "gateway/alarm/alarm_board.h"
#include "gateway/audit/audit_verify.h"
#include "gateway/audit/trail_writer.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

namespace qianli::gateway {

struct TrailCheckSettings {
    TrailPlace place;
    Duration first = std::chrono::minutes(10); // after the start, when others have begun to work
    Duration every = std::chrono::hours(24);
    Duration glance = std::chrono::seconds(10); // between looks whether somebody has said so
    std::uint64_t bytesPerSecond = 16 << 20;    // of the disk's time; 0: as fast as it goes
    AlarmBoard* alarms = nullptr;
};

// A person knows of these: they are told no more. Those said before stay.
Result<void> noteSeen(TrailPlace const& place, TrailJudgement const& judgement);

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
    void tell();
    void lookWhetherSeen();
    bool waitsForNext();       // false: it is to end
    bool waits(Duration time); // as above

    TrailCheckSettings settings_;
    std::optional<TrailJudgement> last_; // of the one thread that looks, as the next
    std::set<std::string> seen_;         // as keys/audit.told had it then
    std::mutex mutex_;                   // guards stopping_
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace qianli::gateway
