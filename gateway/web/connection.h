// Connection: one client's HTTP connection: requests one after another, or an event stream.
//
// Everything here runs on the server's one network thread; routes run on worker threads and hand their answers back.
#pragma once

#include "common/crypto/tls_context.h"
#include "gateway/web/handshake_line.h"
#include "gateway/web/http_message.h"
#include "gateway/web/web_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace qianli::gateway {

class Connection;

// What the connections of a server share.
struct ConnectionHouse {
    ConnectionHouse(WebServer::Parts webParts, WebLimits webLimits)
        : parts(std::move(webParts)), limits(webLimits), workers(4), signInWorkers(1),
          handshakes(webLimits.handshakes, webLimits.handshakesFromAddress)
    {
    }
    WebServer::Parts parts;
    WebLimits limits;
    boost::asio::io_context network{1};
    boost::asio::thread_pool workers;       // routes: they wait for the database
    boost::asio::thread_pool signInWorkers; // a password takes a processor for 100 ms
    // The rest belongs to the network thread.
    std::map<std::string, std::size_t> signIns; // waiting or under way, by holderOf() the address
    std::set<std::string> signedInFrom;         // since the start
    std::size_t allSignIns = 0;
    HandshakeLine handshakes;
    std::shared_ptr<crypto::TlsContext const> tls; // what those who connect now get; null: plain HTTP
    std::set<std::shared_ptr<Connection>> connections;
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    virtual ~Connection() = default;
    virtual void start() = 0;
    virtual void close() = 0;
    // Other authorities, or lists of what they revoked: closes where the client showed a certificate that `now` would
    // not take.
    virtual void closeUnlessBelieved(crypto::TlsContext const& now) = 0;
    // For an event stream; others pass over it.
    virtual void sendTask(model::ReadingTask const& task, std::shared_ptr<std::string const> const& event) = 0;

    // Nobody who is signed in has asked for anything here.
    bool isStranger() const { return person_.empty(); }
    // Who that was, last.
    std::string const& person() const { return person_; }
    // Since when it waits for its person's next request, and no more than that.
    std::optional<std::chrono::steady_clock::time_point> idleSince() const { return idleSince_; }
    bool hasLongBody() const { return hasLongBody_; } // coming in, or not answered yet
    std::chrono::steady_clock::time_point begun() const { return begun_; }
    // Whose event stream it is; "" when it is none.
    std::string const& streamOf() const { return streamOf_; }

protected:
    std::string person_, streamOf_;
    std::optional<std::chrono::steady_clock::time_point> idleSince_;
    bool hasLongBody_ = false;

private:
    std::chrono::steady_clock::time_point const begun_ = std::chrono::steady_clock::now();
};

std::shared_ptr<Connection> makeConnection(ConnectionHouse& house, boost::asio::ip::tcp::socket socket);
std::shared_ptr<Connection> makeTlsConnection(ConnectionHouse& house, boost::asio::ip::tcp::socket socket,
                                              boost::asio::ssl::context& tls);

} // namespace qianli::gateway
