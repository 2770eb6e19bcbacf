// Paints corner annotation: four blocks and the orientation letters, one size, outlined so that it reads on white and
// on black.
#pragma once

#include "viewer/model/corner_text.h"

#include <QPainter>
#include <QRect>

namespace qianli::viewer {

// `pixelSize`: of the font; the painter's font family is kept.
void paintCornerText(QPainter& painter, QRect const& viewport, CornerText const& text, int pixelSize = 13);

} // namespace qianli::viewer
