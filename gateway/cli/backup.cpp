// backup: everything that can't be made again, into a folder on another disk, and back from there.
#include "gateway/upkeep/backup.h"
#include "gateway/upkeep/deleter.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/index_rebuilding.h"
#include "gateway/cli/words.h"
#include "gateway/workflow/sessions.h"
#include "gateway/workflow/users.h"

#include "common/crypto/certificate_authority.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace qianli::gateway::cli {
namespace {

using nlohmann::ordered_json;

struct BackupCreateArguments {
    std::filesystem::path folder;
    bool withoutArchive = false;
};
struct BackupArguments {
    std::filesystem::path folder;
    std::string backup;
    bool onlyWorkflow = false; // restore
};

void recordBackup(Context& context, AuditEventKind kind, std::filesystem::path const& folder, std::string detail,
                  std::uint64_t objects, AuditOutcome outcome = AuditOutcome::Success)
{
    AuditEvent event;
    event.kind = kind;
    event.outcome = outcome;
    event.objectCount = objects;
    event.detail = fmt::format("{}: {}", folder.string(), detail);
    context.record(std::move(event));
}

BackupProgress shownIn(ProgressLine& line)
{
    return [&line](std::uint64_t done, std::uint64_t total, std::string_view what) {
        line.show(done, total, std::string(what));
    };
}

void printEach(Output const& out, std::string_view what, std::vector<std::string> const& lines)
{
    for (auto const& line : lines)
        out.line(fmt::format("{}: {}", what, line));
}

Result<void> create(Context& context, BackupCreateArguments const& arguments)
{
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    QIANLI_TRY(context.data());
    // Whoever sends or reads comes first.
    [[maybe_unused]] int const nicer = ::nice(10);
    auto const archive = arguments.withoutArchive ? BackupArchive::LeftOut : BackupArchive::Included;
    auto const made = [&] {
        ProgressLine line;
        return createBackup(*configuration, arguments.folder, archive, context.clock(), shownIn(line));
    }();
    if (!made) {
        recordBackup(context, AuditEventKind::BackupMade, arguments.folder, made.error().message, 0,
                     AuditOutcome::SeriousFailure);
        return tl::unexpected(made.error());
    }
    auto const& report = *made;
    recordBackup(context, AuditEventKind::BackupMade, arguments.folder,
                 fmt::format("backup {} was made{}", report.name, arguments.withoutArchive ? " without archive/" : ""),
                 report.objects, report.faults.empty() ? AuditOutcome::Success : AuditOutcome::MinorFailure);
    context.out().json({{"backup", report.name},
                        {"folder", arguments.folder.string()},
                        {"withArchive", !arguments.withoutArchive},
                        {"objects", report.objects},
                        {"newObjects", report.newObjects},
                        {"newBytes", report.newBytes},
                        {"lost", report.faults}});
    printEach(context.out(), "not in the backup", report.faults);
    context.out().line(
        arguments.withoutArchive
            ? fmt::format("backup {} without archive/: see to a copy of that by other means", report.name)
            : fmt::format("backup {}: {} objects, {} of them new ({})", report.name, report.objects, report.newObjects,
                          bytesForPeople(report.newBytes)));
    if (!report.faults.empty())
        return fail(ErrorCode::Corrupt,
                    fmt::format("{} objects of the archive are lost or damaged and in no backup; all else is in backup "
                                "{}. `archive verify` says more",
                                report.faults.size(), report.name));
    return {};
}

Result<void> verify(Context& context, BackupArguments const& arguments)
{
    BackupVerification result;
    {
        ProgressLine line;
        QIANLI_ASSIGN(result, verifyBackup(arguments.folder, arguments.backup, shownIn(line)));
    }
    context.out().json({{"backup", result.name},
                        {"files", result.files},
                        {"objects", result.objects},
                        {"bytes", result.bytes},
                        {"faults", result.faults},
                        {"lostBefore", result.lostBefore}});
    printEach(context.out(), "wrong", result.faults);
    printEach(context.out(), "lost before the backup", result.lostBefore);
    if (!result.faults.empty())
        return fail(ErrorCode::Corrupt,
                    fmt::format("backup {} is not what was written: {} faults", result.name, result.faults.size()));
    context.out().line(fmt::format("backup {} is sound: {} files, {} objects, {}", result.name, result.files,
                                   result.objects, bytesForPeople(result.bytes)));
    return {};
}

struct SelfCheck {
    std::uint64_t indexed = 0;
    std::uint64_t withdrawn = 0; // tasks of studies that were deleted after the backup
    std::size_t people = 0;
};

// What was copied is a gateway that starts: the index is made, the database is brought up to date, the authority has
// its key.
Result<SelfCheck> bringUp(Context& context, Configuration const& configuration, Restored const& restored)
{
    SelfCheck check;
    QIANLI_TRY(crypto::CertificateAuthority::open(configuration.data / "keys", context.clock()));
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_TRY(workflow->sessions().endAll());
    QIANLI_ASSIGN(auto const people, workflow->users().list());
    check.people = people.size();
    std::error_code ignored;
    if (!std::filesystem::exists(configuration.data / "archive", ignored))
        return check;
    QIANLI_ASSIGN(auto const report, rebuildIndex(context));
    check.indexed = report.objects;
    {
        QIANLI_ASSIGN(auto store, BlobStore::open(configuration.data / "archive"));
        QIANLI_ASSIGN(auto index, StudyIndex::open(configuration.data / "index.db"));
        QIANLI_ASSIGN(check.withdrawn, Deleter({*store, *index, *workflow, nullptr}).followArchive());
    }
    if (restored.withArchive && report.objects != restored.objects)
        return fail(ErrorCode::Corrupt,
                    fmt::format("{} objects were restored, and the index has {}: {}", restored.objects, report.objects,
                                report.damaged.empty() ? "" : report.damaged.front()));
    return check;
}

// The images that came since are still here; people's work of that time is not.
Result<void> restoreOnlyWorkflow(Context& context, BackupArguments const& arguments, std::filesystem::path const& data)
{
    Restored restored;
    {
        ProgressLine line;
        QIANLI_ASSIGN(restored,
                      restoreWorkflow(arguments.folder, arguments.backup, data, context.clock(), shownIn(line)));
    }
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    QIANLI_ASSIGN(auto const brought, bringUp(context, *configuration, restored));
    recordBackup(context, AuditEventKind::BackupRestored, arguments.folder,
                 fmt::format("workflow.db of backup {} was brought back", restored.name), 0);
    context.out().json({{"backup", restored.name},
                        {"data", data.string()},
                        {"at", toIso8601(restored.at)},
                        {"indexed", brought.indexed},
                        {"withdrawn", brought.withdrawn},
                        {"people", brought.people}});
    context.out().line(fmt::format("workflow.db is as it was on {}: {} people; the index follows it with {} objects",
                                   toLocalText(restored.at, TimePrecision::Seconds), brought.people, brought.indexed));
    if (brought.withdrawn > 0)
        context.out().line(fmt::format("{} tasks of studies that were deleted since are withdrawn", brought.withdrawn));
    context.out().line("What was there before is kept beside it as workflow.db.replaced-….");
    return {};
}

Result<void> restore(Context& context, BackupArguments const& arguments)
{
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    QIANLI_ASSIGN(auto const data, context.data());
    if (arguments.onlyWorkflow)
        return restoreOnlyWorkflow(context, arguments, data);
    Restored restored;
    {
        ProgressLine line;
        QIANLI_ASSIGN(restored, restoreBackup(arguments.folder, arguments.backup, data, shownIn(line)));
    }
    auto const brought = bringUp(context, *configuration, restored);
    if (!brought)
        return tl::unexpected(Error(brought.error()).at("the files were restored, but they are no whole gateway"));
    QIANLI_TRY(finishRestore(data));
    recordBackup(context, AuditEventKind::BackupRestored, arguments.folder,
                 fmt::format("backup {} was brought back", restored.name), restored.objects);
    context.out().json({{"backup", restored.name},
                        {"data", data.string()},
                        {"at", toIso8601(restored.at)},
                        {"objects", restored.objects},
                        {"indexed", brought->indexed},
                        {"withdrawn", brought->withdrawn},
                        {"people", brought->people},
                        {"lostBefore", restored.lostBefore}});
    printEach(context.out(), "lost before the backup", restored.lostBefore);
    context.out().line(fmt::format("{} is as it was on {}: {} objects, {} people", data.string(),
                                   toLocalText(restored.at, TimePrecision::Seconds), restored.objects,
                                   brought->people));
    if (!restored.withArchive && brought->indexed == 0)
        context.out().line("archive/ is not in this backup: put its copy there, then `archive reindex`");
    context.out().line(fmt::format("The configuration of that time is in {}; compare it, then start the gateway.",
                                   restored.configuration.string()));
    return {};
}

} // namespace

void addBackup(Words& words)
{
    auto* backup = noun(words, "backup", "everything that can't be made again, saved and brought back");
    constexpr auto where = "a folder on another, encrypted disk, for this gateway's backups only";
    auto [made, creating] = verb<BackupCreateArguments>(
        words, backup, "create", "save everything that has come since the last one, beside the running gateway",
        &create);
    made->add_option("DIR", creating->folder, where)->required();
    made->add_flag("--without-archive", creating->withoutArchive, "archive/ is mirrored by other means");
    for (auto const& [name, description, command] :
         {std::tuple("verify", "read a backup and compare it with what was written; needs no gateway", &verify),
          std::tuple("restore", "bring the gateway back, into an empty data folder, with the gateway stopped",
                     &restore)}) {
        auto [app, arguments] = verb<BackupArguments>(words, backup, name, description, command);
        app->add_option("DIR", arguments->folder, "the folder of `backup create`")->required();
        app->add_option("--backup", arguments->backup, "which, 2026-11-22T06-44-38Z; otherwise the newest");
        if (std::string_view(name) == "restore")
            app->add_flag("--only-workflow", arguments->onlyWorkflow,
                          "only workflow.db, where that alone is lost; archive/ stays as it is");
    }
}

} // namespace qianli::gateway::cli
