// status: is the gateway running, what does it hold, what waits.
#include "gateway/cli/commands.h"
#include "gateway/daemon/control_socket.h"
#include "gateway/daemon/watch_json.h"
#include "gateway/workflow/outbox.h"
#include "gateway/workflow/reading_tasks.h"

#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

using nlohmann::ordered_json;

struct Stored {
    BlobStore::Usage usage;
    std::map<std::string, std::uint64_t> tasks;
    std::uint64_t waiting = 0, givenUp = 0;
};

Result<Stored> stored(Context& context, Configuration const& configuration)
{
    Stored result;
    std::error_code ignored;
    if (std::filesystem::exists(configuration.data / "archive", ignored)) {
        QIANLI_ASSIGN(auto const* store, context.archive());
        QIANLI_ASSIGN(result.usage, store->usage());
    }
    if (std::filesystem::exists(configuration.data / "workflow.db", ignored)) {
        QIANLI_ASSIGN(auto* workflow, context.workflow());
        TaskFilter filter;
        filter.limit = 0;
        QIANLI_ASSIGN(auto const tasks, workflow->tasks().list(filter));
        for (auto const& task : tasks)
            ++result.tasks[std::string(model::code(task.state))];
        QIANLI_ASSIGN(auto const waiting, workflow->outbox().list({DeliveryState::Waiting, "", 0}));
        QIANLI_ASSIGN(auto const givenUp, workflow->outbox().list({DeliveryState::GivenUp, "", 0}));
        result.waiting = waiting.size();
        result.givenUp = givenUp.size();
    }
    return result;
}

void printQuarantine(Output const& out, Result<nlohmann::json> const& daemon)
{
    if (!daemon || !daemon->contains("quarantine"))
        return;
    auto const& waiting = (*daemon)["quarantine"];
    if (auto const objects = waiting.value("objects", std::uint64_t{0}); objects > 0)
        out.line(fmt::format("quarantine  {} objects of unknown callers, {}: `quarantine list` shows them", objects,
                             bytesForPeople(waiting.value("bytes", std::uint64_t{0}))));
}

std::string timesOf(std::uint64_t count)
{
    return count == 1 ? "once" : fmt::format("{} times", count);
}

// The newest few; the JSON form and the log have more.
void printRefusals(Output const& out, Result<nlohmann::json> const& daemon)
{
    constexpr int shown = 5;
    if (!daemon || !daemon->contains("refusals"))
        return;
    int lines = 0;
    for (auto const& refusal : (*daemon)["refusals"]) {
        if (++lines > shown)
            return;
        auto const at = parseIso8601(refusal.value("lastAt", std::string()));
        out.line(fmt::format("{} refused  {} {}@{}, {}: {}; {}",
                             at ? toLocalText(*at, TimePrecision::Seconds) : std::string(),
                             refusal.value("what", std::string()), refusal.value("callingAe", std::string()),
                             refusal.value("address", std::string()), timesOf(refusal.value("count", std::uint64_t{0})),
                             refusal.value("reason", std::string()), refusal.value("advice", std::string())));
    }
}

// The oldest first: often it is the cause of the others.
void printAlarms(Output const& out, Result<nlohmann::json> const& daemon)
{
    if (!daemon || !daemon->contains("alarms"))
        return;
    for (auto const& json : (*daemon)["alarms"]) {
        auto const alarm = alarmFromJson(json);
        out.line(fmt::format("ALARM {}{}{}  since {}: {}; {}", alarm.code, alarm.subject.empty() ? "" : " ",
                             alarm.subject, toLocalText(alarm.since), alarm.text, alarm.advice));
    }
}

// The index while it is being made again, and how far the archive was read again.
void printUpkeep(Output const& out, Result<nlohmann::json> const& daemon)
{
    if (!daemon)
        return;
    if (auto const index = daemon->value("index", nlohmann::json()); index.is_object())
        out.line(fmt::format("index       being made again: {} of {} objects; queries and readers have to wait",
                             index.value("done", std::uint64_t{0}), index.value("total", std::uint64_t{0})));
    auto const scrub = daemon->value("scrub", nlohmann::json());
    if (!scrub.is_object())
        return;
    auto const last = scrub["lastFullPass"].is_string() ? parseIso8601(scrub["lastFullPass"].get<std::string>())
                                                        : fail(ErrorCode::NotFound, "none");
    out.line(fmt::format("scrub       {} of {} receipts; all were looked at last: {}; damaged: {}",
                         scrub.value("reached", std::uint64_t{0}), scrub.value("last", std::uint64_t{0}),
                         last ? toLocalText(*last) : std::string("never"), scrub.value("damaged", std::uint64_t{0})));
}

void print(Context& context, Configuration const& configuration, Stored const& stored,
           Result<nlohmann::json> const& daemon)
{
    auto const& out = context.out();
    if (daemon) {
        auto const since = parseIso8601(daemon->value("startedAt", std::string()));
        out.line(fmt::format("gateway     running, process {}, since {}", daemon->value("pid", 0),
                             since ? toLocalText(*since) : std::string("an unknown time")));
        auto const place = [](std::string const& bind, int port) {
            return port == 0 ? std::string("off") : fmt::format("{}:{}", bind, port);
        };
        out.line(fmt::format("DICOM       {} at {}", daemon->value("aeTitle", std::string()),
                             place(configuration.dicom.bind, daemon->value("dicomPort", 0))));
        if (auto const port = daemon->value("dicomTlsPort", 0); port != 0)
            out.line(fmt::format("DICOM TLS   {}", place(configuration.dicom.bind, port)));
        out.line(fmt::format("HTTP        {}", place(configuration.http.bind, daemon->value("httpPort", 0))));
        if (daemon->contains("associations"))
            out.line(fmt::format("callers     {} open, {} at work; {} flushes of the disk since the start",
                                 (*daemon)["associations"].value("open", 0),
                                 (*daemon)["associations"].value("active", 0),
                                 daemon->value("flushes", std::uint64_t{0})));
    } else {
        out.line("gateway     not running");
    }
    out.line(fmt::format("archive     {} objects, {}; {} of {} free", stored.usage.objects,
                         bytesForPeople(stored.usage.bytes), bytesForPeople(stored.usage.freeBytes),
                         bytesForPeople(stored.usage.totalBytes)));
    std::vector<std::string> tasks;
    for (auto const& [state, count] : stored.tasks)
        tasks.push_back(fmt::format("{} {}", count, state));
    out.line(fmt::format("reading     {}", tasks.empty() ? "no tasks" : fmt::format("{}", fmt::join(tasks, ", "))));
    printQuarantine(out, daemon);
    printUpkeep(out, daemon);
    out.line(fmt::format("deliveries  {} waiting, {} given up", stored.waiting, stored.givenUp));
    if (stored.usage.totalBytes > 0 && stored.usage.freeBytes < configuration.dicom.diskReserveBytes)
        out.line("The disk is nearly full: nothing is accepted until there is space again (dicom.disk_reserve).");
    if (daemon && daemon->contains("descriptors")) {
        auto const allowed = (*daemon)["descriptors"].value("allowed", std::uint64_t{0});
        auto const needed = (*daemon)["descriptors"].value("needed", std::uint64_t{0});
        if (allowed < needed)
            out.line(
                fmt::format("Only {} descriptors are allowed where {} may be needed: callers may have to wait. Raise "
                            "RLIMIT_NOFILE of the service (LimitNOFILE, ulimit -n), or lower dicom.max_associations.",
                            allowed, needed));
    }
    if (stored.givenUp > 0)
        out.line(
            "Reports did not reach their township: `queue list --state given-up` says why, `queue retry --given-up` "
            "starts them again.");
    printAlarms(out, daemon);
    printRefusals(out, daemon);
}

} // namespace

Result<void> status(Context& context)
{
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    QIANLI_TRY(context.data());
    auto const daemon = askDaemon(context.controlSocket(), {{"command", "status"}}, {});
    QIANLI_ASSIGN(auto const numbers, stored(context, *configuration));
    print(context, *configuration, numbers, daemon);
    auto tasks = ordered_json::object();
    for (auto const& [state, count] : numbers.tasks)
        tasks[state] = count;
    context.out().json(
        {{"running", daemon.has_value()},
         {"alarms", daemon ? ordered_json(daemon->value("alarms", nlohmann::json::array())) : ordered_json::array()},
         {"daemon", daemon ? ordered_json(*daemon) : ordered_json(nullptr)},
         {"archive",
          {{"objects", numbers.usage.objects},
           {"bytes", numbers.usage.bytes},
           {"freeBytes", numbers.usage.freeBytes},
           {"totalBytes", numbers.usage.totalBytes}}},
         {"tasks", tasks},
         {"deliveries", {{"waiting", numbers.waiting}, {"givenUp", numbers.givenUp}}}});
    if (!daemon)
        return tl::unexpected(daemon.error());
    return {};
}

} // namespace qianli::gateway::cli
