// DecoderPool: image decoders in processes of their own, a few of them, behind the border of PixelDecoder.
//
// Promise: a file that crashes, hangs or starves a decoder costs the picture that was asked for, with a sentence in its
// place; the process is replaced, and the same frame of the same file is not tried again. A process that a file has
// taken over without a sign ends with the case at the latest.
#pragma once

#include "viewer/decoding/decoder_process.h"
#include "viewer/decoding/file_stamp.h"
#include "viewer/decoding/pixel_decoder.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

namespace qianli::viewer {

struct DecoderPoolOptions {
    std::filesystem::path program;         // empty: qianli-decoder beside this program
    unsigned processes = 0;                // 0: one a core, two to four
    std::uint64_t memory = 0;              // bytes for each; 0: by this machine's memory
    std::chrono::milliseconds patience{0}; // with one frame; 0: by its size
};

class DecoderPool final : public PixelDecoder {
public:
    explicit DecoderPool(DecoderPoolOptions options = {});
    ~DecoderPool() override; // no call may be under way

    Result<DecodedFrame> decode(FrameSource const& source, std::uint32_t frame) override;
    void startAnew() override;
    std::uint64_t era() const override;
    // The processes that live now.
    std::vector<pid_t> processes() const;

private:
    using Picture = std::pair<FileStamp, std::uint32_t>;
    using Process = std::unique_ptr<DecoderProcess>;

    Result<DecodedFrame> decodeOutside(FrameSource const& source, int file, std::uint32_t frame);
    std::chrono::milliseconds patienceWith(FrameSource const& source) const;
    std::optional<Error> remembered(Picture const& picture) const;
    Error remember(Picture const& picture, std::string sentence);
    Result<Process> take(std::uint64_t begun);
    void giveBack(Process process);
    void bury(Process process);
    bool needsAnother() const;
    void keepRunning();

    DecoderPoolOptions const options_;
    mutable std::mutex mutex_; // guards all below
    std::condition_variable work_, changed_;
    std::vector<Process> idle_, doomed_;
    std::set<DecoderProcess*> working_;
    std::vector<pid_t> living_;
    std::optional<Error> startError_; // of the last attempt; the next is made when somebody asks
    std::uint64_t era_ = 1;
    std::map<Picture, Error> lost_;
    unsigned waiting_ = 0;
    bool stopping_ = false;
    std::thread keeper_; // starts processes: the system ends them with the thread that started them
};

} // namespace qianli::viewer
