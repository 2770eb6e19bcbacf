#include "viewer/ui/report_desk.h"

#include "viewer/i18n/language.h"
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
    bool const isBeingSigned = std::any_of(underWay_.begin(), underWay_.end(),
                                           [&task](auto const& item) { return item.second.task.id == task.id; });
    writable_ = workplace_ && task.claimedBy == workplace_->session().user.name && isUnderway(task.state) &&
                !workplace_->outbox().holds(task.id) && (signing_ || !isBeingSigned);
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

} // namespace qianli::viewer
