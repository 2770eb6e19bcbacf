#include "viewer/ui/page_steps.h"

#include <QScreen>
#include <QWidget>

#include <algorithm>
#include <cmath>

namespace qianli::viewer {

ViewState steppedOnPages(ViewState const& state, ViewMapping const& mapping, QSize picture, QSizeF area,
                         std::size_t count, int steps)
{
    ViewState moved = state;
    QRectF const sheet = mapping.transform().mapRect(QRectF(QPointF(), picture));
    double const below = sheet.bottom() - area.height(), above = -sheet.top();
    double const stride = area.height() * 0.7 * std::abs(steps);
    if (steps > 0 && below > 1) {
        moved.pan.ry() -= std::min(stride, below);
    } else if (steps < 0 && above > 1) {
        moved.pan.ry() += std::min(stride, above);
    } else {
        auto const last = static_cast<std::ptrdiff_t>(count) - 1;
        moved.index = static_cast<std::size_t>(
            std::clamp(static_cast<std::ptrdiff_t>(state.index) + steps, std::ptrdiff_t{0}, last));
        // The next sheet from its top, the one before from its foot.
        if (double const over = (sheet.height() - area.height()) / 2; over > 0 && moved.index != state.index)
            moved.pan.setY(steps > 0 ? over : -over);
    }
    return moved;
}

ViewState fittedToWidth(ViewState const& state, QSize picture, QSizeF area)
{
    ViewState fitted = state;
    QSize const turned = state.orientation.swapsAxes() ? picture.transposed() : picture;
    double const zoom = area.width() / turned.width();
    fitted.zoom = zoom;
    fitted.pan = QPointF(0, std::max(0.0, (turned.height() * zoom - area.height()) / 2));
    return fitted;
}

ViewState inActualSize(ViewState const& state, double screenPixels)
{
    ViewState sized = state;
    sized.zoom = screenPixels / pagePixels;
    sized.pan = {};
    return sized;
}

std::optional<double> screenPixelsPerMillimetre(QWidget const& widget)
{
    QScreen const* const screen = widget.screen();
    if (screen == nullptr || screen->physicalSize().width() < 50 || screen->physicalSize().height() < 50)
        return std::nullopt;
    double const across = screen->size().width() / screen->physicalSize().width();
    double const down = screen->size().height() / screen->physicalSize().height();
    // Projectors and virtual machines invent sizes: a screen's pixels are square, 40 to 600 an inch.
    bool const believable = across > 1.5 && across < 24 && std::abs(across / down - 1) < 0.05;
    return believable ? std::optional((across + down) / 2) : std::nullopt;
}

} // namespace qianli::viewer
