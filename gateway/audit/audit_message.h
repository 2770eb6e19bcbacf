// An entry as the audit message of PS3.15 A.5: what collectors and assessors of other houses read.
#pragma once

#include "gateway/audit/audit_entry.h"

#include <string>

namespace qianli::gateway {

// Who reports: the AE title, and the machine's name.
struct AuditSource {
    std::string aeTitle;
    std::string host;
};

enum class AuditIds { Masked, Revealed };

// One AuditMessage element in one line, without an XML declaration.
std::string auditMessageXml(AuditEntry const& entry, AuditSource const& source, AuditIds ids);
// The name of the standard's event that it is: "DICOM Instances Transferred".
std::string_view standardName(AuditEventKind kind);

std::string machineName();

} // namespace qianli::gateway
