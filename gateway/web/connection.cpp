#include "gateway/web/connection.h"

#include "common/base/log.h"
#include "gateway/configuration/address.h"
#include "gateway/web/connection_limits.h"
#include "gateway/web/guarded.h"
#include "gateway/web/http_connection.h"
#include "gateway/web/routes.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace qianli::gateway {

namespace {

std::string tokenOf(http::request<http::string_body> const& message)
{
    constexpr std::string_view scheme = "Bearer ";
    auto const authorization = message[http::field::authorization];
    if (authorization.size() <= scheme.size() || !beast::iequals(authorization.substr(0, scheme.size()), scheme.data()))
        return {};
    return std::string(authorization.substr(scheme.size()));
}
} // namespace

template <class Stream>
void HttpConnection<Stream>::start()
{
    beast::error_code ignored;
    transport().socket().set_option(tcp::no_delay(true), ignored);
    // Who went without a word is noticed a minute after something was sent to it, not a quarter of an hour.
    constexpr unsigned milliseconds = 60'000;
    ::setsockopt(transport().socket().native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds,
                 sizeof milliseconds);
    if constexpr (std::is_same_v<Stream, TlsStream>) {
        amongHandshakes_ = true;
        house_.handshakes.enter(holderOf(address_), this, guarded(self(), [this] { shakeHands(); }));
    } else {
        readRequest();
    }
}

template <class Stream>
void HttpConnection<Stream>::shakeHands()
{
    if constexpr (std::is_same_v<Stream, TlsStream>) {
        transport().expires_after(house_.limits.handshake);
        stream_.async_handshake(asio::ssl::stream_base::server,
                                guarded(self(), [self = self()](beast::error_code error) {
                                    self->leaveHandshakes();
                                    if (error)
                                        return self->close();
                                    self->noteCertificate();
                                    self->readRequest();
                                }));
    }
}

// Who replaces the context looks at all connections; one whose handshake was under way looks itself.
template <class Stream>
void HttpConnection<Stream>::noteCertificate()
{
    if constexpr (std::is_same_v<Stream, TlsStream>) {
        chain_ = crypto::PeerChain::of(stream_.native_handle());
        if (house_.tls && house_.tls != tls_)
            closeUnlessBelieved(*house_.tls);
    }
}

template <class Stream>
void HttpConnection<Stream>::closeUnlessBelieved(crypto::TlsContext const& now)
{
    if (closed_ || !chain_ || chain_->isBelievedBy(now))
        return;
    log::warning("{}: HTTPS ended: its certificate holds no longer", address_);
    close();
}

template <class Stream>
void HttpConnection<Stream>::leaveHandshakes()
{
    if (std::exchange(amongHandshakes_, false))
        house_.handshakes.leave(holderOf(address_), this);
}

template <class Stream>
void HttpConnection<Stream>::isOf(std::string const& person)
{
    if (closed_ || person_ == person)
        return;
    person_ = person;
    endOneOf(house_, person_, *this);
}

template <class Stream>
void HttpConnection<Stream>::close()
{
    if (closed_)
        return;
    closed_ = true;
    leaveHandshakes();
    if (events_)
        events_->stop();
    transport().close();
    house_.connections.erase(this->shared_from_this());
}

template <class Stream>
void HttpConnection<Stream>::sendTask(model::ReadingTask const& task, std::shared_ptr<std::string const> const& event)
{
    if (!events_ || !maySee(events_->user(), task))
        return;
    bool const whole = events_->user().role != model::Role::Site || task.linkedSites.empty();
    events_->send(whole ? event : taskEvent(shownTo(events_->user(), task)));
}

template <class Stream>
void HttpConnection<Stream>::readRequest()
{
    if (closed_)
        return;
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(house_.limits.headerBytes));
    parser_->body_limit(house_.limits.bodyBytes);
    if (!isStranger())
        idleSince_ = std::chrono::steady_clock::now();
    // Nothing is parsed before the header is whole, so this is also the limit for a header that trickles in.
    transport().expires_after(house_.limits.idle);
    auto taken = [self = self()](beast::error_code error, std::size_t) {
        self->idleSince_.reset();
        if (error)
            return self->readFailed(error);
        if (self->parser_->is_done())
            return self->dispatch();
        auto const length = self->parser_->content_length();
        if (length && *length <= self->house_.limits.strangersBodyBytes)
            return self->readRest();
        self->readLongBody();
    };
    http::async_read_some(stream_, buffer_, *parser_, guarded(self(), std::move(taken)));
}

// What strangers can make us keep stays small: a body that is long, or does not say how long it is, waits until its
// session was found to be one.
template <class Stream>
void HttpConnection<Stream>::readLongBody()
{
    transport().expires_never();
    asio::post(house_.workers, [self = self(), token = tokenOf(parser_->get())] {
        auto const user = personOf(self->house_.parts, token);
        postSurely(self->house_.network, guarded(self, [self, user] {
                       if (self->closed_)
                           return;
                       if (user)
                           return self->takeLongBody(user->name);
                       self->keepAlive_ = self->headOnly_ = false;
                       self->respond(user.error().code == ErrorCode::Refused ? notSignedIn(user.error().message)
                                                                             : errorResponse(user.error()));
                   }));
    });
}

// Nor does what one person can make us keep grow with the number of connections.
template <class Stream>
void HttpConnection<Stream>::takeLongBody(std::string const& person)
{
    isOf(person);
    auto const others = std::ranges::count_if(house_.connections, [&](auto const& connection) {
        return connection->hasLongBody() && connection->person() == person;
    });
    if (static_cast<std::size_t>(others) >= house_.limits.longBodiesOfPerson) {
        keepAlive_ = headOnly_ = false;
        return respond(errorResponse({ErrorCode::Unavailable, "too many of your requests are on their way"}));
    }
    hasLongBody_ = true;
    readRest();
}

template <class Stream>
void HttpConnection<Stream>::readRest()
{
    transport().expires_after(house_.limits.request);
    http::async_read(stream_, buffer_, *parser_, guarded(self(), [self = self()](beast::error_code error, std::size_t) {
                         if (error)
                             return self->readFailed(error);
                         self->dispatch();
                     }));
}

template <class Stream>
void HttpConnection<Stream>::readFailed(beast::error_code error)
{
    if (closed_)
        return;
    bool const ours = error.category() == http::make_error_code(http::error::bad_version).category();
    if (!ours || error == http::error::end_of_stream || error == http::error::partial_message)
        return close();
    keepAlive_ = false;
    headOnly_ = false;
    if (error == http::error::body_limit || error == http::error::header_limit)
        return respond(errorResponse({ErrorCode::LimitExceeded, "the request is too large"}));
    respond(errorResponse({ErrorCode::InvalidInput, "this is not HTTP: " + error.message()}));
}

template <class Stream>
WebRequest HttpConnection<Stream>::takeRequest()
{
    auto message = parser_->release();
    WebRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.token = tokenOf(message);
    request.body = std::move(message.body());
    request.address = address_;
    keepAlive_ = message.keep_alive();
    headOnly_ = message.method() == http::verb::head;
    return request;
}

template <class Stream>
void HttpConnection<Stream>::dispatch()
{
    if (closed_)
        return;
    transport().expires_never(); // the time of a route is ours, not the client's
    auto request = takeRequest();
    token_ = request.token;
    if (!isSignIn(request))
        return runOnWorker(std::move(request));
    if (!beginSignIn(house_, holderOf(address_)))
        return respond(errorResponse({ErrorCode::Unavailable, "too many people sign in at this moment"}));
    runOnWorker(std::move(request));
}

template <class Stream>
void HttpConnection<Stream>::runOnWorker(WebRequest request)
{
    bool const signIn = isSignIn(request);
    auto work = [self = self(), signIn, request = std::move(request)]() mutable {
        auto const response = answerSurely(self->house_.parts, request);
        postSurely(self->house_.network, guarded(self, [self, signIn, response] {
                       if (signIn)
                           endSignIn(self->house_, holderOf(self->address_), response && !response->signedInAs.empty());
                       if (!response)
                           return self->close();
                       if (!response->signedInAs.empty())
                           self->isOf(response->signedInAs);
                       self->respond(std::move(*response));
                   }));
    };
    asio::post(signIn ? house_.signInWorkers : house_.workers, std::move(work));
}

template <class Stream>
void HttpConnection<Stream>::respond(WebResponse response)
{
    hasLongBody_ = false;
    if (closed_)
        return;
    if (response.eventsFor)
        return becomeEventStream(response);
    http::response<http::string_body> message(static_cast<http::status>(response.status), 11);
    message.set(http::field::server, "Qianli");
    message.set(http::field::cache_control, "no-store");
    message.set("X-Content-Type-Options", "nosniff");
    if (!response.body.empty())
        message.set(http::field::content_type, response.contentType);
    if (response.status == 401)
        message.set(http::field::www_authenticate, "Bearer");
    message.keep_alive(keepAlive_);
    message.body() = std::move(response.body);
    message.prepare_payload();
    if (headOnly_)
        message.body().clear();
    write(std::move(message));
}

template <class Stream>
void HttpConnection<Stream>::write(http::response<http::string_body> response)
{
    response_ = std::move(response);
    transport().expires_after(house_.limits.request);
    http::async_write(stream_, response_,
                      guarded(self(), [self = self()](beast::error_code error, std::size_t) { self->written(error); }));
}

template <class Stream>
void HttpConnection<Stream>::written(beast::error_code error)
{
    if (error)
        return close();
    if (keepAlive_)
        return readRequest();
    shutDown();
}

template <class Stream>
void HttpConnection<Stream>::shutDown()
{
    if (closed_)
        return;
    transport().expires_after(house_.limits.request);
    if constexpr (std::is_same_v<Stream, TlsStream>)
        stream_.async_shutdown(guarded(self(), [self = self()](beast::error_code) { self->drain(); }));
    else
        drain();
}

// Closing while bytes of the client are unread would reset the connection, and the client would lose our answer (RFC
// 9112 9.6).
template <class Stream>
void HttpConnection<Stream>::drain()
{
    if (closed_)
        return;
    beast::error_code ignored;
    transport().socket().shutdown(tcp::socket::shutdown_send, ignored);
    buffer_.clear();
    transport().async_read_some(buffer_.prepare(4096),
                                guarded(self(), [self = self()](beast::error_code error, std::size_t) {
                                    if (error)
                                        return self->close();
                                    self->drain();
                                }));
}

template <class Stream>
void HttpConnection<Stream>::becomeEventStream(WebResponse const& response)
{
    typename EventStream<Stream>::Owner const owner{
        [self = self()] { self->close(); },
        // The session may have ended since the stream began.
        [self = self()](std::function<void(bool)> tell) {
            asio::post(self->house_.workers, [self, tell = std::move(tell)] {
                auto const user = personOf(self->house_.parts, self->token_);
                bool const ended = !user && user.error().code == ErrorCode::Refused;
                postSurely(self->house_.network, guarded(self, [tell, ended] { tell(!ended); }));
            });
        }};
    events_ = std::make_shared<EventStream<Stream>>(stream_, house_.limits, *response.eventsFor, owner);
    streamOf_ = response.eventsFor->name;
    endOldestStream(house_, streamOf_);
    if (!closed_)
        events_->start(response.body);
}

namespace {
std::string addressOf(tcp::socket const& socket)
{
    beast::error_code error;
    auto const endpoint = socket.remote_endpoint(error);
    return error ? std::string() : endpoint.address().to_string();
}
} // namespace

std::shared_ptr<Connection> makeConnection(ConnectionHouse& house, tcp::socket socket)
{
    auto address = addressOf(socket);
    return std::make_shared<HttpConnection<beast::tcp_stream>>(house, std::move(address), std::move(socket));
}

std::shared_ptr<Connection> makeTlsConnection(ConnectionHouse& house, tcp::socket socket, asio::ssl::context& tls)
{
    auto address = addressOf(socket);
    return std::make_shared<HttpConnection<TlsStream>>(house, std::move(address), std::move(socket), tls);
}

} // namespace qianli::gateway
