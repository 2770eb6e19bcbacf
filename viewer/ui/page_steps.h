// Moving about on pages: the arithmetic of one view to the next.
#pragma once

#include "viewer/model/view_state.h"

#include <QSize>

#include <optional>

class QWidget;

namespace qianli::viewer {

// To tools and layers a page is a picture of this many columns and rows a millimetre.
inline constexpr double pagePixels = 10;

// Down or up a sheet that is larger than the viewport, then to the next one. Positive steps go on.
ViewState steppedOnPages(ViewState const& state, ViewMapping const& mapping, QSize picture, QSizeF area,
                         std::size_t count, int steps);
// As wide as the viewport, from the top.
ViewState fittedToWidth(ViewState const& state, QSize picture, QSizeF area);
// A millimetre of paper is one on the screen.
ViewState inActualSize(ViewState const& state, double screenPixelsPerMillimetre);
// Logical pixels a millimetre; none when the screen does not say how large it is, or can't be believed.
std::optional<double> screenPixelsPerMillimetre(QWidget const& widget);

} // namespace qianli::viewer
