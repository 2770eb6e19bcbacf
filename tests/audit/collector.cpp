#include "tests/audit/collector.h"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <fstream>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace qianli::test {

using State = crypto::TlsSession::State;

void makeCertificates(std::filesystem::path const& folder, std::string const& subjectAltName)
{
    std::filesystem::create_directories(folder);
    auto const must = [](std::vector<std::string> const& command) {
        auto const done = run(command);
        INFO(done.errors);
        REQUIRE(done.exitCode == 0);
    };
    must({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
          folder / "ca.key", "-out", folder / "ca.crt", "-subj", "/CN=Collectors of the county", "-days", "30"});
    must({"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
          folder / "server.key", "-out", folder / "server.csr", "-subj", "/CN=collector"});
    std::ofstream(folder / "names") << "subjectAltName=" << subjectAltName << "\n";
    must({"openssl", "x509", "-req", "-in", folder / "server.csr", "-CA", folder / "ca.crt", "-CAkey",
          folder / "ca.key", "-CAcreateserial", "-out", folder / "server.crt", "-days", "30", "-extfile",
          folder / "names"});
}

void Collector::start()
{
    stopping_ = hanging_ = false;
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int const on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 4) == 0);
    thread_ = std::thread([this] { run(); });
}

void Collector::kill()
{
    stopping_ = true;
    if (thread_.joinable())
        thread_.join();
    if (listener_ >= 0)
        ::close(std::exchange(listener_, -1));
}

void Collector::run()
{
    while (!stopping_) {
        pollfd waiting{listener_, POLLIN, 0};
        if (::poll(&waiting, 1, 20) <= 0)
            continue;
        int const socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0)
            continue;
        serve(socket);
        linger const reset{1, 0};
        ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        ::close(socket);
    }
}

void Collector::serve(int socket)
{
    auto const context = crypto::TlsContext::server({folder_ / "server.crt", folder_ / "server.key", {}, {}, {}},
                                                    crypto::PeerCertificate::No);
    REQUIRE(context);
    auto session = crypto::TlsSession::accept(*context, socket);
    REQUIRE(session);
    bool ready = false;
    std::string received;
    while (!stopping_) {
        pollfd waiting{socket, POLLIN, 0};
        ::poll(&waiting, 1, 20);
        if (hanging_)
            continue;
        if (!ready) {
            auto const state = (*session)->handshake();
            if (!state)
                return;
            ready = *state == State::Done;
            connections_ += ready ? 1 : 0;
            continue;
        }
        std::uint8_t buffer[1000];
        auto const progress = (*session)->read(buffer);
        if (!progress || progress->state == State::Ended)
            return;
        received.append(reinterpret_cast<char const*>(buffer), progress->bytes);
        take(received);
        while ((*session)->holdsInput() && !stopping_ && !hanging_) {
            auto const more = (*session)->read(buffer);
            if (!more || more->state == State::Ended)
                return;
            if (more->state != State::Done)
                break;
            received.append(reinterpret_cast<char const*>(buffer), more->bytes);
            take(received);
        }
    }
}

// Octet counting (RFC 5425 4.3).
void Collector::take(std::string& received)
{
    std::lock_guard const lock(mutex_);
    for (;;) {
        auto const space = received.find(' ');
        if (space == std::string::npos)
            return;
        auto const length = std::stoul(received.substr(0, space));
        if (received.size() < space + 1 + length)
            return;
        messages_.push_back(received.substr(space + 1, length));
        received.erase(0, space + 1 + length);
        came_.notify_all();
    }
}

bool Collector::waitFor(std::size_t messages)
{
    std::unique_lock lock(mutex_);
    return came_.wait_for(lock, std::chrono::seconds(20), [&] { return messages_.size() >= messages; });
}

std::vector<std::string> Collector::messages() const
{
    std::lock_guard const lock(mutex_);
    return messages_;
}

} // namespace qianli::test
