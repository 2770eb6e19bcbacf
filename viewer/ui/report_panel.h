// ReportPanel: the report beside the images: who it is about, the fields, earlier reports, and signing in place.
#pragma once

#include "viewer/ui/prior_reports.h"
#include "viewer/ui/report_fields.h"
#include "viewer/ui/signing_foot.h"

#include <QScrollArea>

namespace qianli::viewer {

class ReportPanel : public QFrame {
    Q_OBJECT

public:
    explicit ReportPanel(QWidget* parent = nullptr);
    ReportDesk& desk() { return *desk_; }
    void open(std::shared_ptr<Workplace> workplace, model::ReadingTask const& task);
    void close();
    void setTask(model::ReadingTask const& task);
    // Who else this may be: then signing asks whether it was checked. Empty: nobody.
    void setIdentityConflict(QString const& words);
    // Asked when signing begins: what was read, and how much of it has come.
    void setImages(std::function<ReportDesk::ImagesRead()> read, std::function<QString()> incomplete);
    void beginSigning();
    void focusFindings();

signals:
    void signedAndSent();
    // Of the task that is open; none where they can't be read.
    void priorsArrived(std::vector<qianli::viewer::PriorStudy> const& priors);

private:
    void textEdited(model::ReportText const& text);
    void confirmSigning(QString const& pin);
    void reopenRefused();
    void discardRefused();
    void applyWritable();
    QString doubtfulIdentity() const;
    void askAgain();
    // Why the fields can't be written in; empty when they can.
    QString readOnlyReason() const;

    ReportDesk* desk_;
    std::shared_ptr<Workplace> workplace_;
    std::function<ReportDesk::ImagesRead()> read_;
    std::function<QString()> incomplete_;
    QLabel *identity_, *conflict_, *examination_, *readOnly_;
    QScrollArea* scroll_;
    ReportFields* fields_;
    PriorReports* priors_;
    SigningFoot* foot_;
    QString conflictWords_, whoIsSigned_;
};

} // namespace qianli::viewer
