#include "viewer/model/measurement.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace qianli::viewer {
namespace {

double lengthOf(QPointF vector)
{
    return std::hypot(vector.x(), vector.y());
}

double crossOf(QPointF a, QPointF b)
{
    return a.x() * b.y() - a.y() * b.x();
}

// 0 … 180; nothing where one of them has no direction.
std::optional<double> degreesBetween(QPointF a, QPointF b)
{
    if (lengthOf(a) <= 0 || lengthOf(b) <= 0)
        return std::nullopt;
    return std::atan2(std::abs(crossOf(a, b)), QPointF::dotProduct(a, b)) * 180 / std::numbers::pi;
}

Scale withSpacing(PixelSpacing const& spacing)
{
    return {spacing.betweenColumns, spacing.betweenRows, spacing.origin, spacing.magnification, Scale::Lack::None, {}};
}

Scale without(Scale::Lack lack, double pixelAspect)
{
    // Pixels of the picture's width: an angle and a ratio need their shape.
    return {1, pixelAspect, std::nullopt, 0, lack, {}};
}

// The one that holds at a point; null: none, or several with different scales.
UltrasoundRegion const* regionAt(std::vector<UltrasoundRegion> const& regions, QPointF point)
{
    UltrasoundRegion const* found = nullptr;
    bool isUnclear = false;
    for (auto const& region : regions) {
        if (!region.contains(point.x(), point.y()))
            continue;
        if (found == nullptr || (found->lowPriority && !region.lowPriority)) {
            found = &region;
            isUnclear = false;
        } else if (found->lowPriority == region.lowPriority && !found->hasScaleOf(region)) {
            isUnclear = true;
        }
    }
    return isUnclear ? nullptr : found;
}

Scale scaleInRegions(std::vector<UltrasoundRegion> const& regions, double pixelAspect, std::span<QPointF const> points)
{
    UltrasoundRegion const* common = nullptr;
    for (QPointF const point : points) {
        auto const* const region = regionAt(regions, point);
        if (region == nullptr)
            return without(Scale::Lack::OutsideRegions, pixelAspect);
        if (common != nullptr && region != common)
            return without(Scale::Lack::BetweenRegions, pixelAspect);
        common = region;
    }
    if (common == nullptr)
        return without(Scale::Lack::OutsideRegions, pixelAspect);
    if (common->isTissue())
        return withSpacing({common->deltaY * 10, common->deltaX * 10, SpacingOrigin::UltrasoundRegion});
    auto scale = without(Scale::Lack::NotALength, pixelAspect);
    scale.region = *common;
    return scale;
}

class Physical {
public:
    explicit Physical(Scale const& scale) : scale_(scale) {}
    QPointF operator()(QPointF from, QPointF to) const
    {
        return {(to.x() - from.x()) * scale_.x, (to.y() - from.y()) * scale_.y};
    }

private:
    Scale const& scale_;
};

void measureLength(std::vector<QPointF> const& points, MeasuredValues& values)
{
    Scale const& scale = values.scale;
    if (scale.lack == Scale::Lack::NotALength) {
        values.alongX = std::abs(points[1].x() - points[0].x()) * scale.region->deltaX;
        values.alongY = std::abs(points[1].y() - points[0].y()) * scale.region->deltaY;
        return;
    }
    values.length = scale.isMillimetres() ? lengthOf(Physical(scale)(points[0], points[1]))
                                          : lengthOf(points[1] - points[0]); // pixels as they are counted
}

// Lines have no direction: between two of them there are never more than 90 degrees. A spine bent further than that has
// its lines on the wide side of where they meet.
void measureCobb(std::vector<QPointF> const& points, MeasuredValues& values)
{
    Physical const way(values.scale);
    QPointF const first = way(points[0], points[1]), second = way(points[2], points[3]);
    auto const angle = degreesBetween(first, second);
    if (!angle)
        return;
    values.degrees = std::min(*angle, 180 - *angle);
    double const turn = crossOf(first, second);
    if (turn == 0)
        return;
    QPointF const meeting = first * (crossOf(way(points[0], points[2]), second) / turn); // from points[0]
    QPointF const toFirst = first / 2 - meeting;
    QPointF const toSecond = way(points[0], points[2]) + second / 2 - meeting;
    if (auto const between = degreesBetween(toFirst, toSecond); between && *between > 90.05)
        values.wideDegrees = 180 - *values.degrees;
}

// Widths across the midline, square to it. Both borders on one side of it (a shifted heart) are still as wide as they
// lie apart.
void measureRatio(std::vector<QPointF> const& points, MeasuredValues& values)
{
    Physical const way(values.scale);
    QPointF const middle = way(points[0], points[1]);
    double const whole = lengthOf(middle);
    if (whole <= 0)
        return;
    auto const across = [&](QPointF point) { return crossOf(middle, way(points[0], point)) / whole; };
    double const heart = std::abs(across(points[2]) - across(points[3]));
    double const thorax = std::abs(across(points[4]) - across(points[5]));
    values.right = std::abs(across(points[2]));
    values.left = std::abs(across(points[3]));
    values.thorax = thorax;
    if (thorax > 0)
        values.ratio = heart / thorax;
}

void measureEllipse(Measurement const& measurement, ImageAttributes const& image, Pixels const* pixels,
                    MeasuredValues& values)
{
    QRectF const box = QRectF(measurement.points[0], measurement.points[1]).normalized();
    if (values.scale.lack != Scale::Lack::NotALength) {
        double const unit = values.scale.isMillimetres() ? values.scale.x * values.scale.y : 1;
        values.area = std::numbers::pi / 4 * box.width() * box.height() * unit;
    }
    if (pixels == nullptr)
        return;
    values.isColour = pixels->isColour;
    if (!pixels->isColour)
        values.statistics = ellipseStatistics(*pixels, image.frame(measurement.frame).grey, box);
}

} // namespace

std::size_t pointCount(MeasurementKind kind)
{
    switch (kind) {
    case MeasurementKind::Angle:
        return 3;
    case MeasurementKind::Cobb:
        return 4;
    case MeasurementKind::CardiothoracicRatio:
        return 6;
    case MeasurementKind::Length:
    case MeasurementKind::Ellipse:
    case MeasurementKind::Calibration:
        break;
    }
    return 2;
}

bool isOf(Measurement const& measurement, ImageAttributes const& image)
{
    return measurement.sopInstanceUid == image.sopInstanceUid.value() &&
           (measurement.studyUid.empty() || measurement.studyUid == image.study.uid.value());
}

bool haveSameObject(Measurement const& one, Measurement const& other)
{
    return one.sopInstanceUid == other.sopInstanceUid &&
           (one.studyUid == other.studyUid || one.studyUid.empty() || other.studyUid.empty());
}

bool mayBeCalibrated(FrameAttributes const& frame)
{
    if (frame.regions)
        for (auto const& region : *frame.regions)
            if (region.unitX != UltrasoundUnit::None || region.unitY != UltrasoundUnit::None)
                return false;
    return !frame.spacing || frame.spacing->origin != SpacingOrigin::Patient;
}

std::optional<PixelSpacing> spacingFrom(Measurement const& calibration, FrameAttributes const& frame)
{
    if (calibration.kind != MeasurementKind::Calibration || calibration.points.size() != 2 ||
        !(calibration.knownMillimetres > 0) || !mayBeCalibrated(frame))
        return std::nullopt;
    QPointF const way = calibration.points[1] - calibration.points[0];
    double const length = std::hypot(way.x(), way.y() * frame.pixelAspect);
    double const width = calibration.knownMillimetres / length;
    if (!(length >= 1) || !(width >= 1e-5 && width <= 100))
        return std::nullopt;
    return PixelSpacing{width * frame.pixelAspect, width, SpacingOrigin::User};
}

Scale scaleAt(FrameAttributes const& frame, std::optional<PixelSpacing> const& own, std::span<QPointF const> points)
{
    if (own && mayBeCalibrated(frame))
        return withSpacing(*own);
    if (frame.regions && !frame.regions->empty())
        return scaleInRegions(*frame.regions, frame.pixelAspect, points);
    if (frame.spacing)
        return withSpacing(*frame.spacing);
    return without(Scale::Lack::NoSpacing, frame.pixelAspect);
}

std::optional<PixelSpacing> ownSpacing(std::span<Measurement const> all, ImageAttributes const& image,
                                       std::uint32_t frame)
{
    for (auto measurement = all.rbegin(); measurement != all.rend(); ++measurement)
        if (measurement->kind == MeasurementKind::Calibration && isOf(*measurement, image))
            return spacingFrom(*measurement, image.frame(frame));
    return std::nullopt;
}

MeasuredValues measure(Measurement const& measurement, ImageAttributes const& image, Pixels const* pixels,
                       std::optional<PixelSpacing> const& own)
{
    MeasuredValues values;
    auto const& points = measurement.points;
    if (points.size() != pointCount(measurement.kind))
        return values;
    values.scale = scaleAt(image.frame(measurement.frame), own, points);
    Physical const way(values.scale);
    bool const hasAngles = values.scale.lack != Scale::Lack::NotALength;
    switch (measurement.kind) {
    case MeasurementKind::Length:
    case MeasurementKind::Calibration:
        measureLength(points, values);
        break;
    case MeasurementKind::Angle:
        if (hasAngles)
            values.degrees = degreesBetween(way(points[1], points[0]), way(points[1], points[2]));
        break;
    case MeasurementKind::Cobb:
        if (hasAngles)
            measureCobb(points, values);
        break;
    case MeasurementKind::CardiothoracicRatio:
        if (hasAngles)
            measureRatio(points, values);
        break;
    case MeasurementKind::Ellipse:
        measureEllipse(measurement, image, pixels, values);
        break;
    }
    return values;
}

} // namespace qianli::viewer
