#include "viewer/decoding/codecs.h"
#include "viewer/decoding/image_file.h"
#include "viewer/decoding/inflate.h"
#include "viewer/decoding/pixel_decoder.h"

#include <algorithm>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/oflog/oflog.h>
#include <fmt/format.h>
#include <list>
#include <mutex>

namespace qianli::viewer {
namespace {

using Codec = Result<void> (*)(Codestream, DecodedFrame&);

struct CodecEntry {
    std::string_view transferSyntax; // below 1.2.840.10008.1.2
    Codec codec;
};

constexpr std::string_view root = "1.2.840.10008.1.2";
constexpr CodecEntry codecs[] = {
    {".4.50", decodeJpeg},      {".4.51", decodeJpeg},     {".4.53", decodeJpeg},      {".4.55", decodeJpeg},
    {".4.57", decodeJpeg},      {".4.70", decodeJpeg},     {".4.80", decodeJpegLs},    {".4.81", decodeJpegLs},
    {".4.90", decodeJpeg2000},  {".4.91", decodeJpeg2000}, {".4.201", decodeJpeg2000}, {".4.202", decodeJpeg2000},
    {".4.203", decodeJpeg2000}, {".5", decodeRle},
};
constexpr std::string_view deflatedFrame = ".8.1";

Codec findCodec(dicom::Uid const& transferSyntax)
{
    std::string_view const uid = transferSyntax.value();
    if (uid.starts_with(root))
        for (auto const& entry : codecs)
            if (uid.substr(root.size()) == entry.transferSyntax)
                return entry.codec;
    return nullptr;
}

// One byte a pixel, first pixel in the lowest bit (PS3.5 section 8.1.1).
void unpackBits(std::span<std::uint8_t const> packed, unsigned firstBit, std::vector<std::uint8_t>& values)
{
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::size_t const bit = firstBit + i;
        values[i] = packed[bit / 8] >> (bit % 8) & 1;
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

Result<void> takeNative(std::span<std::uint8_t const> bytes, ImageFile const& file, unsigned bitOffset,
                        DecodedFrame& frame)
{
    bool const isBits = file.pixelFormat()->bitsAllocated == 1;
    bool const is422 = frame.format.photometric.ends_with("_422");
    std::size_t const needed = isBits  ? (bitOffset + frame.values.size() + 7) / 8
                               : is422 ? frame.values.size() / 3 * 2
                                       : frame.values.size();
    if (bytes.size() < needed)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the frame holds {} bytes where {} are needed", bytes.size(), needed));
    std::size_t const width = frame.format.bytesPerSample();
    if (isBits) {
        unpackBits(bytes, bitOffset, frame.values);
    } else if (is422) {
        expand422(bytes, width, frame.values);
        frame.format.photometric.resize(frame.format.photometric.size() - 4);
    } else if (frame.format.samplesPerPixel > 1 && file.isPlanar()) {
        interleave(bytes, width, frame.format.samplesPerPixel, frame.values);
    } else {
        std::copy_n(bytes.begin(), frame.values.size(), frame.values.begin());
    }
    return {};
}

// 1-bit pixels compressed by RLE are packed first (PS3.5 8.2.2).
Result<void> decodePackedBits(std::span<std::uint8_t const> bytes, ImageFile const& file, DecodedFrame& frame)
{
    DecodedFrame packed;
    packed.format = frame.format;
    packed.format.rows = 1;
    packed.format.columns = static_cast<std::uint32_t>((frame.values.size() + 7) / 8);
    packed.values.resize(packed.format.columns);
    QIANLI_TRY(decodeRle(bytes, packed));
    return takeNative(packed.values, file, 0, frame);
}

Result<DecodedFrame> decodeFrame(ImageFile const& file, std::uint32_t number)
{
    auto const& announced = file.pixelFormat();
    if (!announced)
        return tl::unexpected(announced.error());
    auto const& uid = file.transferSyntax().value();
    Codec const codec = findCodec(file.transferSyntax());
    bool const isDeflatedFrame = uid == std::string(root).append(deflatedFrame);
    if (file.isEncapsulated() && !codec && !isDeflatedFrame)
        return fail(ErrorCode::Refused,
                    fmt::format("pictures in transfer syntax {} are not available in this version", uid));
    QIANLI_ASSIGN(auto bytes, file.frameBytes(number));

    DecodedFrame frame;
    frame.format = *announced;
    bool const isBits = announced->bitsAllocated == 1;
    if (isBits)
        frame.format.bitsAllocated = 8;
    frame.values.resize(frame.format.frameBytes());
    if (!file.isEncapsulated()) {
        QIANLI_TRY(takeNative(bytes, file, file.bitOffset(number), frame));
    } else if (isDeflatedFrame) {
        QIANLI_ASSIGN(auto const plain, inflateRaw(bytes, frame.values.size() + 16));
        QIANLI_TRY(takeNative({reinterpret_cast<std::uint8_t const*>(plain.data()), plain.size()}, file, 0, frame));
    } else if (isBits && codec == decodeRle) {
        QIANLI_TRY(decodePackedBits(bytes, file, frame));
    } else {
        QIANLI_TRY(codec(bytes, frame));
    }
    return frame;
}

class LocalDecoder final : public PixelDecoder {
public:
    Result<DecodedFrame> decode(std::filesystem::path const& path, std::uint32_t frame) override
    {
        auto const place = fmt::format("{} frame {}", path.filename().string(), frame + 1);
        auto file = open(path);
        if (!file)
            return tl::unexpected(std::move(file).error().at(path.filename().string()));
        auto decoded = decodeFrame(**file, frame);
        if (!decoded)
            return tl::unexpected(std::move(decoded).error().at(place));
        return decoded;
    }

private:
    using FilePointer = std::shared_ptr<ImageFile const>;
    struct Entry {
        std::filesystem::path path;
        std::filesystem::file_time_type written;
        FilePointer file;
    };
    static constexpr std::size_t kept = 4;

    Result<FilePointer> open(std::filesystem::path const& path)
    {
        std::error_code ignored;
        auto const written = std::filesystem::last_write_time(path, ignored);
        {
            std::lock_guard const lock(mutex_);
            auto const found = std::find_if(recent_.begin(), recent_.end(), [&](Entry const& entry) {
                return entry.path == path && entry.written == written;
            });
            if (found != recent_.end()) {
                recent_.splice(recent_.begin(), recent_, found);
                return found->file;
            }
        }
        QIANLI_ASSIGN(auto file, ImageFile::open(path));
        if (file->frameCount() > 1) {
            std::lock_guard const lock(mutex_);
            recent_.push_front({path, written, file});
            if (recent_.size() > kept)
                recent_.pop_back();
        }
        return file;
    }

    std::mutex mutex_; // guards recent_
    std::list<Entry> recent_;
};

} // namespace

std::unique_ptr<PixelDecoder> makeLocalDecoder()
{
    // What is wrong with a picture reaches the caller as a sentence; the codecs' own chatter would only repeat it.
    static std::once_flag once;
    std::call_once(once, [] { OFLog::configure(OFLogger::FATAL_LOG_LEVEL); });
    return std::make_unique<LocalDecoder>();
}

} // namespace qianli::viewer
