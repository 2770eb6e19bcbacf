#include "viewer/ui/elided_label.h"

#include "viewer/ui/study_marks.h"

#include <QPainter>

namespace qianli::viewer {

ElidedLabel::ElidedLabel(QWidget* parent) : QLabel(parent)
{
    setTextFormat(Qt::PlainText);
}

void ElidedLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    QString const shown = fontMetrics().elidedText(text(), Qt::ElideRight, width());
    setToolTip(shown == text() ? QString() : plainTip(text()));
    painter.setPen(palette().color(foregroundRole()));
    painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter, shown);
}

} // namespace qianli::viewer
