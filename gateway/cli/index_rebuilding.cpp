#include "gateway/cli/index_rebuilding.h"

#include "gateway/daemon/recode_request.h"
#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/reports.h"

#include <fmt/format.h>

namespace qianli::gateway::cli {

Result<ReindexReport> rebuildIndex(Context& context)
{
    QIANLI_ASSIGN(auto const folder, context.data());
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder / "archive", ignored))
        return fail(ErrorCode::NotFound, fmt::format("there is no archive in {}", folder.string()));
    auto store = BlobStore::open(folder / "archive");
    if (!store && store.error().code == ErrorCode::Conflict)
        return fail(ErrorCode::Conflict, "the gateway is running: stop it before its index is rebuilt");
    if (!store)
        return tl::unexpected(std::move(store).error());
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    // Beside the old one, which takes its place only when it is complete.
    auto const building = folder / "index.db.new";
    for (auto const* suffix : {"", "-wal", "-shm", ".open"})
        std::filesystem::remove(building.string() + suffix, ignored);
    ReindexReport report;
    {
        QIANLI_ASSIGN(auto index, StudyIndex::open(building));
        ProgressLine progress;
        QIANLI_ASSIGN(auto const recodings, Recodings(workflow->database()).all());
        auto const charset = charsetByRecodings(recodings);
        QIANLI_ASSIGN(report, reindex(**store, *index, charset, [&](std::uint64_t done, std::uint64_t total) {
                          progress.show(done, total, "objects");
                      }));
        QIANLI_TRY(index->checkpoint());
    }
    for (auto const* suffix : {"-wal", "-shm", ".open"})
        std::filesystem::remove((folder / "index.db").string() + suffix, ignored);
    std::error_code failed;
    std::filesystem::rename(building, folder / "index.db", failed);
    if (failed)
        return fail(ErrorCode::Unavailable, fmt::format("{}: {}", building.string(), failed.message()));
    QIANLI_TRY(syncDirectory(folder));
    QIANLI_TRY(workflow->reports().forgetReleases());
    // It may say otherwise than the one that the reading list followed.
    QIANLI_TRY(workflow->tasks().catchUpFromStart());
    QIANLI_TRY(Recodings(workflow->database()).finishAll());
    return report;
}

} // namespace qianli::gateway::cli
