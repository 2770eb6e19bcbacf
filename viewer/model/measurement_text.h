// The words beside a measurement: each number with its unit, each length with where its millimetres come from.
#pragma once

#include "viewer/model/measurement.h"

#include <QString>
#include <QStringList>

namespace qianli::viewer {

QString measurementName(MeasurementKind kind, Language language);
// What a length measures: "患者平面", "探测器平面", "已按放大率 1.30 校正" …
QString originWords(SpacingOrigin origin, double magnification, Language language);
// What to point at next, when `placed` points are there: "心影右缘".
QString nextPointWords(MeasurementKind kind, std::size_t placed, Language language);

// `unit`: of the values, from valueUnit().
QStringList measurementText(Measurement const& measurement, MeasuredValues const& values, QString const& unit,
                            Language language);
// "x 231  y 105  38 HU", columns and rows from 0.
QString pointValueText(PointValue const& point, QString const& unit, Language language);

} // namespace qianli::viewer
