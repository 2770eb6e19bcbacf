// PixelDecoder: a DICOM file and a frame number in, stored pixel values out; the border behind which image decoders
// run.
//
// Promise: what a file says of itself (sizes, counts, precision) is checked against what its codestream really holds
// before anything is written; a file that lies gives an error sentence, never a wrong or partial picture. Calls may
// come from any thread.
#pragma once

#include "common/base/result.h"
#include "viewer/decoding/decoded_frame.h"
#include "viewer/decoding/file_stamp.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

namespace qianli::viewer {

struct NativePixels;

// A file, and what its reader already knows of it.
struct FrameSource {
    FrameSource(std::filesystem::path path, std::shared_ptr<NativePixels const> nativePixels = {},
                std::uint64_t samplesOfFrame = 0, std::optional<FileStamp> whenRead = {})
        : file(std::move(path)), native(std::move(nativePixels)), samples(samplesOfFrame), stamp(whenRead)
    {
    }
    std::filesystem::path file;
    std::shared_ptr<NativePixels const> native; // where uncompressed pixels lie
    std::uint64_t samples = 0;                  // of one frame; 0: not known
    std::optional<FileStamp> stamp;             // of the file that is meant; nothing: whatever is there
    std::uint64_t era = 0;                      // the decoder's when the picture was wanted; 0: that of the call
};

class PixelDecoder {
public:
    virtual ~PixelDecoder() = default;

    // `frame` counts from 0. NotFound when the object has no pixels or no such frame; InvalidInput when they can't be
    // decoded; Refused for an encoding that this version does not read (video); Corrupt when the file is not the one
    // that is meant.
    virtual Result<DecodedFrame> decode(FrameSource const& source, std::uint32_t frame) = 0;
    // Between two patients: who has seen the one's files decodes none of the other's, and what is under way is given up
    // (Cancelled). Returns at once.
    virtual void startAnew() {}
    // Counts what startAnew() began. Who wants a picture now and asks for it later asks with this.
    virtual std::uint64_t era() const { return 0; }
};

// Decodes in processes of their own (decoder_pool.h), which all callers share for as long as one of them holds it.
std::shared_ptr<PixelDecoder> sharedDecoder();

// Decodes in this process; keeps the most recently used multi-frame files open, so that a cine loop is scanned once.
std::unique_ptr<PixelDecoder> makeLocalDecoder();

} // namespace qianli::viewer
