// Is the trail whole? Finds an entry that was altered, removed, reordered, rewritten or cut, and names it.
//
// Works beside the running gateway, and on a copy elsewhere: with the public key alone.
#pragma once

#include "gateway/audit/trail_files.h"

namespace qianli::gateway {

struct TrailFault {
    // Rewritten: the chain is whole, and not the one that was sealed. Cut: the newest or the oldest part is not there.
    enum class Kind { Altered, Removed, Reordered, Rewritten, Cut, Unreadable };
    Kind kind = Kind::Altered;
    std::string file;           // its name
    std::uint64_t line = 0;     // from 1; 0: of no line
    std::uint64_t sequence = 0; // of the entry
    std::string text;           // what is wrong, a sentence
    std::string digest;         // of that and of what stands there: the same place changed once more has another
};
std::string_view code(TrailFault::Kind kind); // "altered", …

struct TrailJudgement {
    std::vector<TrailFault> faults; // the first hundred
    std::uint64_t moreFaults = 0;
    std::uint64_t first = 0, last = 0; // entries there are; 0: none
    std::uint64_t entries = 0, seals = 0;
    std::uint64_t unsealed = 0; // at the end: newer than the last seal
    std::string firstTime, lastTime;
    bool endKnown = false;  // an audit.head was given: whether the end was cut off is judged
    std::uint64_t torn = 0; // bytes behind the last whole line, that the next entry removes
    bool good() const { return faults.empty(); }
};

struct TrailToVerify {
    std::filesystem::path folder;
    std::filesystem::path publicKey; // audit.pub
    std::filesystem::path head;      // audit.head; empty: of a copy without it, nobody can tell a cut at the end
};

// `goesOn` is told the bytes read and of how many, after each entry; false: Cancelled.
Result<TrailJudgement> verifyTrail(TrailToVerify const& trail,
                                   std::function<bool(std::uint64_t, std::uint64_t)> const& goesOn = {});

} // namespace qianli::gateway
