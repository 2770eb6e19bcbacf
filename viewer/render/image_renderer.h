// Draws a picture into plain memory on the CPU: resample to the screen, one look-up, RGB32.
#pragma once

#include "viewer/model/image.h"
#include "viewer/model/pixels.h"
#include "viewer/model/view_state.h"

#include <QImage>
#include <QSize>

namespace qianli::viewer {

// The view of a frame at exactly `target` device pixels (Format_RGB32, black around the picture): bilinear or nearest
// where magnified, averaged over the area where minified. Uses up to two threads. Null when `target` is empty.
QImage renderImage(Pixels const& pixels, FrameAttributes const& attributes, ViewState const& state, QSize target);

} // namespace qianli::viewer
