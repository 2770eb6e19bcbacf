#include "viewer/ui/report_desk.h"

#include "viewer/client/background.h"
#include "viewer/i18n/language.h"
#include "viewer/report/report_checks.h"
#include "viewer/ui/words.h"

#include <QDateTime>

namespace qianli::viewer {

namespace {
constexpr int sendAfter = 2'500, tryAgainAfter = 6'000; // milliseconds

QString timeNow()
{
    return QDateTime::currentDateTime().toString("HH:mm:ss");
}
} // namespace

ReportDesk::ReportDesk(QObject* parent) : QObject(parent)
{
    sendTimer_.setSingleShot(true);
    connect(&sendTimer_, &QTimer::timeout, this, &ReportDesk::send);
}

void ReportDesk::open(std::shared_ptr<Workplace> workplace, model::ReadingTask const& task)
{
    close();
    workplace_ = std::move(workplace);
    task_ = task;
    draft_ = JournalledDraft();
    draft_.studyUid = task.studyUid;
    keyImages_.clear();
    setTask(task);
    emit draftStateChanged(DraftState::Empty, {});
    workplace_->gateway().draft(this, task.id, [this, generation = generation_](Result<Draft> stored) {
        if (generation == generation_)
            merge(std::move(stored));
    });
}

void ReportDesk::setTask(model::ReadingTask const& task)
{
    task_ = task;
    writable_ = workplace_ && task.claimedBy == workplace_->session().user.name && isUnderway(task.state) &&
                !workplace_->outbox().holds(task.id);
}

void ReportDesk::close()
{
    if (workplace_ && dirty_ && ready_) {
        workplace_->journal().flush();
        if (!other_)
            workplace_->gateway().saveDraft(
                workplace_.get(), task_.id, draft_.text, draft_.marks, draft_.revision,
                [workplace = workplace_, draft = draft_, task = task_.id](Result<SavedDraft> answer) {
                    if (!answer || answer->other)
                        return; // the journal has it; the next opening asks
                    auto done = draft;
                    done.revision = answer->revision;
                    done.sent = true;
                    workplace->journal().record(task, done);
                });
    }
    ++generation_;
    sendTimer_.stop();
    workplace_.reset();
    other_.reset();
    writable_ = dirty_ = sending_ = signing_ = ready_ = false;
}

// Which text and marks go on: the gateway's, unless this workstation holds words that the gateway never got.
void ReportDesk::merge(Result<Draft> stored)
{
    auto local =
        writable_ ? workplace_->journal().recover(task_.id) : Result<JournalledDraft>(fail(ErrorCode::NotFound, ""));
    // Task numbers begin anew with a gateway that was set up anew: words about another study are not this patient's.
    if (local && local->studyUid != task_.studyUid)
        local = fail(ErrorCode::NotFound, "");
    if (stored) {
        draft_.text = stored->text;
        draft_.revision = stored->revision;
        draft_.marks = stored->marks.value_or(DraftMarks());
    }
    // Signed and not issued: what is shown is what was signed.
    if (auto const held = workplace_->outbox().entryOf(task_.id); held && held->studyUid == task_.studyUid)
        draft_ = held->draft;
    bool const sameMarks = local && stored && (stored->marks ? local->marks == *stored->marks : local->marks.empty());
    bool const unsent = local && !local->sent && (!stored || !(local->text == stored->text) || !sameMarks);
    if (local) {
        auto const revision = draft_.revision;
        bool const other = unsent && stored && stored->revision != local->revision;
        draft_ = *local;
        if (!unsent && stored) {
            draft_.text = stored->text;
            draft_.marks = stored->marks.value_or(local->marks);
        }
        if (stored)
            draft_.revision = revision;
        if (other)
            other_ = *stored;
    }
    ready_ = true;
    emit loaded(draft_.text);
    takeMarks(DraftMarks(draft_.marks));
    if (local.has_value() == false && local.error().code == ErrorCode::Corrupt)
        emit draftStateChanged(DraftState::LocalOnly,
                               say("本机有一份打不开的旧草稿（密码改过？），已原样保留",
                                   "an older draft here can't be opened (password changed?); it is kept as it is"));
    if (other_) {
        emit conflicted(QString::fromStdString(other_->savedBy));
        return;
    }
    if (!writable_)
        return;
    dirty_ = unsent;
    if (unsent) {
        emit draftStateChanged(DraftState::LocalOnly,
                               say("已从本机恢复未发送的草稿", "unsent draft recovered from this workstation"));
        sendTimer_.start(500);
    } else if (!stored) {
        emit draftStateChanged(DraftState::LocalOnly, sentence(stored.error()));
    } else if (stored->revision > 0) {
        emit draftStateChanged(DraftState::Saved, {});
    }
}

void ReportDesk::takeOther()
{
    if (!other_)
        return;
    draft_.text = other_->text;
    draft_.revision = other_->revision;
    auto const marks = other_->marks.value_or(draft_.marks);
    other_.reset();
    dirty_ = false;
    takeMarks(marks);
    journal(true);
    emit loaded(draft_.text);
    emit draftStateChanged(DraftState::Saved, {});
}

void ReportDesk::keepMine()
{
    if (!other_)
        return;
    draft_.revision = other_->revision;
    other_.reset();
    dirty_ = true;
    send();
}

void ReportDesk::setText(model::ReportText const& text)
{
    if (!writable_ || !ready_ || signing_ || text == draft_.text)
        return;
    draft_.text = text;
    changed();
}

void ReportDesk::changed()
{
    dirty_ = true;
    journal(false);
    emit draftStateChanged(DraftState::Unsaved, {});
    if (!sendTimer_.isActive() && !sending_)
        sendTimer_.start(sendAfter);
}

void ReportDesk::journal(bool isSent)
{
    draft_.sent = isSent;
    workplace_->journal().record(task_.id, draft_);
}

void ReportDesk::send()
{
    if (!workplace_ || !dirty_ || sending_ || other_ || signing_)
        return;
    sending_ = true;
    auto const text = draft_.text;
    auto const marks = draft_.marks;
    workplace_->gateway().saveDraft(this, task_.id, text, marks, draft_.revision,
                                    [this, text, marks, generation = generation_](Result<SavedDraft> answer) {
                                        if (generation == generation_)
                                            sent(text, marks, std::move(answer));
                                    });
}

void ReportDesk::sent(model::ReportText const& text, DraftMarks const& marks, Result<SavedDraft> answer)
{
    sending_ = false;
    if (!answer) {
        emit draftStateChanged(DraftState::LocalOnly, sentence(answer.error()));
        sendTimer_.start(tryAgainAfter);
        return;
    }
    if (answer->other) {
        if (answer->other->text == draft_.text && answer->other->marks == draft_.marks) {
            draft_.revision = answer->other->revision; // our own words: only the answer was lost
        } else {
            other_ = *answer->other;
            emit conflicted(QString::fromStdString(other_->savedBy));
            return;
        }
    } else {
        draft_.revision = answer->revision;
    }
    dirty_ = !(text == draft_.text && marks == draft_.marks);
    journal(!dirty_);
    if (dirty_)
        sendTimer_.start(sendAfter);
    else
        emit draftStateChanged(DraftState::Saved, timeNow());
}

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
    auto const wrongPin = std::make_shared<bool>(false);
    inBackground<ReportFiles>(
        this,
        [workplace = workplace_, report = *report, pictures, pin, folder = *folder, wrongPin]() -> Result<ReportFiles> {
            auto key = workplace->keys().unlock(pin);
            if (!key) {
                *wrongPin = true;
                return tl::unexpected(std::move(key).error());
            }
            return writeReportFiles(report, pictures, *key, report.signedAt, folder);
        },
        [this, report = *report, wrongPin, generation = generation_](Result<ReportFiles> files) {
            if (generation != generation_)
                return;
            if (!files) {
                signing_ = false;
                return emit signingFailed(sentence(files.error()), *wrongPin);
            }
            submit(report, std::move(files));
        });
}

void ReportDesk::submit(model::Report const& report, Result<ReportFiles> files)
{
    OutboxEntry entry;
    entry.task = task_.id;
    entry.studyUid = task_.studyUid;
    entry.patientName = patientName(task_).toStdString();
    entry.srUid = report.srUid;
    entry.pdfUid = report.pdfUid;
    entry.folder = files->structuredReport.parent_path();
    entry.draft = draft_;
    auto const submitted = workplace_->outbox().submit(entry);
    signing_ = false;
    if (!submitted)
        return emit signingFailed(sentence(submitted.error()), false);
    dirty_ = false;
    writable_ = false;
    (void)workplace_->journal().remove(task_.id);
    emit signedAndSent();
}

} // namespace qianli::viewer
