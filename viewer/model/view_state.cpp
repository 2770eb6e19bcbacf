#include "viewer/model/view_state.h"

#include <algorithm>
#include <array>

namespace qianli::viewer {

// Flipping after k turns is turning back k after flipping: the two do not commute.
void ScreenOrientation::flipLeftRight()
{
    quarterTurns_ = (4 - quarterTurns_) % 4;
    mirrored_ = !mirrored_;
}

void ScreenOrientation::flipUpDown()
{
    quarterTurns_ = (6 - quarterTurns_) % 4;
    mirrored_ = !mirrored_;
}

void ViewState::resetGeometry()
{
    zoom.reset();
    pan = {};
    orientation = {};
    inversion = Inversion::None;
}

ViewMapping::ViewMapping(std::uint32_t rows, std::uint32_t columns, double pixelAspect, ViewState const& state,
                         QSizeF viewport)
{
    double const width = columns;
    double const height = rows * pixelAspect;
    bool const swaps = state.orientation.swapsAxes();
    double const fit =
        std::min(viewport.width() / (swaps ? height : width), viewport.height() / (swaps ? width : height));
    zoom_ = std::clamp(state.zoom.value_or(fit), 1e-3, 1e3);
    transform_.translate(viewport.width() / 2 + state.pan.x(), viewport.height() / 2 + state.pan.y());
    transform_.rotate(90.0 * state.orientation.quarterTurns());
    if (state.orientation.mirrored())
        transform_.scale(-1, 1);
    transform_.scale(zoom_, zoom_ * pixelAspect);
    transform_.translate(-0.5 * columns, -0.5 * rows);
    inverse_ = transform_.inverted();
}

ViewState zoomedAt(ViewState const& state, ViewMapping const& mapping, QPointF screenPoint, QSizeF viewport,
                   double zoom)
{
    ViewState changed = state;
    double const wanted = std::clamp(zoom, 0.02, 64.0);
    QPointF const middle(viewport.width() / 2, viewport.height() / 2);
    QPointF const fromPicture = screenPoint - middle - state.pan;
    changed.zoom = wanted;
    changed.pan = screenPoint - middle - fromPicture * (wanted / mapping.zoom());
    return changed;
}

std::span<WindowPreset const> windowPresets()
{
    static constexpr std::array<WindowPreset, 9> presets{{
        {1, "脑窗", "Brain", 40, 80},
        {2, "骨窗", "Bone", 450, 1800},
        {3, "肺窗", "Lung", -600, 1500},
        {4, "纵隔窗", "Mediastinum", 40, 350},
        {5, "腹部", "Abdomen", 40, 300},
        {6, "肝脏", "Liver", 60, 150},
        {7, "卒中", "Stroke", 35, 40},
        {8, "硬膜下", "Subdural", 75, 215},
        {9, "血管", "Angiography", 200, 600},
    }};
    return presets;
}

} // namespace qianli::viewer
