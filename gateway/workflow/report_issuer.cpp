#include "gateway/workflow/report_issuer.h"

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/dicom/sop_class.h"
#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/report_text.h"
#include "gateway/workflow/reports.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace qianli::gateway {

namespace {

// Workstation clocks differ from ours by minutes, not more.
constexpr std::chrono::minutes clockDifference{5};

// Names are equal when their components are: trailing '^', '=' and spaces mean nothing (PS3.5 6.2.1).
std::string comparableName(std::string_view name)
{
    auto groups = text::split(name, '=');
    for (auto& group : groups) {
        auto const end = group.find_last_not_of("^ ");
        group.erase(end == std::string::npos ? 0 : end + 1);
    }
    while (!groups.empty() && groups.back().empty())
        groups.pop_back();
    return text::join(groups, "=");
}

Result<void> mustAgree(std::string_view what, std::string_view signedValue, std::string_view indexed)
{
    if (signedValue == indexed)
        return {};
    return fail(ErrorCode::InvalidInput, fmt::format("the {} of the report differs from the one of the study", what));
}

Result<void> checkSubject(model::ReadingTask const& task, StudyRecord const& study,
                          crypto::Verification const& verified)
{
    QIANLI_TRY(mustAgree("Study Instance UID", verified.studyUid, task.studyUid));
    QIANLI_TRY(
        mustAgree("patient's name", comparableName(verified.patientName), comparableName(study.header.patientName)));
    QIANLI_TRY(mustAgree("Patient ID", text::trim(verified.patientId), text::trim(study.header.patientId)));
    if (!verified.site.empty())
        QIANLI_TRY(mustAgree("site", verified.site, task.site.value));
    return {};
}

Result<void> checkSigner(model::ReadingTask const& task, model::User const& user, crypto::Verification const& verified,
                         TimePoint now)
{
    if (verified.signerLogin != user.name)
        return fail(ErrorCode::InvalidInput, fmt::format("the report was signed by {}, not by the person who issues it",
                                                         text::escapeControl(verified.signer)));
    // The signing time is the signer's word: it must lie between the study's arrival and now.
    if (verified.certificateRevokedSince)
        return fail(ErrorCode::InvalidInput, "the signer's certificate was revoked");
    if (verified.signedAt > now + clockDifference || verified.signedAt < task.receivedAt - clockDifference)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the report says that it was signed at {}; that is not between the study's arrival and "
                                "now: check the workstation's clock",
                                toIso8601(verified.signedAt)));
    return {};
}

} // namespace

Result<model::ReadingTask> ReportIssuer::issue(model::TaskId id, model::User const& user, std::string_view srUid,
                                               std::string_view pdfUid)
{
    if (user.role != model::Role::Radiologist && user.role != model::Role::Reviewer)
        return fail(ErrorCode::Refused, "only radiologists and reviewers issue reports");
    QIANLI_ASSIGN(auto const task, workflow_.tasks().show(id));
    QIANLI_ASSIGN(auto const issued, workflow_.reports().newestOfTask(id));
    if (issued && issued->srUid == srUid && issued->pdfUid == pdfUid)
        return task;
    if (issued)
        return fail(ErrorCode::Conflict, "another report of this study was issued already");
    if (!task.claimedBy.empty() && task.claimedBy != user.name)
        return fail(ErrorCode::Conflict, fmt::format("the task is held by {}", task.claimedByName));
    QIANLI_ASSIGN(auto const sr, committedObject(task, user, srUid, dicom::sop::basicTextSr));
    QIANLI_ASSIGN(auto const pdf, committedObject(task, user, pdfUid, dicom::sop::encapsulatedPdf));
    QIANLI_ASSIGN(auto const signedAt, verify(task, user, sr, pdf));
    QIANLI_ASSIGN(auto text, textOfReport(store_.absolutePath(sr.location)));
    auto const done =
        workflow_.reports().issue({id, user, std::string(srUid), std::string(pdfUid), std::move(text), signedAt});
    // The site may see it now; a failure is made good by the runner.
    if (done)
        if (auto const released = releaseIssued(); !released)
            log::error("releasing the report of task {}: {}", id, released.error().message);
    return done;
}

Result<Receipt> ReportIssuer::committedObject(model::ReadingTask const& task, model::User const& user,
                                              std::string_view uid, std::string_view sopClass) const
{
    QIANLI_ASSIGN(auto const sopInstance, dicom::Uid::fromPeer(uid));
    QIANLI_ASSIGN(auto const receipts, index_.findBySopInstance(task.site, sopInstance));
    if (receipts.empty())
        return fail(ErrorCode::NotFound, fmt::format("the object {} is not here yet", sopInstance.value()));
    if (receipts.size() > 1)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the object {} came more than once with different content", sopInstance.value()));
    auto const& receipt = receipts.front();
    if (receipt.origin != Origin::Station || receipt.person != user.name)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the object {} was not sent by the person who issues it", sopInstance.value()));
    if (receipt.study.value() != task.studyUid)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the object {} belongs to another study", sopInstance.value()));
    if (receipt.sopClass.value() != sopClass)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the object {} is of the SOP class {}", sopInstance.value(), receipt.sopClass.value()));
    QIANLI_TRY(mustLieWith(task, sopInstance));
    return receipt;
}

// Two patients may have the study's UID; the index put the object beside the one whose ID, name, sex and birth date it
// carries.
Result<void> ReportIssuer::mustLieWith(model::ReadingTask const& task, dicom::Uid const& sopInstance) const
{
    Query const query{
        Level::Image, {{Match::Kind::UidList, dicom::tag::sopInstanceUid, {sopInstance.value()}}}, 0, false};
    QIANLI_ASSIGN(auto const found, index_.instances({false, {task.site}, true}, query));
    bool const liesThere = std::ranges::any_of(found, [&](InstanceRecord const& one) { return one.part == task.part; });
    return liesThere ? Result<void>()
                     : fail(ErrorCode::InvalidInput,
                            fmt::format("the object {} is of another patient of this study", sopInstance.value()));
}

Result<TimePoint> ReportIssuer::verify(model::ReadingTask const& task, model::User const& user, Receipt const& sr,
                                       Receipt const& pdf) const
{
    auto const now = workflow_.clock().now();
    QIANLI_ASSIGN(auto const study, index_.study(task.site, dicom::Uid::ofKnown(task.studyUid), task.part));
    if (!study)
        return fail(ErrorCode::Corrupt, "the study of the task is not in the index");
    // What was received, not what lies there now.
    QIANLI_TRY(store_.verify(sr));
    QIANLI_TRY(store_.verify(pdf));
    QIANLI_ASSIGN(auto const trust, certificates_.trust());
    auto const verified =
        crypto::verifyReportFiles({store_.absolutePath(sr.location), store_.absolutePath(pdf.location)}, trust, now);
    // Whatever the reason, for the one who asks the report is unusable.
    if (!verified)
        return fail(verified.error().code == ErrorCode::Refused ? ErrorCode::InvalidInput : verified.error().code,
                    verified.error().message);
    if (verified->size() != 2 || (*verified)[1].belongsToSr != sr.sopInstance.value())
        return fail(ErrorCode::InvalidInput, "the PDF does not belong to this SR");
    std::string_view const uids[] = {sr.sopInstance.value(), pdf.sopInstance.value()};
    for (std::size_t i = 0; i < 2; ++i) {
        QIANLI_TRY(mustAgree("SOP Instance UID", (*verified)[i].sopInstanceUid, uids[i]));
        QIANLI_TRY(checkSubject(task, *study, (*verified)[i]));
        QIANLI_TRY(checkSigner(task, user, (*verified)[i], now));
    }
    return (*verified)[0].signedAt;
}

Result<void> ReportIssuer::releaseIssued()
{
    std::lock_guard const lock(releasing_);
    QIANLI_ASSIGN(auto const reports, workflow_.reports().notReleased());
    if (reports.empty())
        return {};
    std::map<model::SiteId, std::vector<dicom::Uid>> bySite;
    for (auto const& report : reports) {
        bySite[report.site].push_back(dicom::Uid::ofKnown(report.srUid));
        bySite[report.site].push_back(dicom::Uid::ofKnown(report.pdfUid));
    }
    for (auto const& [site, uids] : bySite)
        QIANLI_TRY(index_.release(site, uids));
    return workflow_.reports().noteReleased(reports);
}

} // namespace qianli::gateway
