#include "viewer/decoding/pixel_format_reader.h"

#include <algorithm>
#include <charconv>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/format.h>
#include <string>

namespace qianli::viewer {
namespace {

constexpr std::uint64_t largestFrame = 1ull << 31;

Result<std::uint32_t> unsignedShort(DcmItem& header, DcmTagKey const& tag, std::string_view name)
{
    Uint16 value = 0;
    if (header.findAndGetUint16(tag, value).bad())
        return fail(ErrorCode::InvalidInput, fmt::format("{} is missing or unreadable", name));
    return value;
}

std::string codeString(DcmItem& header, DcmTagKey const& tag)
{
    OFString value;
    if (header.findAndGetOFString(tag, value).bad())
        return {};
    while (!value.empty() && (value.back() == ' ' || value.back() == '\0'))
        value.erase(value.size() - 1);
    return {value.c_str(), value.size()};
}

constexpr std::uint32_t floatPixels = 0x7FE00008, doublePixels = 0x7FE00009;

// Float pixels say nothing of bits stored and sign.
Result<void> checkFloat(PixelFormat& format, std::uint32_t pixelTag)
{
    std::uint16_t const bits = pixelTag == doublePixels ? 64 : 32;
    if (format.bitsAllocated != bits || format.samplesPerPixel != 1)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("floating point pixels of {} bits with Bits Allocated (0028,0100) of {} and {} Samples "
                                "per Pixel (0028,0002)",
                                bits, format.bitsAllocated, format.samplesPerPixel));
    format.kind = PixelKind::Float;
    format.bitsStored = bits;
    format.highBit = static_cast<std::uint16_t>(bits - 1);
    format.signedness = Signedness::Signed;
    return {};
}

} // namespace

std::uint16_t unsignedShortOr(DcmItem& header, DcmTagKey const& tag, std::uint16_t otherwise)
{
    Uint16 value = 0;
    return header.findAndGetUint16(tag, value).good() ? value : otherwise;
}

std::uint64_t declaredFrames(DcmItem& header)
{
    std::string const text = codeString(header, DCM_NumberOfFrames);
    std::size_t const begin = text.find_first_not_of(" +");
    std::int64_t declared = 1;
    if (begin == std::string::npos ||
        std::from_chars(text.data() + begin, text.data() + text.size(), declared).ec != std::errc() || declared < 1)
        return 1;
    return static_cast<std::uint64_t>(declared);
}

Result<PixelFormat> readPixelFormat(DcmItem& header, std::uint32_t pixelTag)
{
    PixelFormat format;
    QIANLI_ASSIGN(format.rows, unsignedShort(header, DCM_Rows, "Rows (0028,0010)"));
    QIANLI_ASSIGN(format.columns, unsignedShort(header, DCM_Columns, "Columns (0028,0011)"));
    QIANLI_ASSIGN(auto const allocated, unsignedShort(header, DCM_BitsAllocated, "Bits Allocated (0028,0100)"));
    format.bitsAllocated = static_cast<std::uint16_t>(allocated);
    format.bitsStored = unsignedShortOr(header, DCM_BitsStored, format.bitsAllocated);
    auto const lowestHighBit = static_cast<std::uint16_t>(std::max<int>(format.bitsStored, 1) - 1);
    // Devices that write a High Bit below Bits Stored - 1 mean the lowest bits.
    format.highBit = std::max(unsignedShortOr(header, DCM_HighBit, lowestHighBit), lowestHighBit);
    format.samplesPerPixel = unsignedShortOr(header, DCM_SamplesPerPixel, 1);
    format.signedness =
        unsignedShortOr(header, DCM_PixelRepresentation, 0) == 1 ? Signedness::Signed : Signedness::Unsigned;
    format.photometric = codeString(header, DCM_PhotometricInterpretation);
    if (format.photometric.empty())
        format.photometric = format.samplesPerPixel == 3 ? "RGB" : "MONOCHROME2";

    if (format.rows == 0 || format.columns == 0)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("an image of {} rows and {} columns", format.rows, format.columns));
    if (pixelTag == floatPixels || pixelTag == doublePixels)
        QIANLI_TRY(checkFloat(format, pixelTag));
    if (allocated == 0 || (allocated > 32 && format.kind == PixelKind::Integer))
        return fail(ErrorCode::Refused,
                    fmt::format("Bits Allocated (0028,0100) of {} is not available in this version", allocated));
    if (format.bitsStored == 0 || format.bitsStored > allocated || format.highBit >= allocated)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("Bits Stored {} and High Bit {} do not fit into Bits Allocated {}", format.bitsStored,
                                format.highBit, allocated));
    if (format.samplesPerPixel != 1 && format.samplesPerPixel != 3)
        return fail(
            ErrorCode::Refused,
            fmt::format("{} Samples per Pixel (0028,0002) are not available in this version", format.samplesPerPixel));
    if (format.sampleCount() * std::max<std::uint64_t>(4, format.bytesPerSample()) > largestFrame)
        return fail(ErrorCode::LimitExceeded,
                    fmt::format("an image of {} rows and {} columns is too large", format.rows, format.columns));
    return format;
}

} // namespace qianli::viewer
