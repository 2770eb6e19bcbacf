// Measurement: what a reader draws on one picture to know its size, angle or grey; a plain value in image coordinates,
// so that no number depends on how the picture is shown.
#pragma once

#include "viewer/model/roi_statistics.h"

#include <QPointF>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace qianli::viewer {

enum class MeasurementKind { Length, Angle, Cobb, CardiothoracicRatio, Ellipse, Calibration };

struct Measurement {
    MeasurementKind kind = MeasurementKind::Length;
    std::string studyUid; // "" in a draft of before it was kept
    std::string sopInstanceUid;
    std::uint32_t frame = 0; // from 0
    // Image coordinates as ViewMapping has them. Length and Calibration: two ends. Angle: end, vertex, end. Cobb: the
    // ends of two lines. Ellipse: two corners of the box around it. CardiothoracicRatio: two points of the midline, the
    // heart's border on either side, the inner edge of the thorax on either side.
    std::vector<QPointF> points;
    std::optional<QPointF> label; // where a person put the words; none: beside what is drawn
    double knownMillimetres = 0;  // of Calibration

    bool operator==(Measurement const&) const = default;
};

std::size_t pointCount(MeasurementKind kind);

// The object it was drawn on: another site's copy in another study, with the same SOP Instance UID, is another one.
bool isOf(Measurement const& measurement, ImageAttributes const& image);
bool haveSameObject(Measurement const& one, Measurement const& other);

// Units per pixel between two or more points of a picture, and what they measure.
struct Scale {
    double x = 1, y = 1; // millimetres; pixels where there is no origin
    std::optional<SpacingOrigin> origin;
    double magnification = 0;
    // Why there are no millimetres.
    enum class Lack { None, NoSpacing, BetweenRegions, OutsideRegions, NotALength } lack = Lack::None;
    // The region of NotALength, whose axes are no lengths: seconds, cm/s …
    std::optional<UltrasoundRegion> region;
    bool isMillimetres() const { return origin.has_value(); }
};

// A person's calibration of an object holds for all its frames. Not where the object itself knows the patient's plane.
std::optional<PixelSpacing> spacingFrom(Measurement const& calibration, FrameAttributes const& frame);
bool mayBeCalibrated(FrameAttributes const& frame);
// `own`: the person's calibration, where there is one.
Scale scaleAt(FrameAttributes const& frame, std::optional<PixelSpacing> const& own, std::span<QPointF const> points);

// The numbers of a measurement; what doesn't belong to its kind is empty.
struct MeasuredValues {
    Scale scale;
    std::optional<double> length;         // mm or px
    std::optional<double> alongX, alongY; // in the units of scale.region
    std::optional<double> degrees;        // 0 … 180; of Cobb at most 90
    // Of Cobb, where the lines meet at more than 90 degrees on the side on which they lie.
    std::optional<double> wideDegrees;
    std::optional<double> ratio;               // heart to thorax
    std::optional<double> right, left, thorax; // midline to the first and second border; widths: mm or px
    std::optional<double> area;                // mm² or px²
    std::optional<RoiStatistics> statistics;   // of a grey picture that is decoded
    bool isColour = false;                     // which has no statistics of grey
};

// What a person's newest calibration of the object says.
std::optional<PixelSpacing> ownSpacing(std::span<Measurement const> all, ImageAttributes const& image,
                                       std::uint32_t frame);

// `pixels`: null while not decoded.
MeasuredValues measure(Measurement const& measurement, ImageAttributes const& image, Pixels const* pixels,
                       std::optional<PixelSpacing> const& own);

} // namespace qianli::viewer
