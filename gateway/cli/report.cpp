// report: what was issued: list; and verify, which needs no daemon and no configuration when it is told whom to trust.
#include "common/base/file.h"
#include "common/crypto/report_signature.h"
#include "common/model/json.h"
#include "gateway/cli/commands.h"
#include "gateway/workflow/reports.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::uint64_t largestPem = 16ull << 20;

Result<crypto::Trust> trustOf(Context& context, ReportVerifyArguments const& arguments)
{
    auto authority = arguments.trust, revoked = arguments.revoked;
    if (authority.empty()) {
        QIANLI_ASSIGN(auto const data, context.data());
        auto const keys = data / "keys";
        authority = keys / "ca.crt";
        std::error_code ignored;
        if (!std::filesystem::exists(authority, ignored))
            return fail(ErrorCode::NotFound,
                        fmt::format("there is no {}: name the authority with --trust", authority.string()));
        if (revoked.empty())
            revoked = keys / "ca.crl";
    }
    crypto::Trust trust;
    QIANLI_ASSIGN(auto pem, readFile(authority, largestPem));
    trust.authoritiesPem.push_back(std::move(pem));
    if (!revoked.empty()) {
        QIANLI_ASSIGN(auto list, readFile(revoked, largestPem));
        trust.revocationListsPem.push_back(std::move(list));
    }
    return trust;
}

ordered_json toJson(std::filesystem::path const& file, crypto::Verification const& verification)
{
    return {{"file", file.string()},
            {"sopInstanceUid", verification.sopInstanceUid},
            {"sopClassUid", verification.sopClassUid},
            {"studyInstanceUid", verification.studyUid},
            {"signer", verification.signer},
            {"signedAt", toIso8601(verification.signedAt)},
            {"certificateExpiredSince", verification.certificateExpiredSince},
            {"certificateRevokedSince", verification.certificateRevokedSince},
            {"belongsToSr", verification.belongsToSr.value_or("")}};
}

} // namespace

Result<void> reportList(Context& context, ReportListArguments const& arguments)
{
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const reports, workflow->reports().list(arguments.limit));
    auto document = ordered_json::array();
    Table table({{"TASK", Table::Align::Right},
                 {"VERSION", Table::Align::Right},
                 {"ISSUED"},
                 {"SITE"},
                 {"NAME", Table::Align::Left, 24},
                 {"PATIENT ID", Table::Align::Left, 20},
                 {"WRITTEN BY"},
                 {"STATE"},
                 {""},
                 {"SR SOP INSTANCE UID", Table::Align::Left, 64}});
    for (auto const& report : reports) {
        document.push_back({{"task", report.task},
                            {"version", report.version},
                            {"site", report.site.value},
                            {"studyInstanceUid", report.studyUid},
                            {"patientName", report.patientName},
                            {"patientId", report.patientId},
                            {"srUid", report.srUid},
                            {"pdfUid", report.pdfUid},
                            {"text", ordered_json(model::toJson(report.text))},
                            {"author", report.author},
                            {"authorName", report.authorName},
                            {"signedAt", toIso8601(report.signedAt)},
                            {"issuedAt", toIso8601(report.issuedAt)},
                            {"state", model::code(report.state)}});
        table.add({fmt::format("{}", report.task), fmt::format("{}", report.version), toLocalText(report.issuedAt),
                   report.site.value, nameForPeople(report.patientName), report.patientId,
                   fmt::format("{} {}", report.author, report.authorName), std::string(model::code(report.state)),
                   std::string(model::chinese(report.state)), report.srUid});
    }
    context.out().table(table, "no reports were issued");
    context.out().json(document);
    return {};
}

Result<void> reportVerify(Context& context, ReportVerifyArguments const& arguments)
{
    QIANLI_ASSIGN(auto const trust, trustOf(context, arguments));
    QIANLI_ASSIGN(auto const verifications, crypto::verifyReportFiles(arguments.files, trust));
    auto document = ordered_json::array();
    for (std::size_t i = 0; i < verifications.size() && i < arguments.files.size(); ++i) {
        auto const& one = verifications[i];
        document.push_back(toJson(arguments.files[i], one));
        std::string line =
            fmt::format("{}: signed by {} on {}", arguments.files[i].string(), one.signer, toLocalText(one.signedAt));
        if (one.certificateExpiredSince)
            line += "; the certificate was valid then and has expired since";
        if (one.certificateRevokedSince)
            line += "; the certificate was valid then and was revoked later";
        if (one.belongsToSr)
            line += fmt::format("; belongs to the report {}", *one.belongsToSr);
        context.out().line(line);
    }
    AuditEvent event;
    event.kind = AuditEventKind::ReportVerified;
    event.objectCount = verifications.size();
    context.record(std::move(event));
    context.out().json(document);
    return {};
}

} // namespace qianli::gateway::cli
