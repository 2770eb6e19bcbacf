#include "viewer/tools/drag_tool.h"

#include "viewer/tools/pan_tool.h"
#include "viewer/tools/scroll_tool.h"
#include "viewer/tools/window_level_tool.h"
#include "viewer/tools/zoom_tool.h"

namespace qianli::viewer {

std::unique_ptr<DragTool> makeDragTool(ToolKind kind)
{
    switch (kind) {
    case ToolKind::Pan:
        return std::make_unique<PanTool>();
    case ToolKind::Zoom:
        return std::make_unique<ZoomTool>();
    case ToolKind::Scroll:
        return std::make_unique<ScrollTool>();
    case ToolKind::WindowLevel:
        break;
    }
    return std::make_unique<WindowLevelTool>();
}

} // namespace qianli::viewer
