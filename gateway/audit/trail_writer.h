// TrailWriter: this process's hand on the trail: appends whole groups of events, seals, begins new files, removes those
// whose time is over.
//
// Promise: what append() has taken is on stable storage on return, behind everything that any process appended before;
// a group whose append fails is not in the trail at all. A trail that was cut or rewritten is never gone on with as if
// it were ours: the chain goes on behind the last entry that we know of, so that `audit verify` names what was done for
// ever. Not thread-safe.
#pragma once

#include "gateway/audit/audit_key.h"
#include "gateway/audit/trail_files.h"

#include <span>

namespace qianli::gateway {

struct TrailPlace {
    std::filesystem::path folder;                  // data/audit
    std::filesystem::path keys;                    // data/keys
    std::uint64_t segmentBytes = 64 << 20;         // a file is full
    Duration segmentTime = std::chrono::hours(24); // or old enough; whole files are removed, so they must not grow old
    Duration patience = std::chrono::seconds(5);   // for a turn, while others append
};

struct TimedEvent {
    AuditEvent event;
    TimePoint at{};
};

class TrailWriter {
public:
    explicit TrailWriter(TrailPlace place) : place_(std::move(place)) {}

    Result<void> append(std::span<TimedEvent const> events);
    // Whether append() would succeed: for who must know before, not after. Nothing is on record by it.
    Result<void> tryToWrite(TimePoint now);
    // Signs the chain's end, whoever wrote it, unless that is done already.
    Result<void> seal(TimePoint now);
    // Removes files whose last entry is older than `keep`, and of these only such that hold nothing behind entry
    // `upTo`; the trail says first where it begins from then on. A clock that was set ahead removes nothing: time is
    // counted from the newest entry that was there before us.
    Result<void> trim(Duration keep, std::uint64_t upTo, TimePoint now);
    // What somebody did to the trail, found since the last call; it is on record already. Empty: nothing.
    std::string takeFinding() { return std::exchange(finding_, {}); }

private:
    struct OldestKnown {
        TimePoint time{};
        std::chrono::steady_clock::time_point seen;
    };

    Result<TrailLock> takeTurn(TimePoint now);
    bool isAsWeLeftIt() const;
    Result<void> readAgain(TimePoint now);
    Result<void> compare(TimePoint now);
    Result<void> goOnBehind(TrailPoint const& last, std::uint64_t seal, TimePoint now);
    Result<std::optional<TrailHead>> trustedHead() const;
    Result<void> beginFile(TimePoint now);
    Result<void> alert(AuditOutcome outcome, std::string text, TimePoint now);
    Result<void> repair(TimePoint now);
    Result<void> open(TimePoint now);
    Result<void> write(std::string const& lines, TrailTail after);
    Result<void> writeEvents(std::span<TimedEvent const> events);
    Result<void> writeSeal(TimePoint now, std::optional<AuditBeginning> beginning = {});
    Result<void> writeHead();
    Result<void> loadKey();

    TrailPlace place_;
    std::optional<AuditKey> key_;
    std::optional<TrailTail> tail_; // as we left it
    FileDescriptor file_;           // tail_'s segment
    TrailPoint known_;              // the last entry that we wrote or saw, whatever the files say now
    std::optional<TrailHead> head_; // of a seal that is in the trail, while the file of it could not be written
    std::optional<OldestKnown> before_;
    bool hasLooked_ = false, hasMissedHead_ = false;
    std::string finding_;
};

} // namespace qianli::gateway
