#include "gateway/cli/deletion.h"

#include "gateway/daemon/deletion_requests.h"
#include "gateway/daemon/recode_request.h"

#include <fmt/format.h>
#include <system_error>

namespace qianli::gateway::cli {
namespace {

// Without a daemon we are the one who has archive and index open.
Result<nlohmann::json> deleteHere(Context& context, nlohmann::json const& request, SendProgress const& progress)
{
    QIANLI_ASSIGN(auto const data, context.data());
    std::error_code ignored;
    if (!std::filesystem::is_directory(data / "archive", ignored))
        return fail(ErrorCode::NotFound, fmt::format("there is no archive in {}", data.string()));
    QIANLI_ASSIGN(auto store, BlobStore::open(data / "archive"));
    QIANLI_ASSIGN(auto index, StudyIndex::open(data / "index.db"));
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    IngestSettings settings;
    QIANLI_ASSIGN(auto recodings, Recodings(workflow->database()).all());
    settings.charsetOf = charsetByRecodings(std::move(recodings));
    // Brings the index up to the archive.
    QIANLI_ASSIGN(auto ingest, Ingest::start(*store, *index, context.clock(), settings));
    Deleter deleter({*store, *index, *workflow, settings.charsetOf});
    QIANLI_TRY(deleter.resume());
    auto answer = answerDeletion(request, deleter, *index, *workflow, progress);
    QIANLI_TRY(ingest->stop());
    return answer;
}

} // namespace

Result<nlohmann::json> askToDelete(Context& context, nlohmann::json const& request)
{
    QIANLI_TRY(context.data());
    ProgressLine line;
    auto const show = [&](nlohmann::json const& json) {
        line.show(json.value("done", std::uint64_t{0}), json.value("total", std::uint64_t{0}), "studies");
        return true;
    };
    auto answer = askDaemon(context.controlSocket(), request, show);
    bool const isDown =
        !answer && answer.error().code == ErrorCode::NotFound && answer.error().message == daemonNotRunning;
    return isDown ? deleteHere(context, request, show) : answer;
}

} // namespace qianli::gateway::cli
