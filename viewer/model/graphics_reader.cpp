#include "viewer/model/graphics_reader.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace qianli::viewer {
namespace {

// An object's planes lie in memory as long as its attributes do.
constexpr std::size_t largestPlanes = 64 << 20; // bytes

std::int32_t atOr(std::vector<double> const& values, std::size_t index, std::int32_t otherwise)
{
    return index < values.size() ? static_cast<std::int32_t>(std::clamp(values[index], -65535.0, 65535.0)) : otherwise;
}

// Retired: the plane lies in a bit above or below the stored ones.
bool isEmbedded(OverlayPlane const& plane, std::int32_t bitsAllocated, std::int32_t position, PixelFormat const& format)
{
    return bitsAllocated == format.bitsAllocated && position >= 0 && position < format.bitsAllocated &&
           (position > format.highBit || position <= format.highBit - format.bitsStored) && plane.rows == format.rows &&
           plane.columns == format.columns && format.samplesPerPixel == 1;
}

std::optional<OverlayPlane> readPlane(HeaderReader const& reader, std::uint16_t group, PixelFormat const& format)
{
    auto const tag = [group](std::uint16_t element) { return DcmTagKey(group, element); };
    OverlayPlane plane;
    plane.group = group;
    plane.rows = static_cast<std::uint32_t>(std::max(0, reader.integer(tag(0x0010), 0)));
    plane.columns = static_cast<std::uint32_t>(std::max(0, reader.integer(tag(0x0011), 0)));
    constexpr std::uint32_t most = 65535; // Overlay Rows and Columns are US (PS3.3 C.9.2)
    if (plane.rows == 0 || plane.columns == 0 || plane.rows > most || plane.columns > most)
        return std::nullopt;
    auto const origin = reader.numbers(tag(0x0050));
    plane.top = atOr(origin, 0, 1);
    plane.left = atOr(origin, 1, 1);
    plane.isRegion = reader.text(tag(0x0040)) == "R";
    plane.label = reader.text(tag(0x1500));
    if (plane.label.empty())
        plane.label = reader.text(tag(0x0022));
    plane.frameCount = static_cast<std::uint32_t>(std::max(0, reader.integer(tag(0x0015), 0)));
    plane.firstFrame = static_cast<std::uint32_t>(std::max(1, reader.integer(tag(0x0051), 1)) - 1);
    auto bits = reader.bytes(tag(0x3000));
    if (!bits.empty()) {
        plane.bits = std::make_shared<std::vector<std::uint8_t> const>(std::move(bits));
        return plane;
    }
    std::int32_t const position = reader.integer(tag(0x0102), 0);
    if (!isEmbedded(plane, reader.integer(tag(0x0100), 0), position, format))
        return std::nullopt;
    plane.bitPosition = static_cast<std::uint16_t>(position);
    return plane;
}

// Pixels: beyond this no edge of a shutter can be seen.
double withinReach(double value)
{
    return std::clamp(value, -1e6, 1e6);
}

void readCircle(HeaderReader const& reader, DisplayShutter& shutter)
{
    auto const center = reader.numbers(DCM_CenterOfCircularShutter);
    auto const radius = reader.number(DCM_RadiusOfCircularShutter);
    if (center.size() >= 2 && radius && *radius > 0)
        shutter.circle = DisplayShutter::Circle{withinReach(center[0]), withinReach(center[1]), withinReach(*radius)};
}

void readRectangle(HeaderReader const& reader, DisplayShutter& shutter)
{
    auto const left = reader.number(DCM_ShutterLeftVerticalEdge);
    auto const right = reader.number(DCM_ShutterRightVerticalEdge);
    auto const upper = reader.number(DCM_ShutterUpperHorizontalEdge);
    auto const lower = reader.number(DCM_ShutterLowerHorizontalEdge);
    if (left && right && upper && lower)
        shutter.rectangle = DisplayShutter::Rectangle{std::min(*left, *right), std::max(*left, *right),
                                                      std::min(*upper, *lower), std::max(*upper, *lower)};
}

void readPolygon(HeaderReader const& reader, DisplayShutter& shutter)
{
    auto const vertices = reader.numbers(DCM_VerticesOfThePolygonalShutter);
    constexpr std::size_t mostVertices = 1024; // more would cost seconds at every paint; no device needs them
    if (vertices.size() < 6 || vertices.size() > 2 * mostVertices)
        return;
    for (std::size_t i = 0; i + 1 < vertices.size(); i += 2)
        shutter.polygon.push_back({withinReach(vertices[i]), withinReach(vertices[i + 1])});
}

double linearOfLab(double t)
{
    return t > 6.0 / 29 ? t * t * t : 3 * (6.0 / 29) * (6.0 / 29) * (t - 4.0 / 29);
}

std::uint32_t screenByte(double linear)
{
    double const value = std::clamp(linear, 0.0, 1.0);
    double const gamma = value <= 0.0031308 ? 12.92 * value : 1.055 * std::pow(value, 1 / 2.4) - 0.055;
    return static_cast<std::uint32_t>(gamma * 255 + 0.5);
}

} // namespace

std::vector<OverlayPlane> readOverlays(HeaderReader const& reader, PixelFormat const& format)
{
    std::vector<OverlayPlane> planes;
    std::size_t bytes = 0;
    for (std::uint16_t group = 0x6000; group <= 0x601E; group = static_cast<std::uint16_t>(group + 2)) {
        auto plane = readPlane(reader, group, format);
        if (!plane)
            continue;
        bytes += plane->bits ? plane->bits->size() : 0;
        if (bytes > largestPlanes)
            break;
        planes.push_back(std::move(*plane));
    }
    return planes;
}

std::optional<DisplayShutter> readShutter(HeaderReader const& reader)
{
    std::string const shapes = reader.text(DCM_ShutterShape);
    DisplayShutter shutter;
    if (shapes.find("RECTANGULAR") != std::string::npos)
        readRectangle(reader, shutter);
    if (shapes.find("CIRCULAR") != std::string::npos)
        readCircle(reader, shutter);
    if (shapes.find("POLYGONAL") != std::string::npos)
        readPolygon(reader, shutter);
    if (shapes.find("BITMAP") != std::string::npos)
        if (std::int32_t const group = reader.integer(DCM_ShutterOverlayGroup, 0); group >= 0x6000 && group <= 0x601E)
            shutter.overlayGroup = static_cast<std::uint16_t>(group);
    if (!shutter.rectangle && !shutter.circle && shutter.polygon.empty() && !shutter.overlayGroup)
        return std::nullopt;
    auto const grey = static_cast<std::uint32_t>(
        std::clamp(reader.number(DCM_ShutterPresentationValue).value_or(0) / 257 + 0.5, 0.0, 255.0));
    shutter.rgb = 0xFF000000u | grey * 0x010101u;
    if (auto const lab = reader.words(DCM_ShutterPresentationColorCIELabValue); lab.size() == 3)
        shutter.rgb = rgbOfLab(lab);
    return shutter;
}

std::uint32_t rgbOfLab(std::vector<std::uint16_t> const& lab)
{
    double const y = (lab[0] * 100.0 / 65535 + 16) / 116;
    double const x = y + (lab[1] * 255.0 / 65535 - 128) / 500;
    double const z = y - (lab[2] * 255.0 / 65535 - 128) / 200;
    // White of D50, as DICOM's profile connection space has it; the matrix leads from there to sRGB.
    std::array const xyz{0.9642 * linearOfLab(x), linearOfLab(y), 0.8249 * linearOfLab(z)};
    double const red = 3.1338561 * xyz[0] - 1.6168667 * xyz[1] - 0.4906146 * xyz[2];
    double const green = -0.9787684 * xyz[0] + 1.9161415 * xyz[1] + 0.0334540 * xyz[2];
    double const blue = 0.0719453 * xyz[0] - 0.2289914 * xyz[1] + 1.4052427 * xyz[2];
    return 0xFF000000u | screenByte(red) << 16 | screenByte(green) << 8 | screenByte(blue);
}

} // namespace qianli::viewer
