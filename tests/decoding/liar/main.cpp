// lying_decoder: stands in for qianli-decoder after a hostile file took it over. Speaks its protocol and lies as the
// name that it was started under says. It has no walls: they are tested elsewhere.
#include "viewer/decoding/decoder_protocol.h"

#include <algorithm>
#include <filesystem>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace qianli::viewer;

namespace {

// Grey pixels of this value, as many as the format has.
void putPixels(PixelFormat const& format, std::uint8_t value)
{
    if (::ftruncate(pixelMemoryDescriptor, static_cast<off_t>(std::max<std::size_t>(format.frameBytes(), 4096))) != 0)
        ::_exit(3);
    void* const memory =
        ::mmap(nullptr, format.frameBytes(), PROT_READ | PROT_WRITE, MAP_SHARED, pixelMemoryDescriptor, 0);
    if (memory == MAP_FAILED)
        ::_exit(3);
    std::fill_n(static_cast<std::uint8_t*>(memory), format.frameBytes(), value);
    ::munmap(memory, format.frameBytes());
}

PixelFormat grey(std::uint32_t rows, std::uint32_t columns)
{
    PixelFormat format;
    format.rows = rows;
    format.columns = columns;
    return format;
}

void answer(std::string const& lie, std::uint64_t token)
{
    PixelFormat format = grey(2, 2);
    if (lie == "another-size")
        format = grey(1500, 1500);
    if (lie == "less-than-it-says") { // two pixels are in the memory, a page at most
        sendAnswer(jobSocketDescriptor, {{}, grey(2, 2), token});
        return;
    }
    putPixels(format, 7);
    if (lie == "takes-away" && ::ftruncate(pixelMemoryDescriptor, 0) == 0)
        ::_exit(4); // it could
    if (lie == "stammers")
        (void)::send(jobSocketDescriptor, "pixels!", 7, MSG_NOSIGNAL);
    else if (lie == "colours-the-screen")
        sendAnswer(jobSocketDescriptor,
                   {qianli::Error{qianli::ErrorCode::InvalidInput, "\x1B[31mred\nlines\x7F"}, {}, token});
    else
        sendAnswer(jobSocketDescriptor, {{}, format, token});
}

} // namespace

int main(int, char** argv)
{
    std::string const lie = std::filesystem::path(argv[0]).filename().string();
    if (lie == "hears-nothing")
        ::shutdown(jobSocketDescriptor, SHUT_RD);
    sendReady(jobSocketDescriptor);
    if (lie == "answers-unasked") {
        putPixels(grey(2, 2), 9);
        sendAnswer(jobSocketDescriptor, {{}, grey(2, 2), 0});
    }
    while (auto const job = receiveJob(jobSocketDescriptor))
        answer(lie, job->job.token);
    return 0;
}
