// One function a family of codecs: the codestream of one frame in, its stored values into `frame.values`.
//
// `frame.format` says what the header announces and `frame.values` has its size; a codestream that holds anything else
// is refused before a value is written. A codec that changes the colour model says so in format.photometric.
#pragma once

#include "common/base/result.h"
#include "viewer/decoding/decoded_frame.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace qianli::viewer {

using Codestream = std::span<std::uint8_t const>;

Result<void> decodeJpeg(Codestream codestream, DecodedFrame& frame);   // DCT 8 and 12 bit, lossless (ISO 10918-1)
Result<void> decodeJpegLs(Codestream codestream, DecodedFrame& frame); // ISO 14495-1
Result<void> decodeRle(Codestream codestream, DecodedFrame& frame);    // PS3.5 Annex G
Result<void> decodeJpeg2000(Codestream codestream,
                            DecodedFrame& frame); // ISO 15444-1 and -15, bare or inside JP2 boxes

// What a codestream says of itself, and the one check all codecs share.
struct CodestreamFormat {
    std::uint32_t rows = 0, columns = 0, components = 0, precision = 0;
};
// A codestream with no more bits than are stored holds the values as they are, wherever the header says that they lie.
inline void settleHighBit(std::uint32_t precision, PixelFormat& format)
{
    if (precision <= format.bitsStored)
        format.highBit = static_cast<std::uint16_t>(format.bitsStored - 1);
}
Result<void> checkAgainstHeader(std::string_view codec, CodestreamFormat const& found, PixelFormat const& announced);

// Markers of a JPEG or JPEG-LS codestream up to the scan.
struct JpegHeader {
    CodestreamFormat format;
    std::uint8_t frameMarker = 0; // C0H…CFH, or F7H for JPEG-LS
    bool hasJfif = false;         // which means YCbCr where there are three components
    int adobeTransform = -1;      // of an Adobe APP14 segment: 0 RGB, 1 YCbCr; -1: no such segment
    bool namesRgb = false;        // component identifiers 'R', 'G', 'B'
};
Result<JpegHeader> readJpegHeader(Codestream codestream);

// Puts sample `index` (row, column, sample order) into its allocated width, as two's complement.
inline void storeSample(DecodedFrame& frame, std::size_t index, std::int64_t value)
{
    std::size_t const width = frame.format.bytesPerSample();
    std::uint8_t* const out = frame.values.data() + index * width;
    auto bits = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < width; ++i, bits >>= 8)
        out[i] = static_cast<std::uint8_t>(bits);
}

} // namespace qianli::viewer
