#include "viewer/tools/pan_tool.h"

#include <algorithm>

namespace qianli::viewer {

void PanTool::begin(ToolTarget const& target, QPointF at)
{
    start_ = at;
    pan_ = target.state.pan;
}

void PanTool::drag(ToolTarget const& target, QPointF at)
{
    // The middle of the picture stays near the viewport: a picture dragged out of sight looks like a lost one.
    double const farX = target.viewport.width() * 2, farY = target.viewport.height() * 2;
    QPointF const moved = pan_ + (at - start_);
    target.state.pan = {std::clamp(moved.x(), -farX, farX), std::clamp(moved.y(), -farY, farY)};
}

} // namespace qianli::viewer
