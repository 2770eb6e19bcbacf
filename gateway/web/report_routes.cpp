#include "common/model/json.h"
#include "gateway/web/routes.h"
#include "gateway/workflow/priors.h"
#include "gateway/workflow/reading_tasks.h"

namespace qianli::gateway {

namespace {

nlohmann::json draftJson(Draft const& draft)
{
    return {{"text", model::toJson(draft.text)},
            {"marks", draft.marks.empty() ? nlohmann::json() : nlohmann::json::parse(draft.marks, nullptr, false)},
            {"revision", draft.revision},
            {"savedAt", draft.savedAt ? nlohmann::json(toIso8601(*draft.savedAt)) : nlohmann::json()},
            {"savedBy", draft.savedBy}};
}

nlohmann::json priorJson(PriorStudy const& prior, model::ReadingTask const& task)
{
    nlohmann::json json = {{"studyUid", prior.studyUid},
                           {"part", prior.part},
                           {"patientId", prior.patientId},
                           {"patientName", prior.patientName},
                           {"sex", prior.sex},
                           {"birthDate", prior.birthDate},
                           {"site", prior.site.value},
                           {"siteName", prior.siteName},
                           {"studyDate", prior.studyDate},
                           {"modality", prior.modality},
                           {"bodyPart", prior.bodyPart},
                           {"description", prior.description},
                           {"sameSite", prior.site == task.site},
                           {"report", nullptr}};
    if (prior.report)
        json["report"] = {{"text", model::toJson(prior.report->text)},
                          {"author", prior.report->authorName},
                          {"issuedAt", toIso8601(prior.report->issuedAt)}};
    return json;
}

} // namespace

Result<WebResponse> showDraft(RoutedRequest const& routed)
{
    QIANLI_TRY(mustRead(routed.user));
    QIANLI_ASSIGN(auto const draft, routed.parts.workflow.tasks().draft(routed.task));
    return jsonResponse(draftJson(draft));
}

Result<WebResponse> saveDraft(RoutedRequest const& routed)
{
    QIANLI_TRY(mustRead(routed.user));
    QIANLI_ASSIGN(auto const body, parseBody(routed.request.body));
    auto const text = body.find("text");
    auto const revision = body.find("revision");
    if (text == body.end() || revision == body.end() || !revision->is_number_integer())
        return fail(ErrorCode::InvalidInput, "the body needs 'text' and a whole number 'revision'");
    QIANLI_ASSIGN(auto const reportText, model::reportTextFromJson(*text));
    std::optional<std::string> marks;
    if (auto const given = body.find("marks"); given != body.end()) {
        if (!given->is_object())
            return fail(ErrorCode::InvalidInput, "'marks' is an object where it is there");
        marks = given->dump();
    }
    auto& tasks = routed.parts.workflow.tasks();
    auto const saved = tasks.saveDraft(routed.task, routed.user, reportText, revision->get<std::int64_t>(), marks);
    if (!saved && saved.error().code == ErrorCode::Conflict) {
        QIANLI_ASSIGN(auto const stored, tasks.draft(routed.task));
        return errorResponse(saved.error(), {{"draft", draftJson(stored)}});
    }
    if (!saved)
        return tl::unexpected(saved.error());
    return jsonResponse({{"revision", saved->revision}, {"savedAt", draftJson(*saved)["savedAt"]}});
}

Result<WebResponse> listPriors(RoutedRequest const& routed)
{
    QIANLI_TRY(mustRead(routed.user));
    QIANLI_ASSIGN(auto const task, visibleTask(routed));
    QIANLI_ASSIGN(auto const priors, priorsOf(routed.parts.workflow, routed.parts.index, task));
    auto list = nlohmann::json::array();
    for (auto const& prior : priors)
        list.push_back(priorJson(prior, task));
    return jsonResponse({{"priors", std::move(list)}});
}

Result<WebResponse> issueReport(RoutedRequest const& routed)
{
    QIANLI_TRY(mustRead(routed.user));
    QIANLI_ASSIGN(auto const body, parseBody(routed.request.body));
    QIANLI_ASSIGN(auto const srUid, textMember(body, "srUid"));
    QIANLI_ASSIGN(auto const pdfUid, textMember(body, "pdfUid"));
    QIANLI_ASSIGN(auto const task, routed.parts.issuer.issue(routed.task, routed.user, srUid, pdfUid));
    return jsonResponse(model::toJson(task));
}

} // namespace qianli::gateway
