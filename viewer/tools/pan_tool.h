// PanTool: the picture follows the mouse.
#pragma once

#include "viewer/tools/drag_tool.h"

namespace qianli::viewer {

class PanTool final : public DragTool {
public:
    void begin(ToolTarget const& target, QPointF at) override;
    void drag(ToolTarget const& target, QPointF at) override;

private:
    QPointF start_, pan_;
};

} // namespace qianli::viewer
