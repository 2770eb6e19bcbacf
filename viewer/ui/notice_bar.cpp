#include "viewer/ui/notice_bar.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/theme.h"

#include <QHBoxLayout>
#include <QPainter>

namespace qianli::viewer {

NoticeBar::NoticeBar(QString const& name, QWidget* parent)
    : QFrame(parent), text_(new QLabel(this)), action_(new QPushButton(this)), second_(new QPushButton(this)),
      dismiss_(new QPushButton(say("知道了", "Dismiss"), this))
{
    setObjectName(name);
    text_->setObjectName(name + ".text");
    text_->setTextFormat(Qt::PlainText);
    text_->setWordWrap(true);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    action_->setObjectName(name + ".action");
    second_->setObjectName(name + ".second");
    dismiss_->setObjectName(name + ".dismiss");
    dismiss_->setProperty("role", "link");
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(32, 5, 10, 5);
    layout->addWidget(text_, 1);
    for (QPushButton* button : {action_, second_, dismiss_}) {
        button->setFocusPolicy(Qt::NoFocus);
        layout->addWidget(button);
    }
    connect(dismiss_, &QPushButton::clicked, this, &NoticeBar::dismiss);
    auto answer = [this](std::function<void()> NoticeBar::*chosen) {
        auto const act = this->*chosen;
        dismiss();
        if (act)
            act();
    };
    connect(action_, &QPushButton::clicked, this, [answer] { answer(&NoticeBar::act_); });
    connect(second_, &QPushButton::clicked, this, [answer] { answer(&NoticeBar::actSecond_); });
    hide();
}

void NoticeBar::show(Weight weight, QString const& text)
{
    show(weight, text, QString(), nullptr);
}

void NoticeBar::show(Weight weight, QString const& text, QString const& action, std::function<void()> act)
{
    weight_ = weight;
    act_ = std::move(act);
    text_->setText(text);
    action_->setText(action);
    action_->setVisible(!action.isEmpty());
    second_->hide();
    dismiss_->show();
    setVisible(true);
    update();
}

void NoticeBar::show(Weight weight, QString const& text, Choice first, Choice second)
{
    show(weight, text, first.words, std::move(first.act));
    actSecond_ = std::move(second.act);
    second_->setText(second.words);
    second_->show();
}

void NoticeBar::ask(QString const& text, Choice first, Choice second)
{
    show(Weight::Warning, text, std::move(first), std::move(second));
    dismiss_->hide();
}

void NoticeBar::dismiss()
{
    hide();
    text_->clear();
}

void NoticeBar::paintEvent(QPaintEvent*)
{
    QColor const ink(weight_ == Weight::Failure   ? colour::red
                     : weight_ == Weight::Warning ? colour::amber
                                                  : colour::accent);
    QPainter painter(this);
    painter.fillRect(rect(), QColor(0xFF212429));
    painter.fillRect(QRect(0, 0, 3, height()), ink);
    painter.fillRect(QRect(0, height() - 1, width(), 1), QColor(colour::line));
    // A shape beside the colour: a triangle warns, a cross failed, a dot tells.
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(ink, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    QRectF const box(12, height() / 2.0 - 5.5, 11, 11);
    if (weight_ == Weight::Warning) {
        painter.drawPolygon(QPolygonF({{box.center().x(), box.top()}, box.bottomRight(), box.bottomLeft()}));
        painter.drawLine(box.center() - QPointF(0, 1.5), box.center() + QPointF(0, 1.5));
    } else if (weight_ == Weight::Failure) {
        painter.drawLine(box.topLeft(), box.bottomRight());
        painter.drawLine(box.topRight(), box.bottomLeft());
    } else {
        painter.setBrush(ink);
        painter.drawEllipse(box.center(), 3, 3);
    }
}

} // namespace qianli::viewer
