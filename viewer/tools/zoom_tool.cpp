#include "viewer/tools/zoom_tool.h"

#include <algorithm>
#include <cmath>

namespace qianli::viewer {

namespace {
ViewMapping mappingOf(ToolTarget const& target, ViewState const& state)
{
    return {target.rows, target.columns, target.attributes.pixelAspect, state, target.viewport};
}

double bounded(double zoom)
{
    return std::clamp(zoom, 0.02, 50.0);
}
} // namespace

void ZoomTool::begin(ToolTarget const& target, QPointF at)
{
    start_ = at;
    state_ = target.state;
    zoom_ = mappingOf(target, target.state).zoom();
}

void ZoomTool::drag(ToolTarget const& target, QPointF at)
{
    double const factor = std::pow(2.0, (start_.y() - at.y()) / 120.0);
    ViewState const zoomed =
        zoomedAt(state_, mappingOf(target, state_), start_, target.viewport, bounded(zoom_ * factor));
    target.state.zoom = zoomed.zoom;
    target.state.pan = zoomed.pan;
}

void zoomBy(ToolTarget const& target, QPointF at, double factor)
{
    ViewMapping const mapping = mappingOf(target, target.state);
    target.state = zoomedAt(target.state, mapping, at, target.viewport, bounded(mapping.zoom() * factor));
}

} // namespace qianli::viewer
