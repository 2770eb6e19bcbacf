// CrosshairLayer: where the other planes of an MPR cut this one; taken by the mouse they move and turn.
//
// The middle moves both, a line moves along its own plane's normal, the end of a line turns the planes around the
// middle; Shift and a click bring the middle to the mouse.
#pragma once

#include "viewer/ui/mpr_view.h"
#include "viewer/ui/viewport_layer.h"

#include <QPointer>
#include <QWidget>

namespace qianli::viewer {

class CrosshairLayer final : public ViewportLayer {
public:
    // `view`: what the viewport shows now, null when that is no cut. `widget`: takes the mouse pointer's shape.
    CrosshairLayer(QWidget& widget, std::function<MprView*()> view);

    void paint(QPainter& painter, LayerView const& view) override;
    bool press(LayerMouse const& mouse, LayerView const& view) override;
    void move(LayerMouse const& mouse, LayerView const& view) override;
    void release(LayerMouse const& mouse, LayerView const& view) override;
    void hover(LayerMouse const& mouse, LayerView const& view) override;

    // For tests: where the end of the line of `other` is, in layer coordinates.
    static QPointF endOf(MprView const& seen, MprPlane other, LayerView const& view);

private:
    enum class Grip { None, Middle, Line, End };
    struct Hold {
        Grip grip = Grip::None;
        MprPlane line = MprPlane::Axial;
    };
    Hold holdAt(QPointF at, MprView const& seen, LayerView const& view) const;

    QWidget& widget_;
    std::function<MprView*()> view_;
    Hold hold_;
    QPointF last_;
    bool shapedPointer_ = false;
};

// Straightening, missing slices: what a reader must know of the volume, over each picture of it.
class VolumeRemarkLayer final : public ViewportLayer {
public:
    explicit VolumeRemarkLayer(std::function<VolumeView*()> view) : view_(std::move(view)) {}
    void paint(QPainter& painter, LayerView const& view) override;

private:
    std::function<VolumeView*()> view_;
};

} // namespace qianli::viewer
