#include "viewer/render/page_strip.h"

#include <QFontMetrics>

#include <algorithm>

namespace qianli::viewer {

void paintPageStrip(QPainter& painter, QRect const& place, CornerText const& text)
{
    painter.save();
    painter.fillRect(place, QColor(0x15, 0x17, 0x1A));
    QFont font = painter.font();
    font.setPixelSize(13);
    painter.setFont(font);
    QFontMetrics const metrics = painter.fontMetrics();
    QRect const inside = place.adjusted(6, 2, -6, -2);
    int const lineHeight = inside.height() / 2;
    // Name, ID, sex and age, then the site; date and series across from them.
    QString const gap = QStringLiteral("   ");
    qsizetype firstLine = std::min<qsizetype>(3, text.topLeft.size());
    while (firstLine > 1 && metrics.horizontalAdvance(text.topLeft.mid(0, firstLine).join(gap)) > inside.width())
        --firstLine; // what does not fit beside the name goes below it
    QString const left[] = {text.topLeft.mid(0, firstLine).join(gap), text.topLeft.mid(firstLine).join(gap)};
    QString const right[] = {text.topRight.mid(0, 1).join(gap), text.topRight.mid(1).join(gap)};
    for (int line = 0; line < 2; ++line) {
        QRect const row(inside.left(), inside.top() + line * lineHeight, inside.width(), lineHeight);
        painter.setPen(line == 0 ? QColor(0xE8, 0xEB, 0xF0) : QColor(0xC9, 0xCE, 0xD6));
        // A name that was cut off without a sign would be another name.
        painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(left[line], Qt::ElideRight, row.width()));
        int const room = row.width() - metrics.horizontalAdvance(left[line]) - 12;
        if (room > 30)
            painter.drawText(row, Qt::AlignRight | Qt::AlignVCenter,
                             metrics.elidedText(right[line], Qt::ElideRight, room));
    }
    painter.restore();
}

} // namespace qianli::viewer
