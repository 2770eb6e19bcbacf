// QuarantineReception: one object of an unknown caller on its way into quarantine. It is examined as every other one:
// what the archive would refuse is refused here, while its sender still listens.
#pragma once

#include "gateway/archive/incoming_object.h"
#include "gateway/ingest/examination.h"
#include "gateway/ingest/quarantine.h"

namespace qianli::gateway {

class QuarantineReception final : public Reception {
public:
    QuarantineReception(Quarantine& quarantine, Sender sender, Announcement announcement, std::string id,
                        std::unique_ptr<LocalIncomingObject> object, std::uint64_t claimed);
    ~QuarantineReception() override;

    Result<void> append(std::span<std::uint8_t const> bytes) override;
    // `done` is called before it returns.
    void finish(Completion done) override;

private:
    Result<void> feed(std::span<std::uint8_t const> bytes);
    Result<void> complete();
    Result<void> claim(std::uint64_t room);

    Quarantine& quarantine_;
    Sender sender_;
    Examination examination_;
    std::string id_;
    std::unique_ptr<LocalIncomingObject> object_;
    std::uint64_t claimed_; // bytes of the quarantine's room
    std::optional<Error> failure_;
};

} // namespace qianli::gateway
