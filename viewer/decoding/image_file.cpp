#include "viewer/decoding/image_file.h"

#include "common/base/file.h"
#include "common/dicom/data_set_scan.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"
#include "viewer/decoding/inflate.h"

#include <algorithm>
#include <charconv>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fmt/format.h>
#include <limits>

namespace qianli::viewer {
namespace {

constexpr std::uint64_t largestFile = 4ull << 30;
constexpr std::uint64_t largestFrame = 1ull << 31;
constexpr std::uint32_t undefinedLength = 0xFFFFFFFF;
constexpr std::string_view jpipDeflate = "1.2.840.10008.1.2.4.95", jpipHtDeflate = "1.2.840.10008.1.2.4.205";

std::uint32_t read32(std::span<std::uint8_t const> bytes, std::size_t at, bool bigEndian)
{
    auto const b = [&](std::size_t i) { return std::uint32_t{bytes[at + i]}; };
    return bigEndian ? b(0) << 24 | b(1) << 16 | b(2) << 8 | b(3) : b(3) << 24 | b(2) << 16 | b(1) << 8 | b(0);
}

std::uint64_t read64(std::span<std::uint8_t const> bytes, std::size_t at)
{
    return read32(bytes, at, false) | std::uint64_t{read32(bytes, at + 4, false)} << 32;
}

std::span<std::uint8_t const> asBytes(std::string const& text)
{
    return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
}

// What DCMTK shall read the header as. It does not know HTJ2K and deflated frames, whose data sets are explicit little
// endian.
E_TransferSyntax headerSyntax(dicom::Uid const& uid)
{
    E_TransferSyntax const known = DcmXfer(uid.value().c_str()).getXfer();
    return known == EXS_Unknown || known == EXS_DeflatedLittleEndianExplicit ? EXS_LittleEndianExplicit : known;
}

Result<std::uint32_t> unsignedShort(DcmItem& header, DcmTagKey const& tag, std::string_view name)
{
    Uint16 value = 0;
    if (header.findAndGetUint16(tag, value).bad())
        return fail(ErrorCode::InvalidInput, fmt::format("{} is missing or unreadable", name));
    return value;
}

std::uint16_t unsignedShortOr(DcmItem& header, DcmTagKey const& tag, std::uint16_t otherwise)
{
    Uint16 value = 0;
    return header.findAndGetUint16(tag, value).good() ? value : otherwise;
}

std::string codeString(DcmItem& header, DcmTagKey const& tag)
{
    OFString value;
    if (header.findAndGetOFString(tag, value).bad())
        return {};
    while (!value.empty() && (value.back() == ' ' || value.back() == '\0'))
        value.erase(value.size() - 1);
    return {value.c_str(), value.size()};
}

Result<PixelFormat> readFormat(DcmItem& header)
{
    PixelFormat format;
    QIANLI_ASSIGN(format.rows, unsignedShort(header, DCM_Rows, "Rows (0028,0010)"));
    QIANLI_ASSIGN(format.columns, unsignedShort(header, DCM_Columns, "Columns (0028,0011)"));
    QIANLI_ASSIGN(auto const allocated, unsignedShort(header, DCM_BitsAllocated, "Bits Allocated (0028,0100)"));
    format.bitsAllocated = static_cast<std::uint16_t>(allocated);
    format.bitsStored = unsignedShortOr(header, DCM_BitsStored, format.bitsAllocated);
    auto const lowestHighBit = static_cast<std::uint16_t>(std::max<int>(format.bitsStored, 1) - 1);
    // Devices that write a High Bit below Bits Stored - 1 mean the lowest bits.
    format.highBit = std::max(unsignedShortOr(header, DCM_HighBit, lowestHighBit), lowestHighBit);
    format.samplesPerPixel = unsignedShortOr(header, DCM_SamplesPerPixel, 1);
    format.signedness =
        unsignedShortOr(header, DCM_PixelRepresentation, 0) == 1 ? Signedness::Signed : Signedness::Unsigned;
    format.photometric = codeString(header, DCM_PhotometricInterpretation);
    if (format.photometric.empty())
        format.photometric = format.samplesPerPixel == 3 ? "RGB" : "MONOCHROME2";

    if (format.rows == 0 || format.columns == 0)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("an image of {} rows and {} columns", format.rows, format.columns));
    if (allocated != 1 && allocated != 8 && allocated != 16 && allocated != 32)
        return fail(ErrorCode::Refused,
                    fmt::format("Bits Allocated (0028,0100) of {} is not available in this version", allocated));
    if (format.bitsStored == 0 || format.bitsStored > allocated || format.highBit >= allocated)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("Bits Stored {} and High Bit {} do not fit into Bits Allocated {}", format.bitsStored,
                                format.highBit, allocated));
    if (format.samplesPerPixel != 1 && format.samplesPerPixel != 3)
        return fail(
            ErrorCode::Refused,
            fmt::format("{} Samples per Pixel (0028,0002) are not available in this version", format.samplesPerPixel));
    if (format.sampleCount() * 4 > largestFrame)
        return fail(ErrorCode::LimitExceeded,
                    fmt::format("an image of {} rows and {} columns is too large", format.rows, format.columns));
    return format;
}

} // namespace

ImageFile::~ImageFile() = default;

Result<std::shared_ptr<ImageFile const>> ImageFile::open(std::filesystem::path const& path)
{
    QIANLI_ASSIGN(auto const layout, dicom::readPart10Layout(path));
    std::shared_ptr<ImageFile> file(new ImageFile);
    file->transferSyntax_ = layout.meta.transferSyntaxUid;
    // The scan inflates them and what is behind it would not: it would see what nobody has scanned.
    if (auto const& uid = file->transferSyntax_.value(); uid == jpipDeflate || uid == jpipHtDeflate)
        return fail(ErrorCode::Refused, "the object's pixels are on another machine (JPIP)");
    file->implicit_ = DcmXfer(headerSyntax(file->transferSyntax_)).isImplicitVR();
    QIANLI_ASSIGN(file->dataSet_, readFile(path, largestFile));
    if (layout.dataSetOffset > file->dataSet_.size())
        return fail(ErrorCode::Corrupt, "the file shrank while it was read");
    file->dataSet_.erase(0, layout.dataSetOffset);

    QIANLI_ASSIGN(auto const scanned, file->scan());
    if (file->transferSyntax_.value() == dicom::transfer::deflatedLittle) {
        QIANLI_ASSIGN(file->dataSet_, inflateRaw(asBytes(file->dataSet_), largestFile));
    }
    file->bigEndian_ = scanned.bigEndian;
    file->hasPixels_ = scanned.pixelDataOffset != 0;
    if (scanned.pixelDataOffset > file->dataSet_.size())
        return fail(ErrorCode::Internal, "the pre-scan found pixel data beyond the end of the file");
    QIANLI_TRY(file->readHeader(file->hasPixels_ ? scanned.pixelDataOffset : file->dataSet_.size()));
    if (!file->hasPixels_) {
        file->format_ = fail(ErrorCode::NotFound, "the object has no Pixel Data (7FE0,0010)");
        return file;
    }
    file->format_ = readFormat(*file->header_);
    file->planar_ = unsignedShortOr(*file->header_, DCM_PlanarConfiguration, 0) == 1;
    QIANLI_TRY(file->locatePixels(scanned.pixelDataOffset));
    file->countFrames();
    return file;
}

Result<dicom::DataSetHeader> ImageFile::scan()
{
    // Some writers put an implicit VR data set under a transfer syntax that is explicit: its first element tells.
    auto const isCapital = [this](std::size_t at) { return dataSet_[at] >= 'A' && dataSet_[at] <= 'Z'; };
    bool const mayDiffer = transferSyntax_.value() != dicom::transfer::deflatedLittle && !implicit_;
    if (mayDiffer && dataSet_.size() > 6 && !(isCapital(4) && isCapital(5)))
        implicit_ = true;
    bool const declaredElsewise = mayDiffer && implicit_;
    dicom::DataSetScanner scanner(
        declaredElsewise ? dicom::Uid::ofKnown(dicom::transfer::implicitLittle) : transferSyntax_, {});
    QIANLI_TRY(scanner.feed(asBytes(dataSet_)));
    QIANLI_ASSIGN(auto const scanned, scanner.finish());
    if (scanned.ambiguous)
        return fail(ErrorCode::InvalidInput,
                    "the data set is written in a way that its readers understand differently");
    return scanned;
}

Result<void> ImageFile::readHeader(std::size_t end)
{
    auto dataSet = std::make_unique<DcmDataset>();
    DcmInputBufferStream stream;
    stream.setBuffer(dataSet_.data(), static_cast<offile_off_t>(end));
    stream.setEos();
    dataSet->transferInit();
    OFCondition const read = dataSet->read(stream, implicit_ ? EXS_LittleEndianImplicit : headerSyntax(transferSyntax_),
                                           EGL_noChange, DCM_MaxReadLength);
    dataSet->transferEnd();
    header_ = std::move(dataSet);
    if (read.bad() && read != EC_EndOfStream)
        return fail(ErrorCode::InvalidInput, fmt::format("the data set can't be read: {}", read.text()));
    return {};
}

Result<void> ImageFile::locatePixels(std::size_t offset)
{
    auto const bytes = asBytes(dataSet_);
    std::size_t const headerBytes = implicit_ ? 8 : 12;
    if (bytes.size() - offset < headerBytes)
        return fail(ErrorCode::InvalidInput, "Pixel Data (7FE0,0010) ends inside its header");
    if (std::uint32_t const tag = read32(bytes, offset, false); tag != (bigEndian_ ? 0x1000E07Fu : 0x00107FE0u)) {
        format_ =
            fail(ErrorCode::Refused, "Float Pixel Data (7FE0,0008) and Double Float Pixel Data (7FE0,0009) are not "
                                     "available in this version");
        return {};
    }
    words_ = implicit_ || bytes[offset + 5] == 'W';
    std::uint32_t const length = read32(bytes, offset + headerBytes - 4, bigEndian_);
    std::size_t const value = offset + headerBytes;
    bool const mustBeEncapsulated = dicom::isEncapsulated(transferSyntax_);
    encapsulated_ = length == undefinedLength;
    if (encapsulated_ != mustBeEncapsulated && format_)
        format_ = fail(ErrorCode::InvalidInput,
                       fmt::format("Pixel Data (7FE0,0010) is {}, and transfer syntax {} says otherwise",
                                   encapsulated_ ? "encapsulated" : "native", transferSyntax_.value()));
    if (encapsulated_)
        return locateFragments(value);
    if (length > bytes.size() - value)
        return fail(ErrorCode::InvalidInput, fmt::format("Pixel Data (7FE0,0010) announces {} bytes where {} are left",
                                                         length, bytes.size() - value));
    nativePixels_ = bytes.subspan(value, length);
    // GE's implicit little endian with big endian pixels: the one private syntax of that kind in the field.
    if (transferSyntax_.value() == UID_PrivateGE_LEI_WithBigEndianPixelDataTransferSyntax)
        bigEndian_ = true;
    return {};
}

Result<void> ImageFile::locateFragments(std::size_t offset)
{
    auto const bytes = asBytes(dataSet_);
    std::span<std::uint8_t const> basicTable;
    std::size_t first = 0;
    for (std::size_t at = offset, item = 0;; ++item) {
        if (bytes.size() - at < 8)
            return fail(ErrorCode::InvalidInput, "Pixel Data (7FE0,0010) ends without a Sequence Delimitation Item");
        std::uint32_t const tag = read32(bytes, at, false);
        std::uint32_t const length = read32(bytes, at + 4, false);
        if (tag == 0xE0DDFFFE)
            break;
        if (tag != 0xE000FFFE || length > bytes.size() - at - 8)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("fragment {} of Pixel Data (7FE0,0010) is malformed", item));
        auto const value = bytes.subspan(at + 8, length);
        if (item == 0) {
            basicTable = value;
            first = at + 8 + length;
        } else {
            fragments_.push_back(value);
            fragmentOffsets_.push_back(at - first);
        }
        at += 8 + length;
    }
    for (std::size_t at = 0; at + 4 <= basicTable.size(); at += 4)
        offsetTable_.push_back(read32(basicTable, at, false));
    // Extended Offset Table (7FE0,0001): 64 bits an entry, for objects beyond 4 GiB (PS3.3 C.7.6.3.1.8).
    Uint8 const* raw = nullptr;
    DcmElement* extended = nullptr;
    if (offsetTable_.empty() && header_->findAndGetElement(DcmTagKey(0x7FE0, 0x0001), extended).good() && extended) {
        Uint8* value = nullptr;
        if (extended->getUint8Array(value).good())
            raw = value;
        if (raw)
            for (std::size_t at = 0; at + 8 <= extended->getLength(); at += 8)
                offsetTable_.push_back(read64({raw, extended->getLength()}, at));
    }
    return {};
}

std::uint64_t ImageFile::nativeFrameBits() const
{
    if (!format_)
        return 0;
    // Two pixels share one pair of colour samples (PS3.3 C.7.6.3.1.2).
    if (format_->photometric == "YBR_FULL_422" || format_->photometric == "YBR_PARTIAL_422")
        return std::uint64_t{format_->rows} * format_->columns * 2 * format_->bitsAllocated;
    return std::uint64_t{format_->sampleCount()} * format_->bitsAllocated;
}

void ImageFile::countFrames()
{
    std::string const text = codeString(*header_, DCM_NumberOfFrames);
    std::int64_t declared = 1;
    if (!text.empty()) {
        auto const begin = text.find_first_not_of(" +");
        auto const from = text.data() + (begin == std::string::npos ? 0 : begin);
        if (std::from_chars(from, text.data() + text.size(), declared).ec != std::errc())
            declared = 1;
    }
    std::uint64_t const bits = nativeFrameBits();
    std::uint64_t const present = encapsulated_ ? fragments_.size()
                                  : bits == 0   ? 1
                                                : nativePixels_.size() * 8ull / bits;
    std::uint64_t const wanted = declared < 1 ? 1 : static_cast<std::uint64_t>(declared);
    frameCount_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(std::max<std::uint64_t>(present, 1), wanted));
}

unsigned ImageFile::bitOffset(std::uint32_t frame) const
{
    return static_cast<unsigned>(nativeFrameBits() * frame % 8);
}

Result<std::vector<std::uint8_t>> ImageFile::frameBytes(std::uint32_t frame) const
{
    if (!format_)
        return tl::unexpected(format_.error());
    if (frame >= frameCount_)
        return fail(ErrorCode::NotFound,
                    fmt::format("there is no frame {}: the object holds {}", frame + 1, frameCount_));
    return encapsulated_ ? joinFragments(frame) : nativeFrame(frame);
}

Result<std::vector<std::uint8_t>> ImageFile::nativeFrame(std::uint32_t frame) const
{
    std::uint64_t const bits = nativeFrameBits();
    std::uint64_t const begin = bits * frame / 8;
    std::uint64_t const end = (bits * (frame + 1ull) + 7) / 8;
    if (end > nativePixels_.size())
        return fail(ErrorCode::InvalidInput,
                    fmt::format("Pixel Data (7FE0,0010) holds {} bytes where frame {} ends at {}", nativePixels_.size(),
                                frame + 1, end));
    if (!bigEndian_ || (format_->bitsAllocated <= 8 && !words_))
        return std::vector<std::uint8_t>(nativePixels_.begin() + static_cast<std::ptrdiff_t>(begin),
                                         nativePixels_.begin() + static_cast<std::ptrdiff_t>(end));
    // OW swaps in pairs of bytes also where a sample is one byte or a bit (PS3.5 section 7.3, 8.1.1); four-byte samples
    // in fours.
    std::uint64_t const unit = format_->bitsAllocated == 32 ? 4 : 2;
    std::vector<std::uint8_t> out;
    out.reserve(end - begin);
    for (std::uint64_t at = begin; at < end; ++at) {
        std::uint64_t const mirrored = at / unit * unit + (unit - 1 - at % unit);
        out.push_back(mirrored < nativePixels_.size() ? nativePixels_[mirrored] : nativePixels_[at]);
    }
    return out;
}

Result<std::vector<std::uint8_t>> ImageFile::joinFragments(std::uint32_t frame) const
{
    std::size_t begin = 0;
    std::size_t end = fragments_.size();
    if (frameCount_ > 1 && fragments_.size() == frameCount_) {
        begin = frame;
        end = frame + 1u;
    } else if (frameCount_ > 1 && offsetTable_.size() == frameCount_) {
        auto const index = [this](std::uint64_t offset) -> std::size_t {
            auto const at = std::lower_bound(fragmentOffsets_.begin(), fragmentOffsets_.end(), offset);
            return at != fragmentOffsets_.end() && *at == offset
                       ? static_cast<std::size_t>(at - fragmentOffsets_.begin())
                       : fragments_.size();
        };
        begin = index(offsetTable_[frame]);
        end = frame + 1u < frameCount_ ? index(offsetTable_[frame + 1u]) : fragments_.size();
    } else if (frameCount_ > 1) {
        // Neither one fragment a frame nor a table: a frame begins where a codestream begins (JPEG FFD8H, JPEG 2000
        // FF4FH).
        std::vector<std::size_t> starts;
        for (std::size_t i = 0; i < fragments_.size(); ++i)
            if (auto const f = fragments_[i]; f.size() > 1 && f[0] == 0xFF && (f[1] == 0xD8 || f[1] == 0x4F))
                starts.push_back(i);
        if (starts.size() != frameCount_)
            return fail(ErrorCode::InvalidInput,
                        fmt::format("{} fragments can't be assigned to {} frames", fragments_.size(), frameCount_));
        begin = starts[frame];
        end = frame + 1u < frameCount_ ? starts[frame + 1u] : fragments_.size();
    }
    if (begin >= end)
        return fail(ErrorCode::InvalidInput, fmt::format("no fragment holds frame {}", frame + 1));
    std::vector<std::uint8_t> out;
    for (std::size_t i = begin; i < end; ++i)
        out.insert(out.end(), fragments_[i].begin(), fragments_[i].end());
    return out;
}

} // namespace qianli::viewer
