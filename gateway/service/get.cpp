#include "gateway/service/get.h"

namespace qianli::gateway {

RetrieveOutcome GetService::run(Caller const& caller, RetrieveRequest const& request, RetrieveTarget& target,
                                Progress const& progress) const
{
    if (auto const status = mayUse(caller.allow.contains(model::Service::Get)); status.code != status::success)
        return {status, {}};
    auto const instances = planRetrieve(index_, caller, request);
    if (!instances)
        return {toDimseStatus(instances.error(), model::Service::Get), {}};
    if (request.onPlan)
        request.onPlan(*instances);
    RetrieveOutcome outcome;
    outcome.counts.remaining = instances->size();
    auto const how = sendInstances(*instances, store_, target, outcome.counts, progress);
    outcome.status = outcome.counts.finalStatus(how);
    return outcome;
}

} // namespace qianli::gateway
