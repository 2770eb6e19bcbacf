#include "viewer/ui/notice_line.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/theme.h"

#include <QHBoxLayout>
#include <QPainter>

namespace qianli::viewer {

NoticeLine::NoticeLine(QString const& name, QWidget* parent)
    : QFrame(parent), text_(new QLabel(this)), first_(new QPushButton(this)), second_(new QPushButton(this)),
      dismiss_(new QPushButton(say("知道了", "Dismiss"), this))
{
    text_->setObjectName(name + ".text");
    text_->setTextFormat(Qt::PlainText);
    text_->setWordWrap(true);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    first_->setObjectName(name + ".action");
    second_->setObjectName(name + ".second");
    dismiss_->setObjectName(name + ".dismiss");
    dismiss_->setProperty("role", "link");
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(32, 5, 10, 5);
    layout->addWidget(text_, 1);
    for (QPushButton* button : {first_, second_, dismiss_}) {
        button->setFocusPolicy(Qt::NoFocus);
        layout->addWidget(button);
    }
    connect(first_, &QPushButton::clicked, this, &NoticeLine::firstChosen);
    connect(second_, &QPushButton::clicked, this, &NoticeLine::secondChosen);
    connect(dismiss_, &QPushButton::clicked, this, &NoticeLine::dismissed);
    hide();
}

void NoticeLine::tell(Words const& words)
{
    weight_ = words.weight;
    text_->setText(words.text);
    first_->setText(words.first);
    first_->setVisible(!words.first.isEmpty());
    second_->setText(words.second);
    second_->setVisible(!words.second.isEmpty());
    dismiss_->setVisible(words.canBeDismissed);
    update();
}

void NoticeLine::paintEvent(QPaintEvent*)
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
