#include "viewer/render/measurement_painter.h"

#include <QFontMetricsF>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace qianli::viewer {
namespace {

constexpr QRgb ink = 0xFFFFE08A, inkSelected = 0xFF5FE0D4, rim = 0xB0000000;
constexpr double handleRadius = 4.5, wordGap = 10;

double distanceToLine(QLineF const& line, QPointF point)
{
    QPointF const way = line.p2() - line.p1();
    double const square = QPointF::dotProduct(way, way);
    double const part = square > 0 ? std::clamp(QPointF::dotProduct(point - line.p1(), way) / square, 0.0, 1.0) : 0.0;
    return QLineF(point, line.p1() + way * part).length();
}

// Where the perpendicular from a point meets a line, also beyond its ends.
QPointF footOn(QLineF const& line, QPointF point)
{
    QPointF const way = line.p2() - line.p1();
    double const square = QPointF::dotProduct(way, way);
    return square > 0 ? line.p1() + way * (QPointF::dotProduct(point - line.p1(), way) / square) : line.p1();
}

// The middles of the box's sides: left, right, top, bottom as in the picture.
std::array<QPointF, 4> sidesOf(QRectF const& box)
{
    QPointF const center = box.center();
    return {QPointF(box.left(), center.y()), QPointF(box.right(), center.y()), QPointF(center.x(), box.top()),
            QPointF(center.x(), box.bottom())};
}

void addLines(MeasurementKind kind, std::vector<QPointF> const& points, std::vector<QLineF>& lines)
{
    auto const between = [&](std::size_t a, std::size_t b) {
        if (b < points.size())
            lines.emplace_back(points[a], points[b]);
    };
    between(0, 1);
    if (kind == MeasurementKind::Angle)
        between(1, 2);
    if (kind == MeasurementKind::Cobb)
        between(2, 3);
    if (kind == MeasurementKind::CardiothoracicRatio)
        for (std::size_t border = 2; border < points.size(); ++border)
            lines.emplace_back(points[border], footOn(lines.front(), points[border]));
}

void strokeShape(QPainter& painter, MeasurementShape const& shape, QPen const& pen)
{
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    for (QLineF const& line : shape.lines)
        painter.drawLine(line);
    if (!shape.ellipse.isEmpty())
        painter.drawEllipse(shape.ellipse);
}

double overlap(QRectF const& one, QRectF const& other)
{
    QRectF const both = one.intersected(other);
    return both.isEmpty() ? 0 : both.width() * both.height();
}

// Beside what is measured, inside the picture, clear of other words: the first of the places that costs nothing, else
// the cheapest.
QRectF placeWords(QSizeF size, MeasurementShape const& shape, QRectF const& area, std::vector<QRectF> const& taken)
{
    QRectF const bounds = shape.bounds();
    QPointF const center = bounds.center();
    std::array const corners{QPointF(bounds.right() + wordGap, center.y() - size.height() / 2),
                             QPointF(bounds.left() - wordGap - size.width(), center.y() - size.height() / 2),
                             QPointF(center.x() - size.width() / 2, bounds.bottom() + wordGap),
                             QPointF(center.x() - size.width() / 2, bounds.top() - wordGap - size.height()),
                             QPointF(bounds.right() + wordGap, bounds.bottom() + wordGap),
                             QPointF(bounds.left() - wordGap - size.width(), bounds.bottom() + wordGap)};
    QRectF best;
    double lowest = std::numeric_limits<double>::infinity();
    for (QPointF const corner : corners) {
        QRectF place(corner, size);
        place.moveLeft(
            std::clamp(place.left(), area.left() + 2, std::max(area.left() + 2, area.right() - 2 - size.width())));
        place.moveTop(
            std::clamp(place.top(), area.top() + 2, std::max(area.top() + 2, area.bottom() - 2 - size.height())));
        double cost = overlap(place, bounds);
        for (QRectF const& other : taken)
            cost += 4 * overlap(place, other);
        if (cost < lowest) {
            lowest = cost;
            best = place;
        }
        if (cost == 0)
            break;
    }
    return best;
}

} // namespace

QRectF MeasurementShape::bounds() const
{
    QRectF all = ellipse;
    for (QLineF const& line : lines) {
        QRectF const box = QRectF(line.p1(), line.p2()).normalized().adjusted(0, 0, 0.01, 0.01);
        all = all.isNull() ? box : all.united(box);
    }
    return all;
}

double MeasurementShape::distanceTo(QPointF point) const
{
    double nearest = std::numeric_limits<double>::infinity();
    for (QLineF const& line : lines)
        nearest = std::min(nearest, distanceToLine(line, point));
    if (!ellipse.isEmpty()) {
        QPointF const away = point - ellipse.center();
        double const a = ellipse.width() / 2, b = ellipse.height() / 2;
        double const level = std::hypot(away.x() / a, away.y() / b);
        nearest = std::min(nearest, std::abs(level - 1) * std::min(a, b));
    }
    return nearest;
}

MeasurementShape shapeOf(Measurement const& measurement, ViewMapping const& mapping)
{
    MeasurementShape shape;
    if (measurement.points.size() < 2)
        return shape;
    if (measurement.kind == MeasurementKind::Ellipse) {
        QRectF const box = QRectF(measurement.points[0], measurement.points[1]).normalized();
        for (QPointF const side : sidesOf(box))
            shape.handles.push_back(mapping.toScreen(side));
        shape.ellipse = QRectF(mapping.toScreen(box.topLeft()), mapping.toScreen(box.bottomRight())).normalized();
        return shape;
    }
    for (QPointF const point : measurement.points)
        shape.handles.push_back(mapping.toScreen(point));
    addLines(measurement.kind, shape.handles, shape.lines);
    return shape;
}

Measurement withHandleAt(Measurement const& measurement, std::size_t handle, QPointF place)
{
    Measurement changed = measurement;
    if (measurement.kind != MeasurementKind::Ellipse) {
        if (handle < changed.points.size())
            changed.points[handle] = place;
        return changed;
    }
    QRectF box = QRectF(measurement.points[0], measurement.points[1]).normalized();
    if (handle == 0)
        box.setLeft(place.x());
    else if (handle == 1)
        box.setRight(place.x());
    else if (handle == 2)
        box.setTop(place.y());
    else
        box.setBottom(place.y());
    changed.points = {box.topLeft(), box.bottomRight()};
    return changed;
}

Measurement movedBy(Measurement const& measurement, QPointF way)
{
    Measurement moved = measurement;
    for (QPointF& point : moved.points)
        point += way;
    if (moved.label)
        *moved.label += way;
    return moved;
}

void paintOutlinedWords(QPainter& painter, QRectF const& place, int flags, QString const& words, QColor const& colour)
{
    // A soft rim first, a hard one over it: on white bone the letters stand on their own shadow.
    painter.setPen(QColor(0, 0, 0, 90));
    for (QPointF const shift : {QPointF(-2, 0), QPointF(2, 0), QPointF(0, -2), QPointF(0, 2), QPointF(-2, -2),
                                QPointF(2, -2), QPointF(-2, 2), QPointF(2, 2)})
        painter.drawText(place.translated(shift), flags, words);
    painter.setPen(QColor(0, 0, 0));
    for (QPointF const shift : {QPointF(-1, 0), QPointF(1, 0), QPointF(0, -1), QPointF(0, 1), QPointF(-1, -1),
                                QPointF(1, -1), QPointF(-1, 1), QPointF(1, 1)})
        painter.drawText(place.translated(shift), flags, words);
    painter.setPen(colour);
    painter.drawText(place, flags, words);
}

QRectF paintMeasurement(QPainter& painter, ViewMapping const& mapping, QRectF const& area,
                        Measurement const& measurement, QStringList const& words, MeasurementLook const& look,
                        std::vector<QRectF> const& taken)
{
    auto const shape = shapeOf(measurement, mapping);
    QColor const colour = QColor::fromRgba(look.selected ? inkSelected : ink);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    strokeShape(painter, shape, QPen(QColor::fromRgba(rim), 3.6 * look.scale, Qt::SolidLine, Qt::RoundCap));
    strokeShape(painter, shape, QPen(colour, 1.4 * look.scale, Qt::SolidLine, Qt::RoundCap));
    if (look.handles)
        for (QPointF const handle : shape.handles) {
            painter.setPen(QPen(QColor::fromRgba(rim), 3));
            painter.drawEllipse(handle, handleRadius, handleRadius);
            painter.setPen(QPen(colour, 1.3));
            painter.drawEllipse(handle, handleRadius, handleRadius);
        }
    QRectF place;
    if (!words.isEmpty()) {
        QString const text = words.join('\n');
        QFontMetricsF const metrics(painter.font());
        QSizeF const size = metrics.boundingRect(QRectF(0, 0, 4000, 4000), Qt::AlignLeft, text).size() + QSizeF(4, 2);
        if (measurement.label) {
            place = QRectF(mapping.toScreen(*measurement.label), size);
            painter.setPen(QPen(colour, 0.8, Qt::DotLine));
            QRectF const bounds = shape.bounds();
            painter.drawLine(QLineF(QPointF(std::clamp(bounds.center().x(), place.left(), place.right()),
                                            std::clamp(bounds.center().y(), place.top(), place.bottom())),
                                    bounds.center()));
        } else {
            place = placeWords(size, shape, area, taken);
        }
        paintOutlinedWords(painter, place.adjusted(2, 1, 0, 0), Qt::AlignLeft | Qt::AlignTop, text, colour);
    }
    painter.restore();
    return place;
}

} // namespace qianli::viewer
