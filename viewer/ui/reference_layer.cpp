#include "viewer/ui/reference_layer.h"

#include "viewer/model/cut_line.h"
#include "viewer/ui/theme.h"

namespace qianli::viewer {

namespace {
void paintLine(QPainter& painter, LayerView const& view, QLineF const& image, QPen const& pen, std::size_t number)
{
    QLineF const line(view.mapping.toScreen(image.p1()), view.mapping.toScreen(image.p2()));
    // A dark line below: it is seen on bone, too.
    painter.setPen(QPen(QColor(0, 0, 0, 160), pen.widthF() + 2));
    painter.drawLine(line);
    painter.setPen(pen);
    painter.drawLine(line);
    QPointF const end = line.x1() > line.x2() ? line.p1() : line.p2();
    painter.drawText(QRectF(end.x() - 44, end.y() - 16, 40, 14), Qt::AlignRight | Qt::AlignBottom,
                     QString::number(number));
}
} // namespace

void ReferenceLayer::paint(QPainter& painter, LayerView const& view)
{
    if (view.active || !shown_())
        return;
    auto const active = grid_.active().layerView();
    auto const here = placed(view.entry);
    // Cuts through one volume have a cross-hair; the whole of it seen from outside lies in no plane.
    auto const isWhole = [](LayerView const& one) { return one.isCut && one.stack.entries.size() == 1; };
    if (!active || !here || (active->isCut && view.isCut) || isWhole(*active) || isWhole(view))
        return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    QFont font = painter.font();
    font.setPixelSize(11);
    painter.setFont(font);
    auto const draw = [&](std::size_t index, QPen const& pen) {
        if (auto const cutting = placed(active->stack.entries[index]))
            if (auto const line = cutLine(*cutting, *here))
                paintLine(painter, view, *line, pen, index + 1);
    };
    std::size_t const last = active->stack.entries.size() - 1;
    if (view.stack.kind == StackKind::Localizer && !active->isCut)
        for (std::size_t const end : {std::size_t(0), last})
            if (end != active->state.index)
                draw(end, QPen(QColor(colour::quiet), 1, Qt::DashLine));
    draw(active->state.index, QPen(QColor(colour::accent), 1.4));
    painter.restore();
}

} // namespace qianli::viewer
