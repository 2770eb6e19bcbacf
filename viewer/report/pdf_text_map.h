// Makes the rare characters of our PDFs searchable: Qt 6.4 leaves characters beyond U+FFFF out of a font's map back to
// text.
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace qianli::viewer {

// The PDF with an update appended (PDF 32000 7.5.6) that gives each fallback font a complete map. `painted`: all text
// in the order in which it was painted, because a subset font numbers its glyphs in the order of their first use. A
// font that doesn't have as many glyphs as that order says is left as it is.
QByteArray withCompleteTextMaps(QByteArray const& pdf, QString const& painted, QStringList const& families);

} // namespace qianli::viewer
