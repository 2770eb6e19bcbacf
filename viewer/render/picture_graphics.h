// Draws what an object lays over its own pictures: its display shutter, then its overlay planes.
#pragma once

#include "viewer/model/image.h"
#include "viewer/model/pixels.h"
#include "viewer/model/view_state.h"

#include <QImage>
#include <QPainter>

namespace qianli::viewer {

// Whether the frame has any.
bool hasGraphics(ImageAttributes const& image, std::uint32_t frame, Pixels const* pixels);

// Shutter and planes of one frame at exactly `target` device pixels, clear where there are none
// (Format_ARGB32_Premultiplied). No set bit is lost, however small the picture is shown. `toTarget` leads from image
// coordinates to device pixels. Null when the frame has none.
QImage drawGraphics(ImageAttributes const& image, std::uint32_t frame, Pixels const* pixels, QTransform const& toTarget,
                    QSize target);

// A whole picture as a reader sees it, without annotation: for thumbnails, the report and files.
QImage renderPicture(Pixels const& pixels, ImageAttributes const& image, std::uint32_t frame, ViewState const& state,
                     QSize target);
// With its initial window, at most `edge` pixels wide and high.
QImage renderThumbnail(Pixels const& pixels, ImageAttributes const& image, std::uint32_t frame, int edge);

} // namespace qianli::viewer
