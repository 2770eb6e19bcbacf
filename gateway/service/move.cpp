#include "gateway/service/move.h"

#include "common/base/log.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace qianli::gateway {

namespace {

constexpr std::size_t mostContexts = 128; // of one association (PS3.8 7.1.1.13)

class PeerTarget final : public RetrieveTarget {
public:
    PeerTarget(dicom::DicomClient& client, MoveRequest const& request) : client_(client), request_(request) {}
    Result<dicom::StoreAnswer> store(dicom::OutgoingObject const& object,
                                     std::function<void()> const& meanwhile) override
    {
        auto outgoing = object;
        outgoing.moveOriginatorAe = request_.originatorAe;
        outgoing.moveOriginatorMessageId = request_.messageId;
        return client_.store(outgoing, meanwhile);
    }

private:
    dicom::DicomClient& client_;
    MoveRequest const& request_;
};

using ContextKey = std::pair<dicom::Uid, dicom::Uid>;

// As many of the first instances as one association has presentation contexts for.
std::size_t takeBatch(std::span<InstanceRecord const> instances, std::vector<dicom::ProposedContext>& contexts)
{
    std::set<ContextKey> known;
    for (std::size_t i = 0; i < instances.size(); ++i) {
        ContextKey const key{instances[i].receipt.sopClass, instances[i].receipt.transferSyntax};
        if (known.contains(key))
            continue;
        if (known.size() == mostContexts)
            return i;
        known.insert(key);
        contexts.push_back({key.first, {key.second}});
    }
    return instances.size();
}

} // namespace

Proceed MoveService::sendTo(model::Peer const& peer, MoveRequest const& request,
                            std::span<InstanceRecord const> instances, SubOperations& counts,
                            Progress const& progress) const
{
    while (!instances.empty()) {
        std::vector<dicom::ProposedContext> contexts;
        auto const batch = instances.first(takeBatch(instances, contexts));
        instances = instances.subspan(batch.size());
        dicom::Destination destination;
        destination.host = peer.host;
        destination.port = peer.port;
        destination.calledAe = peer.aeTitle;
        destination.callingAe = ownAe_;
        destination.connectTimeout = std::chrono::seconds(5);
        destination.silenceTimeout = silence_;
        destination.givesUp = givesUp_;
        destination.tls = peer.tls ? tls_ : nullptr;
        auto client = peer.tls && !tls_ ? fail(ErrorCode::Unavailable, "it wants TLS, and [dicom.tls] has no `trust`")
                                        : dicom::DicomClient::connect(destination, contexts);
        if (!client) {
            log::warning("C-MOVE to {}: {}", peer.aeTitle, client.error().message);
            for (auto const& instance : batch) {
                --counts.remaining;
                counts.fail(instance.receipt.sopInstance, client.error().message);
            }
            continue;
        }
        PeerTarget target(**client, request);
        auto const how = sendInstances(batch, store_, target, counts, progress);
        if (auto const released = (*client)->release(); !released)
            log::debug("C-MOVE to {}: {}", peer.aeTitle, released.error().message);
        if (how == Proceed::Cancel)
            return how;
    }
    return Proceed::GoOn;
}

RetrieveOutcome MoveService::run(Caller const& caller, MoveRequest const& request, Progress const& progress) const
{
    if (auto const status = mayUse(caller.allow.contains(model::Service::Move)); status.code != status::success)
        return {status, {}};
    bool const allowed = std::ranges::find(caller.destinations, request.destinationAe) != caller.destinations.end();
    auto const peer = allowed ? findPeer_(request.destinationAe) : std::nullopt;
    if (!peer)
        return {{status::destinationUnknown, "this destination is not allowed to this caller"}, {}};
    auto const instances = planRetrieve(index_, caller, request.retrieve);
    if (!instances)
        return {toDimseStatus(instances.error(), model::Service::Move), {}};
    if (request.retrieve.onPlan)
        request.retrieve.onPlan(*instances);
    RetrieveOutcome outcome;
    outcome.counts.remaining = instances->size();
    auto const how = sendTo(*peer, request, *instances, outcome.counts, progress);
    outcome.status = outcome.counts.finalStatus(how);
    return outcome;
}

} // namespace qianli::gateway
