// TurnLayer: turns a volume seen from outside under the mouse, and shows on a cube how the patient lies.
#pragma once

#include "viewer/ui/rendered_view.h"
#include "viewer/ui/viewport_layer.h"

namespace qianli::viewer {

class TurnLayer final : public ViewportLayer {
public:
    explicit TurnLayer(std::function<RenderedView*()> view) : view_(std::move(view)) {}

    void paint(QPainter& painter, LayerView const& view) override;
    // Left drag turns, unless the left button pans or zooms.
    bool press(LayerMouse const& mouse, LayerView const& view) override;
    void move(LayerMouse const& mouse, LayerView const& view) override;

private:
    std::function<RenderedView*()> view_;
    QPointF last_;
};

} // namespace qianli::viewer
