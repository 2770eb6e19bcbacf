// Connection's part of the audit trail.
#include "gateway/association/connection.h"

#include <fmt/format.h>

namespace qianli::gateway {

void Connection::recordStored()
{
    for (auto& event :
         tally_.take(eventOf(AuditEventKind::InstancesTransferred, caller_, address_), shared_.index))
        shared_.observers.record(std::move(event));
}

// What a radiologist must know of: the same name for two contents, or for two sites' objects.
void Connection::recordConflict(StoreOutcome const& outcome)
{
    if (outcome.kind != StoreOutcome::Kind::NewVersion && !outcome.siteConflict)
        return;
    auto event = eventOf(AuditEventKind::VersionConflict, caller_, address_);
    event.outcome = AuditOutcome::MinorFailure;
    event.studies = {outcome.receipt.study.value()};
    event.objects = {outcome.receipt.sopInstance.value()};
    event.detail = outcome.siteConflict ? "another site has this study, too"
                                        : fmt::format("other content came under this SOP Instance UID: version {}",
                                                      outcome.receipt.version);
    shared_.observers.record(std::move(event));
}

void Connection::recordQuery(DimseStatus const& status, std::uint64_t answers)
{
    auto event = eventOf(AuditEventKind::Query, caller_, address_);
    if (status.code != status::success && status.code != status::cancelled) {
        event.outcome = AuditOutcome::MinorFailure;
        event.detail = fmt::format("{:04X}H: {}", status.code, status.comment);
    }
    event.objects = {context(incoming_->contextId)->abstractSyntax.value()};
    event.objectCount = answers;
    shared_.observers.record(std::move(event));
}

} // namespace qianli::gateway
