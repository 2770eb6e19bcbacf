// Draws a measurement over a picture: thin lines with a dark rim, and its words beside them, outlined.
#pragma once

#include "viewer/model/measurement.h"
#include "viewer/model/view_state.h"

#include <QLineF>
#include <QPainter>
#include <QStringList>

#include <vector>

namespace qianli::viewer {

// On the screen: the points one may drag, the lines between them, the ellipse.
struct MeasurementShape {
    std::vector<QPointF> handles;
    std::vector<QLineF> lines;
    QRectF ellipse; // empty: none
    QRectF bounds() const;
    // From the lines or the ellipse's edge.
    double distanceTo(QPointF point) const;
};
MeasurementShape shapeOf(Measurement const& measurement, ViewMapping const& mapping);

// The measurement with one of its handles at a place of the picture, or all of it moved.
Measurement withHandleAt(Measurement const& measurement, std::size_t handle, QPointF place);
Measurement movedBy(Measurement const& measurement, QPointF way);

struct MeasurementLook {
    bool selected = false;
    bool handles = false;
    double scale = 1; // of lines and letters
};

// Paints it and returns where the words stand. `area` is what there is of the picture; words keep clear of `taken`.
QRectF paintMeasurement(QPainter& painter, ViewMapping const& mapping, QRectF const& area,
                        Measurement const& measurement, QStringList const& words, MeasurementLook const& look,
                        std::vector<QRectF> const& taken);

// Light letters with a dark rim, readable on black and on white.
void paintOutlinedWords(QPainter& painter, QRectF const& place, int flags, QString const& words, QColor const& ink);

} // namespace qianli::viewer
