#include "viewer/ui/turn_layer.h"

#include "viewer/i18n/language.h"
#include "viewer/ui/theme.h"

#include <array>
#include <numbers>

namespace qianli::viewer {

namespace {
constexpr double edge = 40, margin = 22; // of the cube, logical pixels

struct Face {
    Vector3 normal;
    char const *chinese, *english;
};
constexpr std::array faces{Face{{1, 0, 0}, "左", "L"}, Face{{-1, 0, 0}, "右", "R"}, Face{{0, -1, 0}, "前", "A"},
                           Face{{0, 1, 0}, "后", "P"}, Face{{0, 0, 1}, "头", "H"},  Face{{0, 0, -1}, "足", "F"}};

// Directions of the patient on the screen, as the picture is laid on it.
QPointF onScreen(Vector3 direction, Cut const& seen, LayerView const& view)
{
    QPointF const image(dot(direction, seen.right), dot(direction, seen.down));
    QPointF const way = view.mapping.toScreen(image) - view.mapping.toScreen({0, 0});
    return way / view.mapping.zoom();
}
} // namespace

void TurnLayer::paint(QPainter& painter, LayerView const& view)
{
    RenderedView* const shown = view_();
    if (shown == nullptr)
        return;
    Cut const& seen = shown->view();
    Vector3 const forward = cross(seen.right, seen.down);
    QPointF const middle(view.size.width() - margin - edge, view.size.height() - margin - edge * 2.2);
    painter.setRenderHint(QPainter::Antialiasing);
    for (Face const& face : faces) {
        double const towards = -dot(face.normal, forward);
        if (towards <= 0.02)
            continue;
        Vector3 const across = std::abs(face.normal.z) > 0.5 ? Vector3{1, 0, 0} : Vector3{0, 0, 1};
        Vector3 const other = cross(face.normal, across);
        auto const corner = [&](double a, double b) {
            return middle + onScreen(face.normal + across * a + other * b, seen, view) * (edge / 2);
        };
        int const light = static_cast<int>(40 + 60 * towards);
        painter.setBrush(QColor(light, light + 4, light + 10, 225));
        painter.setPen(QPen(QColor(colour::quiet), 1));
        painter.drawPolygon(QPolygonF{corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)});
        if (towards < 0.3)
            continue;
        QPointF const at = middle + onScreen(face.normal, seen, view) * (edge / 2);
        painter.setPen(QColor(colour::strong));
        painter.drawText(QRectF(at - QPointF(16, 12), QSizeF(32, 24)), Qt::AlignCenter,
                         say(face.chinese, face.english));
    }
}

bool TurnLayer::press(LayerMouse const& mouse, LayerView const& view)
{
    last_ = mouse.at;
    return view_() != nullptr && mouse.button == Qt::LeftButton && view.leftTool != ToolKind::Pan &&
           view.leftTool != ToolKind::Zoom;
}

// Across the whole viewport is half a turn. A picture that lies turned or mirrored turns the way the hand goes.
void TurnLayer::move(LayerMouse const& mouse, LayerView const& view)
{
    RenderedView* const shown = view_();
    if (shown == nullptr)
        return;
    QPointF const way = (view.mapping.toImage(mouse.at) - view.mapping.toImage(last_)) * view.mapping.zoom();
    last_ = mouse.at;
    double const perPixel = std::numbers::pi / std::max(1.0, std::min(view.size.width(), view.size.height()));
    shown->turn(way.x() * perPixel, -way.y() * perPixel);
}

} // namespace qianli::viewer
