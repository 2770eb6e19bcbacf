#include "gateway/workflow/outbox.h"

#include "common/base/text.h"
#include "gateway/workflow/task_rows.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"

#include <fmt/format.h>

namespace qianli::gateway {

using model::TaskState;

namespace {

constexpr std::string_view selectDeliveries =
    "SELECT deliveries.id, reports.task, report, site, study_uid, patient_name, patient_id, sr_uid, pdf_uid, "
    "destination, deliveries.state, attempts, created_at, patience_from, next_attempt_at, last_attempt_at, "
    "finished_at, accepted, outcome FROM deliveries JOIN reports ON reports.id = deliveries.report JOIN tasks ON "
    "tasks.id = "
    "reports.task";

Result<Delivery> deliveryOfRow(sqlite::Statement const& row)
{
    Delivery delivery;
    int column = 0;
    delivery.id = row.integer(column++);
    delivery.task = row.integer(column++);
    delivery.report = row.integer(column++);
    delivery.site.value = row.text(column++);
    for (auto* const text : {&delivery.studyUid, &delivery.patientName, &delivery.patientId, &delivery.srUid,
                             &delivery.pdfUid, &delivery.destination})
        *text = row.text(column++);
    QIANLI_ASSIGN(delivery.state, parseDeliveryState(row.textView(column++)));
    delivery.attempts = static_cast<int>(row.integer(column++));
    delivery.createdAt = fromStored(row.integer(column++));
    delivery.patienceFrom = fromStored(row.integer(column++));
    delivery.nextAttemptAt = fromStored(row.optionalInteger(column++));
    delivery.lastAttemptAt = fromStored(row.optionalInteger(column++));
    delivery.finishedAt = fromStored(row.optionalInteger(column++));
    delivery.accepted = row.text(column++);
    delivery.outcome = row.text(column++);
    return delivery;
}

Result<std::vector<Delivery>> deliveriesOf(sqlite::Statement& select)
{
    std::vector<Delivery> deliveries;
    for (;;) {
        QIANLI_ASSIGN(bool const row, select.step());
        if (!row)
            return deliveries;
        QIANLI_ASSIGN(auto delivery, deliveryOfRow(select));
        deliveries.push_back(std::move(delivery));
    }
}

Result<Delivery> deliveryOfId(sqlite::Database& database, std::int64_t id)
{
    QIANLI_ASSIGN(auto select, database.prepare(fmt::format("{} WHERE deliveries.id = ?", selectDeliveries)));
    QIANLI_TRY(select.bind({id}));
    QIANLI_ASSIGN(bool const row, select.step());
    if (!row)
        return fail(ErrorCode::NotFound, fmt::format("there is no delivery {}", id));
    return deliveryOfRow(select);
}

// The line that the reading list shows: what became of each destination so far.
std::string noteOf(std::vector<Delivery> const& deliveries)
{
    std::vector<std::string> parts;
    for (auto const& delivery : deliveries) {
        if (delivery.state == DeliveryState::GivenUp)
            parts.push_back(fmt::format("{}: given up: {}", delivery.destination, delivery.outcome));
        else if (delivery.state == DeliveryState::Waiting && delivery.attempts > 0)
            parts.push_back(fmt::format("{}: waits: {}", delivery.destination, delivery.outcome));
        else if (delivery.state == DeliveryState::Delivered)
            parts.push_back(fmt::format("{}: {}", delivery.destination, delivery.outcome));
    }
    return text::join(parts, "; ");
}

// After a change of a delivery: the note of its task, and `delivered` when it was the last one.
Result<void> settleTask(Workflow const& workflow, sqlite::Database& database, Delivery const& delivery, TimePoint now)
{
    std::vector<Delivery> all;
    {
        QIANLI_ASSIGN(auto select,
                      database.prepare(fmt::format("{} WHERE report = ? ORDER BY destination", selectDeliveries)));
        QIANLI_TRY(select.bind({delivery.report}));
        QIANLI_ASSIGN(all, deliveriesOf(select));
    }
    bool const everywhere =
        std::all_of(all.begin(), all.end(), [](Delivery const& one) { return one.state == DeliveryState::Delivered; });
    QIANLI_ASSIGN(auto const task, taskOfId(workflow, database, delivery.task));
    QIANLI_ASSIGN(auto note, database.prepare("UPDATE tasks SET delivery_note = ? WHERE id = ?"));
    QIANLI_TRY(note.run({noteOf(all), task.id}));
    if (!everywhere || task.state != TaskState::Issued)
        return noteChange(database, task.id);
    QIANLI_ASSIGN(auto update, database.prepare("UPDATE tasks SET delivered_at = ? WHERE id = ?"));
    QIANLI_TRY(update.run({toStored(now), task.id}));
    return enterState(database, task.id, TaskState::Delivered, now, "", "");
}

} // namespace

std::string_view code(DeliveryState state)
{
    switch (state) {
    case DeliveryState::Waiting:
        return "waiting";
    case DeliveryState::Delivered:
        return "delivered";
    case DeliveryState::GivenUp:
        return "given-up";
    }
    return "waiting";
}

Result<DeliveryState> parseDeliveryState(std::string_view word)
{
    for (auto const state : {DeliveryState::Waiting, DeliveryState::Delivered, DeliveryState::GivenUp})
        if (code(state) == word)
            return state;
    return fail(ErrorCode::InvalidInput, "there is no delivery state '" + text::escapeControl(word) + "'");
}

Result<std::vector<Delivery>> Outbox::list(DeliveryFilter const& filter) const
{
    return workflow_.database().read([&](sqlite::Database& database) -> Result<std::vector<Delivery>> {
        QIANLI_ASSIGN(auto select,
                      database.prepare(fmt::format("{} WHERE (?1 = '' OR deliveries.state = ?1) AND (?2 = '' OR "
                                                   "destination = ?2) ORDER BY deliveries.id DESC LIMIT ?3",
                                                   selectDeliveries)));
        auto const state = filter.state ? code(*filter.state) : std::string_view();
        auto const limit = filter.limit == 0 ? -1 : static_cast<std::int64_t>(filter.limit);
        QIANLI_TRY(select.bind({state, filter.destination, limit}));
        return deliveriesOf(select);
    });
}

Result<void> Outbox::retry(std::vector<std::int64_t> const& ids)
{
    auto const now = workflow_.clock().now();
    return workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        for (auto const id : ids) {
            QIANLI_ASSIGN(auto const delivery, deliveryOfId(database, id));
            if (delivery.state == DeliveryState::Delivered)
                return fail(ErrorCode::Conflict, fmt::format("delivery {} has arrived already", id));
            QIANLI_ASSIGN(auto update, database.prepare("UPDATE deliveries SET state = 'waiting', next_attempt_at = "
                                                        "?1, patience_from = ?1, finished_at = NULL WHERE id = ?2"));
            QIANLI_TRY(update.run({toStored(now), id}));
            QIANLI_TRY(settleTask(workflow_, database, delivery, now));
        }
        return {};
    });
}

Result<std::size_t> Outbox::retryAllGivenUp()
{
    QIANLI_ASSIGN(auto const givenUp, list({DeliveryState::GivenUp, "", 0}));
    std::vector<std::int64_t> ids;
    for (auto const& delivery : givenUp)
        ids.push_back(delivery.id);
    QIANLI_TRY(retry(ids));
    return ids.size();
}

Result<std::optional<Delivery>> Outbox::nextDue(std::string_view destination) const
{
    auto const now = workflow_.clock().now();
    return workflow_.database().read([&](sqlite::Database& database) -> Result<std::optional<Delivery>> {
        QIANLI_ASSIGN(auto select,
                      database.prepare(fmt::format("{} WHERE deliveries.state = 'waiting' AND destination = ? AND "
                                                   "next_attempt_at <= ? ORDER BY next_attempt_at LIMIT 1",
                                                   selectDeliveries)));
        QIANLI_TRY(select.bind({destination, toStored(now)}));
        QIANLI_ASSIGN(auto found, deliveriesOf(select));
        return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
    });
}

Result<std::vector<std::string>> Outbox::waitingDestinations() const
{
    return workflow_.database().read([&](sqlite::Database& database) -> Result<std::vector<std::string>> {
        QIANLI_ASSIGN(auto select,
                      database.prepare("SELECT DISTINCT destination FROM deliveries WHERE state = 'waiting'"));
        std::vector<std::string> destinations;
        for (;;) {
            QIANLI_ASSIGN(bool const row, select.step());
            if (!row)
                return destinations;
            destinations.push_back(select.text(0));
        }
    });
}

Result<void> Outbox::note(std::int64_t id, DeliveryState state, std::string_view outcome,
                          std::optional<TimePoint> nextAttemptAt, std::string_view accepted)
{
    auto const now = workflow_.clock().now();
    return workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto const delivery, deliveryOfId(database, id));
        // What arrived has arrived, whatever a later attempt says.
        if (delivery.state == DeliveryState::Delivered)
            return {};
        QIANLI_ASSIGN(auto update,
                      database.prepare("UPDATE deliveries SET state = ?, attempts = attempts + 1, last_attempt_at = ?, "
                                       "next_attempt_at = ?, finished_at = ?, outcome = ?, accepted = ? WHERE id = ?"));
        auto const next = nextAttemptAt ? std::optional(toStored(*nextAttemptAt)) : std::nullopt;
        auto const finished = nextAttemptAt ? std::nullopt : std::optional(toStored(now));
        QIANLI_TRY(update.run({code(state), toStored(now), next, finished, outcome,
                               accepted.empty() ? std::string_view(delivery.accepted) : accepted, id}));
        return settleTask(workflow_, database, delivery, now);
    });
}

Result<void> Outbox::noteDelivered(std::int64_t id, std::string_view outcome)
{
    return note(id, DeliveryState::Delivered, outcome, std::nullopt);
}

Result<void> Outbox::noteFailed(std::int64_t id, std::string_view reason, TimePoint nextAttemptAt,
                                std::string_view accepted)
{
    return note(id, DeliveryState::Waiting, reason, nextAttemptAt, accepted);
}

Result<void> Outbox::noteGivenUp(std::int64_t id, std::string_view reason)
{
    return note(id, DeliveryState::GivenUp, reason, std::nullopt);
}

} // namespace qianli::gateway
