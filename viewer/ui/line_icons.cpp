// The tool bar's icons, drawn as lines on a 16 by 16 grid so that they are sharp at any scale.
#include "viewer/ui/theme.h"

#include <QPainterPath>

namespace qianli::viewer {

namespace {
void arrow(QPainter& painter, QPointF from, QPointF to)
{
    painter.drawLine(from, to);
    QLineF back(to, from);
    back.setLength(3.2);
    for (double const turn : {-38.0, 38.0}) {
        QLineF barb = back;
        barb.setAngle(back.angle() + turn);
        painter.drawLine(barb);
    }
}

void grid(QPainter& painter, int columns, int rows)
{
    painter.drawRect(QRectF(2, 2, 12, 12));
    if (columns > 1)
        painter.drawLine(QPointF(8, 2), QPointF(8, 14));
    if (rows > 1)
        painter.drawLine(QPointF(2, 8), QPointF(14, 8));
}

void curvedArrow(QPainter& painter)
{
    painter.drawArc(QRectF(3, 3, 10, 10), 60 * 16, 280 * 16);
    arrow(painter, {8.2, 3.4}, {11.5, 3.9});
}

void star(QPainter& painter)
{
    QPolygonF points;
    for (int corner = 0; corner < 10; ++corner) {
        double const angle = -M_PI / 2 + corner * M_PI / 5, radius = corner % 2 == 0 ? 6.4 : 2.8;
        points << QPointF(8 + radius * std::cos(angle), 8.4 + radius * std::sin(angle));
    }
    painter.drawPolygon(points);
}

void paint(QPainter& painter, Icon icon, QColor const& ink)
{
    switch (icon) {
    case Icon::WindowLevel:
        painter.drawEllipse(QRectF(2.5, 2.5, 11, 11));
        painter.setBrush(ink);
        painter.drawPie(QRectF(2.5, 2.5, 11, 11), -90 * 16, 180 * 16);
        break;
    case Icon::Pan:
        for (QPointF const way : {QPointF(0, -6), QPointF(0, 6), QPointF(-6, 0), QPointF(6, 0)})
            arrow(painter, {8, 8}, QPointF(8, 8) + way);
        break;
    case Icon::Zoom:
    case Icon::Search:
        painter.drawEllipse(QRectF(2.5, 2.5, 8, 8));
        painter.drawLine(QPointF(9.6, 9.6), QPointF(13.5, 13.5));
        if (icon == Icon::Zoom)
            painter.drawLine(QPointF(4.7, 6.5), QPointF(8.3, 6.5));
        if (icon == Icon::Zoom)
            painter.drawLine(QPointF(6.5, 4.7), QPointF(6.5, 8.3));
        break;
    case Icon::Scroll:
        painter.drawRect(QRectF(2, 5, 7.5, 9));
        painter.drawLine(QPointF(4, 2.5), QPointF(12.5, 2.5));
        painter.drawLine(QPointF(12.5, 2.5), QPointF(12.5, 11));
        break;
    case Icon::Invert:
        painter.drawRect(QRectF(2.5, 2.5, 11, 11));
        painter.fillRect(QRectF(8, 2.5, 5.5, 11), ink);
        break;
    case Icon::FlipLeftRight:
        painter.drawLine(QPointF(8, 2), QPointF(8, 14));
        painter.drawPolygon(QPolygonF({{6, 4}, {6, 12}, {2, 12}}));
        painter.setBrush(ink);
        painter.drawPolygon(QPolygonF({{10, 4}, {10, 12}, {14, 12}}));
        break;
    case Icon::FlipUpDown:
        painter.drawLine(QPointF(2, 8), QPointF(14, 8));
        painter.drawPolygon(QPolygonF({{4, 6}, {12, 6}, {12, 2}}));
        painter.setBrush(ink);
        painter.drawPolygon(QPolygonF({{4, 10}, {12, 10}, {12, 14}}));
        break;
    case Icon::Rotate:
        curvedArrow(painter);
        break;
    case Icon::Fit:
        for (double const turn : {0.0, 90.0, 180.0, 270.0}) {
            painter.save();
            painter.translate(8, 8);
            painter.rotate(turn);
            painter.drawPolyline(QPolygonF({{-6, -2.5}, {-6, -6}, {-2.5, -6}}));
            painter.restore();
        }
        painter.drawRect(QRectF(5.5, 5.5, 5, 5));
        break;
    case Icon::Reset:
        painter.drawArc(QRectF(3, 3, 10, 10), -160 * 16, 280 * 16);
        arrow(painter, {3.4, 9.4}, {3.2, 5.2});
        break;
    case Icon::Mpr:
        painter.drawPolygon(QPolygonF({{8, 1.5}, {13.5, 4.5}, {13.5, 11.5}, {8, 14.5}, {2.5, 11.5}, {2.5, 4.5}}));
        painter.drawPolyline(QPolygonF({{2.5, 4.5}, {8, 7.6}, {13.5, 4.5}}));
        painter.drawLine(QPointF(8, 7.6), QPointF(8, 14.5));
        break;
    case Icon::KeyImage:
        star(painter);
        break;
    case Icon::Prior:
        painter.drawEllipse(QRectF(2.5, 2.5, 11, 11));
        painter.drawPolyline(QPolygonF({{8, 4.8}, {8, 8.4}, {10.6, 9.8}}));
        break;
    case Icon::Link:
        painter.drawRoundedRect(QRectF(1.8, 5.5, 7, 5), 2.5, 2.5);
        painter.drawRoundedRect(QRectF(7.2, 5.5, 7, 5), 2.5, 2.5);
        break;
    case Icon::Lines:
        painter.drawRect(QRectF(2.5, 2.5, 11, 11));
        painter.drawLine(QPointF(1, 9.8), QPointF(15, 6.2));
        break;
    case Icon::Desk:
        painter.drawRect(QRectF(1.5, 3, 6, 8));
        painter.drawRect(QRectF(9, 3, 5.5, 8));
        painter.drawLine(QPointF(3, 13), QPointF(6, 13));
        painter.drawLine(QPointF(10, 13), QPointF(13.2, 13));
        break;
    case Icon::Report:
        painter.drawRect(QRectF(3, 2, 10, 12));
        for (double const y : {5.5, 8.0, 10.5})
            painter.drawLine(QPointF(5.5, y), QPointF(10.5, y));
        break;
    case Icon::One:
        grid(painter, 1, 1);
        break;
    case Icon::Two:
        grid(painter, 2, 1);
        break;
    case Icon::Four:
        grid(painter, 2, 2);
        break;
    case Icon::Length:
        painter.drawLine(QPointF(3, 13), QPointF(13, 3));
        painter.drawLine(QPointF(1.2, 11.2), QPointF(4.8, 14.8));
        painter.drawLine(QPointF(11.2, 1.2), QPointF(14.8, 4.8));
        break;
    case Icon::Angle:
        painter.drawPolyline(QPolygonF({{12.5, 2.5}, {2.5, 13}, {14, 13}}));
        painter.drawArc(QRectF(-3.5, 7, 12, 12), 0, 46 * 16);
        break;
    case Icon::Cobb:
        painter.drawLine(QPointF(2, 6), QPointF(13.5, 2.5));
        painter.drawLine(QPointF(2, 10), QPointF(13.5, 13.5));
        painter.drawArc(QRectF(7.5, 3.4, 5, 9.2), -70 * 16, 140 * 16);
        break;
    case Icon::HeartRatio:
        painter.drawPolyline(QPolygonF({{4.5, 2}, {2, 7}, {2, 14}, {14, 14}, {14, 7}, {11.5, 2}}));
        painter.drawLine(QPointF(5, 10), QPointF(12, 10));
        painter.drawLine(QPointF(7.5, 4), QPointF(7.5, 12.5));
        break;
    case Icon::Ellipse:
        painter.drawEllipse(QRectF(1.8, 3.8, 12.4, 8.4));
        painter.drawPoint(QPointF(8, 8));
        break;
    case Icon::Calibrate:
        painter.drawRect(QRectF(1.5, 5, 13, 6));
        for (double const x : {4.1, 6.7, 9.3, 11.9})
            painter.drawLine(QPointF(x, 5), QPointF(x, 8));
        break;
    case Icon::Back:
        painter.drawPolyline(QPolygonF({{10, 3}, {5, 8}, {10, 13}}));
        break;
    case Icon::Next:
        painter.drawPolyline(QPolygonF({{6, 3}, {11, 8}, {6, 13}}));
        break;
    }
}

QPixmap drawn(Icon icon, QRgb ink)
{
    constexpr int scale = 3;
    QPixmap pixmap(16 * scale, 16 * scale);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.scale(scale, scale);
    painter.setPen(QPen(QColor(ink), 1.3, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    paint(painter, icon, QColor(ink));
    painter.end();
    pixmap.setDevicePixelRatio(scale);
    return pixmap;
}
} // namespace

QIcon lineIcon(Icon icon)
{
    QIcon result(drawn(icon, colour::text));
    result.addPixmap(drawn(icon, 0xFF5C636D), QIcon::Disabled);
    return result;
}

} // namespace qianli::viewer
