// ReportDesk's signature: what forbids it, and the way of a signed report to the outbox, whatever is open by then.
#include "viewer/client/background.h"
#include "viewer/i18n/language.h"
#include "viewer/report/report_checks.h"
#include "viewer/ui/report_desk.h"
#include "viewer/ui/words.h"

namespace qianli::viewer {

Result<model::Report> ReportDesk::prepare(ImagesRead const& images) const
{
    if (!workplace_ || !isWritable())
        return fail(ErrorCode::Refused, say("这份报告不在您手上", "this report is not yours to sign").toStdString());
    if (other_)
        return fail(
            ErrorCode::Conflict,
            say("草稿在别处改过，请先选定用哪一份", "the draft was changed elsewhere; choose one first").toStdString());
    auto const& session = workplace_->session();
    model::ReportSubject const task{task_.studyUid,
                                    task_.patientName,
                                    task_.patientId,
                                    task_.site.value,
                                    task_.sex,
                                    task_.birthDate,
                                    task_.age,
                                    task_.accessionNumber,
                                    {},
                                    task_.studyDate,
                                    task_.studyTime,
                                    task_.description,
                                    task_.modalities,
                                    task_.bodyPart,
                                    {},
                                    task_.site,
                                    task_.siteName};
    model::Report report;
    // Who and what is the task's, whole; only what the task does not know comes from the images.
    report.subject = task;
    report.subject.age = ageForReport(task_); // as the reader saw it
    report.subject.studyId = images.subject.studyId;
    report.subject.referringPhysician = images.subject.referringPhysician;
    report.text = draft_.text;
    report.method = examination(task_).toStdString();
    report.hospital = session.hospital;
    report.author = session.user.displayName.empty() ? session.user.name : session.user.displayName;
    report.authorLogin = session.user.name;
    report.signedAt = SystemClock().now();
    report.writtenAt = report.signedAt;
    report.evidence = images.evidence;
    for (auto const& marked : keyImages_)
        report.keyImages.push_back(marked.reference);
    report.srUid = draft_.srUid;
    report.pdfUid = draft_.pdfUid;
    report.srSeriesUid = draft_.srSeriesUid;
    report.pdfSeriesUid = draft_.pdfSeriesUid;
    if (report.srUid.empty())
        fixReportUids(report);
    if (report.evidence.empty())
        return fail(ErrorCode::Refused,
                    say("还没有读到这个检查的图像", "no image of this study has been read yet").toStdString());
    if (!images.notOnScreen.isEmpty())
        return fail(ErrorCode::Refused, images.notOnScreen.toStdString());
    for (MarkedImage const& marked : keyImages_)
        if (marked.picture.isNull())
            return fail(
                ErrorCode::Unavailable,
                say("一幅关键图还没有画面，请等图像收全，或在报告栏点它取消标记",
                    "a key image has no picture yet: wait for the images, or click it in the report to unmark it")
                    .toStdString());
    QIANLI_TRY(checkIdentity(images.subject, task, report.subject));
    QIANLI_TRY(checkBeforeSigning(report));
    return report;
}

void ReportDesk::sign(QString const& pin, ImagesRead const& images)
{
    if (signing_)
        return;
    auto report = prepare(images);
    if (!report)
        return emit signingFailed(sentence(report.error()), false);
    // The UIDs are on disk before anything carries them: a second attempt after a crash is the same report.
    draft_.srUid = report->srUid;
    draft_.pdfUid = report->pdfUid;
    draft_.srSeriesUid = report->srSeriesUid;
    draft_.pdfSeriesUid = report->pdfSeriesUid;
    journal(draft_.sent);
    workplace_->journal().flush();
    auto const folder = workplace_->outbox().prepare(report->srUid);
    if (!folder)
        return emit signingFailed(sentence(folder.error()), false);
    std::vector<KeyImage> pictures;
    for (auto const& marked : keyImages_)
        if (!marked.picture.isNull())
            pictures.push_back({marked.picture, marked.caption});
    signing_ = true;
    sendTimer_.stop();
    quint64 const number = ++signings_;
    underWay_.emplace(number, Signing{workplace_, task_, draft_, generation_});
    auto const wrongPin = std::make_shared<bool>(false);
    // What belongs to this thread stays here: the last to let go of a workplace must not be the worker.
    inBackground<ReportFiles>(
        this,
        [keyFile = workplace_->keys().file(), report = *report, pictures, pin, folder = *folder,
         wrongPin]() -> Result<ReportFiles> {
            auto key = unlockKey(keyFile, pin);
            if (!key) {
                *wrongPin = true;
                return tl::unexpected(std::move(key).error());
            }
            return writeReportFiles(report, pictures, *key, report.signedAt, folder);
        },
        [this, number, wrongPin](Result<ReportFiles> files) { finishSigning(number, std::move(files), *wrongPin); });
}

// The case that was signed may be on the desk no longer: its report goes out all the same, or it is said that it
// didn't.
void ReportDesk::finishSigning(quint64 number, Result<ReportFiles> files, bool wrongPin)
{
    auto const found = underWay_.extract(number);
    Signing const& done = found.mapped();
    bool const isOpen = done.generation == generation_;
    auto const submitted = files ? submit(done, *files) : Result<void>(tl::unexpected(std::move(files).error()));
    if (isOpen)
        signing_ = false;
    if (!submitted && isOpen)
        return emit signingFailed(sentence(submitted.error()), wrongPin);
    if (!submitted)
        return emit leftUnsigned(*done.workplace, patientName(done.task), sentence(submitted.error()));
    if (!isOpen)
        return emit signedBehind();
    dirty_ = false;
    writable_ = false;
    emit signedAndSent();
}

Result<void> ReportDesk::submit(Signing const& done, ReportFiles const& files)
{
    OutboxEntry entry;
    entry.task = done.task.id;
    entry.studyUid = done.task.studyUid;
    entry.patientName = patientName(done.task).toStdString();
    entry.srUid = done.draft.srUid;
    entry.pdfUid = done.draft.pdfUid;
    entry.folder = files.structuredReport.parent_path();
    entry.draft = done.draft;
    QIANLI_TRY(done.workplace->outbox().submit(entry));
    (void)done.workplace->journal().remove(done.task.id);
    return {};
}

} // namespace qianli::viewer
