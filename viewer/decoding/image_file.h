// ImageFile: one DICOM file in memory, walked by the pre-scan before any parser saw it; its header, and where its
// pixels lie.
#pragma once

#include "common/base/result.h"
#include "common/dicom/data_set_scan.h"
#include "common/dicom/uid.h"
#include "viewer/decoding/decoded_frame.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

class DcmItem;

namespace qianli::viewer {

class ImageFile {
public:
    // InvalidInput with the reason when it is no DICOM file or its data set is malformed.
    static Result<std::shared_ptr<ImageFile const>> open(std::filesystem::path const& path);
    ~ImageFile();
    ImageFile(ImageFile const&) = delete;
    ImageFile& operator=(ImageFile const&) = delete;

    dicom::Uid const& transferSyntax() const { return transferSyntax_; }
    // Every element before the pixel data. DCMTK looks elements up through a cursor inside the item: one thread at a
    // time.
    DcmItem& header() const { return *header_; }
    // How each frame is laid out; an error when the object has no pixels or its Image Pixel Module can't be true.
    Result<PixelFormat> const& pixelFormat() const { return format_; }
    bool hasPixels() const { return hasPixels_; }
    // As many as the object declares, but never more than its pixel data can hold.
    std::uint32_t frameCount() const { return frameCount_; }

    // Little endian, however the file is written; `frame` counts from 0. Joined fragments where encapsulated.
    Result<std::vector<std::uint8_t>> frameBytes(std::uint32_t frame) const;
    bool isEncapsulated() const { return encapsulated_; }
    bool isPlanar() const { return planar_; } // colour by plane, as Planar Configuration says of native pixels
    // Where a native 1-bit frame starts inside the first byte that frameBytes() gives.
    unsigned bitOffset(std::uint32_t frame) const;

private:
    ImageFile() = default;
    Result<dicom::DataSetHeader> scan();
    Result<void> readHeader(std::size_t end);
    Result<void> locatePixels(std::size_t offset);
    Result<void> locateFragments(std::size_t offset);
    void countFrames();
    std::uint64_t nativeFrameBits() const;
    Result<std::vector<std::uint8_t>> nativeFrame(std::uint32_t frame) const;
    Result<std::vector<std::uint8_t>> joinFragments(std::uint32_t frame) const;

    std::string dataSet_; // inflated where the transfer syntax is deflated
    dicom::Uid transferSyntax_;
    std::unique_ptr<DcmItem> header_;
    Result<PixelFormat> format_;
    std::uint32_t frameCount_ = 0;
    bool hasPixels_ = false;
    bool implicit_ = false; // VR
    bool bigEndian_ = false;
    bool words_ = false; // pixel data of VR OW, whose bytes swap in pairs
    bool encapsulated_ = false;
    bool planar_ = false;
    std::span<std::uint8_t const> nativePixels_;
    std::vector<std::span<std::uint8_t const>> fragments_;
    std::vector<std::uint64_t>
        fragmentOffsets_;                    // of each fragment's item from the first one's: what offset tables count
    std::vector<std::uint64_t> offsetTable_; // basic or extended; empty when the file gives none
};

} // namespace qianli::viewer
