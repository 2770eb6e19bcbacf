// SigningFoot: below the report: how the draft is kept, and signing in place: the button, the PIN, the key's set-up; or
// what to do with a report that the gateway has refused.
//
// Promise: nothing is signed by one press: first the checks, then the PIN. It asks; ReportPanel decides.
#pragma once

#include "viewer/ui/pin_setup.h"
#include "viewer/ui/report_desk.h"

#include <QCheckBox>

#include <array>

namespace qianli::viewer {

class SigningFoot : public QWidget {
    Q_OBJECT

public:
    explicit SigningFoot(QWidget* parent = nullptr);

    enum Page { SignButton, PinEntry, KeySetup, RefusedReport };
    Page page() const { return page_; }
    // Back to the button, without a word.
    void rest();
    // `doubt`: whose report this may not be; that it was compared has to be ticked, too. Empty: nothing.
    void askPin(QString const& words, char const* role, QString const& doubt = {});
    bool asksForCheck() const { return !check_->isHidden(); }
    void askForKey(KeyStore& keys);
    void showBusy();
    void showFailure(QString const& reason, bool wrongPin);
    // `mayLeave`: the words can be given up, because another report of the study is out.
    void showRefused(QString const& reason, bool mayLeave);
    void showMessage(QString const& text, char const* role);
    void showDraftState(DraftState state, QString const& detail);
    void setSignEnabled(bool enabled) { sign_->setEnabled(enabled); }
    // The PIN that stands there, by the button or the Enter key.
    void confirm();

signals:
    void signAsked();
    void confirmed(QString const& pin);
    void keyMade();
    void reopenAsked();
    void sendAgainAsked();
    void discardAsked();

private:
    QWidget* buildSign();
    QWidget* buildPin();
    QWidget* buildRefused();
    void showPage(Page page);
    void setEnterable(bool enterable);
    void applyConfirm();

    QLabel *draftState_, *message_;
    std::array<QWidget*, 4> pages_{};
    Page page_ = SignButton;
    QPushButton *sign_ = nullptr, *confirm_ = nullptr, *cancel_ = nullptr, *discard_ = nullptr;
    QLabel* doubt_ = nullptr;
    QCheckBox* check_ = nullptr;
    QLineEdit* pin_ = nullptr;
    bool enterable_ = true;
    PinSetup* pinSetup_ = nullptr;
    bool discardConfirmed_ = false;
};

} // namespace qianli::viewer
