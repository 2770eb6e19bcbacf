#include "viewer/ui/pin_setup.h"

#include "viewer/i18n/language.h"

#include <QStyle>
#include <QVBoxLayout>

namespace qianli::viewer {

PinSetup::PinSetup(QString const& name, QWidget* parent)
    : QWidget(parent), pin_(new QLineEdit(this)), repeated_(new QLineEdit(this)), message_(new QLabel(this)),
      create_(new QPushButton(say("生成签名密钥", "Make the signing key"), this))
{
    setObjectName(name);
    pin_->setObjectName(name + ".new");
    repeated_->setObjectName(name + ".repeat");
    create_->setObjectName(name + ".create");
    message_->setObjectName(name + ".message");
    auto* words = new QLabel(say("签名密钥只保存在这台工作站，由您自定的口令 (PIN) 保护；每次签发报告时输入。",
                                 "The signing key stays on this workstation, protected by a PIN of your choice. You "
                                 "enter it for each report you sign."),
                             this);
    words->setWordWrap(true);
    words->setProperty("role", "quiet");
    message_->setWordWrap(true);
    for (QLineEdit* field : {pin_, repeated_}) {
        field->setEchoMode(QLineEdit::Password);
        field->setMaxLength(64);
        connect(field, &QLineEdit::textChanged, this, [this] { message_->clear(); });
    }
    pin_->setPlaceholderText(say("签名口令，至少 6 位", "PIN, at least 6 characters"));
    repeated_->setPlaceholderText(say("再输一遍", "Repeat it"));
    create_->setProperty("role", "primary");
    create_->setAutoDefault(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(10);
    for (QWidget* widget : std::initializer_list<QWidget*>{words, pin_, repeated_, message_, create_})
        layout->addWidget(widget);
    connect(create_, &QPushButton::clicked, this, &PinSetup::create);
    connect(repeated_, &QLineEdit::returnPressed, this, &PinSetup::create);
    connect(pin_, &QLineEdit::returnPressed, repeated_, qOverload<>(&QWidget::setFocus));
}

void PinSetup::start(KeyStore& keys)
{
    keys_ = &keys;
    pin_->clear();
    repeated_->clear();
    message_->clear();
    pin_->setFocus();
}

void PinSetup::create()
{
    if (keys_ == nullptr || !create_->isEnabled())
        return;
    message_->setProperty("role", "warning");
    message_->style()->polish(message_);
    if (pin_->text() != repeated_->text())
        return message_->setText(say("两次输入的口令不一样。", "The two PINs differ."));
    if (pin_->text().size() < minimumPinLength)
        return message_->setText(
            say("签名口令至少 %1 位。", "The PIN needs at least %1 characters.").arg(minimumPinLength));
    create_->setEnabled(false);
    message_->setText(say("正在生成密钥并申请证书……", "Making the key and asking for its certificate …"));
    keys_->create(this, pin_->text(), [this](Result<void> made) {
        create_->setEnabled(true);
        if (!made)
            return message_->setText(sentence(made.error()));
        pin_->clear();
        repeated_->clear();
        message_->clear();
        emit done();
    });
}

} // namespace qianli::viewer
