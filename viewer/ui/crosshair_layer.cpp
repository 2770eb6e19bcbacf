#include "viewer/ui/crosshair_layer.h"

#include "viewer/ui/theme.h"

#include <QLineF>

#include <cmath>

namespace qianli::viewer {

namespace {
constexpr double middleRadius = 12, lineReach = 6, endRadius = 9, endPart = 0.36; // of the smaller edge

QColor colourOf(MprPlane plane)
{
    return plane == MprPlane::Axial     ? QColor(0x6F, 0xA8, 0xDC)
           : plane == MprPlane::Coronal ? QColor(0xB4, 0x8E, 0xDE)
                                        : QColor(0xD9, 0x8F, 0xA8);
}

std::array<MprPlane, 2> othersOf(MprPlane plane)
{
    return plane == MprPlane::Axial     ? std::array{MprPlane::Coronal, MprPlane::Sagittal}
           : plane == MprPlane::Coronal ? std::array{MprPlane::Axial, MprPlane::Sagittal}
                                        : std::array{MprPlane::Axial, MprPlane::Coronal};
}

QPointF middleOf(MprView const& seen, LayerView const& view)
{
    auto const at = pictureOf(seen.model().cut(seen.plane()), seen.model().cursor());
    return view.mapping.toScreen({at.x, at.y});
}

// Of length 1 on the screen.
QPointF directionOf(MprView const& seen, MprPlane other, LayerView const& view)
{
    auto const along = crossing(seen.model().cut(seen.plane()), seen.model().cut(other));
    QPointF const way = view.mapping.toScreen({along.x, along.y}) - view.mapping.toScreen({0, 0});
    double const size = std::hypot(way.x(), way.y());
    return size > 0 ? way / size : QPointF(1, 0);
}

double endDistance(LayerView const& view)
{
    return endPart * std::min(view.size.width(), view.size.height());
}

double angleOf(QPointF at, MprView const& seen, LayerView const& view)
{
    auto const middle = pictureOf(seen.model().cut(seen.plane()), seen.model().cursor());
    QPointF const way = view.mapping.toImage(at) - QPointF(middle.x, middle.y);
    return std::atan2(way.y(), way.x());
}
} // namespace

CrosshairLayer::CrosshairLayer(QWidget& widget, std::function<MprView*()> view)
    : widget_(widget), view_(std::move(view))
{
}

QPointF CrosshairLayer::endOf(MprView const& seen, MprPlane other, LayerView const& view)
{
    return middleOf(seen, view) + directionOf(seen, other, view) * endDistance(view);
}

void CrosshairLayer::paint(QPainter& painter, LayerView const& view)
{
    MprView* const seen = view_();
    if (seen == nullptr)
        return;
    painter.fillRect(QRectF(0, 0, view.size.width(), 2), colourOf(seen->plane()));
    if (!seen->model().showsLines())
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    QPointF const middle = middleOf(*seen, view);
    double const far = view.size.width() + view.size.height(), end = endDistance(view);
    double const half = seen->model().slab().thickness / 2 / seen->model().cut(seen->plane()).pixel *
                        view.mapping.zoom(); // of the slab, on the screen
    for (MprPlane const other : othersOf(seen->plane())) {
        QPointF const way = directionOf(*seen, other, view);
        painter.setPen(QPen(colourOf(other), 1));
        for (double const side : {-1.0, 1.0}) {
            painter.drawLine(QLineF(middle + way * (side * middleRadius), middle + way * (side * far)));
            painter.setBrush(Qt::NoBrush);
            painter.drawEllipse(middle + way * (side * end), 4, 4);
        }
        if (half < 1)
            continue;
        painter.setPen(QPen(colourOf(other), 1, Qt::DotLine));
        QPointF const across(-way.y() * half, way.x() * half);
        for (QPointF const edge : {middle + across, middle - across})
            painter.drawLine(QLineF(edge - way * far, edge + way * far));
    }
}

CrosshairLayer::Hold CrosshairLayer::holdAt(QPointF at, MprView const& seen, LayerView const& view) const
{
    if (!seen.model().showsLines())
        return {};
    QPointF const fromMiddle = at - middleOf(seen, view);
    if (std::hypot(fromMiddle.x(), fromMiddle.y()) <= middleRadius)
        return {Grip::Middle, seen.plane()};
    Hold nearest;
    for (MprPlane const other : othersOf(seen.plane())) {
        QPointF const way = directionOf(seen, other, view);
        double const along = QPointF::dotProduct(fromMiddle, way);
        double const beside = std::abs(fromMiddle.x() * way.y() - fromMiddle.y() * way.x());
        if (std::abs(std::abs(along) - endDistance(view)) <= endRadius && beside <= endRadius)
            return {Grip::End, other};
        if (beside <= lineReach)
            nearest = {Grip::Line, other};
    }
    return nearest;
}

bool CrosshairLayer::press(LayerMouse const& mouse, LayerView const& view)
{
    MprView* const seen = view_();
    if (seen == nullptr || mouse.button != Qt::LeftButton)
        return false;
    hold_ = mouse.modifiers & Qt::ShiftModifier ? Hold{Grip::Middle, seen->plane()} : holdAt(mouse.at, *seen, view);
    last_ = mouse.at;
    if (mouse.modifiers & Qt::ShiftModifier)
        last_ = middleOf(*seen, view), move(mouse, view);
    return hold_.grip != Grip::None;
}

void CrosshairLayer::move(LayerMouse const& mouse, LayerView const& view)
{
    MprView* const seen = view_();
    if (seen == nullptr || hold_.grip == Grip::None)
        return;
    MprModel& model = seen->model();
    if (hold_.grip == Grip::End) {
        double const angle = angleOf(mouse.at, *seen, view) - angleOf(last_, *seen, view);
        last_ = mouse.at;
        return model.turn(seen->plane(), angle);
    }
    Cut const& cut = model.cut(seen->plane());
    QPointF const way = view.mapping.toImage(mouse.at) - view.mapping.toImage(last_);
    Vector3 moved = (cut.right * way.x() + cut.down * way.y()) * cut.pixel;
    if (hold_.grip == Grip::Line) {
        Vector3 const normal = model.cut(hold_.line).into;
        moved = normal * dot(moved, normal);
    }
    last_ = mouse.at;
    model.moveTo(model.cursor() + moved);
}

void CrosshairLayer::release(LayerMouse const&, LayerView const&)
{
    hold_ = {};
}

void CrosshairLayer::hover(LayerMouse const& mouse, LayerView const& view)
{
    MprView* const seen = view_();
    Grip const grip = seen == nullptr ? Grip::None : holdAt(mouse.at, *seen, view).grip;
    if (grip == Grip::None) {
        if (std::exchange(shapedPointer_, false))
            widget_.unsetCursor();
        return;
    }
    shapedPointer_ = true;
    widget_.setCursor(grip == Grip::Middle ? Qt::SizeAllCursor
                      : grip == Grip::End  ? Qt::PointingHandCursor
                                           : Qt::OpenHandCursor);
}

void VolumeRemarkLayer::paint(QPainter& painter, LayerView const& view)
{
    VolumeView* const shown = view_();
    if (shown == nullptr)
        return;
    int const height = painter.fontMetrics().height(), flags = Qt::AlignHCenter | Qt::TextWordWrap;
    QRectF line(view.size.width() * 0.2, 8 + height, view.size.width() * 0.6, height);
    QStringList notes;
    for (auto const& remark : shown->remarks()) {
        if (!remark.isWarning) {
            notes << remark.words;
            continue;
        }
        QRectF const place = painter.boundingRect(line, flags, remark.words);
        painter.fillRect(place.adjusted(-6, -1, 6, 1), QColor(0, 0, 0, 150));
        painter.setPen(QColor(colour::amber));
        painter.drawText(place, flags, remark.words);
        line.moveTop(place.bottom() + 2);
    }
    // What was put right stays at the foot, off the picture's middle.
    QRectF place = painter.boundingRect(line, flags, notes.join(" · "));
    place.moveBottom(view.size.height() - 10 - height);
    painter.setPen(QColor(colour::quiet));
    painter.drawText(place, flags, notes.join(" · "));
}

} // namespace qianli::viewer
