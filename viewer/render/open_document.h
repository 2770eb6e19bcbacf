// Opens an object without pixels as pages.
#pragma once

#include "viewer/model/image.h"
#include "viewer/render/page_source.h"

namespace qianli::viewer {

// For worker threads: reads the file. What this version can't show becomes a page that says what it is; only a file
// that contradicts itself is an error.
Result<std::shared_ptr<PageSource const>> openDocument(ImageAttributes const& object, Language language);

} // namespace qianli::viewer
