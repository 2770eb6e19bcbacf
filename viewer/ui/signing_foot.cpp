#include "viewer/ui/signing_foot.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/theme.h"

#include <QBoxLayout>

namespace qianli::viewer {

SigningFoot::SigningFoot(QWidget* parent) : QWidget(parent), draftState_(new QLabel(this)), message_(new QLabel(this))
{
    draftState_->setObjectName("report.saved");
    message_->setObjectName("report.message");
    message_->setWordWrap(true);
    message_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    pinSetup_ = new PinSetup("report.pinSetup", this);
    // Only the page in use takes space: the fields above get the rest.
    pages_ = {buildSign(), buildPin(), pinSetup_, buildRefused()};
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 6, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(message_);
    for (QWidget* page : pages_)
        layout->addWidget(page);
    connect(pinSetup_, &PinSetup::done, this, [this] {
        showPage(SignButton);
        emit keyMade();
    });
    rest();
}

QWidget* SigningFoot::buildSign()
{
    auto* page = new QWidget(this);
    sign_ = new QPushButton(say("签发  Ctrl+Enter", "Sign  Ctrl+Enter"), page);
    sign_->setObjectName("report.sign");
    sign_->setProperty("role", "primary");
    auto* row = new QHBoxLayout(page);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(draftState_, 1);
    row->addWidget(sign_);
    connect(sign_, &QPushButton::clicked, this, &SigningFoot::signAsked);
    return page;
}

QWidget* SigningFoot::buildPin()
{
    auto* page = new QWidget(this);
    pin_ = new QLineEdit(page);
    pin_->setObjectName("report.pin");
    pin_->setEchoMode(QLineEdit::Password);
    pin_->setPlaceholderText(say("签名口令 (PIN)", "PIN"));
    confirm_ = new QPushButton(say("确认签发", "Sign now"), page);
    confirm_->setObjectName("report.confirm");
    confirm_->setProperty("role", "primary");
    cancel_ = new QPushButton(say("取消", "Cancel"), page);
    cancel_->setObjectName("report.cancel");
    doubt_ = new QLabel(page);
    doubt_->setObjectName("report.doubt");
    doubt_->setTextFormat(Qt::PlainText);
    doubt_->setProperty("role", "error");
    doubt_->setWordWrap(true);
    doubt_->hide();
    check_ = new QCheckBox(say("已与申请单核对，就是这位患者", "Compared with the request: it is this patient"), page);
    check_->setObjectName("report.check");
    check_->hide();
    auto* row = new QHBoxLayout;
    row->addWidget(pin_, 1);
    row->addWidget(confirm_);
    row->addWidget(cancel_);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(doubt_);
    column->addWidget(check_);
    column->addLayout(row);
    connect(check_, &QCheckBox::toggled, this, &SigningFoot::applyConfirm);
    connect(confirm_, &QPushButton::clicked, this, &SigningFoot::confirm);
    connect(pin_, &QLineEdit::returnPressed, this, &SigningFoot::confirm);
    connect(cancel_, &QPushButton::clicked, this, &SigningFoot::rest);
    return page;
}

QWidget* SigningFoot::buildRefused()
{
    auto* page = new QWidget(this);
    auto* reopen = new QPushButton(say("返回修改", "Go back to the text"), page);
    reopen->setObjectName("report.reopen");
    reopen->setProperty("role", "primary");
    auto* again = new QPushButton(say("再发一次", "Send again"), page);
    again->setObjectName("report.sendAgain");
    discard_ = new QPushButton(page);
    discard_->setObjectName("report.discard");
    discard_->setProperty("role", "link");
    auto* row = new QHBoxLayout(page);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(discard_);
    row->addStretch();
    row->addWidget(again);
    row->addWidget(reopen);
    connect(reopen, &QPushButton::clicked, this, &SigningFoot::reopenAsked);
    connect(again, &QPushButton::clicked, this, &SigningFoot::sendAgainAsked);
    // Words go away only by two presses.
    connect(discard_, &QPushButton::clicked, this, [this] {
        if (std::exchange(discardConfirmed_, true))
            return emit discardAsked();
        discard_->setText(say("确认放弃：文字不再保留", "Confirm: the text goes away"));
    });
    return page;
}

void SigningFoot::showPage(Page page)
{
    page_ = page;
    for (std::size_t index = 0; index < pages_.size(); ++index)
        pages_[index]->setVisible(index == static_cast<std::size_t>(page));
}

void SigningFoot::setEnterable(bool enterable)
{
    enterable_ = enterable;
    for (QWidget* widget : std::initializer_list<QWidget*>{pin_, check_, cancel_})
        widget->setEnabled(enterable);
    applyConfirm();
}

void SigningFoot::applyConfirm()
{
    confirm_->setEnabled(enterable_ && (!asksForCheck() || check_->isChecked()));
}

void SigningFoot::rest()
{
    pin_->clear();
    setEnterable(true);
    showPage(SignButton);
    showMessage({}, "quiet");
}

void SigningFoot::askPin(QString const& words, char const* role, QString const& doubt)
{
    showPage(PinEntry);
    showMessage(words, role);
    pin_->clear();
    doubt_->setText(doubt);
    doubt_->setVisible(!doubt.isEmpty());
    check_->setChecked(false);
    check_->setVisible(!doubt.isEmpty());
    setEnterable(true);
    window()->activateWindow(); // asked for from the images' window, too
    pin_->setFocus();
}

void SigningFoot::askForKey(KeyStore& keys)
{
    showPage(KeySetup);
    pinSetup_->start(keys);
    showMessage(say("签发前先设定签名口令。", "Set up your signing PIN first."), "warning");
}

void SigningFoot::confirm()
{
    if (enterable_ && asksForCheck() && !check_->isChecked())
        return check_->setFocus();
    if (!pin_->text().isEmpty() && confirm_->isEnabled())
        emit confirmed(pin_->text());
}

void SigningFoot::showBusy()
{
    setEnterable(false); // from here on only an answer ends it
    showMessage(say("正在签名……", "Signing …"), "quiet");
}

void SigningFoot::showFailure(QString const& reason, bool wrongPin)
{
    setEnterable(true);
    showMessage(reason, "error");
    if (!wrongPin)
        return showPage(SignButton);
    pin_->selectAll();
    pin_->setFocus();
}

void SigningFoot::showRefused(QString const& reason, bool mayLeave)
{
    showPage(RefusedReport);
    showMessage(
        say("网关没有接受这份报告，没有发布：%1", "The gateway refused this report; it is not issued: %1").arg(reason),
        "error");
    discardConfirmed_ = false;
    discard_->setText(say("移出发件箱", "Take out of the outbox"));
    discard_->setVisible(mayLeave);
}

void SigningFoot::showMessage(QString const& text, char const* role)
{
    setRole(message_, role);
    message_->setText(text);
    message_->setVisible(!text.isEmpty());
}

void SigningFoot::showDraftState(DraftState state, QString const& detail)
{
    setRole(draftState_, state == DraftState::LocalOnly ? "warning" : "quiet");
    draftState_->setText(state == DraftState::Empty       ? QString()
                         : state == DraftState::Unsaved   ? say("已存本机 …", "Kept here …")
                         : state == DraftState::LocalOnly ? say("△ 只存本机", "△ Only kept here")
                                                          : say("暂存 ✓ ", "Saved ✓ ") + detail);
    draftState_->setToolTip(detail);
    if (state == DraftState::LocalOnly && !detail.isEmpty())
        showMessage(detail, "warning");
    else if (state == DraftState::Saved && message_->property("role") == "warning")
        showMessage({}, "quiet");
}

} // namespace qianli::viewer
