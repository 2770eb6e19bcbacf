#include "viewer/decoding/decoder_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace qianli::viewer {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds startTime{20};
constexpr std::size_t keptMapped = 4 << 20; // what one larger picture took goes back to the system

// Above the numbers that the child has its own under.
Result<FileDescriptor> high(FileDescriptor const& descriptor)
{
    FileDescriptor copy(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 16));
    if (!copy)
        return failErrno("starting a decoder");
    return copy;
}

// Memory that neither side can take away under the other's feet.
Result<FileDescriptor> makeSharedMemory()
{
    FileDescriptor const memory(::memfd_create("qianli-pixels", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!memory || ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
        return failErrno("starting a decoder");
    return high(memory);
}

Result<pid_t> spawn(std::filesystem::path const& program, std::uint64_t memory, int socket, int pixels)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, socket, jobSocketDescriptor);
    posix_spawn_file_actions_adddup2(&actions, pixels, pixelMemoryDescriptor);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::string name = program.string();
    std::string bytes = std::to_string(memory);
    std::array<char*, 3> arguments{name.data(), bytes.data(), nullptr};
    pid_t id = -1;
    int const error = ::posix_spawn(&id, name.c_str(), &actions, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error == 0)
        return id;
    errno = error;
    return failErrno("starting " + name);
}

// Something to read, or the end of the other side, before the time is over.
bool waitFor(int socket, Clock::time_point until)
{
    for (;;) {
        auto const left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
        pollfd waited{socket, POLLIN, 0};
        int const ready = ::poll(&waited, 1, static_cast<int>(std::clamp<decltype(left)>(left, 0, 1 << 30)));
        if (ready > 0)
            return true;
        if (ready == 0 || errno != EINTR)
            return false;
    }
}

} // namespace

Result<std::unique_ptr<DecoderProcess>> DecoderProcess::start(std::filesystem::path const& program,
                                                              std::uint64_t memory)
{
    std::unique_ptr<DecoderProcess> process(new DecoderProcess);
    QIANLI_TRY(process->launch(program, memory));
    // Its first word says that its walls stand.
    if (!waitFor(process->socket_.get(), Clock::now() + startTime) || !receiveReady(process->socket_.get()))
        return fail(ErrorCode::Unavailable, fmt::format("the decoder program {} does not start", program.string()));
    return process;
}

// Nothing of the process's side stays open here, or its end would not be seen.
Result<void> DecoderProcess::launch(std::filesystem::path const& program, std::uint64_t memory)
{
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return failErrno("starting a decoder");
    socket_ = FileDescriptor(ends[0]);
    FileDescriptor const low(ends[1]);
    QIANLI_ASSIGN(auto const theirs, high(low));
    QIANLI_ASSIGN(memory_, makeSharedMemory());
    QIANLI_ASSIGN(id_, spawn(program, memory, theirs.get(), memory_.get()));
    return {};
}

DecoderProcess::~DecoderProcess()
{
    end();
    if (mapped_ != nullptr)
        ::munmap(mapped_, mappedBytes_);
}

void DecoderProcess::end()
{
    if (id_ <= 0 || std::exchange(ended_, true))
        return;
    ::kill(id_, SIGKILL);
    while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

DecoderProcess::Outcome DecoderProcess::ask(Job job, int file, std::uint64_t samples,
                                            std::chrono::milliseconds patience)
{
    auto const ended = [this](Fate fate) {
        end();
        return Outcome{fate, fail(ErrorCode::Unavailable, "the decoder has ended")};
    };
    fillRandom({reinterpret_cast<std::uint8_t*>(&job.token), sizeof job.token});
    if (!sendJob(socket_.get(), job, file))
        return ended(Fate::Gone);
    if (!waitForAnswer(patience))
        return ended(Fate::Late);
    auto const answer = receiveAnswer(socket_.get());
    // One to another question would be taken for this picture.
    if (!answer || answer->token != job.token)
        return ended(Fate::Died);
    if (answer->error)
        return {Fate::Alive, tl::unexpected(*answer->error)};
    // A few pixels must not become gigabytes here.
    if (samples != 0 && answer->format.sampleCount() != samples)
        return ended(Fate::Died);
    auto frame = takePixels(answer->format);
    if (!frame && frame.error().code == ErrorCode::Corrupt)
        return ended(Fate::Died); // it lies
    return {Fate::Alive, std::move(frame)};
}

// One that works on, or would on a machine that had time for it, is not late: the limit of its processor time ends it.
bool DecoderProcess::waitForAnswer(std::chrono::milliseconds patience) const
{
    for (auto before = busyTime(); !waitFor(socket_.get(), Clock::now() + patience);) {
        auto const busy = busyTime();
        if (busy - before < patience / 10)
            return false;
        before = busy;
    }
    return true;
}

// On a processor, or waiting for one (proc(5)).
std::chrono::nanoseconds DecoderProcess::busyTime() const
{
    std::ifstream file(fmt::format("/proc/{}/schedstat", id_));
    std::int64_t worked = 0, waited = 0;
    file >> worked >> waited;
    return std::chrono::nanoseconds(worked + waited);
}

void DecoderProcess::interrupt()
{
    ::shutdown(socket_.get(), SHUT_RDWR);
}

// Copied before anybody looks at them.
Result<DecodedFrame> DecoderProcess::takePixels(PixelFormat const& format)
{
    std::size_t const bytes = format.frameBytes();
    struct stat status {};
    if (::fstat(memory_.get(), &status) != 0)
        return failErrno("taking pixels from a decoder");
    if (static_cast<std::uint64_t>(status.st_size) < bytes)
        return fail(ErrorCode::Corrupt, "a decoder gives less than it says");
    if (bytes > mappedBytes_) {
        if (mapped_ != nullptr)
            ::munmap(mapped_, mappedBytes_);
        mappedBytes_ = 0;
        mapped_ = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, memory_.get(), 0);
        if (mapped_ == MAP_FAILED) {
            mapped_ = nullptr;
            return failErrno("taking pixels from a decoder");
        }
        mappedBytes_ = bytes;
    }
    auto const* const values = static_cast<std::uint8_t const*>(mapped_);
    DecodedFrame frame{format, {}};
    frame.values.assign(values, values + bytes);
    if (bytes > keptMapped) {
        ::munmap(mapped_, mappedBytes_);
        mapped_ = nullptr;
        mappedBytes_ = 0;
        ::fallocate(memory_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, status.st_size);
    }
    return frame;
}

} // namespace qianli::viewer
