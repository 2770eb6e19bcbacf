// DecoderProcess: one program that decodes behind walls (walls.h), as its owner sees it: asked, watched, ended.
//
// Promise: whatever the process does, an answer that is given holds what belongs to its format and nothing that the
// process may still change; a process that crashed or is late has ended when ask() returns.
#pragma once

#include "common/base/file.h"
#include "common/base/result.h"
#include "viewer/decoding/decoder_protocol.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <sys/types.h>

namespace qianli::viewer {

class DecoderProcess {
public:
    // `memory`: bytes that it may take. From a thread that lives as long as the process shall: the system ends it with
    // the thread.
    static Result<std::unique_ptr<DecoderProcess>> start(std::filesystem::path const& program, std::uint64_t memory);
    ~DecoderProcess();
    DecoderProcess(DecoderProcess const&) = delete;
    DecoderProcess& operator=(DecoderProcess const&) = delete;

    // Gone: had ended before the job could reach it.
    enum class Fate { Alive, Gone, Died, Late };
    struct Outcome {
        Fate fate;
        Result<DecodedFrame> frame; // of a process that is alive
    };
    // `samples`: of the frame that is asked for; 0: not known.
    Outcome ask(Job job, int file, std::uint64_t samples, std::chrono::milliseconds patience);
    // From another thread: whoever waits in ask() is told that the process died, which it has then.
    void interrupt();
    pid_t id() const { return id_; }
    std::uint64_t era = 0; // its owner's: in which it was first asked; 0: never

private:
    DecoderProcess() = default;
    Result<void> launch(std::filesystem::path const& program, std::uint64_t memory);
    bool waitForAnswer(std::chrono::milliseconds patience) const;
    std::chrono::nanoseconds busyTime() const;
    Result<DecodedFrame> takePixels(PixelFormat const& format);
    void end();

    pid_t id_ = -1;
    bool ended_ = false;
    FileDescriptor socket_, memory_;
    void* mapped_ = nullptr;
    std::size_t mappedBytes_ = 0;
};

} // namespace qianli::viewer
