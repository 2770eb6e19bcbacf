// PageStrip: whose pages these are, above them: what a picture has in its corners, on a strip of its own, because words
// on paper would lie over words.
#pragma once

#include "viewer/model/corner_text.h"

#include <QPainter>
#include <QRect>

namespace qianli::viewer {

inline constexpr int pageStripHeight = 42;

// Two lines; what stands at the right gives way to the name, and a name wider than the strip ends in "…".
void paintPageStrip(QPainter& painter, QRect const& place, CornerText const& text);

} // namespace qianli::viewer
