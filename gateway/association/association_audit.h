// What an association does, as it goes on record: one event for each study that came in or went out, not one for each
// object.
#pragma once

#include "gateway/audit/observers.h"
#include "gateway/service/caller.h"
#include "gateway/service/dimse_status.h"

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace qianli::gateway {

// Who and from where.
AuditEvent eventOf(AuditEventKind kind, Caller const& caller, std::string const& address);

// What came in since it was last on record. Cheap enough for each object.
class StoreTally {
public:
    void stored(StoreOutcome const& outcome);
    void refused(DimseStatus const& status);
    // After a minute, so that a long association is seen while it lasts; or when there is much.
    bool isDue(std::chrono::steady_clock::time_point now) const;
    // Empties it. `index` says whose studies these are.
    std::vector<AuditEvent> take(AuditEvent const& from, StudyIndex const& index);

private:
    struct Study {
        model::SiteId site;
        std::vector<std::string> objects; // not all of many
        std::uint64_t count = 0;
    };
    void begin();
    std::map<std::string, Study> studies_;
    std::uint64_t objects_ = 0, refused_ = 0;
    std::string lastRefusal_;
    std::chrono::steady_clock::time_point since_{};
};

// One event for each study of what is to be sent, with how many objects of it.
std::vector<AuditEvent> sendingOf(AuditEvent const& to, std::span<InstanceRecord const> instances);

} // namespace qianli::gateway
