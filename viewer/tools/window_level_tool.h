// WindowLevelTool: right and left make the window wider and narrower, up and down darker and brighter.
#pragma once

#include "viewer/tools/drag_tool.h"

namespace qianli::viewer {

class WindowLevelTool final : public DragTool {
public:
    void begin(ToolTarget const& target, QPointF at) override;
    void drag(ToolTarget const& target, QPointF at) override;

private:
    QPointF start_;
    Window window_;
};

} // namespace qianli::viewer
