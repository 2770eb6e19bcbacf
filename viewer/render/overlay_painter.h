// Paints corner annotation: four blocks and the orientation letters, one size, outlined so that it reads on white and
// on black.
#pragma once

#include "viewer/model/corner_text.h"

#include <QFontMetrics>
#include <QPainter>
#include <QRect>

#include <vector>

namespace qianli::viewer {

struct PlacedText {
    QRect place;
    int flags = 0; // Qt's alignment and wrapping
    QString text;
};

// What is said in so much room. Promise: who and when (name, ID, sex and age, site, date) is always whole and lies
// apart from all else: it is wrapped, never cut; whatever else has no room is left out.
std::vector<PlacedText> placeCornerText(QFontMetrics const& metrics, QRect const& area, CornerText const& text);

// `pixelSize`: of the font, smaller where who and when would not fit; the painter's font family is kept.
void paintCornerText(QPainter& painter, QRect const& viewport, CornerText const& text, int pixelSize = 13);

} // namespace qianli::viewer
