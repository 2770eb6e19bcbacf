// Viewport, painted: the picture, what lies over it, its corners and its scroll bar.
#include "viewer/ui/viewport.h"

#include "viewer/i18n/language.h"
#include "viewer/render/image_renderer.h"
#include "viewer/render/overlay_painter.h"
#include "viewer/render/picture_graphics.h"
#include "viewer/ui/theme.h"
#include "viewer/ui/trace.h"

#include <QPainter>

namespace qianli::viewer {

namespace {
constexpr int scrollWidth = 9;

Language cornerLanguage()
{
    return displayLanguage() == DisplayLanguage::Chinese ? Language::Chinese : Language::English;
}
} // namespace

QRect Viewport::pictureArea() const
{
    return rect().adjusted(1, 1 + bandHeight_, -1 - (stack_.entries.size() > 1 ? scrollWidth : 0), -1 - clipHeight());
}

QRect Viewport::scrollTrack() const
{
    return {width() - 1 - scrollWidth, 1, scrollWidth, height() - 2 - clipHeight()};
}

void Viewport::updateImage()
{
    if (imageCurrent_ || (!pixels_ && !view_))
        return;
    qreal const ratio = devicePixelRatioF();
    QSize const area = pictureArea().size();
    ViewState scaled = state_;
    scaled.pan *= ratio;
    if (scaled.zoom)
        *scaled.zoom *= ratio;
    image_ = view_ ? view_->picture(scaled, area * ratio) : renderImage(*pixels_, *attributes(), scaled, area * ratio);
    image_.setDevicePixelRatio(ratio);
    imageCurrent_ = true;
}

void Viewport::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    QRect const area = pictureArea();
    if (entry() != nullptr)
        updateImage();
    // Not twice: a large viewport is megabytes.
    bool const isCovered = entry() != nullptr && (pixels_ || view_) && image_.size() == area.size() && imageCurrent_;
    for (QRect const& part : isCovered ? QRegion(rect()).subtracted(area) : QRegion(rect()))
        painter.fillRect(part, Qt::black);
    if (entry() != nullptr) {
        if (pixels_ || (view_ && !image_.isNull())) {
            painter.drawImage(area.topLeft(), image_);
            if (Trace::current() != nullptr)
                Trace::current()->picturePainted();
        } else
            paintMessage(painter, error_ ? say("这幅图像不能显示\n", "This image can't be shown\n") + sentence(*error_)
                                  : view_ ? say("正在绘制……", "Drawing …")
                                          : say("正在解码……", "Decoding …"));
        if (auto const view = layerView(); view && !layers_.empty()) {
            painter.save();
            painter.setClipRect(area);
            painter.translate(area.topLeft());
            for (auto const& layer : layers_)
                layer->paint(painter, *view);
            painter.restore();
        }
        painter.setFont(font());
        paintCornerText(painter, area, annotation());
        if (keyImage_)
            paintKeyTag(painter, area);
        if (stack_.entries.size() > 1)
            paintScrollBar(
                painter, scrollTrack(), state_.index, stack_.entries.size(),
                [this](std::size_t index) { return view_ != nullptr || cache_.holds(stack_.entries[index]); },
                stack_.geometry.get());
        if (bandHeight_ > 0)
            paintBand(painter, {1, 1, width() - 2, bandHeight_}, band_);
    } else {
        paintMessage(painter, waitingText_);
    }
    painter.setPen(QPen(QColor(active_ ? colour::accent : colour::line), 1));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void Viewport::paintMessage(QPainter& painter, QString const& text)
{
    painter.setPen(QColor(colour::quiet));
    painter.drawText(pictureArea().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap, text);
}

QImage Viewport::render(QSize size) const
{
    if (!pixels_)
        return {};
    ViewState fitted = state_;
    fitted.zoom.reset();
    fitted.pan = {};
    return view_ ? renderImage(*pixels_, *attributes(), fitted, size)
                 : renderPicture(*pixels_, *entry()->image, entry()->frame, fitted, size);
}

CornerText Viewport::annotation() const
{
    Pixels moving; // of a view whose values are not fetched while it moves
    moving.rows = entry() != nullptr ? entry()->image->format.rows : 0;
    moving.columns = entry() != nullptr ? entry()->image->format.columns : 0;
    Pixels const* const shown = pixels_ ? pixels_.get() : view_ ? &moving : nullptr;
    CornerText text = cornerText(stack_, state_, shown, pictureArea().size(), known_, cornerLanguage());
    if (shown == nullptr)
        text.bottomRight.clear(); // there is no window and no zoom of a picture that isn't shown
    return text;
}

} // namespace qianli::viewer
