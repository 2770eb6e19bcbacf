// qianli-decoder: decodes one frame after another for the viewer that started it (decoder_protocol.h), behind walls.
//
// Every year brings a hole in a codec. Here such a hole finds one picture, no file, no network and no program to start
// (docs/decisions/0025-decoding-in-worker-processes.md).
#include "viewer/decoding/decoder_protocol.h"
#include "viewer/decoding/frame_decoder.h"
#include "viewer/decoding/walls.h"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/oflog/oflog.h>
#include <fstream>
#include <malloc.h>
#include <new>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
constexpr bool isInstrumented = true; // what the sanitizer finds has to be read
// Its search for leaks at the end needs to be the debugger of this process, which the walls forbid.
extern "C" char const* __asan_default_options();
extern "C" char const* __asan_default_options()
{
    return "detect_leaks=0";
}
#else
constexpr bool isInstrumented = false;
#endif

namespace {

using namespace qianli;
using namespace qianli::viewer;

constexpr std::size_t usualFrame = 4 << 20;

int refuse(std::string_view reason)
{
    std::fprintf(stderr, "qianli-decoder: %.*s\n", static_cast<int>(reason.size()), reason.data());
    return 1;
}

// Where the pixels go; grows, and never shrinks under the viewer's feet.
class PixelMemory {
public:
    Result<void> put(std::vector<std::uint8_t> const& values)
    {
        QIANLI_TRY(grow(values.size()));
        std::memcpy(mapped_, values.data(), values.size());
        return {};
    }

private:
    Result<void> grow(std::size_t bytes)
    {
        if (bytes <= size_)
            return {};
        if (::ftruncate(pixelMemoryDescriptor, static_cast<off_t>(bytes)) != 0)
            return fail(ErrorCode::LimitExceeded, "the picture needs more memory than a decoder may take");
        void* const mapped = mapped_ == nullptr
                                 ? ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, pixelMemoryDescriptor, 0)
                                 : ::mremap(mapped_, size_, bytes, MREMAP_MAYMOVE);
        if (mapped == MAP_FAILED)
            return fail(ErrorCode::LimitExceeded, "the picture needs more memory than a decoder may take");
        mapped_ = mapped;
        size_ = bytes;
        return {};
    }

    void* mapped_ = nullptr;
    std::size_t size_ = 0;
};

Result<PixelFormat> decodeFrame(FrameDecoder& decoder, PixelMemory& memory, ReceivedJob job)
{
    QIANLI_ASSIGN(auto const frame, decoder.decode(std::move(job.file), job.job.number));
    QIANLI_TRY(memory.put(frame.values));
    return frame.format;
}

Result<PixelFormat> perform(FrameDecoder& decoder, PixelMemory& memory, ReceivedJob job)
{
    try {
        switch (job.job.kind) {
        case JobKind::Frame:
            return decodeFrame(decoder, memory, std::move(job));
        }
    } catch (std::bad_alloc const&) {
        return fail(ErrorCode::LimitExceeded, "the picture needs more memory than a decoder may take");
    } catch (std::exception const& error) {
        return fail(ErrorCode::Internal, error.what());
    }
    return fail(ErrorCode::Internal, "a decoder was asked for what it doesn't know");
}

int serve()
{
    FrameDecoder decoder;
    PixelMemory memory;
    while (auto job = receiveJob(jobSocketDescriptor)) {
        limitProcessorTime(job->job.processorSeconds);
        auto const token = job->job.token;
        auto const format = perform(decoder, memory, *std::move(job));
        Answer const answer = format ? Answer{{}, *format, token} : Answer{format.error(), {}, token};
        if (format && format->frameBytes() > usualFrame)
            ::malloc_trim(0);
        if (!sendAnswer(jobSocketDescriptor, answer))
            break;
    }
    return 0;
}

// Where the machine is out of memory, a picture is lost before a report that is being written. Nothing is lost where
// the system has no such wish.
void standBeforeTheViewer()
{
    std::ofstream("/proc/self/oom_score_adj") << 800;
}

// Before the walls: what DCMTK reads from files once.
bool prepareLibraries()
{
    OFLog::configure(OFLogger::FATAL_LOG_LEVEL);
    bool const loaded = dcmDataDict.rdlock().isDictionaryLoaded();
    dcmDataDict.rdunlock();
    return loaded;
}

// What a codec prints is a file's word: from here on it reaches no terminal. Why the walls don't stand is said.
bool goBehindWalls()
{
    int const words = ::dup(STDERR_FILENO);
    if (!isInstrumented)
        ::dup2(STDOUT_FILENO, STDERR_FILENO); // which is nowhere
    auto const closed = closeWalls();
    if (!closed)
        ::dprintf(words, "qianli-decoder: %s\n", closed.error().message.c_str());
    ::close(words);
    return closed.has_value();
}

} // namespace

int main(int argc, char** argv)
{
    std::string_view const words = argc == 2 ? argv[1] : "";
    std::uint64_t memory = 0;
    auto const read = std::from_chars(words.data(), words.data() + words.size(), memory);
    if (words.empty() || read.ec != std::errc() || read.ptr != words.data() + words.size()) {
        std::fprintf(stderr, "qianli-decoder is started by qianli-viewer\n");
        return 2;
    }
    ::close_range(pixelMemoryDescriptor + 1, ~0u, 0);
    // Nobody waits for our pictures any more when the viewer is gone.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return refuse("the viewer's end would go unnoticed");
    standBeforeTheViewer();
    if (!prepareLibraries())
        return refuse("DCMTK's data dictionary is missing");
    if (auto const limited = limitResources(memory); !limited)
        return refuse(limited.error().message);
    if (!goBehindWalls())
        return 1;
    return sendReady(jobSocketDescriptor) ? serve() : 1;
}
