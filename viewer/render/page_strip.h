// PageStrip: whose pages these are, above them: what a picture has in its corners, on a strip of its own, because words
// on paper would lie over words.
#pragma once

#include "viewer/model/corner_text.h"

#include <QPainter>
#include <QRect>

namespace qianli::viewer {

inline constexpr int pageStripHeight = 42;

// Two lines; a name is never cut off, what stands at the right gives way.
void paintPageStrip(QPainter& painter, QRect const& place, CornerText const& text);

} // namespace qianli::viewer
