// JPEG-LS through DCMTK's codec, fed with a small data set of our own making, so that nothing of the file's header
// reaches it.
#include "viewer/decoding/codecs.h"

#include <algorithm>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <fmt/format.h>
#include <limits>
#include <mutex>

namespace qianli::viewer {
namespace {

void registerOnce()
{
    static std::once_flag once;
    std::call_once(once, [] { DJLSDecoderRegistration::registerCodecs(); });
}

Result<void> fillDataSet(DcmDataset& dataSet, CodestreamFormat const& format, Codestream codestream)
{
    bool const colour = format.components == 3;
    auto const bits = static_cast<Uint16>(format.precision);
    dataSet.putAndInsertString(DCM_PhotometricInterpretation, colour ? "RGB" : "MONOCHROME2");
    dataSet.putAndInsertUint16(DCM_SamplesPerPixel, static_cast<Uint16>(format.components));
    dataSet.putAndInsertUint16(DCM_Rows, static_cast<Uint16>(format.rows));
    dataSet.putAndInsertUint16(DCM_Columns, static_cast<Uint16>(format.columns));
    dataSet.putAndInsertUint16(DCM_BitsAllocated, bits > 8 ? 16 : 8);
    dataSet.putAndInsertUint16(DCM_BitsStored, bits);
    dataSet.putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(bits - 1));
    dataSet.putAndInsertUint16(DCM_PixelRepresentation, 0);
    if (colour)
        dataSet.putAndInsertUint16(DCM_PlanarConfiguration, 0);

    auto sequence = std::make_unique<DcmPixelSequence>(DCM_PixelSequenceTag);
    sequence->insert(new DcmPixelItem(DCM_PixelItemTag));
    auto fragment = std::make_unique<DcmPixelItem>(DCM_PixelItemTag);
    // Fragments have an even length.
    std::vector<Uint8> padded(codestream.begin(), codestream.end());
    if (padded.size() % 2 == 1)
        padded.push_back(0);
    if (fragment->putUint8Array(padded.data(), padded.size()).bad())
        return fail(ErrorCode::Internal, "the JPEG-LS codestream could not be handed to the decoder");
    sequence->insert(fragment.release());
    auto pixels = std::make_unique<DcmPixelData>(DCM_PixelData);
    pixels->putOriginalRepresentation(EXS_JPEGLSLossy, nullptr, sequence.release());
    dataSet.insert(pixels.release());
    return {};
}

} // namespace

Result<void> decodeJpegLs(Codestream codestream, DecodedFrame& frame)
{
    QIANLI_ASSIGN(auto const header, readJpegHeader(codestream));
    if (header.frameMarker != 0xF7)
        return fail(ErrorCode::InvalidInput, "a JPEG codestream where the transfer syntax says JPEG-LS");
    QIANLI_TRY(checkAgainstHeader("JPEG-LS", header.format, frame.format));
    if (header.format.precision > 16 || codestream.size() > std::numeric_limits<Uint32>::max() - 1)
        return fail(ErrorCode::InvalidInput, "the JPEG-LS codestream is out of range");

    registerOnce();
    DcmDataset dataSet;
    QIANLI_TRY(fillDataSet(dataSet, header.format, codestream));
    DcmElement* element = nullptr;
    if (dataSet.findAndGetElement(DCM_PixelData, element).bad())
        return fail(ErrorCode::Internal, "the JPEG-LS codestream could not be handed to the decoder");
    std::size_t const width = header.format.precision > 8 ? 2 : 1;
    std::size_t const samples = frame.format.sampleCount();
    // DCMTK asks for an even size.
    std::vector<std::uint8_t> decoded((samples * width + 1) / 2 * 2);
    Uint32 fragment = 0;
    OFString colourModel;
    OFCondition const done = static_cast<DcmPixelData*>(element)->getUncompressedFrame(
        &dataSet, 0, fragment, decoded.data(), static_cast<Uint32>(decoded.size()), colourModel);
    if (done.bad())
        return fail(ErrorCode::InvalidInput, fmt::format("the JPEG-LS codestream is damaged: {}", done.text()));
    settleHighBit(header.format.precision, frame.format);
    for (std::size_t i = 0; i < samples; ++i)
        storeSample(frame, i, width == 1 ? decoded[i] : decoded[2 * i] | decoded[2 * i + 1] << 8);
    return {};
}

} // namespace qianli::viewer
