// GetTarget: the caller's own association as receiver of C-STORE sub-operations, and the counts in retrieve responses.
#pragma once

#include "gateway/association/negotiation.h"
#include "gateway/association/wire.h"
#include "gateway/service/retrieve.h"

#include <span>

namespace qianli::gateway {

class GetTarget final : public RetrieveTarget {
public:
    GetTarget(Wire& wire, std::span<PresentationContext const> contexts, Wire::Buffer buffer,
              std::uint16_t getMessageId, Duration silence)
        : wire_(wire), contexts_(contexts), buffer_(buffer), getMessageId_(getMessageId), silence_(silence)
    {
    }
    Result<dicom::StoreAnswer> store(dicom::OutgoingObject const& object,
                                     std::function<void()> const& meanwhile) override;
    // A C-CANCEL-RQ may come where the response to a sub-operation is awaited (PS3.4 C.4.3.3.1).
    bool cancelCame() const { return cancelCame_; }

private:
    Wire& wire_;
    std::span<PresentationContext const> contexts_;
    Wire::Buffer buffer_;
    std::uint16_t getMessageId_;
    Duration silence_;
    std::uint16_t messageId_ = 0;
    bool cancelCame_ = false;
};

// So many C-CANCEL-RQ for other messages are read where one is looked for: who floods us with them ends its
// association.
inline constexpr int mostCancels = 64;

enum class Remaining { Told, Left }; // "remaining" stands in pending and cancelled responses only (PS3.4 C.4.2.1.6)
void setCounts(dicom::CommandSet& response, SubOperations const& counts, Remaining remaining);

} // namespace qianli::gateway
