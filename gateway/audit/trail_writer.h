// TrailWriter: this process's hand on the trail: appends whole groups of events, seals, begins new files, removes those
// whose time is over.
//
// Promise: what append() has taken is on stable storage on return, behind everything that any process appended before;
// a group whose append fails is not in the trail at all. Not thread-safe.
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
};

struct TimedEvent {
    AuditEvent event;
    TimePoint at{};
    std::optional<AuditBeginning> beginning;
};

class TrailWriter {
public:
    explicit TrailWriter(TrailPlace place) : place_(std::move(place)) {}

    Result<void> append(std::span<TimedEvent const> events);
    // Signs the chain's head, whoever wrote it, unless that is done already.
    Result<void> seal(TimePoint now);
    // Removes files whose last entry is older than `before`, and of these only such that hold nothing behind entry
    // `upTo`; the trail says first where it begins from then on.
    Result<void> trim(TimePoint before, std::uint64_t upTo, TimePoint now);

private:
    Result<TrailLock> takeTurn();
    Result<void> repair(TimePoint now);
    Result<void> open(TimePoint now);
    Result<void> write(std::string const& lines, TrailTail after);
    Result<void> writeEvents(std::span<TimedEvent const> events);
    Result<void> writeSeal(TimePoint now);
    Result<void> loadKey();

    TrailPlace place_;
    std::optional<AuditKey> key_;
    std::optional<TrailTail> tail_; // as we left it
    FileDescriptor file_;           // tail_'s segment
};

} // namespace qianli::gateway
