// ReadingPage's layers: what lies over the pictures of each viewport, the lowest first.
#include "viewer/ui/reading_page.h"

namespace qianli::viewer {

void ReadingPage::addLayers() {}

} // namespace qianli::viewer
