// HttpConnection: a Connection over a Stream, plain or TLS.
#pragma once

#include "common/crypto/tls_session.h"
#include "gateway/web/connection.h"
#include "gateway/web/event_stream.h"

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <memory>
#include <optional>
#include <string>

namespace qianli::gateway {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

template <class Stream>
class HttpConnection final : public Connection {
public:
    template <class... Arguments>
    HttpConnection(ConnectionHouse& house, std::string address, Arguments&&... arguments)
        : house_(house), address_(std::move(address)), stream_(std::forward<Arguments>(arguments)...)
    {
    }

    void start() override;
    void close() override;
    void closeUnlessBelieved(crypto::TlsContext const& now) override;
    void sendTask(model::ReadingTask const& task, std::shared_ptr<std::string const> const& event) override;

private:
    std::shared_ptr<HttpConnection> self()
    {
        return std::static_pointer_cast<HttpConnection>(this->shared_from_this());
    }
    beast::tcp_stream& transport() { return beast::get_lowest_layer(stream_); }

    void shakeHands();
    void leaveHandshakes();
    void noteCertificate();
    void isOf(std::string const& person);
    void readRequest();
    void readLongBody();
    void takeLongBody(std::string const& person);
    void readRest();
    void readFailed(beast::error_code error);
    WebRequest takeRequest();
    void dispatch();
    void runOnWorker(WebRequest request);
    void respond(WebResponse response);
    void write(http::response<http::string_body> response);
    void written(beast::error_code error);
    void shutDown();
    void drain();
    void becomeEventStream(WebResponse const& response);

    ConnectionHouse& house_;
    std::string address_;
    Stream stream_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::string_body> response_;
    std::shared_ptr<EventStream<Stream>> events_;
    std::string token_;                                                // of the newest request
    std::shared_ptr<crypto::TlsContext const> const tls_ = house_.tls; // as it began
    std::shared_ptr<crypto::PeerChain const> chain_;                   // what the client showed
    bool keepAlive_ = false, headOnly_ = false, closed_ = false;
    bool amongHandshakes_ = false;
};

} // namespace qianli::gateway
