// Outbox: what must reach whom, durable; a row a report and destination. The sender (gateway/delivery) works it off.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/model/reading_task.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

class Workflow;

enum class DeliveryState { Waiting, Delivered, GivenUp };
std::string_view code(DeliveryState state); // "waiting", "delivered", "given-up"
Result<DeliveryState> parseDeliveryState(std::string_view code);

struct Delivery {
    std::int64_t id = 0;
    model::TaskId task = 0;
    std::int64_t report = 0;
    model::SiteId site;
    std::string studyUid, patientName, patientId;
    std::string srUid, pdfUid;
    std::string destination; // AE title of a [[peer]]
    DeliveryState state = DeliveryState::Waiting;
    int attempts = 0;
    TimePoint createdAt{};
    TimePoint patienceFrom{}; // giving up is reckoned from here: creation or the operator's retry
    std::optional<TimePoint> nextAttemptAt, lastAttemptAt, finishedAt;
    std::string accepted; // what an earlier attempt handed over, when another one had to follow
    std::string outcome;  // the forms that were accepted, what was not negotiated, warnings, or why it failed
};

struct DeliveryFilter {
    std::optional<DeliveryState> state;
    std::string destination; // "": any
    std::size_t limit = 0;   // 0: none
};

class Outbox {
public:
    explicit Outbox(Workflow& workflow) : workflow_(workflow) {}

    // Newest first.
    Result<std::vector<Delivery>> list(DeliveryFilter const& filter = {}) const;
    // Puts deliveries back in line, to be tried at once. NotFound for an unknown id; Conflict for one that was
    // delivered.
    Result<void> retry(std::vector<std::int64_t> const& ids);
    // Gives how many.
    Result<std::size_t> retryAllGivenUp();

    // For the sender: the waiting delivery of a destination that is due longest; the destinations that have waiting
    // ones.
    Result<std::optional<Delivery>> nextDue(std::string_view destination) const;
    Result<std::vector<std::string>> waitingDestinations() const;
    // Accepted in some form. The task becomes `delivered` with the last destination of its report.
    Result<void> noteDelivered(std::int64_t id, std::string_view outcome);
    // `accepted`: the words of this attempt when the destination took some form in it; earlier ones stay known.
    Result<void> noteFailed(std::int64_t id, std::string_view reason, TimePoint nextAttemptAt,
                            std::string_view accepted = {});
    Result<void> noteGivenUp(std::int64_t id, std::string_view reason);

private:
    Result<void> note(std::int64_t id, DeliveryState state, std::string_view outcome,
                      std::optional<TimePoint> nextAttemptAt, std::string_view accepted = {});

    Workflow& workflow_;
};

} // namespace qianli::gateway
