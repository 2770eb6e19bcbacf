// EventBrake: what a peer can cause at will, as often as it likes, doesn't fill the disk: so many a minute from one
// address are on record one by one, the others as a number.
#pragma once

#include "gateway/audit/audit_event.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace qianli::gateway {

class EventBrake {
public:
    using Time = std::chrono::steady_clock::time_point;
    // False: it is only counted.
    bool lets(AuditEvent const& event, Time now);
    // Events that say how many were only counted, of minutes that are over.
    std::vector<AuditEvent> counted(Time now);

private:
    struct Minute {
        Time began{};
        std::uint32_t recorded = 0;
        std::uint64_t counted = 0;
        AuditEvent last;
    };
    std::map<std::pair<AuditEventKind, std::string>, Minute> minutes_;
};

} // namespace qianli::gateway
