// study recode: what a site sent in a period is read by another character set, or by the rules as they are now.
#include "common/base/text.h"
#include "common/dicom/character_set_terms.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/study_lookup.h"
#include "gateway/daemon/control_socket.h"
#include "gateway/daemon/recode_request.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

Result<RecodeOrder> orderOf(Context& context, StudyRecodeArguments const& arguments)
{
    RecodeOrder order;
    order.site.value = arguments.site;
    order.charset = arguments.charset;
    order.person = operatingSystemUser();
    order.dryRun = arguments.dryRun;
    QIANLI_ASSIGN(order.from, parseLocalTime("--from", arguments.from, Edge::Begin));
    QIANLI_ASSIGN(order.to, parseLocalTime("--to", arguments.to, Edge::End));
    if (order.from && order.to && *order.to < *order.from)
        return fail(ErrorCode::InvalidInput, "--to lies before --from");
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    auto const* site = configuration->site(order.site);
    if (!site)
        return fail(ErrorCode::NotFound,
                    fmt::format("there is no site \"{}\" in {}", arguments.site, configuration->file.string()));
    if (order.charset.empty())
        order.charset = site->charset;
    else if (dicom::findCharacterSet(text::split(order.charset, '\\').back()).repertoire == dicom::Repertoire::Unknown)
        return fail(
            ErrorCode::InvalidInput,
            fmt::format("--charset: expected a character set such as GB18030, ISO_IR 192 or ISO_IR 100, not \"{}\"",
                        text::escapeControl(order.charset)));
    return order;
}

// Without a daemon we are the one who has archive and index open.
Result<nlohmann::json> recodeHere(Context& context, RecodeOrder const& order, SendProgress const& progress)
{
    QIANLI_ASSIGN(auto const data, context.data());
    std::error_code ignored;
    if (!std::filesystem::is_directory(data / "archive", ignored))
        return fail(ErrorCode::NotFound, fmt::format("there is no archive in {}", data.string()));
    QIANLI_ASSIGN(auto store, BlobStore::open(data / "archive"));
    QIANLI_ASSIGN(auto index, StudyIndex::open(data / "index.db"));
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    IngestSettings settings;
    QIANLI_ASSIGN(auto const recodings, Recodings(workflow->database()).all());
    settings.charsetOf = charsetByRecodings(recodings);
    // Brings the index up to the archive.
    QIANLI_ASSIGN(auto ingest, Ingest::start(*store, *index, context.clock(), settings));
    auto answer = answerRecode(toJson(order), *store, *index, *workflow, progress);
    QIANLI_TRY(ingest->stop());
    return answer;
}

std::string reading(nlohmann::json const& json)
{
    return fmt::format("{} ({}, rule {}{})", nameForPeople(json.value("patientName", "")),
                       json.value("charsetUsed", ""), json.value("charsetRule", 0),
                       json.value("charsetCertain", true) ? "" : ", uncertain");
}

void print(Context& context, RecodeOrder const& order, nlohmann::json const& report)
{
    Table table({{"STUDY INSTANCE UID", Table::Align::Left, 64},
                 {"BEFORE", Table::Align::Left, 48},
                 {order.dryRun ? "WOULD BE" : "NOW", Table::Align::Left, 48}});
    for (auto const& study : report["first"])
        table.add({study.value("studyInstanceUid", ""), reading(study["before"]), reading(study["after"])});
    context.out().table(table, "nothing changes");
    for (auto const& line : report["damaged"])
        context.out().line(fmt::format("left as it is: {}", text::escapeControl(line.get<std::string>())));
    auto const changed = report.value("changed", std::uint64_t{0}), studies = report.value("studies", std::uint64_t{0});
    context.out().line(fmt::format("{} of {} studies {} read otherwise, by {}", changed, studies,
                                   order.dryRun ? "would be" : "are now",
                                   order.charset.empty() ? "no policy" : order.charset));
}

} // namespace

Result<void> studyRecode(Context& context, StudyRecodeArguments const& arguments)
{
    QIANLI_ASSIGN(auto const order, orderOf(context, arguments));
    QIANLI_TRY(context.data());
    nlohmann::json report;
    {
        ProgressLine line;
        auto const show = [&](nlohmann::json const& json) {
            line.show(json.value("done", std::uint64_t{0}), json.value("total", std::uint64_t{0}), "studies");
            return true;
        };
        auto answer = askDaemon(context.controlSocket(), toJson(order), show);
        bool const isDown =
            !answer && answer.error().code == ErrorCode::NotFound && answer.error().message == daemonNotRunning;
        if (isDown)
            answer = recodeHere(context, order, show);
        if (!answer)
            return tl::unexpected(std::move(answer).error());
        report = *std::move(answer);
    }
    if (!order.dryRun) {
        AuditEvent event;
        event.kind = AuditEventKind::StudyRecoded;
        event.site = order.site.value;
        event.detail =
            fmt::format("{} of {} studies are read otherwise now, by {}", report.value("changed", std::uint64_t{0}),
                        report.value("studies", std::uint64_t{0}), order.charset.empty() ? "no policy" : order.charset);
        context.record(std::move(event));
    }
    report["charset"] = order.charset;
    report["dryRun"] = order.dryRun;
    context.out().json(nlohmann::ordered_json(report));
    print(context, order, report);
    if (!report["damaged"].empty())
        return fail(ErrorCode::Corrupt, fmt::format("{} studies were left as they are", report["damaged"].size()));
    return {};
}

} // namespace qianli::gateway::cli
