#include "viewer/tools/window_level_tool.h"

#include <algorithm>
#include <cmath>

namespace qianli::viewer {

namespace {
// Fine for a narrow window, swift for a wide one: half the viewport doubles the width.
double stepOf(Window const& window, QSizeF viewport)
{
    double const edge = std::max(100.0, std::min(viewport.width(), viewport.height()));
    return std::max(window.width, 1.0) * 2 / edge;
}
} // namespace

void WindowLevelTool::begin(ToolTarget const& target, QPointF at)
{
    start_ = at;
    window_ = effectiveWindow(target.attributes.grey, target.state.voi);
}

void WindowLevelTool::drag(ToolTarget const& target, QPointF at)
{
    QPointF const way = at - start_;
    double const step = stepOf(window_, target.viewport);
    double const smallest = std::min(1.0, std::max(window_.width, 1e-6));
    Window changed = window_;
    changed.width = std::max(smallest, window_.width + way.x() * step);
    changed.center = window_.center + way.y() * step;
    if (window_.width >= 20) { // whole numbers are what people read and say
        changed.width = std::max(1.0, std::round(changed.width));
        changed.center = std::round(changed.center);
    }
    changed.explanation.clear();
    target.state.voi = VoiChoice{VoiChoice::Kind::Manual, 0, changed};
}

} // namespace qianli::viewer
