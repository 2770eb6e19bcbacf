// ReportPanel: the report beside the images: three fields, key images, earlier reports, draft state, signing in place.
#pragma once

#include "viewer/ui/pin_setup.h"
#include "viewer/ui/report_desk.h"

#include <QBoxLayout>
#include <QFrame>
#include <QPlainTextEdit>
#include <QTextEdit>
#include <QToolButton>

#include <array>

namespace qianli::viewer {

class ReportPanel : public QFrame {
    Q_OBJECT

public:
    explicit ReportPanel(QWidget* parent = nullptr);
    ReportDesk& desk() { return *desk_; }
    void open(std::shared_ptr<Workplace> workplace, model::ReadingTask const& task);
    void close();
    void setTask(model::ReadingTask const& task);
    // Asked when signing begins: what was read, and how much of it has come.
    void setImages(std::function<ReportDesk::ImagesRead()> read, std::function<QString()> incomplete);
    void beginSigning();
    void focusFindings();

signals:
    void signedAndSent();

private:
    enum FootPage { SignButton, PinEntry, KeySetup };
    QWidget* buildFields();

    QWidget* buildPriors();
    QWidget* buildFoot();
    void showText(model::ReportText const& text);
    void textEdited();
    void showDraftState(DraftState state, QString const& detail);
    void showKeyImages();
    void showPriors(Result<std::vector<PriorStudy>> const& priors);
    void choosePrior(std::size_t index);
    void showFoot(FootPage page);
    void confirmSigning();
    void endSigning();
    void showFootMessage(QString const& text, char const* role);
    void applyWritable();

    ReportDesk* desk_;
    std::shared_ptr<Workplace> workplace_;
    std::function<ReportDesk::ImagesRead()> read_;
    std::function<QString()> incomplete_;
    QLabel *identity_, *examination_, *draftState_, *footMessage_, *keyTitle_, *readOnly_;
    QPlainTextEdit *findings_, *impression_, *recommendation_;
    QHBoxLayout* keyImages_;
    QWidget* keyRow_;
    QToolButton* priorsToggle_;
    QWidget* priorsBody_;
    QVBoxLayout* priorsList_;
    QTextEdit* priorText_;
    std::vector<PriorStudy> priors_;
    std::array<QWidget*, 3> footPages_{};
    FootPage footPage_ = SignButton;
    QPushButton *sign_, *confirm_, *cancel_;
    QLineEdit* pin_;
    PinSetup* pinSetup_;
    bool showing_ = false;
};

} // namespace qianli::viewer
