// An entry as syslog carries it: RFC 5424, with octet counting (RFC 5425), as PS3.15 A.6 wants it.
#pragma once

#include "gateway/audit/audit_message.h"

namespace qianli::gateway {

// "LENGTH <PRI>1 TIME HOST qianli-gateway PROCESS DICOM+RFC3881 [meta sequenceId=…] BOM XML". A seal is its line of the
// trail under the name QIANLI-SEAL, so that the copy can be checked against our key, too. National IDs are masked.
std::string syslogFrame(AuditEntry const& entry, std::string_view line, AuditSource const& source);

} // namespace qianli::gateway
