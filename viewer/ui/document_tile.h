// What stands for a document in the series bar: what it is in a word, and its first page as soon as that is drawn.
#pragma once

#include "viewer/ui/series_bar.h"

namespace qianli::viewer {

QString documentWord(ImageAttributes const& object);
// A sheet with that word at once, the first page later.
void showDocumentOn(SeriesTile& tile, int edge);

} // namespace qianli::viewer
