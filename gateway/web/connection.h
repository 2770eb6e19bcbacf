// Connection: one client's HTTP connection: requests one after another, or an event stream.
//
// Everything here runs on the server's one network thread; routes run on worker threads and hand their answers back.
#pragma once

#include "gateway/web/http_message.h"
#include "gateway/web/web_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <memory>
#include <set>
#include <string>

namespace qianli::gateway {

class Connection;

// What the connections of a server share.
struct ConnectionHouse {
    ConnectionHouse(WebServer::Parts webParts, WebLimits webLimits)
        : parts(std::move(webParts)), limits(webLimits), workers(4), signInWorkers(1)
    {
    }
    WebServer::Parts parts;
    WebLimits limits;
    boost::asio::io_context network{1};
    boost::asio::thread_pool workers;                  // routes: they wait for the database
    boost::asio::thread_pool signInWorkers;            // a password takes a processor for 100 ms
    std::atomic<std::size_t> signIns{0};               // waiting or under way
    std::set<std::shared_ptr<Connection>> connections; // network thread only
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    virtual ~Connection() = default;
    virtual void start() = 0;
    virtual void close() = 0;
    // For an event stream; others pass over it.
    virtual void sendTask(model::ReadingTask const& task, std::shared_ptr<std::string const> const& event) = 0;
};

std::shared_ptr<Connection> makeConnection(ConnectionHouse& house, boost::asio::ip::tcp::socket socket);
std::shared_ptr<Connection> makeTlsConnection(ConnectionHouse& house, boost::asio::ip::tcp::socket socket,
                                              boost::asio::ssl::context& tls);

} // namespace qianli::gateway
