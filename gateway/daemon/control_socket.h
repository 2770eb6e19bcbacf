// Control socket: how the command line reaches the running daemon: data/control.sock, for its owner only (mode 0600).
//
// One JSON line asks; JSON lines answer: any number of {"progress": …}, then one {"result": …} or {"error": {code,
// message}}.
#pragma once

#include "common/base/file.h"
#include "common/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <atomic>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>

namespace qianli::gateway {

// Sends one line of progress; false when nobody listens any more or the daemon stops.
using SendProgress = std::function<bool(nlohmann::json const&)>;

class ControlSocket {
public:
    using Handler = std::function<Result<nlohmann::json>(nlohmann::json const& request, SendProgress const& progress)>;

    // Replaces a socket that a killed daemon left behind: the caller holds the archive's lock, so there is no other.
    static Result<std::unique_ptr<ControlSocket>> start(std::filesystem::path path, Handler handler);
    ~ControlSocket(); // stops
    // Ends the requests under way and removes the socket.
    void stop();

private:
    struct Connection {
        FileDescriptor socket;
        std::thread thread;
        std::atomic<bool> ended{false};
    };
    ControlSocket(std::filesystem::path path, FileDescriptor listener, Handler handler);
    void listen();
    void take(FileDescriptor socket);
    void serve(Connection& connection);
    void joinEnded();

    std::filesystem::path path_;
    FileDescriptor listener_;
    Handler handler_;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_; // guards connections_
    std::list<Connection> connections_;
    std::thread thread_;
};

// The words of the NotFound that askDaemon() gives when none runs on this data folder.
inline constexpr std::string_view daemonNotRunning = "the gateway is not running";
// Asks the daemon; its own error otherwise.
Result<nlohmann::json> askDaemon(std::filesystem::path const& socket, nlohmann::json const& request,
                                 std::function<void(nlohmann::json const&)> const& onProgress);

} // namespace qianli::gateway
