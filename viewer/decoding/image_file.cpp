#include "viewer/decoding/image_file.h"

#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"
#include "viewer/decoding/inflate.h"
#include "viewer/decoding/pixel_format_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/oflog/oflog.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <mutex>

namespace qianli::viewer {
namespace {

constexpr std::uint64_t firstRead = 16 << 10, longestRead = 16 << 20;
constexpr std::uint64_t largestHeader = 256ull << 20, largestInflated = 256ull << 20; // of each several copies are made
constexpr std::uint64_t mostFrames = 1'000'000;
constexpr std::uint32_t undefinedLength = 0xFFFFFFFF;
constexpr std::string_view jpip[] = {"1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.204",
                                     "1.2.840.10008.1.2.4.205"};

std::uint32_t read32(std::span<std::uint8_t const> bytes, std::size_t at, bool bigEndian)
{
    auto const b = [&](std::size_t i) { return std::uint32_t{bytes[at + i]}; };
    return bigEndian ? b(0) << 24 | b(1) << 16 | b(2) << 8 | b(3) : b(3) << 24 | b(2) << 16 | b(1) << 8 | b(0);
}

std::span<std::uint8_t const> asBytes(std::string const& text)
{
    return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
}

std::span<std::uint8_t> asBytes(std::string& text)
{
    return {reinterpret_cast<std::uint8_t*>(text.data()), text.size()};
}

// What DCMTK shall read the header as. It does not know HTJ2K and deflated frames, whose data sets are explicit little
// endian.
E_TransferSyntax headerSyntax(dicom::Uid const& uid)
{
    E_TransferSyntax const known = DcmXfer(uid.value().c_str()).getXfer();
    return known == EXS_Unknown || known == EXS_DeflatedLittleEndianExplicit ? EXS_LittleEndianExplicit : known;
}

// (7FE0,0001): 64 bits an entry, for objects beyond 4 GiB (PS3.3 C.7.6.3.1.8).
std::vector<std::uint64_t> extendedOffsets(DcmItem& header)
{
    DcmElement* element = nullptr;
    Uint8* raw = nullptr;
    if (header.findAndGetElement(DcmTagKey(0x7FE0, 0x0001), element).bad() || element == nullptr ||
        element->getUint8Array(raw).bad() || raw == nullptr)
        return {};
    std::span<std::uint8_t const> const bytes(raw, element->getLength());
    std::vector<std::uint64_t> offsets;
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8)
        offsets.push_back(read32(bytes, at, false) | std::uint64_t{read32(bytes, at + 4, false)} << 32);
    return offsets;
}

Result<dicom::DataSetHeader> unambiguous(dicom::DataSetHeader const& scanned)
{
    if (scanned.ambiguous)
        return fail(ErrorCode::InvalidInput,
                    "the data set is written in a way that its readers understand differently");
    return scanned;
}

} // namespace

ImageFile::~ImageFile() = default;

Result<std::shared_ptr<ImageFile const>> ImageFile::open(std::filesystem::path const& path)
{
    QIANLI_ASSIGN(auto descriptor, openFile(path, O_RDONLY | O_NONBLOCK));
    return open(std::move(descriptor));
}

Result<std::shared_ptr<ImageFile const>> ImageFile::open(FileDescriptor descriptor)
{
    // What is wrong with a file reaches the caller as a sentence; DCMTK's own chatter would only repeat it.
    static std::once_flag once;
    std::call_once(once, [] { OFLog::configure(OFLogger::FATAL_LOG_LEVEL); });
    QIANLI_ASSIGN(auto const layout, dicom::readPart10Layout(descriptor.get()));
    std::shared_ptr<ImageFile> file(new ImageFile);
    QIANLI_ASSIGN(file->stamp_, stampOf(descriptor.get()));
    file->file_ = std::move(descriptor);
    file->begin_ = layout.dataSetOffset;
    file->size_ = layout.fileSize - layout.dataSetOffset;
    file->transferSyntax_ = layout.meta.transferSyntaxUid;
    if (std::find(std::begin(jpip), std::end(jpip), file->transferSyntax_.value()) != std::end(jpip))
        return fail(ErrorCode::Refused, "the object's pixels are on another machine (JPIP)");
    bool const deflated = file->transferSyntax_.value() == dicom::transfer::deflatedLittle;
    QIANLI_ASSIGN(auto const scanned, deflated ? file->inflate() : file->readUpToPixels());
    file->bigEndian_ = scanned.bigEndian;
    file->hasPixels_ = scanned.pixelDataOffset != 0;
    if (scanned.pixelDataOffset > file->head_.size())
        return fail(ErrorCode::Internal, "the pre-scan found pixel data beyond the end of the file");
    QIANLI_TRY(file->readHeader(file->hasPixels_ ? scanned.pixelDataOffset : file->head_.size()));
    if (!file->hasPixels_)
        file->format_ = fail(ErrorCode::NotFound, "the object has no Pixel Data (7FE0,0010)");
    else
        QIANLI_TRY(file->readPixelElement(scanned.pixelDataOffset));
    if (!file->inflated_)
        file->head_ = {};
    return file;
}

Result<dicom::DataSetHeader> ImageFile::inflate()
{
    if (size_ > largestInflated)
        return fail(ErrorCode::LimitExceeded, fmt::format("the data set is longer than {} bytes", largestInflated));
    QIANLI_TRY(extendHead(size_));
    dicom::ScanLimits limits;
    limits.inflatedBytes = largestInflated;
    dicom::DataSetScanner scanner(transferSyntax_, {}, limits);
    QIANLI_TRY(scanner.feed(asBytes(std::as_const(head_))));
    QIANLI_ASSIGN(auto const scanned, scanner.finish());
    QIANLI_ASSIGN(head_, inflateRaw(asBytes(std::as_const(head_)), largestInflated));
    size_ = head_.size();
    inflated_ = true;
    return unambiguous(scanned);
}

// Some writers put an implicit VR data set under a transfer syntax that is explicit: its first element tells.
void ImageFile::judgeEncoding()
{
    auto const isCapital = [this](std::size_t at) { return head_[at] >= 'A' && head_[at] <= 'Z'; };
    implicit_ =
        DcmXfer(headerSyntax(transferSyntax_)).isImplicitVR() || (head_.size() > 6 && !(isCapital(4) && isCapital(5)));
}

Result<dicom::DataSetHeader> ImageFile::readUpToPixels()
{
    QIANLI_TRY(extendHead(firstRead));
    judgeEncoding();
    bool const otherThanDeclared = implicit_ && !DcmXfer(headerSyntax(transferSyntax_)).isImplicitVR();
    dicom::DataSetScanner scanner(
        otherThanDeclared ? dicom::Uid::ofKnown(dicom::transfer::implicitLittle) : transferSyntax_, {});
    for (std::size_t fed = 0;;) {
        auto const walked = scanner.feed(asBytes(std::as_const(head_)).subspan(fed));
        fed = head_.size();
        // What lies behind the beginning of the pixels is read by nobody.
        if (scanner.soFar().pixelDataOffset != 0)
            return unambiguous(scanner.soFar());
        QIANLI_TRY(walked);
        if (fed == size_)
            break;
        if (fed > largestHeader)
            return fail(ErrorCode::LimitExceeded, fmt::format("the data set is longer than {} bytes", largestHeader));
        QIANLI_TRY(extendHead(std::min<std::uint64_t>(fed, longestRead)));
    }
    QIANLI_ASSIGN(auto const scanned, scanner.finish());
    return unambiguous(scanned);
}

// By so many bytes, or what is left.
Result<void> ImageFile::extendHead(std::uint64_t bytes)
{
    std::size_t const before = head_.size();
    head_.resize(before + std::min<std::uint64_t>(bytes, size_ - before));
    return readAllAt(file_.get(), asBytes(head_).subspan(before), begin_ + before);
}

Result<void> ImageFile::readAt(std::uint64_t offset, std::span<std::uint8_t> bytes) const
{
    if (!inflated_)
        return readAllAt(file_.get(), bytes, begin_ + offset);
    if (offset > head_.size() || bytes.size() > head_.size() - offset)
        return fail(ErrorCode::InvalidInput, "Pixel Data (7FE0,0010) ends inside its header");
    std::memcpy(bytes.data(), head_.data() + offset, bytes.size());
    return {};
}

Result<void> ImageFile::readHeader(std::size_t end)
{
    auto dataSet = std::make_unique<DcmDataset>();
    DcmInputBufferStream stream;
    stream.setBuffer(head_.data(), static_cast<offile_off_t>(end));
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

Result<void> ImageFile::readPixelElement(std::uint64_t offset)
{
    std::array<std::uint8_t, 12> element{};
    std::size_t const headerBytes = implicit_ ? 8 : 12;
    if (size_ - offset < headerBytes)
        return fail(ErrorCode::InvalidInput, "Pixel Data (7FE0,0010) ends inside its header");
    QIANLI_TRY(readAt(offset, std::span(element).first(headerBytes)));
    std::uint32_t const raw = read32(element, 0, bigEndian_);
    // Little endian: the group is the lower half.
    format_ = readPixelFormat(*header_, bigEndian_ ? raw : raw << 16 | raw >> 16);
    planar_ = unsignedShortOr(*header_, DCM_PlanarConfiguration, 0) == 1;
    for (std::uint16_t group = 0x6000; group < 0x6020; group = static_cast<std::uint16_t>(group + 2))
        overlayBits_ = overlayBits_ || unsignedShortOr(*header_, DcmTagKey(group, 0x0102), 0) != 0;
    native_.words = implicit_ || element[5] == 'W';
    std::uint32_t const length = read32(element, headerBytes - 4, bigEndian_);
    encapsulated_ = length == undefinedLength;
    if (encapsulated_ != dicom::isEncapsulated(transferSyntax_) && format_)
        format_ = fail(ErrorCode::InvalidInput,
                       fmt::format("Pixel Data (7FE0,0010) is {}, and transfer syntax {} says otherwise",
                                   encapsulated_ ? "encapsulated" : "native", transferSyntax_.value()));
    if (encapsulated_ && format_ && format_->kind == PixelKind::Float)
        format_ = fail(ErrorCode::InvalidInput, "floating point pixels can't be encapsulated");
    return encapsulated_ ? locateFragments(offset + headerBytes) : locateNative(offset + headerBytes, length);
}

Result<void> ImageFile::locateNative(std::uint64_t offset, std::uint32_t length)
{
    if (length > size_ - offset)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("Pixel Data (7FE0,0010) announces {} bytes where {} are left", length, size_ - offset));
    native_.offset = offset;
    native_.bytes = length;
    native_.planar = planar_;
    native_.stamp = stamp_;
    // GE's implicit little endian with big endian pixels: the one private syntax of that kind in the field.
    native_.bigEndian = bigEndian_ || transferSyntax_.value() == UID_PrivateGE_LEI_WithBigEndianPixelDataTransferSyntax;
    std::uint64_t const bits = format_ ? nativeFrameBits(*format_) : 0;
    std::uint64_t const present = bits == 0 ? 1 : std::max<std::uint64_t>(length * 8ull / bits, 1);
    countFrames(present);
    native_.frames = frameCount_;
    if (format_)
        native_.format = *format_;
    return {};
}

// Each frame is an entry in lists of the window's: a file of a few pixels must not be hundreds of millions of them.
void ImageFile::countFrames(std::uint64_t present)
{
    std::uint64_t const declared = declaredFrames(*header_);
    std::uint64_t const count = std::min(present, declared);
    if (count > mostFrames) {
        format_ = fail(ErrorCode::LimitExceeded, fmt::format("the object has more than {} frames", mostFrames));
        frameCount_ = 1;
        return;
    }
    frameCount_ = static_cast<std::uint32_t>(count);
    missingFrames_ = declared - count;
}

Result<void> ImageFile::locateFragments(std::uint64_t offset)
{
    QIANLI_ASSIGN(fragments_, Fragments::find(offset, size_, [this](std::uint64_t at, std::span<std::uint8_t> bytes) {
                      return readAt(at, bytes);
                  }));
    countFrames(std::max<std::uint64_t>(fragments_.count(), 1));
    fragments_.assign(frameCount_, extendedOffsets(*header_));
    return {};
}

Result<void> ImageFile::checkFrame(std::uint32_t frame) const
{
    if (!format_)
        return tl::unexpected(format_.error());
    if (frame >= frameCount_)
        return fail(ErrorCode::NotFound,
                    fmt::format("there is no frame {}: the object holds {}", frame + 1, frameCount_));
    return {};
}

Result<std::vector<std::uint8_t>> ImageFile::frameBytes(std::uint32_t frame) const
{
    QIANLI_TRY(checkFrame(frame));
    return fragments_.join(frame,
                           [this](std::uint64_t at, std::span<std::uint8_t> bytes) { return readAt(at, bytes); });
}

Result<DecodedFrame> ImageFile::nativeFrame(std::uint32_t frame) const
{
    QIANLI_TRY(checkFrame(frame));
    return readNativeFrame(native_, frame,
                           [this](std::uint64_t at, std::span<std::uint8_t> bytes) { return readAt(at, bytes); });
}

std::optional<NativePixels> ImageFile::nativePixels() const
{
    if (encapsulated_ || inflated_ || !format_)
        return std::nullopt;
    NativePixels pixels = native_;
    pixels.offset += begin_;
    return pixels;
}

} // namespace qianli::viewer
