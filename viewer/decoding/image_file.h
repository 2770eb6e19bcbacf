// ImageFile: one DICOM file that is open, walked by the pre-scan up to its pixels before any parser saw it; its header,
// and where its pixels lie.
#pragma once

#include "common/base/file.h"
#include "common/base/result.h"
#include "common/dicom/data_set_scan.h"
#include "common/dicom/uid.h"
#include "viewer/decoding/decoded_frame.h"
#include "viewer/decoding/fragments.h"
#include "viewer/decoding/native_pixels.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

class DcmItem;

namespace qianli::viewer {

class ImageFile {
public:
    // InvalidInput with the reason when it is no DICOM file or its data set is malformed. Pixels are left in the file,
    // which must stay as it is.
    static Result<std::shared_ptr<ImageFile const>> open(std::filesystem::path const& path);
    static Result<std::shared_ptr<ImageFile const>> open(FileDescriptor descriptor);
    ~ImageFile();
    ImageFile(ImageFile const&) = delete;
    ImageFile& operator=(ImageFile const&) = delete;

    dicom::Uid const& transferSyntax() const { return transferSyntax_; }
    FileStamp const& stamp() const { return stamp_; }
    // Every element before the pixel data. DCMTK looks elements up through a cursor inside the item: one thread at a
    // time.
    DcmItem& header() const { return *header_; }
    // How each frame is laid out; an error when the object has no pixels or its Image Pixel Module can't be true.
    Result<PixelFormat> const& pixelFormat() const { return format_; }
    bool hasPixels() const { return hasPixels_; }
    // As many as the object declares, but never more than its pixel data can hold.
    std::uint32_t frameCount() const { return frameCount_; }
    std::uint64_t missingFrames() const { return missingFrames_; } // that it declares, too

    bool isEncapsulated() const { return encapsulated_; }
    bool isPlanar() const { return planar_; } // colour by plane, as Planar Configuration says of native pixels
    // Whether overlays lie in the bits of the pixels that no value needs (PS3.3 C.9.2.1.1.2 of old).
    bool hasOverlayBits() const { return overlayBits_; }
    // The joined fragments of an encapsulated frame, from 0.
    Result<std::vector<std::uint8_t>> frameBytes(std::uint32_t frame) const;
    // A frame that is not encapsulated.
    Result<DecodedFrame> nativeFrame(std::uint32_t frame) const;
    // Where its pixels lie in the file; nothing when they are encapsulated, or the whole data set is deflated.
    std::optional<NativePixels> nativePixels() const;

private:
    ImageFile() = default;
    Result<dicom::DataSetHeader> readUpToPixels();
    Result<dicom::DataSetHeader> inflate();
    void judgeEncoding();
    Result<void> extendHead(std::uint64_t bytes);
    Result<void> readAt(std::uint64_t offset, std::span<std::uint8_t> bytes) const;
    Result<void> readHeader(std::size_t end);
    Result<void> readPixelElement(std::uint64_t offset);
    Result<void> locateNative(std::uint64_t offset, std::uint32_t length);
    Result<void> locateFragments(std::uint64_t offset);
    void countFrames(std::uint64_t present);
    Result<void> checkFrame(std::uint32_t frame) const;

    FileDescriptor file_;
    FileStamp stamp_;
    std::uint64_t begin_ = 0; // of the data set in the file
    std::uint64_t size_ = 0;  // of the data set
    std::string head_;        // the data set as far as it was read; all of it where it was deflated
    bool inflated_ = false;
    dicom::Uid transferSyntax_;
    std::unique_ptr<DcmItem> header_;
    Result<PixelFormat> format_;
    std::uint32_t frameCount_ = 0;
    std::uint64_t missingFrames_ = 0;
    bool hasPixels_ = false;
    bool implicit_ = false; // VR
    bool bigEndian_ = false;
    bool encapsulated_ = false;
    bool planar_ = false;
    bool overlayBits_ = false;
    NativePixels native_; // offset in the data set
    Fragments fragments_;
};

} // namespace qianli::viewer
