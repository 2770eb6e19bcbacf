// The fonts of a report on paper: WenQuanYi Zen Hei, and HanaMin for the rare characters it lacks (CJK extension B and
// later).
//
// Not Noto Sans CJK: text copied out of Qt's PDFs is altered with it (radicals in place of characters), and a report
// must be searchable.
#pragma once

#include "common/base/result.h"

#include <QFont>
#include <QStringList>

namespace qianli::viewer {

QStringList reportFontFamilies();
QFont reportFont(double points);
// Unavailable naming the package when the main font is not installed.
Result<void> checkReportFonts();

} // namespace qianli::viewer
