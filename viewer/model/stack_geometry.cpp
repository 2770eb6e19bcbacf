#include "viewer/model/stack_geometry.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace qianli::viewer {
namespace {

constexpr double samePlace = 0.01;      // mm
constexpr double longestPatient = 4000; // mm
constexpr double samePixel = 1e-3;      // of a pixel's size
constexpr double parallelAngle = 0.5;   // degrees
constexpr double steepestTilt = 45;     // degrees; no gantry goes beyond 30
constexpr double gapFrom = 1.75;        // times the usual distance
constexpr double unevenPart = 0.1;      // of the usual distance …
constexpr double unevenRounding = 0.11; // … and mm: many devices write positions with one digit
constexpr double sidewaysRounding = 0.15;

double degrees(double cosine)
{
    return std::acos(std::clamp(cosine, -1.0, 1.0)) * 180 / 3.14159265358979323846;
}

ImagePlane const& planeOf(StackEntry const& entry)
{
    return *entry.attributes().plane;
}

bool samePixels(StackEntry const& a, StackEntry const& b)
{
    auto const alike = [](double x, double y) { return std::abs(x - y) <= samePixel * std::max(x, y); };
    auto const& p = *a.attributes().spacing;
    auto const& q = *b.attributes().spacing;
    return alike(p.betweenRows, q.betweenRows) && alike(p.betweenColumns, q.betweenColumns) &&
           a.image->format.rows == b.image->format.rows && a.image->format.columns == b.image->format.columns;
}

// What every single picture must have before places are compared.
std::string unlike(Stack const& stack)
{
    auto const& first = stack.entries.front();
    for (auto const& entry : stack.entries) {
        auto const& frame = entry.attributes();
        if (!frame.plane || !frame.spacing)
            return "no volume: an image does not say where it lies or how large its pixels are";
        if (!samePixels(entry, first))
            return "no volume: the images differ in matrix or pixel spacing";
        if (entry.image->format.samplesPerPixel != 1 || entry.image->format.photometric == "PALETTE COLOR")
            return "no volume: the images are in colour";
        if (entry.image->frameOfReferenceUid != first.image->frameOfReferenceUid)
            return "no volume: the images do not share a frame of reference";
        if (!frame.inPatient)
            return "no volume: the images say where they lie in the transducer's space, not in the patient's";
        if (degrees(dot(frame.plane->row, planeOf(first).row)) > parallelAngle ||
            degrees(dot(frame.plane->column, planeOf(first).column)) > parallelAngle)
            return "no volume: the slices are not parallel";
    }
    return {};
}

bool areAllPlaced(Stack const& stack)
{
    return std::all_of(stack.entries.begin(), stack.entries.end(),
                       [](StackEntry const& entry) { return entry.attributes().plane.has_value(); });
}

void measureOffsets(Stack const& stack, StackGeometry& geometry)
{
    auto const& first = planeOf(stack.entries.front());
    geometry.origin = first.position;
    geometry.normal = first.normal();
    if (dot(planeOf(stack.entries.back()).position - first.position, geometry.normal) < 0)
        geometry.normal = geometry.normal * -1;
    for (auto const& entry : stack.entries)
        geometry.offsets.push_back(dot(planeOf(entry).position - first.position, geometry.normal));
}

std::vector<double> distancesOf(std::vector<double> const& offsets)
{
    std::vector<double> distances;
    for (std::size_t i = 1; i < offsets.size(); ++i)
        distances.push_back(offsets[i] - offsets[i - 1]);
    return distances;
}

double medianOf(std::vector<double> values)
{
    auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// Slices as thick as they lie apart leave nothing out: the thick upper part of a head after its thin base. Where slices
// overlap their neighbours on the other side, they are meant to: a distance of their thickness is then a hole.
bool isFilled(Stack const& stack, std::size_t after, std::vector<double> const& distances)
{
    auto const thinner = [&stack](std::size_t index) {
        return std::min(stack.entries[index].attributes().sliceThickness,
                        stack.entries[index + 1].attributes().sliceThickness);
    };
    auto const overlap = [&](std::size_t index) { return distances[index] < 0.7 * thinner(index); };
    bool const areMeantTo = (after > 0 && overlap(after - 1)) || (after + 1 < distances.size() && overlap(after + 1));
    return !areMeantTo && thinner(after) >= 0.75 * distances[after];
}

bool differ(double distance, double usual)
{
    return std::abs(distance - usual) > std::max(unevenPart * usual, unevenRounding);
}

void findGaps(Stack const& stack, StackGeometry& geometry)
{
    auto const distances = distancesOf(geometry.offsets);
    if (distances.empty())
        return;
    double const usual = medianOf(distances);
    double regular = 0, before = usual;
    std::size_t counted = 0;
    for (std::size_t i = 0; i < distances.size(); ++i) {
        if (usual > samePlace && distances[i] >= gapFrom * usual && !isFilled(stack, i, distances)) {
            geometry.gaps.push_back({i, distances[i], usual});
            continue;
        }
        geometry.uneven = geometry.uneven || differ(distances[i], usual);
        if (differ(distances[i], before))
            geometry.unevenAfter.push_back(i);
        before = distances[i];
        regular += distances[i];
        ++counted;
    }
    // Of even slices the mean is truer than one distance between rounded positions.
    geometry.spacing = geometry.uneven || counted == 0 ? usual : regular / static_cast<double>(counted);
}

void findTilt(Stack const& stack, StackGeometry& geometry)
{
    Vector3 const way = planeOf(stack.entries.back()).position - geometry.origin;
    double const along = dot(way, geometry.normal);
    if (along < samePlace)
        return;
    geometry.step = way * (geometry.spacing / along);
    geometry.tiltDegrees = degrees(along / length(way));
    auto const declared = stack.entries.front().attributes().description.gantryTilt;
    if (!declared || std::abs(*declared) < 0.5)
        return;
    geometry.tiltDeclared = std::abs(std::abs(*declared) - geometry.tiltDegrees) < 1;
    bool const liesStraight = degrees(std::abs(geometry.normal.z)) < 1;
    if (!geometry.isTilted() && liesStraight)
        geometry.unplacedTilt = std::abs(*declared);
}

// Positions must lie on one straight line: within half a pixel, or what rounding does to them.
bool goesStraight(Stack const& stack, StackGeometry const& geometry)
{
    auto const& spacing = *stack.entries.front().attributes().spacing;
    double const allowed = std::max(0.5 * std::min(spacing.betweenRows, spacing.betweenColumns), sidewaysRounding);
    Vector3 const perMillimetre = geometry.step * (1 / geometry.spacing);
    for (std::size_t i = 0; i < stack.entries.size(); ++i)
        if (length(planeOf(stack.entries[i]).position - geometry.origin - perMillimetre * geometry.offsets[i]) >
            allowed)
            return false;
    return true;
}

std::string whyNoVolume(Stack const& stack, StackGeometry const& geometry)
{
    auto const& first = stack.entries.front();
    auto const& pixel = *first.attributes().spacing;
    double const widest = std::max({geometry.offsets.back(), pixel.betweenRows * first.image->format.rows,
                                    pixel.betweenColumns * first.image->format.columns});
    if (!(widest <= longestPatient))
        return "no volume: the images reach farther than any patient";
    if (geometry.offsets.back() < samePlace)
        return "no volume: the images lie in one place";
    for (std::size_t i = 1; i < geometry.offsets.size(); ++i)
        if (geometry.offsets[i] - geometry.offsets[i - 1] < samePlace)
            return fmt::format("no volume: two images lie at the place of slice {}", i);
    if (geometry.tiltDegrees > steepestTilt)
        return fmt::format("no volume: the slices are sheared by {:.1f} degrees, which no gantry does",
                           geometry.tiltDegrees);
    if (!goesStraight(stack, geometry))
        return "no volume: the slices are shifted against each other";
    return {};
}

} // namespace

std::size_t SliceGap::missing() const
{
    return usual > 0 ? static_cast<std::size_t>(std::max(0.0, std::round(distance / usual) - 1)) : 0;
}

StackGeometry analyseGeometry(Stack const& stack)
{
    StackGeometry geometry;
    bool const areSlices = stack.kind == StackKind::Slices && !stack.empty();
    if (areSlices && areAllPlaced(stack)) {
        measureOffsets(stack, geometry);
        findGaps(stack, geometry);
        findTilt(stack, geometry);
    }
    if (!areSlices || stack.entries.size() < 3)
        geometry.notAVolume = "no volume: the series is not a stack of at least three parallel slices";
    else if (auto reason = unlike(stack); !reason.empty())
        geometry.notAVolume = std::move(reason);
    else
        geometry.notAVolume = whyNoVolume(stack, geometry);
    return geometry;
}

void measureStacks(std::vector<Study>& studies)
{
    for (auto& study : studies)
        for (auto& series : study.series)
            for (auto& stack : series.stacks)
                if (stack.kind == StackKind::Slices)
                    stack.geometry = std::make_shared<StackGeometry const>(analyseGeometry(stack));
}

} // namespace qianli::viewer
