#include "common/crypto/signed_object.h"

#include "common/base/text.h"
#include "common/dicom/data_set_scan.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcwcache.h>
#include <fmt/format.h>
#include <optional>
#include <span>
#include <vector>

namespace qianli::crypto {

namespace {

constexpr std::size_t preambleLength = 128;
constexpr std::size_t metaOffset = preambleLength + 4;
constexpr std::size_t longestMeta = 64 << 10;

struct Meta {
    std::string sopClassUid, sopInstanceUid, transferSyntaxUid;
    std::size_t end = 0;
};

std::uint32_t littleEndian(std::string_view bytes, std::size_t offset, int count)
{
    std::uint32_t value = 0;
    for (int i = count - 1; i >= 0; --i)
        value = (value << 8) | static_cast<unsigned char>(bytes[offset + static_cast<std::size_t>(i)]);
    return value;
}

bool hasLongLength(std::string_view vr)
{
    static constexpr std::array<std::string_view, 13> longs{"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                                            "SV", "UC", "UN", "UR", "UT", "UV"};
    return std::find(longs.begin(), longs.end(), vr) != longs.end();
}

// Group 0002 in Explicit VR Little Endian (PS3.10 7.1), element after element, without recursion.
Result<Meta> readMeta(std::string_view file)
{
    if (file.size() < metaOffset || file.substr(preambleLength, 4) != "DICM")
        return fail(ErrorCode::InvalidInput, "this is no DICOM file: no DICM at byte 128");
    std::string_view const area = file.substr(0, std::min(file.size(), metaOffset + longestMeta));
    Meta meta;
    std::size_t offset = metaOffset;
    std::int64_t last = -1;
    std::optional<std::size_t> announcedEnd;
    while (offset + 8 <= area.size() && littleEndian(area, offset, 2) == 0x0002) {
        std::uint32_t const element = littleEndian(area, offset + 2, 2);
        // Readers differ on which of two counts.
        if (static_cast<std::int64_t>(element) <= last)
            return fail(ErrorCode::Refused,
                        fmt::format("the meta header's element (0002,{:04X}) is out of order or there twice", element));
        last = element;
        bool const wide = hasLongLength(area.substr(offset + 4, 2));
        std::size_t const header = wide ? 12 : 8;
        if (offset + header > area.size())
            break;
        std::uint64_t const length = wide ? littleEndian(area, offset + 8, 4) : littleEndian(area, offset + 6, 2);
        if (length > area.size() - offset - header)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("the meta header's element (0002,{:04X}) is longer than the file", element));
        if (element == 0x0000 && length == 4)
            announcedEnd = offset + header + 4 + littleEndian(area, offset + header, 4);
        std::string const value(text::trim(area.substr(offset + header, static_cast<std::size_t>(length))));
        if (element == 0x0002)
            meta.sopClassUid = value;
        else if (element == 0x0003)
            meta.sopInstanceUid = value;
        else if (element == 0x0010)
            meta.transferSyntaxUid = value;
        offset += header + static_cast<std::size_t>(length);
    }
    meta.end = offset;
    // A reader that trusts the group length must find the same data set as we.
    if (announcedEnd && *announcedEnd != offset)
        return fail(ErrorCode::Refused, "the meta header's group length doesn't lead to the data set");
    return meta;
}

Result<void> scan(std::string_view dataSet, std::string const& transferSyntaxUid)
{
    dicom::ScanLimits limits;
    limits.dataSetBytes = largestReportFile;
    limits.depth = 16; // a report's tree is five levels deep
    limits.elements = 200'000;
    limits.inflatedBytes = largestReportFile;
    dicom::DataSetScanner scanner(dicom::Uid::ofKnown(transferSyntaxUid), {}, limits);
    QIANLI_TRY(scanner.feed({reinterpret_cast<std::uint8_t const*>(dataSet.data()), dataSet.size()}));
    QIANLI_ASSIGN(auto const scanned, scanner.finish());
    if (scanned.ambiguous)
        return fail(ErrorCode::InvalidInput, "part of the data set is written in a way that parsers read differently");
    return {};
}

std::string name(DcmTagKey const& tag)
{
    return fmt::format("({:04X},{:04X})", tag.getGroup(), tag.getElement());
}

bool isText(DcmEVR vr)
{
    switch (vr) {
    case EVR_AE:
    case EVR_AS:
    case EVR_CS:
    case EVR_DA:
    case EVR_DS:
    case EVR_DT:
    case EVR_IS:
    case EVR_LO:
    case EVR_LT:
    case EVR_PN:
    case EVR_SH:
    case EVR_ST:
    case EVR_TM:
    case EVR_UC:
    case EVR_UI:
    case EVR_UR:
    case EVR_UT:
        return true;
    default:
        return false;
    }
}

// Reading the text also makes DCMTK pad it anew when it writes, so that checkEncoding() finds padding of another kind.
Result<void> checkText(DcmElement& element)
{
    char* characters = nullptr;
    Uint32 length = 0;
    OFCondition const got = static_cast<DcmByteString&>(element).getString(characters, length);
    if (got.bad())
        return fail(ErrorCode::InvalidInput, fmt::format("the value of {} can't be read", name(element.getTag())));
    std::string_view const value =
        text::trim(characters == nullptr ? std::string_view() : std::string_view(characters, length));
    bool const control = std::any_of(value.begin(), value.end(), [](unsigned char c) {
        return c < 0x20 && c != '\r' && c != '\n' && c != '\t' && c != '\f' && c != 0x1b;
    });
    if (control)
        return fail(ErrorCode::Refused, fmt::format("the text of {} holds control characters", name(element.getTag())));
    return {};
}

Result<void> checkItem(DcmItem& item, bool mainLevel)
{
    for (unsigned long i = 0; i < item.card(); ++i) {
        DcmElement& element = *item.getElement(i);
        bool const ofSignature = mainLevel && (element.getTag() == DCM_MACParametersSequence ||
                                               element.getTag() == DCM_DigitalSignaturesSequence);
        if (!ofSignature && !element.isSignable())
            return fail(ErrorCode::Refused,
                        fmt::format("the data element {} is of a kind that can't be signed", name(element.getTag())));
        if (isText(element.ident()))
            QIANLI_TRY(checkText(element));
        auto* const sequence = dynamic_cast<DcmSequenceOfItems*>(&element);
        for (unsigned long j = 0; sequence != nullptr && j < sequence->card(); ++j) {
            // Inside the signatures nothing is signed by that rule; their own elements are checked one by one
            // elsewhere.
            if (!ofSignature)
                QIANLI_TRY(checkItem(*sequence->getItem(j), false));
        }
    }
    return {};
}

} // namespace

Result<SignedObject> SignedObject::parse(std::string_view file)
{
    if (file.size() > largestReportFile)
        return fail(ErrorCode::LimitExceeded, fmt::format("the file is larger than {} bytes", largestReportFile));
    QIANLI_ASSIGN(Meta const meta, readMeta(file));
    SignedObject object;
    object.file_ = file;
    object.dataSetOffset_ = meta.end;
    object.metaClassUid_ = meta.sopClassUid;
    object.metaInstanceUid_ = meta.sopInstanceUid;
    object.transferSyntax_ = DcmXfer(meta.transferSyntaxUid.c_str()).getXfer();
    if (object.transferSyntax_ != EXS_LittleEndianExplicit && object.transferSyntax_ != EXS_LittleEndianImplicit &&
        object.transferSyntax_ != EXS_BigEndianExplicit)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("a report in transfer syntax '{}' can't be checked: only uncompressed ones can",
                                text::escapeControl(meta.transferSyntaxUid)));
    std::string_view const bytes = file.substr(meta.end);
    QIANLI_TRY(scan(bytes, meta.transferSyntaxUid));
    DcmInputBufferStream stream;
    stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    stream.setEos();
    object.dataSet_ = std::make_unique<DcmDataset>();
    object.dataSet_->transferInit();
    OFCondition const read = object.dataSet_->read(stream, object.transferSyntax_, EGL_noChange);
    object.dataSet_->transferEnd();
    if (read.bad())
        return fail(ErrorCode::InvalidInput, fmt::format("the data set can't be read: {}", read.text()));
    return object;
}

Result<void> SignedObject::checkMeta()
{
    if (file_.substr(0, preambleLength).find_first_not_of('\0') != std::string_view::npos)
        return fail(ErrorCode::Refused, "the preamble, which no signature covers, is not empty");
    if (metaClassUid_ != text(DCM_SOPClassUID) || metaInstanceUid_ != text(DCM_SOPInstanceUID))
        return fail(ErrorCode::Refused, "the meta header names another SOP class or instance than the data set");
    return {};
}

Result<void> SignedObject::checkEncoding()
{
    std::string_view const stored = file_.substr(dataSetOffset_);
    for (E_EncodingType const lengths : {EET_ExplicitLength, EET_UndefinedLength}) {
        QIANLI_ASSIGN(std::string const again, encodeDataSet(*dataSet_, transferSyntax_, lengths));
        if (again == stored)
            return {};
    }
    return fail(ErrorCode::Refused, "the data set holds bytes that are not the encoding of its content");
}

Result<void> SignedObject::checkSignable()
{
    return checkItem(*dataSet_, true);
}

std::string SignedObject::text(DcmTagKey const& tag)
{
    OFString value;
    if (dataSet_->findAndGetOFStringArray(tag, value).bad())
        return {};
    return std::string(text::trim(std::string_view(value.c_str(), value.length())));
}

Result<std::string> SignedObject::encode()
{
    QIANLI_ASSIGN(std::string const bytes, encodeDataSet(*dataSet_, EXS_LittleEndianExplicit, EET_ExplicitLength));
    dicom::FileMeta meta;
    meta.sopClassUid = dicom::Uid::ofKnown(text(DCM_SOPClassUID));
    meta.sopInstanceUid = dicom::Uid::ofKnown(text(DCM_SOPInstanceUID));
    meta.transferSyntaxUid = dicom::Uid::ofKnown(dicom::transfer::explicitLittle);
    return dicom::encodeFileMeta(meta) + bytes;
}

Result<std::string> encodeDataSet(DcmDataset& dataSet, E_TransferSyntax transferSyntax, E_EncodingType lengths)
{
    if (!dataSet.canWriteXfer(transferSyntax, dataSet.getOriginalXfer()))
        return fail(ErrorCode::InvalidInput, "the data set can't be written in this transfer syntax");
    std::string bytes;
    std::vector<char> buffer(64 << 10);
    DcmOutputBufferStream stream(buffer.data(), static_cast<offile_off_t>(buffer.size()));
    DcmWriteCache cache;
    dataSet.transferInit();
    OFCondition written = EC_StreamNotifyClient;
    while (written == EC_StreamNotifyClient) {
        written = dataSet.write(stream, transferSyntax, lengths, &cache, EGL_noChange, EPD_noChange);
        void* filled = nullptr;
        offile_off_t count = 0;
        stream.flushBuffer(filled, count);
        bytes.append(static_cast<char const*>(filled), static_cast<std::size_t>(count));
    }
    dataSet.transferEnd();
    if (written.bad())
        return fail(ErrorCode::InvalidInput, fmt::format("the data set can't be written: {}", written.text()));
    return bytes;
}

} // namespace qianli::crypto
