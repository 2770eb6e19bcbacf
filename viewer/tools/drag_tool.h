// DragTool: what dragging with a mouse button does to a view. A tool changes the ViewState, never the picture.
#pragma once

#include "viewer/model/geometry.h"
#include "viewer/model/image.h"
#include "viewer/model/view_state.h"

#include <QPointF>
#include <QSizeF>

#include <memory>

namespace qianli::viewer {

// The view a tool works on, as it is while the mouse moves.
struct ToolTarget {
    ViewState& state;
    std::size_t count = 0; // pictures in the stack
    std::uint32_t rows = 0, columns = 0;
    FrameAttributes const& attributes;
    QSizeF viewport;
};

enum class ToolKind { WindowLevel, Pan, Zoom, Scroll };

class DragTool {
public:
    virtual ~DragTool() = default;
    // The button went down; what the drag starts from is remembered here.
    virtual void begin(ToolTarget const& target, QPointF at) = 0;
    virtual void drag(ToolTarget const& target, QPointF at) = 0;
};

std::unique_ptr<DragTool> makeDragTool(ToolKind kind);

} // namespace qianli::viewer
