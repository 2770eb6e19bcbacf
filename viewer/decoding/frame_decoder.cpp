#include "viewer/decoding/frame_decoder.h"

#include "common/dicom/sop_class.h"
#include "viewer/decoding/codecs.h"
#include "viewer/decoding/inflate.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace qianli::viewer {
namespace {

using Codec = Result<void> (*)(Codestream, DecodedFrame&);

struct CodecEntry {
    std::string_view transferSyntax; // below 1.2.840.10008.1.2
    Codec codec;
};

constexpr std::size_t keptOpen = 4;
constexpr std::string_view root = "1.2.840.10008.1.2";
constexpr CodecEntry codecs[] = {
    {".4.50", decodeJpeg},      {".4.51", decodeJpeg},     {".4.53", decodeJpeg},      {".4.55", decodeJpeg},
    {".4.57", decodeJpeg},      {".4.70", decodeJpeg},     {".4.80", decodeJpegLs},    {".4.81", decodeJpegLs},
    {".4.90", decodeJpeg2000},  {".4.91", decodeJpeg2000}, {".4.201", decodeJpeg2000}, {".4.202", decodeJpeg2000},
    {".4.203", decodeJpeg2000}, {".5", decodeRle},
};
constexpr std::string_view deflatedFrame = ".8.1", encapsulatedUncompressed = ".1.98";

// What no library here decodes, by the name that its users know.
struct Unavailable {
    std::string_view transferSyntax; // or its beginning before a '.', below 1.2.840.10008.1.2
    std::string_view name;
};
constexpr Unavailable unavailable[] = {
    {".4.92", "JPEG 2000 Part 2"}, {".4.93", "JPEG 2000 Part 2"}, {".4.100", "MPEG-2"},
    {".4.101", "MPEG-2"},          {".4.102", "MPEG-4 (H.264)"},  {".4.103", "MPEG-4 (H.264)"},
    {".4.104", "MPEG-4 (H.264)"},  {".4.105", "MPEG-4 (H.264)"},  {".4.106", "MPEG-4 (H.264)"},
    {".4.107", "HEVC (H.265)"},    {".4.108", "HEVC (H.265)"},    {".4.110", "JPEG XL"},
    {".4.111", "JPEG XL"},         {".4.112", "JPEG XL"},
};

std::string_view belowRoot(dicom::Uid const& transferSyntax)
{
    std::string_view const uid = transferSyntax.value();
    return uid.starts_with(root) ? uid.substr(root.size()) : std::string_view();
}

Codec findCodec(std::string_view syntax)
{
    auto const found = std::find_if(std::begin(codecs), std::end(codecs),
                                    [&](CodecEntry const& entry) { return entry.transferSyntax == syntax; });
    return found == std::end(codecs) ? nullptr : found->codec;
}

tl::unexpected<Error> refuse(dicom::Uid const& transferSyntax)
{
    std::string_view const syntax = belowRoot(transferSyntax);
    for (auto const& one : unavailable)
        if (syntax == one.transferSyntax ||
            (syntax.starts_with(one.transferSyntax) && syntax[one.transferSyntax.size()] == '.'))
            return fail(ErrorCode::Refused,
                        fmt::format("the image is coded as {}, which this version can't decode", one.name));
    return fail(ErrorCode::Refused, fmt::format("pictures in transfer syntax {} are not available in this version",
                                                transferSyntax.value()));
}

// 1-bit pixels compressed by RLE are packed first (PS3.5 8.2.2).
Result<DecodedFrame> decodePackedBits(std::span<std::uint8_t const> bytes, PixelFormat const& stored)
{
    DecodedFrame packed;
    packed.format = stored;
    packed.format.bitsAllocated = 8;
    packed.format.rows = 1;
    packed.format.columns = static_cast<std::uint32_t>((stored.sampleCount() + 7) / 8);
    packed.values.resize(packed.format.frameBytes());
    QIANLI_TRY(decodeRle(bytes, packed));
    return arrangeNative(packed.values, 0, stored, false);
}

Result<DecodedFrame> decodeCompressed(Codec codec, std::span<std::uint8_t const> bytes, PixelFormat const& stored)
{
    DecodedFrame frame{unpackedFormat(stored), {}};
    if (stored.bitsAllocated == 1 && codec == decodeRle)
        return decodePackedBits(bytes, stored);
    if (frame.format.bitsAllocated != stored.bitsAllocated && stored.bitsAllocated != 1)
        return fail(ErrorCode::Refused,
                    fmt::format("compressed pixels with Bits Allocated (0028,0100) of {} are not available in this "
                                "version",
                                stored.bitsAllocated));
    frame.values.resize(frame.format.frameBytes());
    QIANLI_TRY(codec(bytes, frame));
    return frame;
}

Result<DecodedFrame> decodeFrame(ImageFile const& file, std::uint32_t number)
{
    auto const& stored = file.pixelFormat();
    if (!stored)
        return tl::unexpected(stored.error());
    if (!file.isEncapsulated())
        return file.nativeFrame(number);
    std::string_view const syntax = belowRoot(file.transferSyntax());
    Codec const codec = findCodec(syntax);
    if (!codec && syntax != deflatedFrame && syntax != encapsulatedUncompressed)
        return refuse(file.transferSyntax());
    QIANLI_ASSIGN(auto const bytes, file.frameBytes(number));
    if (codec) {
        auto frame = decodeCompressed(codec, bytes, *stored);
        // Higher bits than the header tells of are overlays here, and no mistake of the header.
        if (frame && file.hasOverlayBits() && frame->format.bitsStored > stored->bitsStored) {
            frame->format.bitsStored = stored->bitsStored;
            frame->format.highBit = stored->highBit;
        }
        return frame;
    }
    if (syntax == encapsulatedUncompressed)
        return arrangeNative(bytes, 0, *stored, file.isPlanar());
    QIANLI_ASSIGN(auto const plain, inflateRaw(bytes, nativeFrameBits(*stored) / 8 + 17));
    return arrangeNative({reinterpret_cast<std::uint8_t const*>(plain.data()), plain.size()}, 0, *stored,
                         file.isPlanar());
}

} // namespace

Result<DecodedFrame> FrameDecoder::decode(FileDescriptor file, std::uint32_t frame)
{
    QIANLI_ASSIGN(auto const opened, open(std::move(file)));
    return decodeFrame(*opened, frame);
}

Result<FrameDecoder::FilePointer> FrameDecoder::open(FileDescriptor file)
{
    QIANLI_ASSIGN(auto const stamp, stampOf(file.get()));
    {
        std::lock_guard const lock(mutex_);
        auto const found =
            std::find_if(recent_.begin(), recent_.end(), [&](FilePointer const& one) { return one->stamp() == stamp; });
        if (found != recent_.end()) {
            recent_.splice(recent_.begin(), recent_, found);
            return recent_.front();
        }
    }
    QIANLI_ASSIGN(auto opened, ImageFile::open(std::move(file)));
    if (opened->frameCount() > 1) {
        std::lock_guard const lock(mutex_);
        recent_.push_front(opened);
        if (recent_.size() > keptOpen)
            recent_.pop_back();
    }
    return opened;
}

} // namespace qianli::viewer
