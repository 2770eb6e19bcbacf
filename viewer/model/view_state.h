// ViewState: how a viewport shows a picture; a plain value, changed by tools and drawn by render.
#pragma once

#include "viewer/model/grey_scale.h"
#include "viewer/model/pixels.h"

#include <QPointF>
#include <QSizeF>
#include <QTransform>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace qianli::viewer {

enum class Interpolation { Nearest, Linear };

// One of the eight ways to lay a picture on the screen: mirrored left to right first (or not), then turned clockwise.
class ScreenOrientation {
public:
    void turnClockwise() { quarterTurns_ = (quarterTurns_ + 1) % 4; }
    void turnCounterclockwise() { quarterTurns_ = (quarterTurns_ + 3) % 4; }
    // As seen on the screen, whatever was turned before.
    void flipLeftRight();
    void flipUpDown();

    int quarterTurns() const { return quarterTurns_; } // 0…3
    bool mirrored() const { return mirrored_; }
    bool swapsAxes() const { return quarterTurns_ % 2 == 1; }
    bool operator==(ScreenOrientation const&) const = default;

private:
    int quarterTurns_ = 0;
    bool mirrored_ = false;
};

struct ViewState {
    VoiChoice voi;
    Inversion inversion = Inversion::None;
    std::optional<double> zoom; // screen pixels per image column; none: the whole picture fits
    QPointF pan;                // screen pixels from the middle of the viewport to the middle of the picture
    ScreenOrientation orientation;
    Interpolation interpolation = Interpolation::Linear;
    std::size_t index = 0; // of the stack's entry shown

    // Back to fit, unturned, not inverted; the window stays to the caller.
    void resetGeometry();
};

// The map between picture and viewport for one view.
//
// Image coordinates: (0,0) is the outer corner of the first pixel, so its centre is (0.5, 0.5); x counts columns, y
// rows.
class ViewMapping {
public:
    ViewMapping(std::uint32_t rows, std::uint32_t columns, double pixelAspect, ViewState const& state, QSizeF viewport);

    QPointF toScreen(QPointF image) const { return transform_.map(image); }
    QPointF toImage(QPointF screen) const { return inverse_.map(screen); }
    QTransform const& transform() const { return transform_; }
    // Screen pixels per image column.
    double zoom() const { return zoom_; }

private:
    QTransform transform_;
    QTransform inverse_;
    double zoom_ = 1;
};

// The state with another zoom, so that the picture's point under `screenPoint` stays there.
ViewState zoomedAt(ViewState const& state, ViewMapping const& mapping, QPointF screenPoint, QSizeF viewport,
                   double zoom);

// The keys 1 to 9 for CT: 脑窗 W80 L40 … in UTF-8.
struct WindowPreset {
    int key = 0;
    std::string_view chinese;
    std::string_view english;
    double center = 0;
    double width = 0;
};
std::span<WindowPreset const> windowPresets();

} // namespace qianli::viewer
