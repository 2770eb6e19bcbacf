// ReferenceLayer: where the active viewport's slice cuts the others; on a localizer also its first and last one.
#pragma once

#include "viewer/ui/viewport_grid.h"
#include "viewer/ui/viewport_layer.h"

namespace qianli::viewer {

class ReferenceLayer : public ViewportLayer {
public:
    // Nothing is drawn while `shown` says no.
    ReferenceLayer(ViewportGrid const& grid, std::function<bool()> shown) : grid_(grid), shown_(std::move(shown)) {}
    void paint(QPainter& painter, LayerView const& view) override;

private:
    ViewportGrid const& grid_;
    std::function<bool()> shown_;
};

} // namespace qianli::viewer
