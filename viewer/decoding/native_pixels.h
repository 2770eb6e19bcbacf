// NativePixels: where the pixels of an uncompressed object lie in its file and how they are laid out. A frame of them
// is copied and arranged; nothing is parsed.
#pragma once

#include "common/base/result.h"
#include "viewer/decoding/decoded_frame.h"
#include "viewer/decoding/file_stamp.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>

namespace qianli::viewer {

struct NativePixels {
    std::uint64_t offset = 0; // of the value of Pixel Data
    std::uint64_t bytes = 0;
    PixelFormat format; // as stored
    std::uint32_t frames = 1;
    bool bigEndian = false;
    bool words = false;  // of VR OW, whose bytes swap in pairs
    bool planar = false; // colour by plane
    FileStamp stamp;     // of the file when it was read
};

// Fills the span from this offset on; an error where that much is not there.
using ReadAt = std::function<Result<void>(std::uint64_t offset, std::span<std::uint8_t> bytes)>;

// Bits from one frame to the next; 0 where a format is none.
std::uint64_t nativeFrameBits(PixelFormat const& format);
// `frame` counts from 0.
Result<DecodedFrame> readNativeFrame(NativePixels const& pixels, std::uint32_t frame, ReadAt const& read);
// Whether a frame is copied just as it lies there.
bool isPlain(NativePixels const& pixels);
// A plain frame out of its file into `values`, which has its size; an error when the file is not as it was.
Result<void> readPlainFrame(NativePixels const& pixels, std::filesystem::path const& file, std::uint32_t frame,
                            std::span<std::uint8_t> values);
// One frame, little endian, that begins at the first byte's bit `firstBit`.
Result<DecodedFrame> arrangeNative(std::span<std::uint8_t const> bytes, unsigned firstBit, PixelFormat const& stored,
                                   bool planar);
// The format in which a frame of this stored format is handed out: whole bytes.
PixelFormat unpackedFormat(PixelFormat stored);

} // namespace qianli::viewer
