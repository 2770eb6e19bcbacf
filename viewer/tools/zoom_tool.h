// ZoomTool: up enlarges, down reduces, around the point where the drag began; also one step of Ctrl and the wheel.
#pragma once

#include "viewer/tools/drag_tool.h"

namespace qianli::viewer {

class ZoomTool final : public DragTool {
public:
    void begin(ToolTarget const& target, QPointF at) override;
    void drag(ToolTarget const& target, QPointF at) override;

private:
    QPointF start_;
    ViewState state_;
    double zoom_ = 1;
};

// Enlarges by `factor` around a point of the viewport, within 1/50 and 50 screen pixels per image column.
void zoomBy(ToolTarget const& target, QPointF at, double factor);

} // namespace qianli::viewer
