#include "gateway/daemon/control_socket.h"

#include "common/base/enduring.h"
#include "common/base/log.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

constexpr std::size_t longestLine = 1 << 20;
constexpr std::size_t mostConnections = 16;

Result<sockaddr_un> addressOf(std::filesystem::path const& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof address.sun_path)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("{}: too long for a socket; choose a shorter `data`", path.string()));
    std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
    return address;
}

bool sendLine(int socket, nlohmann::json const& json)
{
    std::string const line = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    for (std::size_t done = 0; done < line.size();) {
        ssize_t const sent = ::send(socket, line.data() + done, line.size() - done, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        done += static_cast<std::size_t>(sent);
    }
    return true;
}

// Reads lines of bounded length.
class Lines {
public:
    explicit Lines(int socket) : socket_(socket) {}
    std::optional<std::string> next()
    {
        for (;;) {
            if (auto const end = buffer_.find('\n'); end != std::string::npos) {
                std::string line = buffer_.substr(0, end);
                buffer_.erase(0, end + 1);
                return line;
            }
            char part[65536];
            ssize_t const got = ::recv(socket_, part, sizeof part, 0);
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0 || buffer_.size() > longestLine)
                return std::nullopt;
            buffer_.append(part, static_cast<std::size_t>(got));
        }
    }

private:
    int socket_;
    std::string buffer_;
};

nlohmann::json toJson(Error const& error)
{
    return {{"error", {{"code", toString(error.code)}, {"message", error.message}}}};
}

Error errorFromJson(nlohmann::json const& json)
{
    auto const word = json.value("code", std::string());
    for (auto const code : {ErrorCode::InvalidInput, ErrorCode::Refused, ErrorCode::NotFound, ErrorCode::Conflict,
                            ErrorCode::LimitExceeded, ErrorCode::Unavailable, ErrorCode::Corrupt, ErrorCode::Cancelled})
        if (toString(code) == word)
            return {code, json.value("message", std::string("the gateway gave no reason"))};
    return {ErrorCode::Internal, json.value("message", std::string("the gateway gave no reason"))};
}

} // namespace

Result<std::unique_ptr<ControlSocket>> ControlSocket::start(std::filesystem::path path, Handler handler)
{
    QIANLI_ASSIGN(auto const address, addressOf(path));
    FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!listener)
        return failErrno("control socket");
    ::unlink(path.c_str());
    // Nobody but the owner from the first moment on: on Linux the name gets the socket's own mode. A umask would be
    // that of the whole process, and other threads are making folders already.
    if (::fchmod(listener.get(), 0600) != 0 ||
        ::bind(listener.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 ||
        ::listen(listener.get(), 16) != 0)
        return failErrno(path.string());
    return std::unique_ptr<ControlSocket>(new ControlSocket(std::move(path), std::move(listener), std::move(handler)));
}

ControlSocket::ControlSocket(std::filesystem::path path, FileDescriptor listener, Handler handler)
    : path_(std::move(path)), listener_(std::move(listener)), handler_(std::move(handler)),
      thread_([this] { listen(); })
{
}

ControlSocket::~ControlSocket()
{
    stop();
}

void ControlSocket::listen()
{
    while (!stopping_) {
        pollfd waiting{listener_.get(), POLLIN, 0};
        ::poll(&waiting, 1, 500);
        joinEnded();
        if (stopping_ || waiting.revents == 0)
            continue;
        FileDescriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (socket)
            endure([&] { take(std::move(socket)); });
    }
}

void ControlSocket::take(FileDescriptor socket)
{
    // Who asks nothing gives its place back, and who doesn't read the answer loses it; the daemon's end never waits for
    // long.
    timeval const patience{5, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    std::lock_guard const lock(mutex_);
    if (connections_.size() >= mostConnections) {
        sendLine(socket.get(), toJson({ErrorCode::LimitExceeded, "too many commands at a time"}));
        return;
    }
    Connection& connection = connections_.emplace_back();
    connection.socket = std::move(socket);
    try {
        connection.thread = std::thread([this, &connection] {
            endure([&] { serve(connection); });
            ::shutdown(connection.socket.get(), SHUT_RDWR);
            connection.ended = true;
        });
    } catch (std::exception const&) { // its command hears that the connection ended
        connections_.pop_back();
        throw;
    }
}

void ControlSocket::joinEnded()
{
    std::lock_guard const lock(mutex_);
    connections_.remove_if([](Connection& connection) {
        if (!connection.ended)
            return false;
        connection.thread.join();
        return true;
    });
}

void ControlSocket::serve(Connection& connection)
{
    int const socket = connection.socket.get();
    Lines lines(socket);
    auto const line = lines.next();
    if (!line)
        return;
    auto const request = nlohmann::json::parse(*line, nullptr, false);
    if (!request.is_object()) {
        sendLine(socket, toJson({ErrorCode::InvalidInput, "the request is no JSON object"}));
        ::shutdown(socket, SHUT_RDWR);
        return;
    }
    auto const progress = [&](nlohmann::json const& json) {
        return !stopping_ && sendLine(socket, {{"progress", json}});
    };
    auto const result = handler_(request, progress);
    sendLine(socket, result ? nlohmann::json{{"result", *result}} : toJson(result.error()));
    ::shutdown(socket, SHUT_RDWR);
}

void ControlSocket::stop()
{
    if (stopping_.exchange(true))
        return;
    if (thread_.joinable())
        thread_.join();
    {
        std::lock_guard const lock(mutex_);
        // Only reading is shut down: an answer that is being written still arrives.
        for (Connection& connection : connections_)
            ::shutdown(connection.socket.get(), SHUT_RD);
    }
    for (Connection& connection : connections_)
        connection.thread.join();
    connections_.clear();
    ::unlink(path_.c_str());
}

Result<nlohmann::json> askDaemon(std::filesystem::path const& path, nlohmann::json const& request,
                                 std::function<void(nlohmann::json const&)> const& onProgress)
{
    QIANLI_ASSIGN(auto const address, addressOf(path));
    FileDescriptor const socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket)
        return failErrno("control socket");
    if (::connect(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED)
            return fail(ErrorCode::NotFound, std::string(daemonNotRunning));
        return failErrno(path.string());
    }
    // When it did not want to hear it all, it may have said why.
    bool const heard = sendLine(socket.get(), request);
    Lines lines(socket.get());
    while (auto const line = lines.next()) {
        auto const answer = nlohmann::json::parse(*line, nullptr, false);
        if (!answer.is_object())
            break;
        if (answer.contains("result"))
            return answer["result"];
        if (answer.contains("error"))
            return tl::unexpected(errorFromJson(answer["error"]));
        if (answer.contains("progress") && onProgress)
            onProgress(answer["progress"]);
    }
    return fail(ErrorCode::Unavailable, heard ? "the gateway ended before it answered" : "the gateway does not answer");
}

} // namespace qianli::gateway
