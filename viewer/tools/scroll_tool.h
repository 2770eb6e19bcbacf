// ScrollTool: down and up go through the stack, the whole stack over most of the viewport's height.
#pragma once

#include "viewer/tools/drag_tool.h"

namespace qianli::viewer {

class ScrollTool final : public DragTool {
public:
    void begin(ToolTarget const& target, QPointF at) override;
    void drag(ToolTarget const& target, QPointF at) override;

private:
    QPointF start_;
    std::size_t index_ = 0;
};

// Moves by `steps` and stops at both ends.
void scrollBy(ToolTarget const& target, int steps);

} // namespace qianli::viewer
