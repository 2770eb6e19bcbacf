#include "gateway/daemon/quarantine_requests.h"

#include "common/base/log.h"

#include <fmt/format.h>

namespace qianli::gateway {
namespace {

std::string textOf(nlohmann::json const& request, char const* key)
{
    auto const found = request.find(key);
    return found != request.end() && found->is_string() ? found->get<std::string>() : std::string();
}

} // namespace

QuarantineSettings quarantineSettings(Configuration const& configuration)
{
    QuarantineSettings settings;
    settings.folder = configuration.data / "quarantine";
    settings.limitBytes = configuration.dicom.quarantineLimitBytes;
    settings.diskReserveBytes = configuration.dicom.diskReserveBytes;
    settings.limits.dataSetBytes = configuration.dicom.limits.dataSetBytes;
    settings.limits.depth = configuration.dicom.limits.depth;
    settings.limits.deflateRatio = configuration.dicom.limits.deflateRatio;
    settings.limits.elementBytes = configuration.dicom.limits.elementBytes;
    return settings;
}

Result<nlohmann::json> answerQuarantine(nlohmann::json const& request, Quarantine& quarantine, Ingest& ingest,
                                        std::function<std::optional<model::Site>(std::string const&)> const& site,
                                        SendProgress const& progress)
{
    auto const selector = textOf(request, "selector"), person = textOf(request, "by");
    if (textOf(request, "command") == "quarantine-drop") {
        auto const reason = textOf(request, "reason");
        QIANLI_ASSIGN(auto const report, quarantine.drop(selector, person, reason));
        // Not the reason: people write names there.
        log::warning("quarantine: {} objects ({}) were dropped by {}", report.objects, selector, person);
        return toJson(report);
    }
    auto const known = site(textOf(request, "site"));
    if (!known)
        return fail(
            ErrorCode::NotFound,
            fmt::format("there is no site \"{}\" in the configuration that the gateway has read; a SIGHUP makes "
                        "it read it again",
                        textOf(request, "site")));
    Sender sender;
    sender.site = known->id;
    sender.siteCharset = known->charset;
    sender.stat = known->stat;
    auto last = std::chrono::steady_clock::now();
    QIANLI_ASSIGN(auto const report,
                  quarantine.release(selector, sender, person, ingest, [&](std::uint64_t done, std::uint64_t total) {
                      auto const now = std::chrono::steady_clock::now();
                      if (now - last < std::chrono::milliseconds(100))
                          return true;
                      last = now;
                      return progress({{"done", done}, {"total", total}});
                  }));
    log::information("quarantine: {} objects ({}) became site {}'s by {}", report.objects, selector, known->id.value,
                     person);
    return toJson(report);
}

nlohmann::json toJson(QuarantineReport const& report)
{
    return {{"objects", report.objects},
            {"bytes", report.bytes},
            {"duplicates", report.duplicates},
            {"failed", report.failed}};
}

QuarantineReport quarantineReportFromJson(nlohmann::json const& json)
{
    QuarantineReport report;
    report.objects = json.value("objects", std::uint64_t{0});
    report.bytes = json.value("bytes", std::uint64_t{0});
    report.duplicates = json.value("duplicates", std::uint64_t{0});
    report.failed = json.value("failed", std::vector<std::string>());
    return report;
}

} // namespace qianli::gateway
