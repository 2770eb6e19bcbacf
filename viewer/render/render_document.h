// `qianli-viewer render` of objects without pixels: one page as a picture.
#pragma once

#include "viewer/model/series.h"
#include "viewer/render/render_arguments.h"

#include <QImage>

namespace qianli::viewer {

// The first document where there is no picture at all; null where there is one, or nothing to show.
std::shared_ptr<ImageAttributes const> documentToDraw(std::vector<Study> const& studies);
Result<QImage> drawDocument(RenderArguments const& arguments, ImageAttributes const& object);

} // namespace qianli::viewer
