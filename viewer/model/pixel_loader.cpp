#include "viewer/model/pixel_loader.h"

#include "viewer/decoding/native_pixels.h"
#include "viewer/model/stored_bits.h"

namespace qianli::viewer {
namespace {

// Whether the stored numbers of the object are its levels, but for sign and mask.
bool isPlainSlice(ImageAttributes const& image)
{
    if (!image.nativePixels || !isPlain(*image.nativePixels) || !image.overlays.empty() || !image.palette.empty())
        return false;
    PixelFormat const& format = image.nativePixels->format;
    return format.bitsAllocated == 16 && format.samplesPerPixel == 1 && format.kind == PixelKind::Integer &&
           format.photometric.starts_with("MONOCHROME");
}

// Null where that can't be: the usual way will tell why.
std::shared_ptr<Pixels const> readStraight(ImageAttributes const& image, std::uint32_t frame)
{
    PixelFormat const& format = image.nativePixels->format;
    StoredBits const bits(format);
    auto pixels = std::make_shared<Pixels>();
    pixels->rows = format.rows;
    pixels->columns = format.columns;
    pixels->bitsStored = format.bitsStored;
    pixels->base = bits.smallest();
    pixels->levelCount = 1u << format.bitsStored;
    pixels->levels.resize(format.sampleCount());
    auto* const values = reinterpret_cast<std::uint8_t*>(pixels->levels.data());
    if (!readPlainFrame(*image.nativePixels, image.file, frame, {values, format.frameBytes()}))
        return nullptr;
    toLevels16(values, pixels->levels.data(), pixels->levels.size(), bits);
    return pixels;
}

// Who draws and measures goes by what the object says of its size.
Result<void> checkSize(PixelFormat const& decoded, PixelFormat const& announced)
{
    if (decoded.rows != announced.rows || decoded.columns != announced.columns ||
        decoded.samplesPerPixel != announced.samplesPerPixel)
        return fail(ErrorCode::Internal, "a decoded frame of the wrong size");
    return {};
}

} // namespace

Result<std::shared_ptr<Pixels const>> loadPixels(PixelDecoder& decoder, ImageAttributes const& image,
                                                 std::uint32_t frame, std::uint64_t era)
{
    if (isPlainSlice(image))
        if (auto pixels = readStraight(image, frame))
            return pixels;
    FrameSource source = image.source();
    source.era = era;
    QIANLI_ASSIGN(auto const decoded, decoder.decode(source, frame));
    QIANLI_TRY(checkSize(decoded.format, image.format));
    return preparePixels(decoded, image);
}

} // namespace qianli::viewer
