#include "viewer/decoding/native_pixels.h"

#include "common/base/file.h"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>

namespace qianli::viewer {
namespace {

// Pixel cells that are no 8, 16 or 32 bits follow each other without gaps, the first in the lowest bits (PS3.5 section
// 8.1.1).
bool isPacked(PixelFormat const& format)
{
    return format.bitsAllocated != 8 && format.bitsAllocated != 16 && format.bitsAllocated != 32 &&
           format.bitsAllocated != 64;
}

bool isSubSampled(PixelFormat const& format)
{
    return format.samplesPerPixel == 3 && format.photometric.ends_with("_422");
}

void unpackBits(std::span<std::uint8_t const> packed, std::size_t firstBit, unsigned bitsAllocated, std::size_t width,
                std::vector<std::uint8_t>& values)
{
    for (std::size_t i = 0; i < values.size() / width; ++i)
        for (unsigned cellBit = 0; cellBit < bitsAllocated; ++cellBit) {
            std::size_t const bit = firstBit + i * bitsAllocated + cellBit;
            auto const value = static_cast<std::uint8_t>((packed[bit / 8] >> (bit % 8) & 1) << (cellBit % 8));
            auto& byte = values[i * width + cellBit / 8];
            byte = static_cast<std::uint8_t>(byte | value);
        }
}

// YBR_FULL_422: Y1 Y2 Cb Cr becomes Y1 Cb Cr Y2 Cb Cr.
void expand422(std::span<std::uint8_t const> packed, std::size_t width, std::vector<std::uint8_t>& values)
{
    std::size_t const pairs = values.size() / (6 * width);
    for (std::size_t pair = 0; pair < pairs; ++pair)
        for (std::size_t byte = 0; byte < width; ++byte) {
            auto const in = [&](std::size_t sample) { return packed[(pair * 4 + sample) * width + byte]; };
            auto const out = [&](std::size_t sample) -> std::uint8_t& {
                return values[(pair * 6 + sample) * width + byte];
            };
            out(0) = in(0);
            out(3) = in(1);
            out(1) = out(4) = in(2);
            out(2) = out(5) = in(3);
        }
}

void interleave(std::span<std::uint8_t const> planes, std::size_t width, std::size_t samples,
                std::vector<std::uint8_t>& values)
{
    std::size_t const pixels = values.size() / (width * samples);
    for (std::size_t sample = 0; sample < samples; ++sample)
        for (std::size_t pixel = 0; pixel < pixels; ++pixel)
            for (std::size_t byte = 0; byte < width; ++byte)
                values[(pixel * samples + sample) * width + byte] = planes[(sample * pixels + pixel) * width + byte];
}

bool mustSwap(NativePixels const& pixels)
{
    return pixels.bigEndian && (pixels.format.bitsAllocated > 8 || pixels.words);
}

// OW swaps in pairs of bytes also where a sample is one byte or a bit (PS3.5 section 7.3, 8.1.1); longer samples as a
// whole.
std::uint64_t swapUnit(PixelFormat const& format)
{
    return format.bitsAllocated == 32 || format.bitsAllocated == 64 ? format.bitsAllocated / 8u : 2u;
}

struct Range {
    std::uint64_t begin = 0, end = 0;
};

Result<Range> rangeOf(NativePixels const& pixels, std::uint32_t frame)
{
    if (frame >= pixels.frames)
        return fail(ErrorCode::NotFound,
                    fmt::format("there is no frame {}: the object holds {}", frame + 1, pixels.frames));
    std::uint64_t const bits = nativeFrameBits(pixels.format);
    Range const range{bits * frame / 8, (bits * (frame + 1ull) + 7) / 8};
    if (range.end > pixels.bytes)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("Pixel Data (7FE0,0010) holds {} bytes where frame {} ends at {}", pixels.bytes,
                                frame + 1, range.end));
    return range;
}

// Reads whole units around the range, so that each byte finds its partner, and gives the range.
Result<std::vector<std::uint8_t>> readSwapped(NativePixels const& pixels, Range range, ReadAt const& read)
{
    std::uint64_t const unit = swapUnit(pixels.format);
    std::uint64_t const from = range.begin / unit * unit;
    std::uint64_t const to = std::min((range.end + unit - 1) / unit * unit, pixels.bytes);
    std::vector<std::uint8_t> raw(to - from);
    QIANLI_TRY(read(pixels.offset + from, raw));
    std::vector<std::uint8_t> out(range.end - range.begin);
    for (std::uint64_t i = 0; i < out.size(); ++i) {
        std::uint64_t const at = range.begin + i;
        std::uint64_t const mirrored = at / unit * unit + (unit - 1 - at % unit);
        out[i] = raw[(mirrored < to ? mirrored : at) - from];
    }
    return out;
}

} // namespace

PixelFormat unpackedFormat(PixelFormat stored)
{
    if (isPacked(stored))
        stored.bitsAllocated = stored.bitsAllocated <= 8 ? 8 : stored.bitsAllocated <= 16 ? 16 : 32;
    return stored;
}

std::uint64_t nativeFrameBits(PixelFormat const& format)
{
    // Two pixels share one pair of colour samples (PS3.3 C.7.6.3.1.2).
    std::uint64_t const samples =
        isSubSampled(format) ? std::uint64_t{format.rows} * format.columns * 2 : format.sampleCount();
    return samples * format.bitsAllocated;
}

Result<DecodedFrame> arrangeNative(std::span<std::uint8_t const> bytes, unsigned firstBit, PixelFormat const& stored,
                                   bool planar)
{
    unsigned const allocated = stored.bitsAllocated;
    bool const packed = isPacked(stored);
    bool const subSampled = isSubSampled(stored);
    if (packed && stored.samplesPerPixel != 1)
        return fail(
            ErrorCode::Refused,
            fmt::format("colours with Bits Allocated (0028,0100) of {} are not available in this version", allocated));
    if (subSampled && stored.columns % 2 != 0)
        return fail(ErrorCode::InvalidInput, "sub-sampled colours need an even number of columns");
    std::uint64_t const needed = (firstBit + nativeFrameBits(stored) + 7) / 8;
    if (bytes.size() < needed)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the frame holds {} bytes where {} are needed", bytes.size(), needed));
    DecodedFrame frame{unpackedFormat(stored), {}};
    std::size_t const width = frame.format.bytesPerSample();
    bool const plain = !packed && !subSampled && !(stored.samplesPerPixel > 1 && planar);
    if (plain) {
        frame.values.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(frame.format.frameBytes()));
        return frame;
    }
    frame.values.resize(frame.format.frameBytes());
    if (packed) {
        unpackBits(bytes, firstBit, allocated, width, frame.values);
    } else if (subSampled) {
        expand422(bytes, width, frame.values);
        frame.format.photometric.resize(frame.format.photometric.size() - 4);
    } else {
        interleave(bytes, width, frame.format.samplesPerPixel, frame.values);
    }
    return frame;
}

bool isPlain(NativePixels const& pixels)
{
    PixelFormat const& format = pixels.format;
    return !mustSwap(pixels) && !isPacked(format) && !isSubSampled(format) &&
           !(format.samplesPerPixel > 1 && pixels.planar);
}

Result<void> readPlainFrame(NativePixels const& pixels, std::filesystem::path const& file, std::uint32_t frame,
                            std::span<std::uint8_t> values)
{
    QIANLI_ASSIGN(auto const range, rangeOf(pixels, frame));
    if (!isPlain(pixels) || values.size() != range.end - range.begin)
        return fail(ErrorCode::Internal, "a decoded frame of the wrong size");
    QIANLI_ASSIGN(auto const descriptor, openFile(file, O_RDONLY | O_NONBLOCK));
    QIANLI_TRY(checkStamp(descriptor.get(), pixels.stamp));
    QIANLI_TRY(readAllAt(descriptor.get(), values, pixels.offset + range.begin));
    return checkStamp(descriptor.get(), pixels.stamp); // nor was it written to meanwhile
}

Result<DecodedFrame> readNativeFrame(NativePixels const& pixels, std::uint32_t frame, ReadAt const& read)
{
    QIANLI_ASSIGN(auto const range, rangeOf(pixels, frame));
    auto const firstBit = static_cast<unsigned>(nativeFrameBits(pixels.format) * frame % 8);
    if (mustSwap(pixels)) {
        QIANLI_ASSIGN(auto const bytes, readSwapped(pixels, range, read));
        return arrangeNative(bytes, firstBit, pixels.format, pixels.planar);
    }
    std::vector<std::uint8_t> bytes(range.end - range.begin);
    QIANLI_TRY(read(pixels.offset + range.begin, bytes));
    if (isPlain(pixels))
        return DecodedFrame{pixels.format, std::move(bytes)};
    return arrangeNative(bytes, firstBit, pixels.format, pixels.planar);
}

} // namespace qianli::viewer
