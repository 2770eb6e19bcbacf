// The trail's words for events and outcomes: scripts, `audit list --event` and docs/operations.md hold on to them.
#pragma once

#include "common/base/result.h"
#include "gateway/audit/audit_event.h"

#include <string_view>
#include <vector>

namespace qianli::gateway {

std::string_view code(AuditEventKind kind); // "login"
// InvalidInput with the words there are.
Result<AuditEventKind> parseAuditEventKind(std::string_view word);
std::string_view code(AuditOutcome outcome); // "success", "minor-failure", …
Result<AuditOutcome> parseAuditOutcome(std::string_view word);

// What must be on stable storage before whoever did it is told that it is done.
bool isKeptBeforeTheAnswer(AuditEventKind kind);

} // namespace qianli::gateway
