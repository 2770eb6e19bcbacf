// RLE Lossless (PS3.5 Annex G): the samples' bytes as separate PackBits segments, most significant first.
#include "viewer/decoding/codecs.h"

#include <array>
#include <fmt/format.h>

namespace qianli::viewer {
namespace {

constexpr std::size_t headerBytes = 64;

std::uint32_t headerField(Codestream bytes, std::size_t index)
{
    std::size_t const at = index * 4;
    return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | static_cast<std::uint32_t>(bytes[at + 3]) << 24;
}

// Writes `count` bytes, `stride` apart. What follows the last wanted byte is padding.
Result<void> unpack(Codestream segment, std::uint8_t* out, std::size_t count, std::size_t stride)
{
    std::size_t at = 0;
    std::size_t written = 0;
    while (written < count) {
        if (at >= segment.size())
            return fail(ErrorCode::InvalidInput,
                        fmt::format("an RLE segment ends after {} of {} bytes", written, count));
        std::uint8_t const control = segment[at++];
        if (control == 128)
            continue;
        std::size_t const run = control < 128 ? control + 1u : 257u - control;
        std::size_t const needed = control < 128 ? run : 1;
        if (needed > segment.size() - at || run > count - written)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("an RLE run at byte {} passes the end of its segment", at - 1));
        for (std::size_t i = 0; i < run; ++i, ++written)
            out[written * stride] = segment[control < 128 ? at + i : at];
        at += needed;
    }
    return {};
}

} // namespace

Result<void> decodeRle(Codestream codestream, DecodedFrame& frame)
{
    std::size_t const width = frame.format.bytesPerSample();
    std::size_t const samples = frame.format.samplesPerPixel;
    std::size_t const pixels = std::size_t{frame.format.rows} * frame.format.columns;
    if (codestream.size() < headerBytes)
        return fail(ErrorCode::InvalidInput, "the RLE frame is shorter than its header");
    std::uint32_t const count = headerField(codestream, 0);
    if (count != samples * width)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the RLE frame holds {} segments where the header says {}", count, samples * width));
    for (std::size_t segment = 0; segment < count; ++segment) {
        std::size_t const begin = headerField(codestream, segment + 1);
        std::size_t const end = segment + 1 < count ? headerField(codestream, segment + 2) : codestream.size();
        if (begin < headerBytes || begin > end || end > codestream.size())
            return fail(ErrorCode::InvalidInput, fmt::format("RLE segment {} lies outside the frame", segment + 1));
        std::size_t const byteOfSample = width - 1 - segment % width;
        std::uint8_t* const out = frame.values.data() + segment / width * width + byteOfSample;
        QIANLI_TRY(unpack(codestream.subspan(begin, end - begin), out, pixels, samples * width));
    }
    return {};
}

} // namespace qianli::viewer
