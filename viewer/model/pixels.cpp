#include "viewer/model/pixels.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace qianli::viewer {
namespace {

// Reads samples of a frame as numbers: masked to the stored bits, sign extended.
class SampleReader {
public:
    explicit SampleReader(DecodedFrame const& frame)
        : bytes_(frame.values.data()), width_(frame.format.bytesPerSample()),
          shift_(frame.format.highBit + 1 - frame.format.bitsStored),
          mask_(frame.format.bitsStored >= 32 ? 0xFFFFFFFFu : (1u << frame.format.bitsStored) - 1),
          sign_(frame.format.signedness == Signedness::Signed ? 1u << (frame.format.bitsStored - 1) : 0)
    {
    }
    // Flipping the sign bit turns two's complement into the distance from the smallest value.
    std::uint32_t distance(std::size_t index) const { return (raw(index) >> shift_ & mask_) ^ sign_; }
    double smallest() const { return -static_cast<double>(sign_); }

private:
    std::uint32_t raw(std::size_t index) const
    {
        std::uint8_t const* const at = bytes_ + index * width_;
        if (width_ == 1)
            return at[0];
        if (width_ == 2)
            return at[0] | std::uint32_t{at[1]} << 8;
        return at[0] | std::uint32_t{at[1]} << 8 | std::uint32_t{at[2]} << 16 | std::uint32_t{at[3]} << 24;
    }

    std::uint8_t const* bytes_;
    std::size_t width_;
    int shift_;
    std::uint32_t mask_;
    std::uint32_t sign_;
};

void fillLevels(DecodedFrame const& frame, Pixels& pixels)
{
    SampleReader const samples(frame);
    std::size_t const count = frame.format.sampleCount();
    pixels.levels.resize(count);
    if (frame.format.bitsStored <= 16) {
        pixels.base = samples.smallest();
        for (std::size_t i = 0; i < count; ++i)
            pixels.levels[i] = static_cast<std::uint16_t>(samples.distance(i));
        return;
    }
    std::uint32_t low = std::numeric_limits<std::uint32_t>::max();
    std::uint32_t high = 0;
    for (std::size_t i = 0; i < count; ++i) {
        low = std::min(low, samples.distance(i));
        high = std::max(high, samples.distance(i));
    }
    pixels.base = samples.smallest() + low;
    pixels.step = std::max(1.0, (static_cast<double>(high) - low) / 65535);
    for (std::size_t i = 0; i < count; ++i)
        pixels.levels[i] = static_cast<std::uint16_t>((samples.distance(i) - low) / pixels.step);
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

void fillColours(DecodedFrame const& frame, Pixels& pixels)
{
    SampleReader const samples(frame);
    double const scale = 255.0 / (std::pow(2.0, frame.format.bitsStored) - 1);
    std::uint32_t (*convert)(double, double, double) = &pack;
    if (frame.format.photometric.starts_with("YBR"))
        convert = frame.format.photometric.starts_with("YBR_PARTIAL") ? &fromYbrPartial : &fromYbrFull;
    pixels.rgb.resize(std::size_t{pixels.rows} * pixels.columns);
    for (std::size_t i = 0; i < pixels.rgb.size(); ++i)
        pixels.rgb[i] = convert(samples.distance(3 * i) * scale, samples.distance(3 * i + 1) * scale,
                                samples.distance(3 * i + 2) * scale);
}

std::uint32_t paletteByte(LookupTable const& table, double stored)
{
    std::uint16_t const entry = table.at(stored);
    return table.bits >= 8 ? static_cast<std::uint32_t>(entry >> (table.bits - 8))
                           : static_cast<std::uint32_t>(entry << (8 - table.bits));
}

void fillFromPalette(DecodedFrame const& frame, Palette const& palette, Pixels& pixels)
{
    SampleReader const samples(frame);
    pixels.rgb.resize(frame.format.sampleCount());
    for (std::size_t i = 0; i < pixels.rgb.size(); ++i) {
        double const stored = samples.smallest() + samples.distance(i);
        pixels.rgb[i] = 0xFF000000u | paletteByte(palette.red, stored) << 16 | paletteByte(palette.green, stored) << 8 |
                        paletteByte(palette.blue, stored);
    }
}

double modalityOf(Pixels const& pixels, GreyScale const& grey, std::size_t level)
{
    return grey.modality(pixels.base + static_cast<double>(level) * pixels.step);
}

bool isPaddingLevel(Pixels const& pixels, GreyScale const& grey, std::size_t level)
{
    return grey.isPadding(std::llround(pixels.base + static_cast<double>(level) * pixels.step));
}

// Screen pictures and masks are meant as they are.
Window fullRange(std::uint16_t bitsStored)
{
    double const width = std::pow(2.0, std::min<int>(bitsStored, 8));
    return {width / 2, width, {}};
}

Window windowBetween(double a, double b)
{
    double const low = std::min(a, b);
    double const high = std::max(a, b);
    return {(low + high + 1) / 2, high - low + 1, {}};
}

} // namespace

Result<std::shared_ptr<Pixels const>> preparePixels(DecodedFrame const& frame, ImageAttributes const& image)
{
    auto pixels = std::make_shared<Pixels>();
    auto const& format = frame.format;
    if (frame.values.size() != format.frameBytes() || format.bitsStored == 0 || format.bitsStored > 32)
        return fail(ErrorCode::Internal, "a decoded frame of the wrong size");
    pixels->rows = format.rows;
    pixels->columns = format.columns;
    pixels->bitsStored = format.bitsStored;
    pixels->isColour = format.samplesPerPixel == 3 || format.photometric == "PALETTE COLOR";
    if (format.photometric == "PALETTE COLOR") {
        if (image.palette.empty())
            return fail(ErrorCode::InvalidInput, "the palette of the image is missing or unreadable");
        fillFromPalette(frame, image.palette, *pixels);
    } else if (format.samplesPerPixel == 3) {
        // Three samples called MONOCHROME2 are a device's mistake for RGB.
        if (format.photometric != "RGB" && !format.photometric.starts_with("YBR_") &&
            !format.photometric.starts_with("MONOCHROME"))
            return fail(ErrorCode::Refused,
                        fmt::format("colours of {} are not available in this version", format.photometric));
        fillColours(frame, *pixels);
    } else {
        fillLevels(frame, *pixels);
    }
    return pixels;
}

void fillGreyTable(GreyTable& table, Pixels const& pixels, GreyScale const& grey, VoiChoice const& choice,
                   Inversion inversion)
{
    LookupTable const* const lut = choice.kind == VoiChoice::Kind::FileLut && choice.index < grey.voiLuts.size()
                                       ? &grey.voiLuts[choice.index]
                                       : nullptr;
    // A window of the reader's own is always linear: what is dragged with the mouse is a ramp.
    VoiFunction const function = choice.kind == VoiChoice::Kind::FileWindow ? grey.function : VoiFunction::Linear;
    Window const window = effectiveWindow(grey, choice);
    bool const inverted = grey.inverse != (inversion == Inversion::Inverted);
    double const highest = lut ? std::pow(2.0, lut->bits) - 1 : 1;
    for (std::size_t level = 0; level < table.size(); ++level) {
        double const value = modalityOf(pixels, grey, level);
        double const shown = lut ? lut->at(value) / highest : applyWindow(value, window, function);
        table[level] = static_cast<std::uint8_t>((inverted ? 1 - shown : shown) * 255 + 0.5);
    }
    if (!grey.padding)
        return;
    auto const levelOf = [&](std::int64_t stored) { return (static_cast<double>(stored) - pixels.base) / pixels.step; };
    double const from = std::max(std::ceil(levelOf(grey.padding->from)), 0.0);
    double const to = std::min(std::floor(levelOf(grey.padding->to)), 65535.0);
    for (double level = from; level <= to; ++level)
        table[static_cast<std::size_t>(level)] = 0;
}

Window automaticWindow(Pixels const& pixels, GreyScale const& grey, std::string const& modality)
{
    if (modality == "CT" && grey.modalityLut.empty() && grey.intercept <= -900)
        return {40, 400, {}};
    if (pixels.levels.empty() || (pixels.bitsStored <= 8 && modality != "CT" && modality != "MR"))
        return fullRange(pixels.bitsStored);
    std::vector<std::uint32_t> counts(65536);
    for (auto const level : pixels.levels)
        ++counts[level];
    std::size_t total = 0;
    for (std::size_t level = 0; level < counts.size(); ++level) {
        if (counts[level] > 0 && isPaddingLevel(pixels, grey, level))
            counts[level] = 0;
        total += counts[level];
    }
    auto const percentile = [&](double share) {
        std::size_t below = 0;
        std::size_t last = 0;
        for (std::size_t level = 0; level < counts.size(); ++level) {
            if (counts[level] == 0)
                continue;
            below += counts[level];
            last = level;
            if (static_cast<double>(below) >= share * static_cast<double>(total))
                break;
        }
        return modalityOf(pixels, grey, last);
    };
    return windowBetween(percentile(0.005), percentile(0.995));
}

VoiChoice initialVoi(Pixels const& pixels, GreyScale const& grey, std::string const& modality)
{
    if (!grey.voiLuts.empty())
        return {VoiChoice::Kind::FileLut, 0, {}};
    if (!grey.windows.empty())
        return {VoiChoice::Kind::FileWindow, 0, {}};
    return {VoiChoice::Kind::Manual, 0, automaticWindow(pixels, grey, modality)};
}

} // namespace qianli::viewer
