// limit: the same bytes over TCP into files of their own, each file and the folder synced before the answer, and
// nothing else: no DICOM, no index. What a server that promises durability can reach here at best, one sync at a time.
#include "common/base/file.h"
#include "tests/bench/commands.h"
#include "tests/bench/figures.h"

#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace qianli::bench {
namespace {

struct Pair {
    FileDescriptor sender, receiver;
};

Result<Pair> connectedPair()
{
    FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener.get(), generic, length) != 0 || ::listen(listener.get(), 1) != 0 ||
        ::getsockname(listener.get(), generic, &length) != 0)
        return failErrno("listening");
    FileDescriptor sender(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(sender.get(), generic, length) != 0)
        return failErrno("connecting");
    int const on = 1;
    ::setsockopt(sender.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    FileDescriptor receiver(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!receiver)
        return failErrno("accepting");
    ::setsockopt(receiver.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return Pair{std::move(sender), std::move(receiver)};
}

Result<void> receiveAll(int socket, std::span<std::uint8_t> bytes)
{
    ssize_t const got = ::recv(socket, bytes.data(), bytes.size(), MSG_WAITALL);
    if (got != static_cast<ssize_t>(bytes.size()))
        return fail(ErrorCode::Unavailable, "the connection broke");
    return {};
}

struct Work {
    std::filesystem::path folder;
    std::uint64_t number = 0, objects = 0, bytes = 0;
};

Result<void> sendObjects(int socket, Work const& work)
{
    std::vector<std::uint8_t> const object(work.bytes, 'x');
    std::uint8_t answer = 0;
    for (std::uint64_t i = 0; i < work.objects; ++i) {
        QIANLI_TRY(writeAll(socket, object));
        QIANLI_TRY(receiveAll(socket, {&answer, 1}));
    }
    return {};
}

Result<void> keepObjects(int socket, Work const& work, Answers& answers)
{
    std::vector<std::uint8_t> object(work.bytes);
    std::uint8_t const answer = 'k';
    QIANLI_ASSIGN(auto const folder, openFile(work.folder, O_RDONLY | O_DIRECTORY));
    for (std::uint64_t i = 0; i < work.objects; ++i) {
        auto const asked = Clock::now();
        QIANLI_TRY(receiveAll(socket, object));
        QIANLI_ASSIGN(auto file, openFile(work.folder / fmt::format("{}-{}", work.number, i), O_WRONLY | O_CREAT));
        QIANLI_TRY(writeAll(file.get(), object));
        QIANLI_TRY(syncFile(file.get()));
        QIANLI_TRY(file.close());
        if (::fsync(folder.get()) != 0)
            return failErrno("syncing the folder");
        QIANLI_TRY(writeAll(socket, {&answer, 1}));
        answers.add(asked);
    }
    return {};
}

} // namespace

Report limit(Options& options)
{
    Work work;
    work.folder = options.text("folder", "");
    work.bytes = options.number("bytes", 525'000);
    auto const count = options.number("count", 800), connections = options.number("associations", 4);
    QIANLI_TRY(options.allTaken());
    if (work.folder.empty())
        return fail(ErrorCode::InvalidInput, "--folder is missing");
    QIANLI_TRY(createDirectoryDurably(work.folder));

    std::vector<Pair> pairs;
    for (std::uint64_t i = 0; i < connections; ++i) {
        QIANLI_ASSIGN(auto pair, connectedPair());
        pairs.push_back(std::move(pair));
    }
    Answers answers(Clock::now());
    std::vector<Result<void>> results(connections * 2);
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i < connections; ++i) {
        work.number = i;
        work.objects = count * (i + 1) / connections - count * i / connections;
        threads.emplace_back([&, work, i] { results[2 * i] = sendObjects(pairs[i].sender.get(), work); });
        threads.emplace_back([&, work, i] {
            results[2 * i + 1] = keepObjects(pairs[i].receiver.get(), work, answers);
            ::shutdown(pairs[i].receiver.get(), SHUT_RDWR); // a sender must not wait for us after an error
        });
    }
    threads.clear();
    for (auto const& result : results)
        QIANLI_TRY(result);
    double const seconds = answers.lastAt();
    return nlohmann::ordered_json{{"instances", answers.count()},
                                  {"seconds", seconds},
                                  {"rate", static_cast<double>(answers.count()) / seconds},
                                  {"latencyMs", answers.latency()}};
}

} // namespace qianli::bench
