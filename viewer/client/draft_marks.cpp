#include "viewer/client/draft_marks.h"

#include "common/dicom/uid.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>

namespace qianli::viewer {

using nlohmann::json;

namespace {

constexpr std::size_t mostKeyImages = 16;
constexpr double farthest = 1e6; // pixels: no picture is as large
constexpr std::int64_t mostFrames = 10'000'000;

struct KindName {
    MeasurementKind kind;
    char const* name;
};
constexpr std::array<KindName, 6> kindNames{{{MeasurementKind::Length, "length"},
                                             {MeasurementKind::Angle, "angle"},
                                             {MeasurementKind::Cobb, "cobb"},
                                             {MeasurementKind::CardiothoracicRatio, "cardiothoracic-ratio"},
                                             {MeasurementKind::Ellipse, "ellipse"},
                                             {MeasurementKind::Calibration, "calibration"}}};

char const* nameOf(MeasurementKind kind)
{
    for (auto const& known : kindNames)
        if (known.kind == kind)
            return known.name;
    return "";
}

std::string textAt(json const& object, char const* name)
{
    auto const found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::int64_t> wholeAt(json const& object, char const* name, std::int64_t most)
{
    auto const found = object.find(name);
    if (found == object.end() || !found->is_number_integer())
        return std::nullopt;
    auto const value = found->get<std::int64_t>();
    return value >= 0 && value <= most ? std::optional(value) : std::nullopt;
}

// As objects are opened with: devices write UIDs of 65 bytes, or with letters, and what is measured there must come
// back.
bool isUid(std::string const& text)
{
    auto const uid = dicom::Uid::fromPeer(text);
    return uid && uid->value() == text;
}

json pointJson(QPointF point)
{
    return {point.x(), point.y()};
}

std::optional<QPointF> pointOf(json const& value)
{
    if (!value.is_array() || value.size() != 2 || !value[0].is_number() || !value[1].is_number())
        return std::nullopt;
    QPointF const point(value[0].get<double>(), value[1].get<double>());
    if (!(std::abs(point.x()) <= farthest && std::abs(point.y()) <= farthest))
        return std::nullopt;
    return point;
}

json measurementJson(Measurement const& measurement)
{
    json points = json::array();
    for (QPointF const point : measurement.points)
        points.push_back(pointJson(point));
    json result = {{"kind", nameOf(measurement.kind)},
                   {"object", measurement.sopInstanceUid},
                   {"frame", measurement.frame},
                   {"points", std::move(points)}};
    if (!measurement.studyUid.empty())
        result["study"] = measurement.studyUid;
    if (measurement.label)
        result["label"] = pointJson(*measurement.label);
    if (measurement.kind == MeasurementKind::Calibration)
        result["millimetres"] = measurement.knownMillimetres;
    return result;
}

std::optional<Measurement> measurementOf(json const& value)
{
    if (!value.is_object())
        return std::nullopt;
    Measurement result;
    std::string const kind = textAt(value, "kind");
    bool isKnown = false;
    for (auto const& known : kindNames)
        if (kind == known.name) {
            result.kind = known.kind;
            isKnown = true;
        }
    result.studyUid = textAt(value, "study");
    result.sopInstanceUid = textAt(value, "object");
    bool const isStudyKnown = !value.contains("study") || isUid(result.studyUid);
    auto const frame = wholeAt(value, "frame", mostFrames);
    auto const points = value.find("points");
    if (!isKnown || !isStudyKnown || !isUid(result.sopInstanceUid) || !frame || points == value.end() ||
        !points->is_array() || points->size() != pointCount(result.kind))
        return std::nullopt;
    result.frame = static_cast<std::uint32_t>(*frame);
    for (json const& item : *points) {
        auto const point = pointOf(item);
        if (!point)
            return std::nullopt;
        result.points.push_back(*point);
    }
    if (auto const label = value.find("label"); label != value.end())
        result.label = pointOf(*label);
    if (result.kind == MeasurementKind::Calibration) {
        auto const known = value.find("millimetres");
        if (known == value.end() || !known->is_number())
            return std::nullopt;
        result.knownMillimetres = known->get<double>();
        if (!(result.knownMillimetres > 0 && result.knownMillimetres <= 10'000))
            return std::nullopt;
    }
    return result;
}

std::optional<model::ImageReference> keyImageOf(json const& value)
{
    if (!value.is_object())
        return std::nullopt;
    model::ImageReference reference{textAt(value, "study"), textAt(value, "series"), textAt(value, "class"),
                                    textAt(value, "object"), 0};
    auto const frame = wholeAt(value, "frame", mostFrames);
    if (!isUid(reference.studyUid) || !isUid(reference.seriesUid) || !isUid(reference.sopClassUid) ||
        !isUid(reference.sopInstanceUid) || !frame)
        return std::nullopt;
    reference.frame = static_cast<int>(*frame);
    return reference;
}

} // namespace

bool DraftMarks::operator==(DraftMarks const& other) const
{
    return toJson(*this) == toJson(other);
}

json measurementsToJson(std::vector<Measurement> const& measurements)
{
    json result = json::array();
    for (auto const& measurement : measurements)
        result.push_back(measurementJson(measurement));
    return result;
}

std::vector<Measurement> measurementsFromJson(json const& value)
{
    std::vector<Measurement> result;
    if (value.is_array())
        for (json const& item : value)
            if (auto measurement = measurementOf(item); measurement && result.size() < mostMeasurements)
                result.push_back(*std::move(measurement));
    return result;
}

json toJson(DraftMarks const& marks)
{
    json images = json::array();
    for (auto const& image : marks.keyImages)
        images.push_back({{"study", image.studyUid},
                          {"series", image.seriesUid},
                          {"class", image.sopClassUid},
                          {"object", image.sopInstanceUid},
                          {"frame", image.frame}});
    return {{"keyImages", std::move(images)}, {"measurements", measurementsToJson(marks.measurements)}};
}

DraftMarks draftMarksFromJson(json const& value)
{
    DraftMarks marks;
    if (!value.is_object())
        return marks;
    if (auto const images = value.find("keyImages"); images != value.end() && images->is_array())
        for (json const& item : *images)
            if (auto image = keyImageOf(item); image && marks.keyImages.size() < mostKeyImages)
                marks.keyImages.push_back(*std::move(image));
    if (auto const measurements = value.find("measurements"); measurements != value.end())
        marks.measurements = measurementsFromJson(*measurements);
    return marks;
}

} // namespace qianli::viewer
