// ViewportLayer: something drawn over a picture that may take the mouse: overlays, measurements, reference lines, a
// cross-hair. The picture and its tools know nothing of it.
#pragma once

#include "viewer/model/series.h"
#include "viewer/model/view_state.h"
#include "viewer/tools/drag_tool.h"

#include <QMouseEvent>
#include <QPainter>

#include <functional>
#include <memory>

namespace qianli::viewer {

// What a viewport shows at one moment. Layer coordinates are logical pixels; (0, 0) is the top left corner of the
// picture's area.
struct LayerView {
    Stack const& stack;
    StackEntry const& entry;
    FrameAttributes const& attributes;
    std::shared_ptr<Pixels const> pixels; // null: not decoded yet
    ViewState const& state;
    ViewMapping mapping; // from image coordinates to the layer's
    QSizeF size;         // of the picture's area
    ToolKind leftTool = ToolKind::WindowLevel;
    bool active = false; // the viewport that commands go to
    bool isCut = false;  // a plane cut through a volume, not a picture of the study
};

// A mouse event in layer coordinates.
struct LayerMouse {
    QPointF at;
    Qt::MouseButton button = Qt::NoButton; // that went down or up
    Qt::MouseButtons buttons;              // that are down
    Qt::KeyboardModifiers modifiers;
};

class ViewportLayer {
public:
    virtual ~ViewportLayer() = default;
    // The painter is clipped to the picture's area.
    virtual void paint(QPainter& painter, LayerView const& view) = 0;
    // True: the event was the layer's, nobody below sees it. Whoever takes a press gets what follows until the release.
    virtual bool press(LayerMouse const&, LayerView const&) { return false; }
    virtual void move(LayerMouse const&, LayerView const&) {}
    virtual void release(LayerMouse const&, LayerView const&) {}
    // No button is down.
    virtual void hover(LayerMouse const&, LayerView const&) {}
    virtual bool doubleClick(LayerMouse const&, LayerView const&) { return false; }

    // Set by the viewport that owns the layer: draws it again.
    std::function<void()> repaint = [] {};
};

} // namespace qianli::viewer
