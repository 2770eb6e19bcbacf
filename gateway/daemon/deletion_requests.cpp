#include "gateway/daemon/deletion_requests.h"

#include "common/model/patient_key.h"

#include <chrono>
#include <fmt/format.h>

namespace qianli::gateway {
namespace {

using nlohmann::json;

// Whoever can write to the socket could as well delete the files; it is the owner's alone.
constexpr char address[] = "command line";

Result<void> mustNameTexts(json const& request, std::initializer_list<char const*> words)
{
    for (char const* const word : words)
        if (!request.contains(word) || !request[word].is_string())
            return fail(ErrorCode::InvalidInput, fmt::format("the request has no text \"{}\"", word));
    return {};
}

json toJson(DeletionReport const& report)
{
    return {{"studies", report.studies},
            {"objects", report.objects},
            {"bytes", report.bytes},
            {"linkedElsewhere", report.linkedElsewhere},
            {"unfinished", report.unfinished}};
}

Result<json> remove(json const& request, Deleter& deleter, StudyIndex const& index)
{
    QIANLI_TRY(mustNameTexts(request, {"site", "study", "patient", "person", "reason"}));
    model::SiteId const site{request["site"].get<std::string>()};
    auto const uid = dicom::Uid::ofKnown(request["study"].get<std::string>());
    QIANLI_ASSIGN(auto const study, index.study(site, uid, request.value("part", 0)));
    if (!study)
        return fail(ErrorCode::NotFound, fmt::format("there is no study {} of site {}", uid.value(), site.value));
    if (toText(study->patient) != request["patient"].get<std::string>() ||
        study->lastSequence != request.value("last", std::uint64_t{0}))
        return fail(ErrorCode::Conflict, "the study changed meanwhile, or is another patient's by now: look at it "
                                         "(`study show`), and say it again");
    QIANLI_ASSIGN(auto const report, deleter.remove({*study}, {request["person"].get<std::string>(),
                                                               request["reason"].get<std::string>()}));
    return toJson(report);
}

Result<json> confirm(json const& request, Deleter& deleter, StudyIndex const& index, Workflow& workflow,
                     SendProgress const& progress)
{
    QIANLI_TRY(mustNameTexts(request, {"digest", "user", "password"}));
    // A line a tenth of a second is what an eye can follow.
    auto last = std::chrono::steady_clock::now();
    auto const told = [&](std::uint64_t done, std::uint64_t total) {
        auto const now = std::chrono::steady_clock::now();
        if (now - last < std::chrono::milliseconds(100))
            return true;
        last = now;
        return progress({{"done", done}, {"total", total}});
    };
    QIANLI_ASSIGN(auto const report, Purges(workflow).confirm(deleter, index, request["digest"].get<std::string>(),
                                                              request["user"].get<std::string>(),
                                                              request["password"].get<std::string>(), address, told));
    return json{{"executed", report.executed}, {"confirmedBy", report.confirmedBy},
                {"studies", report.studies},   {"objects", report.objects},
                {"bytes", report.bytes},       {"linkedElsewhere", report.linkedElsewhere},
                {"leftOut", report.leftOut}};
}

} // namespace

json toJson(DeletionOrder const& order)
{
    return {{"command", "study-delete"},        {"site", order.study.site.value},
            {"study", order.study.uid},         {"part", order.part},
            {"patient", toText(order.patient)}, {"last", order.lastSequence},
            {"person", order.person},           {"reason", order.reason}};
}

json toJson(PurgeConfirmation const& confirmation)
{
    return {{"command", "purge-confirm"},
            {"digest", confirmation.digest},
            {"user", confirmation.user},
            {"password", confirmation.password}};
}

Result<json> answerDeletion(json const& request, Deleter& deleter, StudyIndex const& index, Workflow& workflow,
                            SendProgress const& progress)
{
    return request.value("command", "") == "study-delete" ? remove(request, deleter, index)
                                                          : confirm(request, deleter, index, workflow, progress);
}

} // namespace qianli::gateway
