// The files of the trail: data/audit/audit-NNNNNNNNNNNN.jsonl, each named by the number of its first entry.
//
// Several processes append: the daemon and every command. They take turns by a lock on data/audit/lock.
#pragma once

#include "common/base/file.h"
#include "gateway/audit/audit_entry.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace qianli::gateway {

// Longer than any entry, and than what a power cut leaves of a group of them.
inline constexpr std::uint64_t longestAuditLine = 16 << 20;

struct TrailSegment {
    std::filesystem::path file;
    std::uint64_t first = 0; // by its name
    std::uint64_t bytes = 0;
};
// Oldest first; none when there is no folder.
Result<std::vector<TrailSegment>> segmentsIn(std::filesystem::path const& folder);
std::filesystem::path segmentFile(std::filesystem::path const& folder, std::uint64_t first);

class TrailLock {
public:
    enum class Kind { Shared, Exclusive };
    // Unavailable when others hold it for longer than `patience`: whoever hangs must not hang everybody.
    static Result<TrailLock> take(std::filesystem::path const& folder, Kind kind, Duration patience);

private:
    explicit TrailLock(FileDescriptor file) : file_(std::move(file)) {}
    FileDescriptor file_; // closing it gives the lock back
};

// An entry as somebody remembers it who isn't the trail itself.
struct TrailPoint {
    std::uint64_t sequence = 0;
    std::string hash;
};

// Where the trail ends.
struct TrailTail {
    TrailSegment segment;         // the last one; empty path: there is none
    std::uint64_t sequence = 0;   // of the last entry; 0: none yet
    std::string hash = noHash;    // of the last entry
    std::uint64_t seal = 0;       // number of the last seal
    bool sealed = true;           // the last entry is a seal, or there is none
    TimePoint began{};            // time of the last segment's first entry
    TimePoint newest{};           // time of the last entry
    std::uint64_t torn = 0;       // bytes behind the last whole line: an append that did not end
    std::uint64_t unreadable = 0; // lines behind the last good entry; they are counted as entries
};
Result<TrailTail> readTail(std::filesystem::path const& folder);
// Whether the trail has this very entry.
Result<bool> holds(std::filesystem::path const& folder, TrailPoint const& point);

// Calls `each` with every whole line of the first `bytes` bytes of a file, and its number from 1, until it says false.
Result<void> forEachLine(std::filesystem::path const& file, std::uint64_t bytes,
                         std::function<bool(std::string_view line, std::uint64_t number)> const& each);

// keys/audit.head: the newest seal, kept apart from the trail, so that a trail cut back to an older one shows.
struct TrailHead {
    AuditSeal seal;
    std::uint64_t sequence = 0; // of the seal's own entry
    std::string hash;
    std::string timeText;
};
std::filesystem::path headFile(std::filesystem::path const& keys);
std::string headText(TrailHead const& head); // what its signature signs
std::string toJsonText(TrailHead const& head);
Result<TrailHead> readHead(std::filesystem::path const& file); // NotFound when there is none

} // namespace qianli::gateway
