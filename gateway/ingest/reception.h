// GatewayReception: one object on its way from the wire to the committer.
#pragma once

#include "gateway/ingest/committer.h"
#include "gateway/ingest/disk_room.h"
#include "gateway/ingest/examination.h"

namespace qianli::gateway {

class GatewayReception final : public Reception {
public:
    GatewayReception(std::shared_ptr<Committer> committer, Clock const& clock, Sender sender, Announcement announcement,
                     std::unique_ptr<IncomingObject> object, dicom::ScanLimits const& limits,
                     std::unique_ptr<DiskRoom::Claim> room);
    ~GatewayReception() override;

    Result<void> append(std::span<std::uint8_t const> bytes) override;
    void finish(Completion done) override;

private:
    Result<void> feed(std::span<std::uint8_t const> bytes);

    std::shared_ptr<Committer> committer_;
    Clock const& clock_;
    Sender sender_;
    Examination examination_;
    std::unique_ptr<DiskRoom::Claim> room_;
    std::unique_ptr<IncomingObject> object_;
    bool studyIsTold_ = false, handedOver_ = false;
    std::optional<Error> failure_; // the first one; the rest of the object is not wanted any more
};

} // namespace qianli::gateway
