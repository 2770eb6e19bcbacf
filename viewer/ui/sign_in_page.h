// SignInPage: gateway, user, password; at a person's first sign-in also the PIN of the signing key.
#pragma once

#include "viewer/ui/pin_setup.h"
#include "viewer/ui/workplace.h"

#include <QStackedWidget>

namespace qianli::viewer {

class SignInPage : public QWidget {
    Q_OBJECT

public:
    explicit SignInPage(GatewayClient& gateway, QWidget* parent = nullptr);
    void propose(QString const& gateway, QString const& user);
    // Why the person is back here.
    void explain(QString const& text);
    void takeBack(QString const& text); // if that is what stands there

signals:
    void ready(std::shared_ptr<Workplace> workplace);

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* buildForm();
    QWidget* buildKeyStep();
    void submit();
    void failed(Error const& error);
    void signedIn(std::shared_ptr<Workplace> workplace);
    void setBusy(bool busy);

    GatewayClient& client_;
    QStackedWidget* steps_;
    QLineEdit *gateway_ = nullptr, *user_ = nullptr, *password_ = nullptr;
    QLabel* message_ = nullptr;
    QPushButton* submit_ = nullptr;
    PinSetup* pin_ = nullptr;
    std::shared_ptr<Workplace> workplace_;
};

} // namespace qianli::viewer
