#include "viewer/model/roi_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string_view>

namespace qianli::viewer {
namespace {

// From the first to the last pixel of a line whose centres lie between two places.
struct Run {
    std::int64_t first = 0, last = -1;
};

Run centresBetween(double low, double high, std::uint32_t count)
{
    double const first = std::ceil(std::max(low, 0.0) - 0.5);
    double const last = std::floor(std::min(high, static_cast<double>(count)) - 0.5);
    if (!(first <= last))
        return {};
    return {std::max<std::int64_t>(static_cast<std::int64_t>(first), 0),
            std::min<std::int64_t>(static_cast<std::int64_t>(last), static_cast<std::int64_t>(count) - 1)};
}

// What gives Hounsfield units, and what may where it says so: a cone beam that turns around the patient.
bool isTomogram(ImageAttributes const& image)
{
    static std::set<std::string> const tomograms{
        "1.2.840.10008.5.1.4.1.1.2",   // CT Image Storage
        "1.2.840.10008.5.1.4.1.1.2.1", // Enhanced CT
        "1.2.840.10008.5.1.4.1.1.2.2"  // Legacy Converted Enhanced CT
    };
    return tomograms.contains(image.sopClassUid.value()) && image.series.modality == "CT" && !image.isLocalizer();
}

bool isConeBeam(ImageAttributes const& image)
{
    constexpr std::string_view angiographic = "1.2.840.10008.5.1.4.1.1.13.1.1"; // X-Ray 3D Angiographic
    return image.sopClassUid.value() == angiographic && !image.isLocalizer();
}

} // namespace

RoiStatistics ellipseStatistics(Pixels const& pixels, GreyScale const& grey, QRectF const& box)
{
    RoiStatistics result;
    QRectF const area = box.normalized();
    double const halfWidth = area.width() / 2, halfHeight = area.height() / 2;
    if (pixels.levels.empty() || !(halfWidth > 0) || !(halfHeight > 0) || !std::isfinite(halfWidth) ||
        !std::isfinite(halfHeight))
        return result;
    // A level has one value: counting levels first asks the Modality LUT once a level, not once a pixel.
    std::vector<std::uint32_t> counts(65536);
    auto const rows = centresBetween(area.top(), area.bottom(), pixels.rows);
    for (std::int64_t row = rows.first; row <= rows.last; ++row) {
        double const away = (static_cast<double>(row) + 0.5 - area.center().y()) / halfHeight;
        if (std::abs(away) > 1)
            continue;
        double const half = halfWidth * std::sqrt(1 - away * away);
        auto const columns = centresBetween(area.center().x() - half, area.center().x() + half, pixels.columns);
        auto const* const line = pixels.levels.data() + static_cast<std::size_t>(row) * pixels.columns;
        for (std::int64_t column = columns.first; column <= columns.last; ++column)
            ++counts[line[column]];
    }
    result.minimum = std::numeric_limits<double>::infinity();
    result.maximum = -std::numeric_limits<double>::infinity();
    double sum = 0;
    std::vector<std::pair<double, double>> values;
    for (std::size_t level = 0; level < counts.size(); ++level) {
        if (counts[level] == 0)
            continue;
        double const value = grey.modality(pixels.base + static_cast<double>(level) * pixels.step);
        if (isPaddingLevel(pixels, grey, level) || !std::isfinite(value)) {
            result.padding += counts[level];
            continue;
        }
        result.count += counts[level];
        result.minimum = std::min(result.minimum, value);
        result.maximum = std::max(result.maximum, value);
        sum += value * counts[level];
        values.emplace_back(value, counts[level]);
    }
    if (result.count == 0)
        return {0, result.padding, 0, 0, 0, 0};
    if (result.minimum == result.maximum) { // rounding would make a deviation of 1e-14 of it
        result.mean = result.minimum;
        return result;
    }
    result.mean = sum / static_cast<double>(result.count);
    double squares = 0;
    for (auto const& [value, count] : values)
        squares += count * (value - result.mean) * (value - result.mean);
    result.deviation = result.count > 1 ? std::sqrt(squares / static_cast<double>(result.count - 1)) : 0;
    return result;
}

std::string valueUnit(ImageAttributes const& image, GreyScale const& grey)
{
    std::string const& type = grey.rescaleType;
    if (type == "US") // PS3.3 C.11.1.1.2: unspecified
        return {};
    if (type == "HU") // also said of localizers, captures and magnets, which have none
        return isTomogram(image) || isConeBeam(image) ? type : std::string();
    if (!type.empty())
        return type;
    // Unsigned values as they were stored can't be Hounsfield units: there would be no air.
    bool const isRaw = grey.modalityLut.empty() && grey.slope == 1 && grey.intercept == 0 &&
                       image.format.signedness == Signedness::Unsigned;
    return isTomogram(image) && !isRaw ? "HU" : std::string();
}

std::optional<PointValue> valueAt(Pixels const& pixels, GreyScale const& grey, double x, double y)
{
    if (!(x >= 0 && y >= 0 && x < pixels.columns && y < pixels.rows))
        return std::nullopt;
    PointValue found{static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), 0, false, std::nullopt};
    std::size_t const at = std::size_t{found.row} * pixels.columns + found.column;
    if (pixels.isColour) {
        if (at < pixels.rgb.size())
            found.rgb = pixels.rgb[at] & 0xFFFFFFu;
        return found;
    }
    if (at >= pixels.levels.size())
        return std::nullopt;
    auto const level = pixels.levels[at];
    if (level >= pixels.supplementFrom && level - pixels.supplementFrom < pixels.supplement.size())
        found.rgb = pixels.supplement[level - pixels.supplementFrom] & 0xFFFFFFu;
    found.isPadding = isPaddingLevel(pixels, grey, level);
    found.value = grey.modality(pixels.base + level * pixels.step);
    return found;
}

} // namespace qianli::viewer
