// archive: the objects on disk: import, verify, reindex, usage.
#include "gateway/archive/verification.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/index_rebuilding.h"
#include "gateway/daemon/control_socket.h"
#include "gateway/daemon/import.h"
#include "gateway/daemon/import_json.h"
#include "gateway/daemon/recode_request.h"
#include "gateway/ingest/ingest.h"
#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/reports.h"

#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

using nlohmann::ordered_json;

std::string sentence(ImportProgress const& counts)
{
    std::string text =
        fmt::format("{} files, {}: {} stored", counts.files, bytesForPeople(counts.bytes), counts.stored);
    if (counts.duplicates > 0)
        text += fmt::format(", {} were here already", counts.duplicates);
    if (counts.newVersions > 0)
        text += fmt::format(", {} with other content under a known UID (kept as new versions)", counts.newVersions);
    if (counts.notDicom > 0)
        text += fmt::format(", {} no DICOM", counts.notDicom);
    if (counts.directories > 0)
        text += fmt::format(", {} DICOMDIR", counts.directories);
    if (counts.refused > 0)
        text += fmt::format(", {} refused", counts.refused);
    return text;
}

// Without a daemon we are the one who has the archive open.
Result<ImportReport> importHere(Context& context, Configuration const& configuration, std::filesystem::path const& path,
                                model::Site const& site, std::function<bool(ImportProgress const&)> const& progress)
{
    QIANLI_TRY(createDirectoryDurably(configuration.data));
    QIANLI_ASSIGN(auto store, BlobStore::open(configuration.data / "archive"));
    QIANLI_ASSIGN(auto index, StudyIndex::open(configuration.data / "index.db"));
    IngestSettings settings;
    settings.diskReserveBytes = configuration.dicom.diskReserveBytes;
    settings.limits.dataSetBytes = configuration.dicom.limits.dataSetBytes;
    settings.limits.depth = configuration.dicom.limits.depth;
    settings.limits.deflateRatio = configuration.dicom.limits.deflateRatio;
    settings.limits.elementBytes = configuration.dicom.limits.elementBytes;
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const recodings, Recodings(workflow->database()).all());
    settings.charsetOf = charsetByRecodings(recodings);
    QIANLI_ASSIGN(auto ingest, Ingest::start(*store, *index, context.clock(), settings));
    auto report = importFiles(*ingest, path, site, progress);
    QIANLI_TRY(ingest->stop());
    return report;
}

} // namespace

Result<void> archiveImport(Context& context, ArchiveImportArguments const& arguments)
{
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    auto const* site = configuration->site({arguments.site});
    if (site == nullptr)
        return fail(ErrorCode::NotFound,
                    fmt::format("there is no site \"{}\" in {}", arguments.site, configuration->file.string()));
    QIANLI_TRY(context.data());
    std::error_code failed;
    auto const path = std::filesystem::absolute(arguments.path, failed);
    if (failed || !std::filesystem::exists(path, failed))
        return fail(ErrorCode::NotFound, fmt::format("{} does not exist", arguments.path.string()));

    ImportReport report;
    {
        ProgressLine progress;
        auto answer = askDaemon(
            context.controlSocket(), {{"command", "import"}, {"path", path.string()}, {"site", arguments.site}},
            [&](nlohmann::json const& json) { progress.show(sentence(importProgressFromJson(json))); });
        if (answer) {
            report = importReportFromJson(*answer);
        } else if (answer.error().code == ErrorCode::NotFound && answer.error().message == daemonNotRunning) {
            QIANLI_ASSIGN(report, importHere(context, *configuration, path, *site, [&](ImportProgress const& counts) {
                              progress.show(sentence(counts));
                              return true;
                          }));
        } else {
            return tl::unexpected(std::move(answer).error());
        }
    }
    AuditEvent event;
    event.kind = AuditEventKind::DataImport;
    event.outcome = report.counts.refused > 0 ? AuditOutcome::MinorFailure : AuditOutcome::Success;
    event.site = arguments.site;
    event.objectCount = report.counts.stored + report.counts.newVersions;
    // Without the path: people name folders after patients.
    event.detail = sentence(report.counts);
    context.record(std::move(event));
    context.out().json(ordered_json(toJson(report)));
    for (auto const& line : report.refused)
        Output::note("refused: " + line);
    context.out().line(sentence(report.counts));
    if (report.counts.refused > 0)
        return fail(ErrorCode::Refused, fmt::format("{} files were refused", report.counts.refused));
    return {};
}

Result<void> archiveVerify(Context& context)
{
    QIANLI_ASSIGN(auto const* store, context.archive());
    QIANLI_ASSIGN(auto const data, context.data());
    VerificationReport report;
    {
        ProgressLine progress;
        QIANLI_ASSIGN(report, verifyArchive(*store, data / "archive", [&](std::uint64_t done, std::uint64_t total) {
                          progress.show(done, total, "objects");
                      }));
    }
    auto const lost = report.missing.size() + report.damaged.size();
    context.out().json({{"verified", report.objects - lost},
                        {"bytes", report.bytes},
                        {"missing", report.missing},
                        {"damaged", report.damaged},
                        {"strangers", report.strangers}});
    for (auto const& line : report.missing)
        context.out().line("missing: " + line);
    for (auto const& line : report.damaged)
        context.out().line("damaged: " + line);
    for (auto const& line : report.strangers)
        context.out().line("in no receipt: " + line);
    if (lost > 0)
        return fail(ErrorCode::Corrupt,
                    fmt::format("{} of {} objects are not what was received", lost, report.objects));
    context.out().line(fmt::format("{} objects ({}) are byte for byte what was received", report.objects,
                                   bytesForPeople(report.bytes)));
    return {};
}

Result<void> archiveReindex(Context& context)
{
    QIANLI_ASSIGN(auto const report, rebuildIndex(context));
    context.out().json({{"objects", report.objects}, {"damaged", report.damaged}});
    for (auto const& line : report.damaged)
        context.out().line("damaged: " + line);
    context.out().line(fmt::format("{} objects are in the new index", report.objects));
    if (!report.damaged.empty())
        return fail(ErrorCode::Corrupt,
                    fmt::format("{} objects are missing or damaged and not in the index", report.damaged.size()));
    return {};
}

Result<void> archiveUsage(Context& context)
{
    QIANLI_ASSIGN(auto const* store, context.archive());
    QIANLI_ASSIGN(auto const usage, store->usage());
    struct Share {
        std::uint64_t objects = 0, bytes = 0;
    };
    std::map<std::string, Share> sites;
    QIANLI_TRY(store->replay(0, [&](Receipt const& receipt) -> Result<void> {
        auto& share = sites[receipt.site.value];
        ++share.objects;
        share.bytes += receipt.location.dataSetLength;
        return {};
    }));
    auto document = ordered_json::array();
    Table table({{"SITE"}, {"OBJECTS", Table::Align::Right}, {"SIZE", Table::Align::Right}});
    for (auto const& [site, share] : sites) {
        document.push_back({{"site", site}, {"objects", share.objects}, {"bytes", share.bytes}});
        table.add({site, fmt::format("{}", share.objects), bytesForPeople(share.bytes)});
    }
    context.out().table(table, "the archive is empty");
    context.out().line(fmt::format("{} objects, {}; {} of {} free on the disk", usage.objects,
                                   bytesForPeople(usage.bytes), bytesForPeople(usage.freeBytes),
                                   bytesForPeople(usage.totalBytes)));
    context.out().json({{"objects", usage.objects},
                        {"bytes", usage.bytes},
                        {"freeBytes", usage.freeBytes},
                        {"totalBytes", usage.totalBytes},
                        {"sites", document}});
    return {};
}

} // namespace qianli::gateway::cli
