// GraphicsLayer: the object's own shutter and overlay planes over its picture. Turned off, it says so on the picture:
// what a device drew is never hidden in silence.
#pragma once

#include "viewer/ui/viewport_layer.h"

#include <QImage>

namespace qianli::viewer {

class GraphicsLayer : public ViewportLayer {
public:
    explicit GraphicsLayer(std::function<bool()> isOn) : isOn_(std::move(isOn)) {}
    void paint(QPainter& painter, LayerView const& view) override;

private:
    QImage const& drawn(LayerView const& view, qreal ratio);

    std::function<bool()> isOn_;
    // What `drawn_` was made of.
    std::shared_ptr<ImageAttributes const> image_;
    std::shared_ptr<Pixels const> pixels_;
    std::uint32_t frame_ = 0;
    QTransform toTarget_;
    QSize size_;
    QImage drawn_;
};

} // namespace qianli::viewer
