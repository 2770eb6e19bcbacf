#include "gateway/audit/audit_words.h"

#include "common/base/text.h"

#include <array>
#include <fmt/format.h>
#include <utility>

namespace qianli::gateway {
namespace {

using Kind = AuditEventKind;

constexpr std::array kinds{
    std::pair{Kind::ApplicationStart, std::string_view("start")},
    std::pair{Kind::ApplicationStop, std::string_view("stop")},
    std::pair{Kind::AuditLogUsed, std::string_view("audit-used")},
    std::pair{Kind::BeginTransferringInstances, std::string_view("transfer-begins")},
    std::pair{Kind::DataExport, std::string_view("export")},
    std::pair{Kind::DataImport, std::string_view("import")},
    std::pair{Kind::InstancesAccessed, std::string_view("access")},
    std::pair{Kind::InstancesTransferred, std::string_view("transfer")},
    std::pair{Kind::NetworkEntry, std::string_view("network-entry")},
    std::pair{Kind::Query, std::string_view("query")},
    std::pair{Kind::SecurityAlert, std::string_view("security-alert")},
    std::pair{Kind::StudyDeleted, std::string_view("study-deleted")},
    std::pair{Kind::UserLogin, std::string_view("login")},
    std::pair{Kind::UserLogout, std::string_view("logout")},
    std::pair{Kind::AssociationAccepted, std::string_view("association")},
    std::pair{Kind::AssociationRefused, std::string_view("association-refused")},
    std::pair{Kind::ReportSigned, std::string_view("sign")},
    std::pair{Kind::ReportVerified, std::string_view("verify")},
    std::pair{Kind::ReportDelivered, std::string_view("deliver")},
    std::pair{Kind::ReportClaimBroken, std::string_view("claim-broken")},
    std::pair{Kind::PatientMerged, std::string_view("identity")},
    std::pair{Kind::ConfigurationChanged, std::string_view("configuration")},
    std::pair{Kind::UserChanged, std::string_view("user")},
    std::pair{Kind::AlarmRaised, std::string_view("alarm")},
    std::pair{Kind::AlarmCleared, std::string_view("alarm-over")},
    std::pair{Kind::QuarantineDecided, std::string_view("quarantine")},
    std::pair{Kind::StudyHeld, std::string_view("hold")},
    std::pair{Kind::BackupMade, std::string_view("backup")},
    std::pair{Kind::BackupRestored, std::string_view("restore")},
    std::pair{Kind::StudyRecoded, std::string_view("recode")},
    std::pair{Kind::VersionConflict, std::string_view("version-conflict")},
    std::pair{Kind::IdsRevealed, std::string_view("reveal")},
    std::pair{Kind::AuditLogTrimmed, std::string_view("audit-trimmed")},
};

constexpr std::array outcomes{
    std::pair{AuditOutcome::Success, std::string_view("success")},
    std::pair{AuditOutcome::MinorFailure, std::string_view("minor-failure")},
    std::pair{AuditOutcome::SeriousFailure, std::string_view("serious-failure")},
    std::pair{AuditOutcome::MajorFailure, std::string_view("major-failure")},
};

template <typename Table, typename Value>
std::string_view wordOf(Table const& table, Value value)
{
    for (auto const& [known, word] : table)
        if (known == value)
            return word;
    return "unknown";
}

template <typename Value, typename Table>
Result<Value> valueOf(Table const& table, std::string_view word, std::string_view what)
{
    std::vector<std::string> words;
    for (auto const& [value, known] : table) {
        if (known == word)
            return value;
        words.emplace_back(known);
    }
    return fail(ErrorCode::InvalidInput, fmt::format("\"{}\" is no {}; expected one of: {}", text::escapeControl(word),
                                                     what, text::join(words, ", ")));
}

} // namespace

std::string_view code(AuditEventKind kind)
{
    return wordOf(kinds, kind);
}

Result<AuditEventKind> parseAuditEventKind(std::string_view word)
{
    return valueOf<AuditEventKind>(kinds, word, "event");
}

std::string_view code(AuditOutcome outcome)
{
    return wordOf(outcomes, outcome);
}

Result<AuditOutcome> parseAuditOutcome(std::string_view word)
{
    return valueOf<AuditOutcome>(outcomes, word, "outcome");
}

bool isKeptBeforeTheAnswer(AuditEventKind kind)
{
    switch (kind) {
    case Kind::StudyDeleted:
    case Kind::ReportSigned:
    case Kind::UserChanged:
    case Kind::PatientMerged:
    case Kind::QuarantineDecided:
    case Kind::StudyHeld:
    case Kind::BackupRestored:
    case Kind::IdsRevealed:
        return true;
    default:
        return false;
    }
}

} // namespace qianli::gateway
