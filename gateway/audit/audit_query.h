// What stands in the trail, by time, event, person, site and study.
#pragma once

#include "gateway/audit/trail_files.h"

namespace qianli::gateway {

struct AuditFilter {
    std::optional<TimePoint> from, to;
    std::vector<AuditEventKind> kinds; // none: every kind
    std::string person, site, study;   // empty: any
    std::size_t limit = 0;             // 0: all
    bool matches(AuditEntry const& entry) const;
};

// Newest first, without seals. Lines that are no entries are left out: `audit verify` names them.
Result<std::vector<AuditEntry>> auditEntries(std::filesystem::path const& folder, AuditFilter const& filter);

// "puzi/500101199003071236" as it may be shown.
std::string maskedPatient(std::string const& patient);

} // namespace qianli::gateway
