// JPEG through the IJG libraries that DCMTK carries, one for each sample width.
#include "viewer/decoding/codecs.h"
#include "viewer/decoding/jpeg_remarks.h"

#include <algorithm>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmjpeg/djcparam.h>
#include <dcmtk/dcmjpeg/djdijg12.h>
#include <dcmtk/dcmjpeg/djdijg16.h>
#include <dcmtk/dcmjpeg/djdijg8.h>
#include <fmt/format.h>
#include <limits>
#include <memory>

namespace qianli::viewer {
namespace {

// Colours stay as coded: turning YBR into RGB is the viewer's arithmetic, the same for every codec.
DJCodecParameter const& codecParameter()
{
    static DJCodecParameter const parameter(ECC_lossyYCbCr, EDC_never, EUC_default, EPC_colorByPixel);
    return parameter;
}

std::unique_ptr<DJDecoder> makeDecoder(std::uint32_t precision, OFBool isYbr)
{
    if (precision <= 8)
        return std::make_unique<DJDecompressIJG8Bit>(codecParameter(), isYbr);
    if (precision <= 12)
        return std::make_unique<DJDecompressIJG12Bit>(codecParameter(), isYbr);
    return std::make_unique<DJDecompressIJG16Bit>(codecParameter(), isYbr);
}

// The codestream knows better than the header how its colours were coded; devices that write RGB over a JFIF are
// common.
std::string colourModel(JpegHeader const& header, std::string const& announced)
{
    if (header.format.components != 3)
        return announced;
    if (header.frameMarker == 0xC3) // lossless: no colour transform of its own
        return announced;
    if (header.namesRgb || header.adobeTransform == 0)
        return "RGB";
    if (header.hasJfif || header.adobeTransform == 1)
        return "YBR_FULL";
    return announced.starts_with("YBR_FULL") ? "YBR_FULL" : announced;
}

// DCT gives values a little beyond the range of what went in. Where fewer bits are stored than the codestream has, such
// a value would lose its top bit and turn the whitest point into the blackest.
bool mayOvershoot(JpegHeader const& header, PixelFormat const& format)
{
    return header.frameMarker != 0xC3 && header.format.precision > format.bitsStored &&
           format.highBit + 1 == format.bitsStored && format.signedness == Signedness::Unsigned;
}

unsigned sampleAt(std::vector<std::uint8_t> const& decoded, std::size_t index, std::size_t width)
{
    return width == 1 ? decoded[index] : static_cast<unsigned>(decoded[2 * index] | decoded[2 * index + 1] << 8);
}

} // namespace

Result<void> decodeJpeg(Codestream codestream, DecodedFrame& frame)
{
    QIANLI_ASSIGN(auto const header, readJpegHeader(codestream));
    QIANLI_TRY(checkAgainstHeader("JPEG", header.format, frame.format));
    if (header.frameMarker == 0xF7)
        return fail(ErrorCode::InvalidInput, "a JPEG-LS codestream where the transfer syntax says JPEG");
    if (codestream.size() > std::numeric_limits<Uint32>::max())
        return fail(ErrorCode::LimitExceeded, "the JPEG codestream is too long");

    bool const isYbr = frame.format.photometric.starts_with("YBR");
    auto const decoder = makeDecoder(header.format.precision, isYbr ? OFTrue : OFFalse);
    if (decoder->init().bad())
        return fail(ErrorCode::Internal, "the JPEG decoder did not start");
    std::size_t const decodedWidth = decoder->bytesPerSample();
    if (decodedWidth > frame.format.bytesPerSample())
        return fail(ErrorCode::InvalidInput, "the JPEG codestream holds wider samples than Bits Allocated");

    std::size_t const samples = frame.format.sampleCount();
    std::vector<std::uint8_t> decoded(samples * decodedWidth);
    std::vector<std::uint8_t> input(codestream.begin(), codestream.end());
    JpegRemarks const remarks;
    OFCondition const done = decoder->decode(input.data(), static_cast<Uint32>(input.size()), decoded.data(),
                                             static_cast<Uint32>(samples * decodedWidth),
                                             frame.format.signedness == Signedness::Signed ? OFTrue : OFFalse);
    if (done == EJ_Suspension)
        return fail(ErrorCode::InvalidInput, "the JPEG codestream ends early");
    if (done.bad())
        return fail(ErrorCode::InvalidInput, fmt::format("the JPEG codestream is damaged: {}", done.text()));
    if (!remarks.damage().empty())
        return fail(ErrorCode::InvalidInput, fmt::format("the JPEG codestream is damaged: {}", remarks.damage()));
    settleHighBit(header.format.precision, frame.format);
    if (mayOvershoot(header, frame.format)) {
        unsigned const highest = (1u << frame.format.bitsStored) - 1;
        for (std::size_t i = 0; i < samples; ++i)
            storeSample(frame, i, std::min(sampleAt(decoded, i, decodedWidth), highest));
    } else if (decodedWidth == frame.format.bytesPerSample()) {
        std::copy_n(decoded.begin(), frame.values.size(), frame.values.begin());
    } else {
        for (std::size_t i = 0; i < samples; ++i)
            storeSample(frame, i, sampleAt(decoded, i, decodedWidth));
    }
    frame.format.photometric = colourModel(header, frame.format.photometric);
    return {};
}

} // namespace qianli::viewer
