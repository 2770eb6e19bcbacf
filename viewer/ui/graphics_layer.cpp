#include "viewer/ui/graphics_layer.h"

#include "viewer/i18n/language.h"
#include "viewer/render/picture_graphics.h"
#include "viewer/ui/theme.h"

namespace qianli::viewer {

QImage const& GraphicsLayer::drawn(LayerView const& view, qreal ratio)
{
    QTransform const toTarget = view.mapping.transform() * QTransform::fromScale(ratio, ratio);
    QSize const size = (view.size * ratio).toSize();
    bool const isSame = image_ == view.entry.image && pixels_ == view.pixels && frame_ == view.entry.frame &&
                        toTarget_ == toTarget && size_ == size;
    if (!isSame) {
        drawn_ = drawGraphics(*view.entry.image, view.entry.frame, view.pixels.get(), toTarget, size);
        drawn_.setDevicePixelRatio(ratio);
        image_ = view.entry.image;
        pixels_ = view.pixels;
        frame_ = view.entry.frame;
        toTarget_ = toTarget;
        size_ = size;
    }
    return drawn_;
}

void GraphicsLayer::paint(QPainter& painter, LayerView const& view)
{
    if (view.isCut || !view.pixels || !hasGraphics(*view.entry.image, view.entry.frame, view.pixels.get()))
        return;
    if (isOn_()) {
        painter.drawImage(QPointF(0, 0), drawn(view, painter.device()->devicePixelRatioF()));
        return;
    }
    QString const words = view.entry.image->shutter ? say("设备的遮挡和标注已隐藏  B", "Shutter and overlay hidden  B")
                                                    : say("设备的标注已隐藏  B", "Overlay hidden  B");
    painter.setPen(QColor(colour::amber));
    painter.drawText(QRectF(0, view.size.height() - 44, view.size.width(), 20), Qt::AlignCenter, words);
}

} // namespace qianli::viewer
