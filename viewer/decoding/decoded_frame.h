// DecodedFrame: the stored values of one frame, out of any transfer syntax, before rescale, look-up tables or palette.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace qianli::viewer {

enum class Signedness { Unsigned, Signed };
enum class PixelKind { Integer, Float }; // Float: IEEE 754 of 32 or 64 bits (PS3.3 C.7.6.24, C.7.6.25)

// What the Image Pixel Module (PS3.3 C.7.6.3) says of every frame of an object.
struct PixelFormat {
    std::uint32_t rows = 0;
    std::uint32_t columns = 0;
    std::uint16_t samplesPerPixel = 1;
    // 8, 16 or 32 once decoded, 64 for double floats: what is packed (1, 12, 24 bits) is unpacked.
    std::uint16_t bitsAllocated = 8;
    std::uint16_t bitsStored = 8;
    std::uint16_t highBit = 7;
    Signedness signedness = Signedness::Unsigned;
    // As the decoder left the colours: JPEG 2000 undoes its own YBR_RCT and YBR_ICT and leaves RGB; sub-sampled YBR is
    // YBR_FULL.
    std::string photometric = "MONOCHROME2";
    PixelKind kind = PixelKind::Integer;

    std::size_t bytesPerSample() const { return bitsAllocated / 8u; }
    std::size_t sampleCount() const { return std::size_t{rows} * columns * samplesPerPixel; }
    std::size_t frameBytes() const { return sampleCount() * bytesPerSample(); }
};

struct DecodedFrame {
    PixelFormat format;
    // Row, column, sample order (colour by pixel), little endian; exactly format.frameBytes() bytes. Bits outside
    // bitsStored are as they were sent: whoever interprets the values masks them.
    std::vector<std::uint8_t> values;
};

} // namespace qianli::viewer
