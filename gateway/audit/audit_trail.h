// AuditTrail: everything that matters is on record, chained so that a missing or altered entry shows.
//
// May be called by every station and calls none. Thread-safe.
#pragma once

#include "gateway/audit/audit_event.h"

namespace qianli::gateway {

class AuditTrail {
public:
    virtual ~AuditTrail() = default;
    // Never throws and never waits for the network. When the trail can't be written, an alarm says so.
    // Deletions, signatures, users and decisions are on stable storage on return, unless the disk refuses.
    virtual void record(AuditEvent event) = 0;
    // Everything recorded before is on stable storage; false when the disk refuses, or does not answer in some seconds.
    virtual bool flush() { return true; }
    // Nothing may be done that can't be recorded (stop_on_failure), and recording fails just now.
    virtual bool mustStop() const { return false; }
};

} // namespace qianli::gateway
