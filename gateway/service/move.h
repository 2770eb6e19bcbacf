// MoveService: C-MOVE, the objects go to a peer that the operator allowed to the caller (PS3.4 C.4.2).
#pragma once

#include "gateway/service/retrieve.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace qianli::gateway {

struct MoveRequest {
    RetrieveRequest retrieve;
    std::string destinationAe;
    std::string originatorAe;
    std::uint16_t messageId = 0;
};

class MoveService {
public:
    using FindPeer = std::function<std::optional<model::Peer>(std::string_view aeTitle)>;
    // `silence`: of the destination, for its reading and for each of its answers. `givesUp`: whatever the peer does,
    // the sub-operations end soon after it says true. `tls`: for the peers that want it; without, they can't be called.
    MoveService(StudyIndex const& index, BlobStore const& store, std::string ownAe, FindPeer findPeer,
                std::function<bool()> givesUp, Duration silence,
                std::shared_ptr<crypto::TlsContext const> tls = nullptr)
        : index_(index), store_(store), ownAe_(std::move(ownAe)), findPeer_(std::move(findPeer)),
          givesUp_(std::move(givesUp)), silence_(silence), tls_(std::move(tls))
    {
    }

    // A801 for a destination that is unknown or not allowed to this caller: both look the same from outside.
    RetrieveOutcome run(Caller const& caller, MoveRequest const& request, Progress const& progress) const;

private:
    Proceed sendTo(model::Peer const& peer, MoveRequest const& request, std::span<InstanceRecord const> instances,
                   SubOperations& counts, Progress const& progress) const;

    StudyIndex const& index_;
    BlobStore const& store_;
    std::string ownAe_;
    FindPeer findPeer_;
    std::function<bool()> givesUp_;
    Duration silence_;
    std::shared_ptr<crypto::TlsContext const> tls_;
};

} // namespace qianli::gateway
