// A syslog collector that speaks TLS, can be killed in the middle of its work, and comes back.
#pragma once

#include "common/crypto/tls_session.h"
#include "tests/support/support.h"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace qianli::test {

// In a folder: ca.crt, and server.crt with server.key for that name or address.
void makeCertificates(std::filesystem::path const& folder, std::string const& subjectAltName);

class Collector {
public:
    Collector(std::filesystem::path folder, std::uint16_t port) : folder_(std::move(folder)), port_(port) {}
    ~Collector() { kill(); }
    void start();
    // The connection is reset; what came and was not read is gone, as with a process that dies.
    void kill();
    // Reads nothing any more, but keeps the connection.
    void hang() { hanging_ = true; }
    bool waitFor(std::size_t messages);
    std::vector<std::string> messages() const;
    std::size_t connections() const { return connections_; }

private:
    void run();
    void serve(int socket);
    void take(std::string& received);

    std::filesystem::path folder_;
    std::uint16_t port_;
    int listener_ = -1;
    std::atomic<bool> stopping_{false}, hanging_{false};
    std::atomic<std::size_t> connections_{0};
    mutable std::mutex mutex_; // guards messages_
    std::condition_variable came_;
    std::vector<std::string> messages_;
    std::thread thread_;
};

} // namespace qianli::test
