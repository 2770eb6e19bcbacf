#include "viewer/render/overlay_painter.h"

#include <QFontMetrics>

namespace qianli::viewer {
namespace {

constexpr int margin = 6;

// Light letters over their own dark shadow on four sides.
void paintOutlined(QPainter& painter, QRect const& place, int flags, QString const& text)
{
    painter.setPen(QColor(0, 0, 0, 210));
    for (QPoint const shift : {QPoint(-1, -1), QPoint(1, -1), QPoint(-1, 1), QPoint(1, 1)})
        painter.drawText(place.translated(shift), flags, text);
    painter.setPen(QColor(0xE8, 0xEB, 0xF0));
    painter.drawText(place, flags, text);
}

void paintBlock(QPainter& painter, QRect const& area, int flags, QStringList const& lines)
{
    if (!lines.isEmpty())
        paintOutlined(painter, area, flags, lines.join(QLatin1Char('\n')));
}

} // namespace

void paintCornerText(QPainter& painter, QRect const& viewport, CornerText const& text, int pixelSize)
{
    painter.save();
    QFont font = painter.font();
    font.setPixelSize(pixelSize);
    painter.setFont(font);
    QRect const area = viewport.adjusted(margin, margin, -margin, -margin);
    paintBlock(painter, area, Qt::AlignLeft | Qt::AlignTop, text.topLeft);
    paintBlock(painter, area, Qt::AlignRight | Qt::AlignTop, text.topRight);
    paintBlock(painter, area, Qt::AlignLeft | Qt::AlignBottom, text.bottomLeft);
    paintBlock(painter, area, Qt::AlignRight | Qt::AlignBottom, text.bottomRight);
    paintBlock(painter, area, Qt::AlignLeft | Qt::AlignVCenter, {text.left});
    paintBlock(painter, area, Qt::AlignRight | Qt::AlignVCenter, {text.right});
    paintBlock(painter, area, Qt::AlignHCenter | Qt::AlignTop, {text.top});
    paintBlock(painter, area, Qt::AlignHCenter | Qt::AlignBottom, {text.bottom});
    painter.restore();
}

} // namespace qianli::viewer
