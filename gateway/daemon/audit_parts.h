// What the daemon itself puts on record, and how its trail is set up.
#pragma once

#include "gateway/audit/chained_trail.h"
#include "gateway/audit/syslog_forwarder.h"
#include "gateway/audit/trail_check.h"
#include "gateway/configuration/configuration.h"

#include <memory>

namespace qianli::gateway {

TrailPlace trailPlace(Configuration const& configuration);

// The trail, who reads it again every day, and where there is a collector, who passes it on.
class AuditParts {
public:
    // Alarms raised and cleared go on record from now on.
    AuditParts(Configuration const& configuration, AlarmBoard& alarms, Clock const& clock);
    AuditTrail& trail() { return *trail_; }
    void stop();

private:
    std::unique_ptr<SyslogForwarder> forwarder_; // null: no collector
    std::unique_ptr<ChainedTrail> trail_;
    std::unique_ptr<TrailCheck> check_;
};

// The gateway's own start and stop.
AuditEvent applicationEvent(AuditEventKind kind, Configuration const& configuration);
// What another reading of the configuration changed: sites, stations and peers by name.
AuditEvent configurationChanged(Configuration const& before, Configuration const& after);

} // namespace qianli::gateway
