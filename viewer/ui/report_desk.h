// ReportDesk: one case's report from the first word to the outbox: draft, journal, gateway, signature.
//
// Promise: every change is in the journal at once and at the gateway within seconds; what was typed and not sent comes
// back when the case is opened again; a draft changed elsewhere is never overwritten without a person's choice. What
// was signed goes to the outbox whatever is open by then, or it is said that it doesn't.
#pragma once

#include "viewer/model/view_state.h"
#include "viewer/report/report_files.h"
#include "viewer/ui/workplace.h"

#include <QTimer>

#include <map>

namespace qianli::viewer {

enum class DraftState { Empty, Unsaved, LocalOnly, Saved };

struct MarkedImage {
    model::ImageReference reference;
    QImage picture;
    std::string caption;
    std::optional<ViewState> look; // as it was seen when it was marked; none: as the file says
    bool isSubtracted = false;     // the picture is of differences: drawn only where they are on the screen
};

class ReportDesk : public QObject {
    Q_OBJECT

public:
    explicit ReportDesk(QObject* parent = nullptr);

    // Loads gateway's draft and this workstation's journal. `loaded` follows.
    void open(std::shared_ptr<Workplace> workplace, model::ReadingTask const& task);
    // Sends what is unsent and lets go.
    void close();
    void setText(model::ReportText const& text);
    // The other version, after `conflicted`.
    void takeOther();
    void keepMine();

    bool isOpen() const { return workplace_ != nullptr; }
    // Not before the draft is there: what is typed into an empty page would be gone when it comes.
    bool isWritable() const { return writable_ && ready_; }
    model::ReadingTask const& task() const { return task_; }
    void setTask(model::ReadingTask const& task);
    std::vector<MarkedImage> const& keyImages() const { return keyImages_; }
    // Adds, or removes when it is marked already. LimitExceeded for a fifth.
    Result<void> toggleKeyImage(MarkedImage const& image);

    // The picture of a mark that was recovered from the journal.
    void setKeyPicture(model::ImageReference const& reference, QImage const& picture, std::string const& caption);
    // What is drawn on it has changed. A null picture waits for setKeyPicture().
    void replaceKeyPicture(model::ImageReference const& reference, QImage const& picture);

    std::vector<Measurement> const& measurements() const { return draft_.marks.measurements; }
    // Kept with the draft by whoever writes it; nothing is kept of a case that is only looked at.
    void setMeasurements(std::vector<Measurement> const& measurements);

    // What the images say they are; from the objects on screen.
    struct ImagesRead {
        model::ReportSubject subject;
        std::vector<model::ImageReference> evidence;
        QString notOnScreen = {}; // why the screen shows something else than this case; empty: it shows the case
    };
    // Everything that forbids signing, without the PIN.
    Result<model::Report> prepare(ImagesRead const& images) const;
    void sign(QString const& pin, ImagesRead const& images);
    bool isSigning() const { return signing_; }
    // Also of a case that is on the desk no longer.
    bool isAnyBeingSigned() const { return !underWay_.empty(); }

signals:
    void loaded(qianli::model::ReportText const& text);
    void draftStateChanged(qianli::viewer::DraftState state, QString const& detail);
    void conflicted(QString const& by);
    void keyImagesChanged();
    // Other measurements than setMeasurements() gave: of the draft that was opened or taken.
    void measurementsLoaded();
    void signingFailed(QString const& reason, bool wrongPin);
    void signedAndSent();
    // Of a case that is on the desk no longer: it is in the outbox, or it was not signed after all.
    void signedBehind();
    void leftUnsigned(qianli::viewer::Workplace const& whose, QString const& patient, QString const& reason);

private:
    // A report that is being signed, with all that its way out needs.
    struct Signing {
        std::shared_ptr<Workplace> workplace;
        model::ReadingTask task;
        JournalledDraft draft;
        quint64 generation = 0;
    };
    void merge(Result<Draft> stored);
    void takeMarks(DraftMarks const& marks);
    void changed();
    void journal(bool sent);
    void send();
    void sent(model::ReportText const& text, DraftMarks const& marks, Result<SavedDraft> answer);
    void finishSigning(quint64 number, Result<ReportFiles> files, bool wrongPin);
    static Result<void> submit(Signing const& done, ReportFiles const& files);

    std::shared_ptr<Workplace> workplace_;
    model::ReadingTask task_;
    JournalledDraft draft_;
    std::optional<Draft> other_;
    std::vector<MarkedImage> keyImages_;
    QTimer sendTimer_;
    bool writable_ = false, dirty_ = false, sending_ = false, signing_ = false, ready_ = false;
    quint64 generation_ = 0, signings_ = 0;
    std::map<quint64, Signing> underWay_;
};

} // namespace qianli::viewer
