// quarantine: what unknown callers sent, and whose it is: list, release, drop.
#include "common/base/text.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/devices.h"
#include "gateway/daemon/control_socket.h"
#include "gateway/daemon/quarantine_requests.h"
#include "gateway/daemon/recode_request.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

using nlohmann::ordered_json;

ordered_json toListJson(QuarantineGroup const& group)
{
    QuarantinedObject const& first = group.first;
    return {{"group", first.group()},
            {"callingAe", first.callingAe},
            {"calledAe", first.calledAe},
            {"address", first.address},
            {"studyInstanceUid", first.study.value()},
            {"patientName", first.patientName},
            {"modality", first.modality},
            {"stationName", first.stationName},
            {"manufacturer", first.manufacturer},
            {"objects", group.objects},
            {"bytes", group.bytes},
            {"firstReceivedAt", toIso8601(first.receivedAt)},
            {"lastReceivedAt", toIso8601(group.lastReceivedAt)},
            {"unreadable", first.unreadable},
            {"defects", defectCodes(first.defects)}};
}

bool isDown(Error const& error)
{
    return error.code == ErrorCode::NotFound && error.message == daemonNotRunning;
}

// Without a daemon we are the one who has archive and quarantine open.
Result<nlohmann::json> decideHere(Context& context, Configuration const& configuration, nlohmann::json const& request,
                                  SendProgress const& progress)
{
    QIANLI_ASSIGN(auto store, BlobStore::open(configuration.data / "archive"));
    QIANLI_ASSIGN(auto index, StudyIndex::open(configuration.data / "index.db"));
    auto const settings = quarantineSettings(configuration);
    IngestSettings ingestSettings;
    ingestSettings.diskReserveBytes = settings.diskReserveBytes;
    ingestSettings.limits = settings.limits;
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const recodings, Recodings(workflow->database()).all());
    ingestSettings.charsetOf = charsetByRecodings(recodings);
    QIANLI_ASSIGN(auto ingest, Ingest::start(*store, *index, context.clock(), ingestSettings));
    QIANLI_ASSIGN(auto quarantine, Quarantine::open(settings, context.clock()));
    auto const site = [&](std::string const& id) {
        auto const* found = configuration.site({id});
        return found ? std::optional(*found) : std::nullopt;
    };
    auto decided = answerQuarantine(request, *quarantine, *ingest, site, progress);
    QIANLI_TRY(ingest->stop());
    return decided;
}

void record(Context& context, nlohmann::json const& request, QuarantineReport const& report)
{
    AuditEvent event;
    event.kind = AuditEventKind::QuarantineDecided;
    event.outcome = report.failed.empty() ? AuditOutcome::Success : AuditOutcome::MinorFailure;
    event.site = request.value("site", "");
    event.objectCount = report.objects;
    event.detail = fmt::format("{} {}", event.site.empty() ? "dropped" : "released", request.value("selector", ""));
    context.record(std::move(event));
}

Result<QuarantineReport> decide(Context& context, nlohmann::json request)
{
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    QIANLI_TRY(context.data());
    std::error_code ignored;
    if (!std::filesystem::exists(configuration->data / "quarantine", ignored))
        return fail(ErrorCode::NotFound, "nothing is in quarantine");
    request["by"] = operatingSystemUser();
    ProgressLine progress;
    auto const show = [&](nlohmann::json const& json) {
        progress.show(json.value("done", std::uint64_t{0}), json.value("total", std::uint64_t{0}), "objects");
    };
    auto answer = askDaemon(context.controlSocket(), request, show);
    if (!answer && isDown(answer.error()))
        answer = decideHere(context, *configuration, request, [&](nlohmann::json const& json) {
            show(json);
            return true;
        });
    if (!answer)
        return tl::unexpected(std::move(answer).error());
    auto const report = quarantineReportFromJson(*answer);
    record(context, request, report);
    return report;
}

} // namespace

Result<void> quarantineList(Context& context)
{
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    QIANLI_ASSIGN(auto const data, context.data());
    QIANLI_ASSIGN(auto const objects, Quarantine::read(data / "quarantine"));
    auto document = ordered_json::array();
    Table table({{"GROUP"},
                 {"CALLER", Table::Align::Left, 40},
                 {"CALLED"},
                 {"NAME", Table::Align::Left, 24},
                 {"MODALITY"},
                 {"DEVICE", Table::Align::Left, 30},
                 {"OBJECTS", Table::Align::Right},
                 {"SIZE", Table::Align::Right},
                 {"FIRST"},
                 {"LAST"},
                 {"STUDY INSTANCE UID", Table::Align::Left, 64},
                 {"NOTE", Table::Align::Left, 60}});
    std::uint64_t bytes = 0;
    for (QuarantinedObject const& object : objects)
        bytes += object.room();
    for (QuarantineGroup const& group : groupsOf(objects)) {
        QuarantinedObject const& first = group.first;
        document.push_back(toListJson(group));
        bool const isUnreadable = !first.unreadable.empty();
        table.add({first.group(), isUnreadable ? "" : fmt::format("{}@{}", first.callingAe, first.address),
                   first.calledAe, nameForPeople(first.patientName), first.modality,
                   deviceName(first.manufacturer, first.stationName), fmt::format("{}", group.objects),
                   bytesForPeople(group.bytes), toLocalText(first.receivedAt), toLocalText(group.lastReceivedAt),
                   first.study.value(),
                   isUnreadable ? "record unreadable: " + first.unreadable : defectWords(first.defects)});
    }
    context.out().table(table, "nothing is in quarantine");
    if (!table.empty())
        context.out().line(fmt::format(
            "{} objects, {} on disk of {}. `quarantine release GROUP --site ID` puts them into the "
            "archive, `quarantine drop GROUP --reason WHY` away.",
            objects.size(), bytesForPeople(bytes), bytesForPeople(configuration->dicom.quarantineLimitBytes)));
    context.out().json(document);
    return {};
}

Result<void> quarantineRelease(Context& context, QuarantineArguments const& arguments)
{
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    if (configuration->site({arguments.site}) == nullptr)
        return fail(ErrorCode::NotFound,
                    fmt::format("there is no site \"{}\" in {}", arguments.site, configuration->file.string()));
    QIANLI_ASSIGN(auto const report, decide(context, {{"command", "quarantine-release"},
                                                      {"selector", arguments.selector},
                                                      {"site", arguments.site}}));
    context.out().json(ordered_json(toJson(report)));
    for (auto const& line : report.failed)
        Output::note("still in quarantine: " + line);
    context.out().line(
        fmt::format("{} objects ({}) are site {}'s now{}", report.objects, bytesForPeople(report.bytes), arguments.site,
                    report.duplicates > 0 ? fmt::format(", {} of them were in the archive already", report.duplicates)
                                          : std::string()));
    if (!report.failed.empty())
        return fail(ErrorCode::Refused, fmt::format("{} objects could not be released", report.failed.size()));
    return {};
}

Result<void> quarantineDrop(Context& context, QuarantineArguments const& arguments)
{
    if (text::trim(arguments.reason).empty())
        return fail(ErrorCode::InvalidInput, "--reason: expected words that say why");
    QIANLI_ASSIGN(auto const report, decide(context, {{"command", "quarantine-drop"},
                                                      {"selector", arguments.selector},
                                                      {"reason", arguments.reason}}));
    context.out().json(ordered_json(toJson(report)));
    context.out().line(fmt::format("{} objects ({}) are gone", report.objects, bytesForPeople(report.bytes)));
    return {};
}

} // namespace qianli::gateway::cli
