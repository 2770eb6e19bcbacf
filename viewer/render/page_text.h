// Words on a sheet of paper: a font measured in millimetres, whatever the painter's scale.
#pragma once

#include <QFont>
#include <QPainter>
#include <QRectF>
#include <QString>

namespace qianli::viewer {

// Fonts of this many units a millimetre: pixel sizes are whole numbers, and small ones would be coarse.
inline constexpr double textUnits = 20;

QFont pageFont(double millimetres, bool bold = false);
// The painter's unit is a millimetre; `area` too. Words that do not fit end in "…".
void paintPageText(QPainter& painter, QRectF const& area, int flags, QString const& words, QFont const& font,
                   QColor const& colour);
// All of the words, in as many lines as they need; how high they are, 0 for none.
double heightOfPageLines(QString const& words, double width, QFont const& font);
double paintPageLines(QPainter& painter, QPointF topLeft, double width, QString const& words, QFont const& font,
                      QColor const& colour);
// Four digits at most: "0.05", "12.5".
QString shortNumber(double value);

} // namespace qianli::viewer
