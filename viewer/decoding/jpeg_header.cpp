#include "viewer/decoding/codecs.h"

#include <cstring>
#include <fmt/format.h>

namespace qianli::viewer {
namespace {

// SOF0…SOF15 without DHT (C4H), JPG (C8H) and DAC (CCH); SOF55 is JPEG-LS.
bool isFrameMarker(std::uint8_t marker)
{
    return (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) || marker == 0xF7;
}

bool startsWith(Codestream segment, char const* text, std::size_t length)
{
    return segment.size() >= length && std::memcmp(segment.data(), text, length) == 0;
}

Result<void> readFrameSegment(Codestream segment, JpegHeader& header)
{
    if (segment.size() < 6 || segment.size() < 6u + 3u * segment[5])
        return fail(ErrorCode::InvalidInput, "the JPEG frame header is too short");
    header.format.precision = segment[0];
    header.format.rows = segment[1] << 8 | segment[2];
    header.format.columns = segment[3] << 8 | segment[4];
    header.format.components = segment[5];
    header.namesRgb = segment[5] == 3 && segment[6] == 'R' && segment[9] == 'G' && segment[12] == 'B';
    return {};
}

} // namespace

Result<JpegHeader> readJpegHeader(Codestream bytes)
{
    JpegHeader header;
    if (bytes.size() < 4 || bytes[0] != 0xFF || bytes[1] != 0xD8)
        return fail(ErrorCode::InvalidInput, "the frame does not begin with a JPEG start of image");
    for (std::size_t at = 2; at + 4 <= bytes.size();) {
        if (bytes[at] != 0xFF)
            return fail(ErrorCode::InvalidInput, fmt::format("no JPEG marker at byte {} of the frame", at));
        std::uint8_t const marker = bytes[at + 1];
        if (marker == 0xFF) { // fill byte
            ++at;
            continue;
        }
        if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) { // TEM and RSTm have no length (T.81 B.1.1.3)
            at += 2;
            continue;
        }
        if (marker == 0xDA) // start of scan: the headers are over
            break;
        std::size_t const length = static_cast<std::size_t>(bytes[at + 2] << 8 | bytes[at + 3]);
        if (length < 2 || length > bytes.size() - at - 2)
            return fail(ErrorCode::InvalidInput, fmt::format("JPEG marker {:02X}H runs beyond the frame", marker));
        auto const segment = bytes.subspan(at + 4, length - 2);
        if (isFrameMarker(marker)) {
            header.frameMarker = marker;
            QIANLI_TRY(readFrameSegment(segment, header));
        } else if (marker == 0xE0 && startsWith(segment, "JFIF", 5)) {
            header.hasJfif = true;
        } else if (marker == 0xEE && segment.size() >= 12 && startsWith(segment, "Adobe", 5)) {
            header.adobeTransform = segment[11];
        }
        at += 2 + length;
    }
    if (header.frameMarker == 0)
        return fail(ErrorCode::InvalidInput, "the frame holds no JPEG frame header");
    return header;
}

Result<void> checkAgainstHeader(std::string_view codec, CodestreamFormat const& found, PixelFormat const& announced)
{
    if (found.rows != announced.rows || found.columns != announced.columns)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the {} codestream holds {}x{} pixels where Columns and Rows say {}x{}", codec,
                                found.columns, found.rows, announced.columns, announced.rows));
    if (found.components != announced.samplesPerPixel)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the {} codestream holds {} components where Samples per Pixel says {}", codec,
                                found.components, announced.samplesPerPixel));
    if (found.precision == 0 || found.precision > announced.bitsAllocated)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the {} codestream holds {} bits a sample where Bits Allocated says {}", codec,
                                found.precision, announced.bitsAllocated));
    return {};
}

} // namespace qianli::viewer
