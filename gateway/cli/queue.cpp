// queue: reports on their way back to the townships: list, retry.
#include "gateway/cli/commands.h"
#include "gateway/workflow/outbox.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

std::string isoOrEmpty(std::optional<TimePoint> const& time)
{
    return time ? toIso8601(*time) : std::string();
}

nlohmann::ordered_json toJson(Delivery const& delivery)
{
    return {{"id", delivery.id},
            {"task", delivery.task},
            {"site", delivery.site.value},
            {"studyInstanceUid", delivery.studyUid},
            {"patientName", delivery.patientName},
            {"patientId", delivery.patientId},
            {"srUid", delivery.srUid},
            {"pdfUid", delivery.pdfUid},
            {"destination", delivery.destination},
            {"state", code(delivery.state)},
            {"attempts", delivery.attempts},
            {"createdAt", toIso8601(delivery.createdAt)},
            {"lastAttemptAt", isoOrEmpty(delivery.lastAttemptAt)},
            {"nextAttemptAt", isoOrEmpty(delivery.nextAttemptAt)},
            {"finishedAt", isoOrEmpty(delivery.finishedAt)},
            {"outcome", delivery.outcome}};
}

} // namespace

Result<void> queueList(Context& context, QueueListArguments const& arguments)
{
    DeliveryFilter filter;
    if (!arguments.state.empty()) {
        QIANLI_ASSIGN(auto const state, parseDeliveryState(arguments.state));
        filter.state = state;
    }
    filter.destination = arguments.destination;
    filter.limit = arguments.limit;
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const deliveries, workflow->outbox().list(filter));
    auto document = nlohmann::ordered_json::array();
    Table table({{"ID", Table::Align::Right},
                 {"STATE"},
                 {"TO"},
                 {"SITE"},
                 {"NAME", Table::Align::Left, 24},
                 {"TASK", Table::Align::Right},
                 {"TRIES", Table::Align::Right},
                 {"SINCE"},
                 {"NEXT TRY"},
                 {"OUTCOME", Table::Align::Left, 100}});
    for (auto const& delivery : deliveries) {
        document.push_back(toJson(delivery));
        bool const waits = delivery.state == DeliveryState::Waiting && delivery.nextAttemptAt.has_value();
        table.add({fmt::format("{}", delivery.id), std::string(code(delivery.state)), delivery.destination,
                   delivery.site.value, nameForPeople(delivery.patientName), fmt::format("{}", delivery.task),
                   fmt::format("{}", delivery.attempts), toLocalText(delivery.createdAt),
                   waits ? toLocalText(*delivery.nextAttemptAt, TimePrecision::Seconds) : "", delivery.outcome});
    }
    context.out().table(table, "nothing is or was to be delivered");
    context.out().json(document);
    return {};
}

Result<void> queueRetry(Context& context, QueueRetryArguments const& arguments)
{
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    std::size_t count = arguments.ids.size();
    if (arguments.all) {
        QIANLI_ASSIGN(count, workflow->outbox().retryAllGivenUp());
    } else {
        QIANLI_TRY(workflow->outbox().retry(arguments.ids));
    }
    context.out().line(fmt::format("{} deliveries wait again", count));
    context.out().json({{"waiting", count}});
    return {};
}

} // namespace qianli::gateway::cli
