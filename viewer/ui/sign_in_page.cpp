#include "viewer/ui/sign_in_page.h"

#include "viewer/i18n/language.h"

#include <QGridLayout>
#include <QSettings>
#include <QStyle>

namespace qianli::viewer {

namespace {
QLabel* label(QString const& text, char const* role, QWidget* parent)
{
    auto* result = new QLabel(text, parent);
    result->setProperty("role", role);
    return result;
}
} // namespace

SignInPage::SignInPage(GatewayClient& gateway, QWidget* parent)
    : QWidget(parent), client_(gateway), steps_(new QStackedWidget(this))
{
    setObjectName("signIn");
    auto* card = new QFrame(this);
    card->setFixedWidth(380);
    auto* name = new QLabel(say("千里", "Qianli"), card);
    name->setStyleSheet("color: #E8EBF0; font-size: 34px; font-weight: bold; letter-spacing: 4px;");
    auto* motto = label(
        say("基层检查 · 上级诊断 · 结果互认", "Examined at the grassroots, diagnosed above, recognised everywhere"),
        "quiet", card);
    auto* rule = new QFrame(card);
    rule->setFixedSize(36, 3);
    rule->setStyleSheet("background: #2FA39A; border: 0;");
    steps_->addWidget(buildForm());
    steps_->addWidget(buildKeyStep());
    auto* column = new QVBoxLayout(card);
    column->setSpacing(0);
    column->addWidget(name);
    column->addSpacing(4);
    column->addWidget(motto);
    column->addSpacing(14);
    column->addWidget(rule);
    column->addSpacing(26);
    column->addWidget(steps_);
    auto* page = new QGridLayout(this);
    page->setRowStretch(0, 3);
    page->setRowStretch(2, 4);
    page->setColumnStretch(0, 1);
    page->setColumnStretch(2, 1);
    page->addWidget(card, 1, 1);
}

QWidget* SignInPage::buildForm()
{
    auto* form = new QWidget(steps_);
    gateway_ = new QLineEdit(form);
    user_ = new QLineEdit(form);
    password_ = new QLineEdit(form);
    message_ = new QLabel(form);
    submit_ = new QPushButton(say("登录", "Sign in"), form);
    gateway_->setObjectName("signIn.gateway");
    user_->setObjectName("signIn.user");
    password_->setObjectName("signIn.password");
    message_->setObjectName("signIn.message");
    submit_->setObjectName("signIn.submit");
    password_->setEchoMode(QLineEdit::Password);
    submit_->setProperty("role", "primary");
    submit_->setMinimumHeight(34);
    message_->setWordWrap(true);
    message_->setMinimumHeight(40);
    message_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    auto* layout = new QVBoxLayout(form);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(5);
    auto add = [&](QString const& words, QLineEdit* field) {
        layout->addWidget(label(words, "section", form));
        field->setMinimumHeight(24);
        layout->addWidget(field);
        layout->addSpacing(9);
        connect(field, &QLineEdit::returnPressed, this, &SignInPage::submit);
    };
    add(say("网关", "Gateway"), gateway_);
    add(say("用户名", "User"), user_);
    add(say("密码", "Password"), password_);
    layout->addSpacing(4);
    layout->addWidget(submit_);
    layout->addSpacing(6);
    layout->addWidget(message_);
    connect(submit_, &QPushButton::clicked, this, &SignInPage::submit);
    return form;
}

QWidget* SignInPage::buildKeyStep()
{
    auto* step = new QWidget(steps_);
    pin_ = new PinSetup("pin", step);
    auto* later = new QPushButton(say("以后再设，先阅片", "Later; read first"), step);
    later->setObjectName("pin.later");
    later->setProperty("role", "link");
    auto* layout = new QVBoxLayout(step);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(label(say("设定签名口令", "Set up your signature"), "title", step));
    layout->addWidget(pin_);
    layout->addWidget(later);
    layout->addStretch();
    auto go = [this] {
        steps_->setCurrentIndex(0);
        emit ready(std::exchange(workplace_, nullptr));
    };
    connect(pin_, &PinSetup::done, this, go);
    connect(later, &QPushButton::clicked, this, go);
    return step;
}

void SignInPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    (user_->text().isEmpty() ? user_ : password_)->setFocus();
}

void SignInPage::propose(QString const& gateway, QString const& user)
{
    QSettings const settings;
    gateway_->setText(gateway.isEmpty() ? settings.value("gateway", "http://127.0.0.1:8043").toString() : gateway);
    user_->setText(user.isEmpty() ? settings.value("user").toString() : user);
}

void SignInPage::explain(QString const& text)
{
    message_->setProperty("role", "warning");
    message_->style()->polish(message_);
    message_->setText(text);
}

void SignInPage::takeBack(QString const& text)
{
    if (message_->text() == text)
        message_->clear();
}

void SignInPage::setBusy(bool busy)
{
    for (QWidget* widget : std::initializer_list<QWidget*>{gateway_, user_, password_, submit_})
        widget->setEnabled(!busy);
    submit_->setText(busy ? say("正在登录……", "Signing in …") : say("登录", "Sign in"));
}

void SignInPage::submit()
{
    if (!submit_->isEnabled())
        return;
    message_->clear();
    if (user_->text().trimmed().isEmpty())
        return user_->setFocus();
    if (password_->text().isEmpty())
        return password_->setFocus();
    auto const address = GatewayClient::checkAddress(gateway_->text());
    if (!address)
        return failed(address.error());
    setBusy(true);
    client_.signIn(*address, user_->text().trimmed(), password_->text(), [this](Result<Session> session) {
        if (!session)
            return failed(session.error());
        Workplace::open(client_, password_->text(), this, [this](Result<std::shared_ptr<Workplace>> opened) {
            if (!opened) {
                client_.signOut(); // nobody works with this session
                return failed(opened.error());
            }
            signedIn(*opened);
        });
    });
}

void SignInPage::failed(Error const& error)
{
    setBusy(false);
    message_->setProperty("role", error.code == ErrorCode::Unavailable ? "warning" : "error");
    message_->style()->polish(message_);
    QString text = sentence(error);
    if (error.code == ErrorCode::Unavailable)
        text += say("。未发送的草稿和报告仍在本机，登录后自动续传。",
                    ". Drafts and signed reports on this workstation are kept and go on after sign-in.");
    message_->setText(text);
    password_->setFocus();
    password_->selectAll();
}

void SignInPage::signedIn(std::shared_ptr<Workplace> workplace)
{
    setBusy(false);
    password_->clear();
    message_->clear();
    QSettings settings;
    settings.setValue("gateway", gateway_->text().trimmed());
    settings.setValue("user", user_->text().trimmed());
    auto const role = workplace->session().user.role;
    bool const mayWrite = role == model::Role::Radiologist || role == model::Role::Reviewer;
    if (mayWrite && !workplace->keys().hasKey()) {
        workplace_ = std::move(workplace);
        steps_->setCurrentIndex(1);
        pin_->start(workplace_->keys());
        return;
    }
    emit ready(std::move(workplace));
}

} // namespace qianli::viewer
