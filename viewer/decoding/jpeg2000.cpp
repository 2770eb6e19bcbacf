// JPEG 2000 and High-Throughput JPEG 2000 through OpenJPEG, read from memory.
//
// OpenJPH 0.9 is faster for the second, but ends the program on damaged codestreams
// (docs/decisions/0007-htj2k-with-openjpeg.md). It is the judge in our tests instead.
#include "viewer/decoding/codecs.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <openjpeg.h>

namespace qianli::viewer {
namespace {

// OpenJPEG's view of a span: where we are in it.
struct Reader {
    Codestream bytes;
    std::size_t at = 0;
};

OPJ_SIZE_T readBytes(void* buffer, OPJ_SIZE_T size, void* user)
{
    auto& reader = *static_cast<Reader*>(user);
    std::size_t const given = std::min<std::size_t>(size, reader.bytes.size() - reader.at);
    if (given == 0)
        return static_cast<OPJ_SIZE_T>(-1);
    std::memcpy(buffer, reader.bytes.data() + reader.at, given);
    reader.at += given;
    return given;
}

OPJ_OFF_T skipBytes(OPJ_OFF_T count, void* user)
{
    auto& reader = *static_cast<Reader*>(user);
    if (count < 0)
        return -1;
    std::size_t const given = std::min(static_cast<std::size_t>(count), reader.bytes.size() - reader.at);
    reader.at += given;
    return given == 0 && count > 0 ? -1 : static_cast<OPJ_OFF_T>(given);
}

OPJ_BOOL seekBytes(OPJ_OFF_T position, void* user)
{
    auto& reader = *static_cast<Reader*>(user);
    if (position < 0 || static_cast<std::size_t>(position) > reader.bytes.size())
        return OPJ_FALSE;
    reader.at = static_cast<std::size_t>(position);
    return OPJ_TRUE;
}

void keepMessage(char const* message, void* user)
{
    auto& kept = *static_cast<std::string*>(user);
    if (kept.empty() && message) {
        kept = message;
        while (!kept.empty() && (kept.back() == '\n' || kept.back() == '.'))
            kept.pop_back();
    }
}

// DICOM wants the bare codestream; some devices wrap it in JP2 boxes. Their palettes and channel definitions are not
// DICOM's.
Result<Codestream> findCodestream(Codestream bytes)
{
    static constexpr std::uint8_t signature[] = {0, 0, 0, 12, 'j', 'P', ' ', ' '};
    if (bytes.size() < sizeof signature || std::memcmp(bytes.data(), signature, sizeof signature) != 0)
        return bytes;
    auto const number = [&bytes](std::size_t at, std::size_t width) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < width; ++i)
            value = value << 8 | bytes[at + i];
        return value;
    };
    for (std::size_t at = 0; bytes.size() - at >= 8;) {
        std::size_t const left = bytes.size() - at;
        std::uint64_t length = number(at, 4);
        std::size_t const header = length == 1 ? 16 : 8; // 1: the length follows in 64 bits
        if (left < header)
            break;
        if (length == 1)
            length = number(at + 8, 8);
        else if (length == 0) // to the end
            length = left;
        if (length < header || length > left)
            break;
        if (std::memcmp(bytes.data() + at + 4, "jp2c", 4) == 0)
            return bytes.subspan(at + header, length - header);
        at += length;
    }
    return fail(ErrorCode::InvalidInput, "JP2 boxes without a codestream");
}

// OpenJPEG has one type (void*) for codecs and streams, so each needs a deleter of its own.
struct CodecDeleter {
    void operator()(opj_codec_t* codec) const { opj_destroy_codec(codec); }
};
struct ImageDeleter {
    void operator()(opj_image_t* image) const { opj_image_destroy(image); }
};
struct StreamDeleter {
    void operator()(opj_stream_t* stream) const { opj_stream_destroy(stream); }
};
using CodecOwner = std::unique_ptr<opj_codec_t, CodecDeleter>;
using ImageOwner = std::unique_ptr<opj_image_t, ImageDeleter>;
using StreamOwner = std::unique_ptr<opj_stream_t, StreamDeleter>;

StreamOwner openStream(Reader& reader)
{
    StreamOwner stream(opj_stream_create(1 << 16, OPJ_TRUE));
    opj_stream_set_user_data(stream.get(), &reader, nullptr);
    opj_stream_set_user_data_length(stream.get(), reader.bytes.size());
    opj_stream_set_read_function(stream.get(), &readBytes);
    opj_stream_set_skip_function(stream.get(), &skipBytes);
    opj_stream_set_seek_function(stream.get(), &seekBytes);
    return stream;
}

Result<void> checkImage(opj_image_t const& image, PixelFormat const& format)
{
    if (image.numcomps == 0 || image.x1 < image.x0 || image.y1 < image.y0)
        return fail(ErrorCode::InvalidInput, "the JPEG 2000 codestream holds no image");
    CodestreamFormat const found{image.y1 - image.y0, image.x1 - image.x0, image.numcomps, image.comps[0].prec};
    QIANLI_TRY(checkAgainstHeader("JPEG 2000", found, format));
    for (std::uint32_t c = 0; c < image.numcomps; ++c)
        if (image.comps[c].dx != 1 || image.comps[c].dy != 1 || image.comps[c].prec != image.comps[0].prec ||
            image.comps[c].sgnd != image.comps[0].sgnd)
            return fail(ErrorCode::Refused,
                        "JPEG 2000 with sub-sampled or unlike components is not available in this version");
    return {};
}

struct Extremes {
    std::int64_t lowest = 0, highest = 0;
};

Extremes extremesOf(std::uint32_t bits, bool isSigned)
{
    std::int64_t const half = std::int64_t{1} << (bits - 1);
    return isSigned ? Extremes{-half, half - 1} : Extremes{0, 2 * half - 1};
}

// One component's numbers into their allocated width.
template <typename Word>
Extremes store(opj_image_comp_t const& component, std::size_t first, std::size_t stride, DecodedFrame& frame)
{
    Extremes seen{component.data[0], component.data[0]};
    std::size_t const count = std::size_t{component.w} * component.h;
    std::uint8_t* out = frame.values.data() + first * sizeof(Word);
    for (std::size_t i = 0; i < count; ++i, out += stride * sizeof(Word)) {
        auto const word = static_cast<Word>(component.data[i]);
        std::memcpy(out, &word, sizeof word);
        seen.lowest = std::min<std::int64_t>(seen.lowest, component.data[i]);
        seen.highest = std::max<std::int64_t>(seen.highest, component.data[i]);
    }
    return seen;
}

Extremes storeComponent(opj_image_comp_t const& component, std::size_t first, std::size_t stride, DecodedFrame& frame)
{
    switch (frame.format.bytesPerSample()) {
    case 1:
        return store<std::uint8_t>(component, first, stride, frame);
    case 2:
        return store<std::uint16_t>(component, first, stride, frame);
    default:
        return store<std::uint32_t>(component, first, stride, frame);
    }
}

// The codestream knows its sign and precision and the header says them, too. Where both readings give the same numbers
// nothing is to be decided. Two's complement that was coded as unsigned is what the header says it is: devices do that.
// Otherwise the codestream is believed, which describes what is in it (PS3.5 8.2.4).
Result<void> reconcile(opj_image_comp_t const& component, Extremes const& seen, PixelFormat& format)
{
    bool const announcedSigned = format.signedness == Signedness::Signed;
    Extremes const announced = extremesOf(format.bitsStored, announcedSigned);
    if ((seen.lowest >= announced.lowest && seen.highest <= announced.highest) ||
        format.highBit + 1u != format.bitsStored)
        return {};
    if (announcedSigned && component.sgnd == 0) {
        if (component.prec == format.bitsStored)
            return {};
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the JPEG 2000 codestream holds unsigned numbers of {} bits where the header says "
                                "signed ones of {}",
                                component.prec, format.bitsStored));
    }
    if (component.sgnd != 0)
        format.signedness = Signedness::Signed;
    format.bitsStored = static_cast<std::uint16_t>(std::max<std::uint32_t>(component.prec, format.bitsStored));
    format.highBit = static_cast<std::uint16_t>(format.bitsStored - 1);
    return {};
}

} // namespace

Result<void> decodeJpeg2000(Codestream codestream, DecodedFrame& frame)
{
    QIANLI_ASSIGN(auto const bare, findCodestream(codestream));
    Reader reader{bare};
    auto const stream = openStream(reader);
    CodecOwner const codec(opj_create_decompress(OPJ_CODEC_J2K));
    std::string message;
    opj_set_error_handler(codec.get(), &keepMessage, &message);
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    opj_image_t* raw = nullptr;
    if (!opj_setup_decoder(codec.get(), &parameters) || !opj_read_header(stream.get(), codec.get(), &raw))
        return fail(ErrorCode::InvalidInput, "the JPEG 2000 header is damaged: " + message);
    ImageOwner const image(raw);
    QIANLI_TRY(checkImage(*image, frame.format));
    if (!opj_decode(codec.get(), stream.get(), image.get()))
        return fail(ErrorCode::InvalidInput, "the JPEG 2000 codestream is damaged: " + message);
    std::size_t const pixels = std::size_t{frame.format.rows} * frame.format.columns;
    Extremes seen;
    for (std::uint32_t c = 0; c < image->numcomps; ++c) {
        auto const& component = image->comps[c];
        if (!component.data || std::size_t{component.w} * component.h != pixels)
            return fail(ErrorCode::InvalidInput, "the JPEG 2000 codestream gave a picture of another size");
        Extremes const part = storeComponent(component, c, image->numcomps, frame);
        seen = {std::min(seen.lowest, part.lowest), std::max(seen.highest, part.highest)};
    }
    settleHighBit(image->comps[0].prec, frame.format);
    QIANLI_TRY(reconcile(image->comps[0], seen, frame.format));
    // OpenJPEG undoes the multiple component transforms, which is what these two names stand for (PS3.3 C.7.6.3.1.2).
    if (frame.format.photometric == "YBR_RCT" || frame.format.photometric == "YBR_ICT")
        frame.format.photometric = "RGB";
    return {};
}

} // namespace qianli::viewer
