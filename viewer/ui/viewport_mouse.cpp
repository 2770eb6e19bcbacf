// Viewport's mouse: the scroll bar, the layers over the picture, and the tool in hand.
#include "viewer/ui/viewport.h"

#include "viewer/tools/scroll_tool.h"
#include "viewer/tools/zoom_tool.h"

#include <QMouseEvent>
#include <QWheelEvent>

namespace qianli::viewer {

void Viewport::scrollTo(QPoint at)
{
    QRect const track = scrollTrack();
    double const part = std::clamp((at.y() - track.top()) / static_cast<double>(std::max(1, track.height())), 0.0, 1.0);
    change([&](ToolTarget const& target) {
        target.state.index =
            std::min(target.count - 1, static_cast<std::size_t>(part * static_cast<double>(target.count)));
    });
}

LayerMouse Viewport::layerMouse(QMouseEvent const& event) const
{
    return {event.position() - pictureArea().topLeft(), event.button(), event.buttons(), event.modifiers()};
}

bool Viewport::pressLayer(LayerMouse const& mouse)
{
    auto const view = layerView();
    for (auto layer = layers_.rbegin(); view && layer != layers_.rend(); ++layer)
        if ((*layer)->press(mouse, *view)) {
            pressed_ = layer->get();
            return true;
        }
    return false;
}

void Viewport::mousePressEvent(QMouseEvent* event)
{
    emit activated(this);
    if (pressed_ != nullptr)
        return;
    if (event->button() == Qt::LeftButton && stack_.entries.size() > 1 && scrollTrack().contains(event->pos())) {
        draggingScroll_ = true;
        return scrollTo(event->pos());
    }
    if (pressLayer(layerMouse(*event)))
        return;
    ToolKind const kind = event->button() == Qt::RightButton    ? ToolKind::WindowLevel
                          : event->button() == Qt::MiddleButton ? ToolKind::Pan
                                                                : leftTool_;
    drag_ = makeDragTool(kind);
    change([&](ToolTarget const& target) { drag_->begin(target, event->position() - pictureArea().topLeft()); });
}

void Viewport::mouseMoveEvent(QMouseEvent* event)
{
    if (draggingScroll_)
        return scrollTo(event->pos());
    if (auto const view = layerView(); view && pressed_ != nullptr)
        return pressed_->move(layerMouse(*event), *view);
    else if (view && event->buttons() == Qt::NoButton)
        for (auto const& layer : layers_)
            layer->hover(layerMouse(*event), *view);
    if (drag_)
        change([&](ToolTarget const& target) { drag_->drag(target, event->position() - pictureArea().topLeft()); });
}

void Viewport::mouseReleaseEvent(QMouseEvent* event)
{
    if (auto* const layer = std::exchange(pressed_, nullptr))
        if (auto const view = layerView())
            layer->release(layerMouse(*event), *view);
    drag_.reset();
    draggingScroll_ = false;
}

void Viewport::mouseDoubleClickEvent(QMouseEvent* event)
{
    auto const view = layerView();
    for (auto layer = layers_.rbegin(); view && layer != layers_.rend(); ++layer)
        if ((*layer)->doubleClick(layerMouse(*event), *view))
            return;
    if (event->button() == Qt::LeftButton && !scrollTrack().contains(event->pos()))
        emit maximiseAsked(this);
}

void Viewport::wheelEvent(QWheelEvent* event)
{
    emit activated(this);
    wheelRest_ += event->angleDelta().y();
    int const steps = wheelRest_ / 120;
    wheelRest_ -= steps * 120;
    if (steps == 0 || (view_ && view_->wheel(steps, event->modifiers())))
        return;
    // A volume seen from outside has nothing to scroll.
    if (event->modifiers() & Qt::ControlModifier || (view_ && view_->count() == 1))
        change([&](ToolTarget const& target) {
            zoomBy(target, event->position() - pictureArea().topLeft(), std::pow(1.15, steps));
        });
    else
        change([&](ToolTarget const& target) { scrollBy(target, -steps); });
    event->accept();
}

} // namespace qianli::viewer
