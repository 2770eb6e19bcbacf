// AuditEntry: one line of the trail: an event with its number and time, or a seal, chained to the line before.
//
// A line is JSON. Its last member, "hash", is the SHA-256 (hex) of all that stands before it in the line, which holds
// the hash of the line before as "prev"; so `sed 's/,"hash":"[0-9a-f]*"}$//' | sha256sum` checks a line without us.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "gateway/audit/audit_event.h"

#include <cstdint>
#include <optional>
#include <string>

namespace qianli::gateway {

// "prev" of the first entry ever.
inline std::string const noHash(64, '0');

// The chain up to the entry before, signed.
struct AuditSeal {
    std::uint64_t number = 0; // from 1, without a gap
    std::string key;          // fingerprint of the public key: SHA-256 of its DER form, hex
    std::string signature;    // of sealedText(), base64
};

// Where the trail begins from now on, its oldest part having gone after its time. Only a seal can say so.
struct AuditBeginning {
    std::uint64_t sequence = 0;
    std::string prev;
};

struct AuditEntry {
    std::uint64_t sequence = 0;
    TimePoint time{};
    std::string timeText; // as it is written: local time with its offset from UTC
    std::string prev;
    std::string hash;
    AuditEvent event; // unless it is a seal
    std::optional<AuditSeal> seal;
    std::optional<AuditBeginning> beginning;
};

// The line, without its end; sets `hash` and, where it is empty, `timeText`.
std::string toLine(AuditEntry& entry);
// Corrupt when the line is none of ours, or its hash is not that of its text.
Result<AuditEntry> entryOfLine(std::string_view line);

// What the seal of this entry signs.
std::string sealedText(AuditEntry const& entry);

// "2026-11-22T12:31:05.123+08:00"
std::string toIso8601WithOffset(TimePoint time);
Result<TimePoint> parseIso8601WithOffset(std::string_view text);

} // namespace qianli::gateway
