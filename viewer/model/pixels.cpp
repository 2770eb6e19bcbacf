#include "viewer/model/pixels.h"

#include "viewer/model/stored_bits.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <limits>

namespace qianli::viewer {
namespace {

// The samples of a frame, least significant byte first, as the machine's own.
template <typename Sample>
Sample sampleAt(DecodedFrame const& frame, std::size_t index)
{
    Sample sample;
    std::memcpy(&sample, frame.values.data() + index * sizeof(Sample), sizeof(Sample));
    return sample;
}

// Calls `take(index, distance)` for every sample; one loop a width, which the compiler can unroll.
template <typename Sample, typename Take>
void eachSample(DecodedFrame const& frame, StoredBits bits, Take take)
{
    std::size_t const count = frame.format.sampleCount();
    for (std::size_t i = 0; i < count; ++i)
        take(i, bits.distance(sampleAt<Sample>(frame, i)));
}

template <typename Take>
void eachInteger(DecodedFrame const& frame, Take take)
{
    StoredBits const bits(frame.format);
    if (frame.format.bitsAllocated == 8)
        eachSample<std::uint8_t>(frame, bits, take);
    else if (frame.format.bitsAllocated == 16)
        eachSample<std::uint16_t>(frame, bits, take);
    else
        eachSample<std::uint32_t>(frame, bits, take);
}

template <typename Take>
void eachFloat(DecodedFrame const& frame, Take take)
{
    std::size_t const count = frame.format.sampleCount();
    for (std::size_t i = 0; i < count; ++i)
        take(i, frame.format.bitsAllocated == 64 ? sampleAt<double>(frame, i)
                                                 : static_cast<double>(sampleAt<float>(frame, i)));
}

template <typename Take>
void eachValue(DecodedFrame const& frame, Take take)
{
    if (frame.format.kind == PixelKind::Float)
        return eachFloat(frame, take);
    double const smallest = StoredBits(frame.format).smallest();
    eachInteger(frame, [&](std::size_t i, std::uint32_t distance) { take(i, smallest + distance); });
}

// Floats and integers of more than 16 bits are spread over the levels from the lowest to the highest measurement of the
// frame. What is none (padding, and floats that are no number) would spread them for nothing: it has level 0.
void fillWideLevels(DecodedFrame const& frame, GreyScale const& grey, Pixels& pixels)
{
    pixels.paddingMeansNothing = true;
    auto const isMeasured = [&](double value) { return std::isfinite(value) && !grey.isPadding(value); };
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    eachValue(frame, [&](std::size_t, double value) {
        if (isMeasured(value)) {
            low = std::min(low, value);
            high = std::max(high, value);
        } else {
            pixels.hasPaddingLevel = true;
        }
    });
    if (low > high)
        low = high = 0;
    double const lowest = pixels.hasPaddingLevel ? 1 : 0;
    pixels.step = (high - low) / (65535 - lowest);
    if (frame.format.kind == PixelKind::Integer)
        pixels.step = std::max(pixels.step, 1.0);
    if (pixels.step <= 0)
        pixels.step = 1;
    pixels.base = low - lowest * pixels.step;
    eachValue(frame, [&](std::size_t i, double value) {
        pixels.levels[i] =
            isMeasured(value)
                ? static_cast<std::uint16_t>(std::clamp((value - pixels.base) / pixels.step + 0.5, lowest, 65535.0))
                : std::uint16_t{0};
    });
}

void fillLevels(DecodedFrame const& frame, GreyScale const& grey, Pixels& pixels)
{
    pixels.levels.resize(frame.format.sampleCount());
    if (frame.format.bitsStored > 16)
        return fillWideLevels(frame, grey, pixels);
    pixels.base = StoredBits(frame.format).smallest();
    pixels.levelCount = 1u << frame.format.bitsStored;
    std::uint16_t* const levels = pixels.levels.data();
    if (frame.format.bitsAllocated == 16)
        return toLevels16(frame.values.data(), levels, pixels.levels.size(), StoredBits(frame.format));
    eachInteger(frame,
                [levels](std::size_t i, std::uint32_t distance) { levels[i] = static_cast<std::uint16_t>(distance); });
}

std::uint32_t pack(double red, double green, double blue)
{
    auto const byte = [](double value) { return static_cast<std::uint32_t>(std::clamp(value + 0.5, 0.0, 255.0)); };
    return 0xFF000000u | byte(red) << 16 | byte(green) << 8 | byte(blue);
}

// PS3.3 C.7.6.3.1.2.
std::uint32_t fromYbrFull(double y, double cb, double cr)
{
    return pack(y + 1.402 * (cr - 128), y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128), y + 1.772 * (cb - 128));
}

std::uint32_t fromYbrPartial(double y, double cb, double cr)
{
    double const luma = 1.164384 * (y - 16);
    return pack(luma + 1.596027 * (cr - 128), luma - 0.391762 * (cb - 128) - 0.812968 * (cr - 128),
                luma + 2.017232 * (cb - 128));
}

template <typename Sample, typename Convert>
void convertColours(DecodedFrame const& frame, Pixels& pixels, Convert convert)
{
    StoredBits const bits(frame.format);
    double const scale = 255.0 / (std::pow(2.0, frame.format.bitsStored) - 1);
    auto const value = [&](std::size_t i) { return bits.distance(sampleAt<Sample>(frame, i)) * scale; };
    for (std::size_t i = 0; i < pixels.rgb.size(); ++i)
        pixels.rgb[i] = convert(value(3 * i), value(3 * i + 1), value(3 * i + 2));
}

template <typename Convert>
void convertColours(DecodedFrame const& frame, Pixels& pixels, Convert convert)
{
    if (frame.format.bitsAllocated == 8)
        convertColours<std::uint8_t>(frame, pixels, convert);
    else if (frame.format.bitsAllocated == 16)
        convertColours<std::uint16_t>(frame, pixels, convert);
    else
        convertColours<std::uint32_t>(frame, pixels, convert);
}

Result<void> fillColours(DecodedFrame const& frame, Pixels& pixels)
{
    auto const& photometric = frame.format.photometric;
    pixels.rgb.resize(std::size_t{pixels.rows} * pixels.columns);
    if (photometric == "YBR_FULL" || photometric == "YBR_FULL_422")
        convertColours(frame, pixels, [](double y, double cb, double cr) { return fromYbrFull(y, cb, cr); });
    else if (photometric == "YBR_PARTIAL_422" || photometric == "YBR_PARTIAL_420" || photometric == "YBR_PARTIAL")
        convertColours(frame, pixels, [](double y, double cb, double cr) { return fromYbrPartial(y, cb, cr); });
    // Three samples called MONOCHROME2 are a device's mistake for RGB.
    else if (photometric == "RGB" || photometric.starts_with("MONOCHROME"))
        convertColours(frame, pixels, [](double red, double green, double blue) { return pack(red, green, blue); });
    else
        // YBR_RCT and YBR_ICT exist inside JPEG 2000 alone, whose decoder undoes them: elsewhere they may mean
        // anything.
        return fail(ErrorCode::Refused, fmt::format("colours of {} are not available in this version", photometric));
    return {};
}

std::uint32_t paletteByte(LookupTable const& table, double stored)
{
    std::uint16_t const entry = table.at(stored);
    if (table.bits >= 8)
        return static_cast<std::uint32_t>(entry >> (table.bits - 8));
    return entry * 255u / ((1u << table.bits) - 1);
}

std::uint32_t paletteColour(Palette const& palette, double stored)
{
    return 0xFF000000u | paletteByte(palette.red, stored) << 16 | paletteByte(palette.green, stored) << 8 |
           paletteByte(palette.blue, stored);
}

Result<void> fillFromPalette(DecodedFrame const& frame, Palette const& palette, Pixels& pixels)
{
    if (palette.empty() || palette.isSupplemental)
        return fail(ErrorCode::InvalidInput, "the palette of the image is missing or unreadable");
    if (frame.format.bitsStored > 16)
        return fail(ErrorCode::Refused, fmt::format("palette colours of {} bits are not available in this version",
                                                    frame.format.bitsStored));
    // As a table of what can occur: a palette has few colours, and a clip many pixels.
    double const smallest = StoredBits(frame.format).smallest();
    std::vector<std::uint32_t> colours(std::size_t{1} << frame.format.bitsStored);
    for (std::size_t i = 0; i < colours.size(); ++i)
        colours[i] = paletteColour(palette, smallest + static_cast<double>(i));
    pixels.rgb.resize(frame.format.sampleCount());
    eachInteger(frame, [&](std::size_t i, std::uint32_t distance) { pixels.rgb[i] = colours[distance]; });
    return {};
}

// The range in colour is that of the tables; above it the last colour holds (PS3.3 C.7.9.1).
void fillSupplement(Palette const& palette, Pixels& pixels)
{
    double const first = palette.red.first - pixels.base;
    if (first >= pixels.levelCount || pixels.step != 1)
        return;
    pixels.supplementFrom = static_cast<std::uint32_t>(std::max(first, 0.0));
    for (std::uint32_t level = pixels.supplementFrom; level < pixels.levelCount; ++level)
        pixels.supplement.push_back(paletteColour(palette, pixels.base + level));
}

template <typename Sample>
std::vector<std::uint8_t> bitPlane(DecodedFrame const& frame, std::uint16_t position)
{
    std::size_t const count = frame.format.sampleCount();
    std::vector<std::uint8_t> bits((count + 7) / 8);
    for (std::size_t i = 0; i < count; ++i)
        bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (sampleAt<Sample>(frame, i) >> position & 1) << (i % 8));
    return bits;
}

void takeEmbeddedOverlays(DecodedFrame const& frame, ImageAttributes const& image, Pixels& pixels)
{
    bool const isAny = std::any_of(image.overlays.begin(), image.overlays.end(),
                                   [](OverlayPlane const& plane) { return plane.bitPosition.has_value(); });
    if (!isAny || frame.format.samplesPerPixel != 1)
        return;
    pixels.embedded.resize(image.overlays.size());
    for (std::size_t i = 0; i < image.overlays.size(); ++i) {
        auto const& position = image.overlays[i].bitPosition;
        if (!position || *position >= frame.format.bitsAllocated)
            continue;
        pixels.embedded[i] = frame.format.bitsAllocated == 8    ? bitPlane<std::uint8_t>(frame, *position)
                             : frame.format.bitsAllocated == 16 ? bitPlane<std::uint16_t>(frame, *position)
                                                                : bitPlane<std::uint32_t>(frame, *position);
    }
}

Result<void> checkFormat(DecodedFrame const& frame)
{
    auto const& format = frame.format;
    bool const isFloat = format.kind == PixelKind::Float;
    bool const isKnown =
        isFloat ? (format.bitsAllocated == 32 || format.bitsAllocated == 64) && format.samplesPerPixel == 1
                : format.bitsStored > 0 && format.bitsStored <= format.bitsAllocated &&
                      format.highBit < format.bitsAllocated && format.highBit + 1 >= format.bitsStored &&
                      (format.bitsAllocated == 8 || format.bitsAllocated == 16 || format.bitsAllocated == 32);
    if (frame.values.size() != format.frameBytes() || !isKnown)
        return fail(ErrorCode::Internal, "a decoded frame of the wrong size");
    return {};
}

} // namespace

Result<std::shared_ptr<Pixels const>> preparePixels(DecodedFrame const& frame, ImageAttributes const& image)
{
    QIANLI_TRY(checkFormat(frame));
    auto pixels = std::make_shared<Pixels>();
    auto const& format = frame.format;
    pixels->rows = format.rows;
    pixels->columns = format.columns;
    pixels->bitsStored = format.bitsStored;
    pixels->isColour = format.samplesPerPixel == 3 || format.photometric == "PALETTE COLOR";
    if (format.photometric == "PALETTE COLOR" && format.samplesPerPixel == 1) {
        QIANLI_TRY(fillFromPalette(frame, image.palette, *pixels));
    } else if (format.samplesPerPixel == 3) {
        QIANLI_TRY(fillColours(frame, *pixels));
    } else {
        fillLevels(frame, image.frames.empty() ? GreyScale() : image.frames.front().grey, *pixels);
        if (image.palette.isSupplemental)
            fillSupplement(image.palette, *pixels);
    }
    takeEmbeddedOverlays(frame, image, *pixels);
    return pixels;
}

bool isPaddingLevel(Pixels const& pixels, GreyScale const& grey, std::size_t level)
{
    auto const levels = paddingLevels(pixels, grey);
    return levels && level >= levels->first && level <= levels->second;
}

std::optional<std::pair<std::size_t, std::size_t>> paddingLevels(Pixels const& pixels, GreyScale const& grey)
{
    if (pixels.hasPaddingLevel)
        return std::pair<std::size_t, std::size_t>{0, 0};
    if (!grey.padding || pixels.paddingMeansNothing)
        return std::nullopt;
    double const from = std::max(std::ceil(grey.padding->from - pixels.base), 0.0);
    double const to = std::min(std::floor(grey.padding->to - pixels.base), pixels.levelCount - 1.0);
    if (from > to)
        return std::nullopt;
    return std::pair{static_cast<std::size_t>(from), static_cast<std::size_t>(to)};
}

} // namespace qianli::viewer
