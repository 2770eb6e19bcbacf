#include "gateway/service/store.h"

namespace qianli::gateway {

StoreOperation StoreService::refuse(DimseStatus status)
{
    StoreOperation operation;
    operation.refusal_ = std::move(status);
    return operation;
}

StoreOperation StoreService::begin(Caller const& caller, Announcement const& announcement) const
{
    if (auto const status = mayUse(caller.allow.contains(model::Service::Store)); status.code != status::success)
        return refuse(status);
    if (caller.quarantined && quarantine_ == nullptr)
        return refuse({status::refusedNotAuthorized, "objects of unknown callers are not kept here"});
    auto reception = caller.quarantined ? quarantine_->begin(caller.sender, announcement)
                                        : ingest_.begin(caller.sender, announcement);
    if (!reception)
        return refuse(toDimseStatus(reception.error(), model::Service::Store));
    StoreOperation operation;
    operation.reception_ = *std::move(reception);
    return operation;
}

void StoreOperation::append(std::span<std::uint8_t const> bytes)
{
    if (!reception_)
        return;
    if (auto const taken = reception_->append(bytes); !taken) {
        refusal_ = toDimseStatus(taken.error(), model::Service::Store);
        reception_.reset();
    }
}

void StoreOperation::finish(std::function<void(DimseStatus, StoreOutcome const*)> done)
{
    if (!reception_) {
        done(refusal_.value_or(DimseStatus{status::processingFailure, "nothing was received"}), nullptr);
        return;
    }
    reception_->finish([done = std::move(done)](Result<StoreOutcome> outcome) {
        if (outcome)
            done(DimseStatus{}, &*outcome);
        else
            done(toDimseStatus(outcome.error(), model::Service::Store), nullptr);
    });
}

} // namespace qianli::gateway
