#include "tests/support/slow_line.h"

#include <arpa/inet.h>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace qianli::test {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t chunkBytes = 4096;
constexpr std::size_t mostInFlight = 64; // chunks: what the routers between hold

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

void sendAtOnce(int socket)
{
    int const on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// One direction of one connection.
class Pipe {
public:
    Pipe(int from, int to, std::size_t bytesPerSecond, std::chrono::milliseconds delay)
        : from_(from), to_(to), bytesPerSecond_(bytesPerSecond), delay_(delay)
    {
    }

    void take()
    {
        std::vector<char> buffer(chunkBytes);
        Steady::time_point free = Steady::now();
        for (;;) {
            auto const got = ::recv(from_, buffer.data(), buffer.size(), 0);
            if (got <= 0)
                break;
            free = std::max(free, Steady::now()) +
                   std::chrono::duration_cast<Steady::duration>(
                       std::chrono::duration<double>(static_cast<double>(got) / static_cast<double>(bytesPerSecond_)));
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return chunks_.size() < mostInFlight || ended_; });
            if (ended_)
                break;
            chunks_.push_back({free + delay_, {buffer.begin(), buffer.begin() + got}});
            changed_.notify_all();
        }
        std::lock_guard const lock(mutex_);
        finished_ = true;
        changed_.notify_all();
    }

    void give()
    {
        for (;;) {
            Chunk chunk;
            {
                std::unique_lock lock(mutex_);
                changed_.wait(lock, [&] { return !chunks_.empty() || finished_ || ended_; });
                if (ended_ || chunks_.empty())
                    break;
                chunk = std::move(chunks_.front());
                chunks_.pop_front();
                changed_.notify_all();
            }
            std::this_thread::sleep_until(chunk.due);
            for (std::size_t sent = 0; sent < chunk.bytes.size();) {
                auto const now = ::send(to_, chunk.bytes.data() + sent, chunk.bytes.size() - sent, MSG_NOSIGNAL);
                if (now <= 0)
                    return end();
                sent += static_cast<std::size_t>(now);
            }
        }
        ::shutdown(to_, SHUT_WR);
    }

    void end()
    {
        std::lock_guard const lock(mutex_);
        ended_ = true;
        changed_.notify_all();
        ::shutdown(from_, SHUT_RDWR);
        ::shutdown(to_, SHUT_RDWR);
    }

private:
    struct Chunk {
        Steady::time_point due;
        std::vector<char> bytes;
    };

    int from_, to_;
    std::size_t bytesPerSecond_;
    std::chrono::milliseconds delay_;
    std::mutex mutex_; // guards the rest
    std::condition_variable changed_;
    std::deque<Chunk> chunks_;
    bool finished_ = false, ended_ = false;
};

struct Connection {
    Connection(int near, int far, std::size_t bytesPerSecond, std::chrono::milliseconds delay)
        : sockets{near, far}, out(near, far, bytesPerSecond, delay), back(far, near, bytesPerSecond, delay)
    {
        for (Pipe* pipe : {&out, &back}) {
            threads.emplace_back([pipe] { pipe->take(); });
            threads.emplace_back([pipe] { pipe->give(); });
        }
    }
    ~Connection()
    {
        out.end();
        back.end();
        threads.clear();
        for (int const socket : sockets)
            ::close(socket);
    }

    int sockets[2];
    Pipe out, back;
    std::vector<std::jthread> threads;
};

} // namespace

struct SlowLine::State {
    int listener = -1;
    std::uint16_t port = 0;
    std::atomic<bool> stopping = false;
    std::list<Connection> connections;
    std::thread accepting;
};

SlowLine::SlowLine(std::uint16_t target, std::size_t bytesPerSecond, std::chrono::milliseconds delay)
    : state_(std::make_unique<State>())
{
    State& state = *state_;
    state.listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t length = sizeof address;
    if (::bind(state.listener, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        ::listen(state.listener, 16) != 0 ||
        ::getsockname(state.listener, reinterpret_cast<sockaddr*>(&address), &length) != 0)
        throw std::runtime_error("no port for a slow line");
    state.port = ntohs(address.sin_port);
    state.accepting = std::thread([&state, target, bytesPerSecond, delay] {
        while (!state.stopping) {
            pollfd waiting{state.listener, POLLIN, 0};
            if (::poll(&waiting, 1, 50) != 1)
                continue;
            int const near = ::accept4(state.listener, nullptr, nullptr, SOCK_CLOEXEC);
            int const far = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            auto const to = loopback(target);
            if (near < 0 || ::connect(far, reinterpret_cast<sockaddr const*>(&to), sizeof to) != 0) {
                ::close(near);
                ::close(far);
                continue;
            }
            sendAtOnce(near);
            sendAtOnce(far);
            state.connections.emplace_back(near, far, bytesPerSecond, delay);
        }
    });
}

SlowLine::~SlowLine()
{
    state_->stopping = true;
    state_->accepting.join();
    ::close(state_->listener);
}

std::uint16_t SlowLine::port() const
{
    return state_->port;
}

} // namespace qianli::test
