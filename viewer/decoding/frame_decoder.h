// FrameDecoder: the codecs behind one door: an open file and a frame number in, stored values out.
//
// Keeps the most recently used multi-frame files open, so that a cine loop is scanned once. Calls may come from any
// thread.
#pragma once

#include "common/base/file.h"
#include "viewer/decoding/image_file.h"

#include <list>
#include <mutex>

namespace qianli::viewer {

class FrameDecoder {
public:
    Result<DecodedFrame> decode(FileDescriptor file, std::uint32_t frame);

private:
    using FilePointer = std::shared_ptr<ImageFile const>;
    Result<FilePointer> open(FileDescriptor file);

    std::mutex mutex_; // guards recent_
    std::list<FilePointer> recent_;
};

} // namespace qianli::viewer
