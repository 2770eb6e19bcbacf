// ImageFile: one DICOM file in memory, walked by the pre-scan before any parser saw it; its header, and where its
// pixels lie.
#pragma once

#include "common/base/result.h"
#include "common/dicom/uid.h"
#include "viewer/decoding/decoded_frame.h"

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
    // InvalidInput with the reason when it is no DICOM file, or when its data set is malformed up to the end of its
    // pixels.
    static Result<std::shared_ptr<ImageFile const>> open(std::filesystem::path const& path);
    ~ImageFile();
    ImageFile(ImageFile const&) = delete;
    ImageFile& operator=(ImageFile const&) = delete;

    std::filesystem::path const& path() const { return path_; }
    dicom::Uid const& transferSyntax() const { return transferSyntax_; }
    // Every element before the pixel data. DCMTK looks elements up through a cursor inside the item, so one thread at a
    // time.
    DcmItem& header() const { return *header_; }

    // How each frame is laid out; an error when the object has no pixels or its Image Pixel Module can't be true.
    Result<PixelFormat> pixelFormat() const;
    std::uint32_t frameCount() const;
    bool isEncapsulated() const { return encapsulated_; }
    bool isBigEndian() const { return bigEndian_; }
    // The value of native pixel data; empty for encapsulated ones.
    std::span<std::uint8_t const> nativePixels() const { return nativePixels_; }
    // The compressed bytes of one frame: its fragments joined. `frame` counts from 0.
    Result<std::vector<std::uint8_t>> compressedFrame(std::uint32_t frame) const;

private:
    ImageFile() = default;
    Result<void> locatePixels(std::size_t elementOffset);
    Result<void> locateFragments(std::size_t offset);

    std::filesystem::path path_;
    std::vector<std::uint8_t> dataSet_; // inflated where the transfer syntax is deflated
    dicom::Uid transferSyntax_;
    std::unique_ptr<DcmItem> header_;
    bool bigEndian_ = false;
    bool encapsulated_ = false;
    bool hasPixels_ = false;
    std::uint32_t frameCount_ = 1;
    std::span<std::uint8_t const> nativePixels_;
    std::vector<std::span<std::uint8_t const>> fragments_;
    std::vector<std::uint64_t>
        fragmentOffsets_; // of each fragment's item, from the first fragment's item: what offset tables count
    std::vector<std::uint64_t> offsetTable_; // basic or extended; empty when the file gives none
};

} // namespace qianli::viewer
