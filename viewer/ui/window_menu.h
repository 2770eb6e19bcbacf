// The menu of windows: the object's own windows and look-up tables, the automatic one, then the presets of the keys.
#pragma once

#include "viewer/model/image.h"
#include "viewer/model/pixels.h"

#include <QMenu>

#include <functional>

namespace qianli::viewer {

// Fills the menu anew for a picture; null attributes: presets alone. `choose` gets what was chosen.
void fillWindowMenu(QMenu& menu, FrameAttributes const* attributes, Pixels const* pixels, std::string const& modality,
                    VoiChoice const& current, std::function<void(VoiChoice const&)> const& choose);

} // namespace qianli::viewer
