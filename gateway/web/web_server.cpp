#include "gateway/web/web_server.h"

#include "common/base/log.h"
#include "common/crypto/tls_context.h"
#include "gateway/web/connection.h"
#include "gateway/web/guarded.h"
#include "gateway/web/routes.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

#include <fmt/format.h>
#include <thread>

namespace qianli::gateway {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using ErrorOfBoost = boost::system::error_code;

namespace {

// As Asio has it, and what is in it.
struct Tls {
    std::shared_ptr<asio::ssl::context> stream; // null: plain HTTP
    std::shared_ptr<crypto::TlsContext const> context;
};

crypto::PeerCertificate asked(ClientCertificate of)
{
    switch (of) {
    case ClientCertificate::Require:
        return crypto::PeerCertificate::Require;
    case ClientCertificate::Request:
        return crypto::PeerCertificate::Request;
    case ClientCertificate::No:
        break;
    }
    return crypto::PeerCertificate::No;
}

// Nothing for plain HTTP. The same versions and cipher suites as for DICOM.
Result<Tls> readCertificate(HttpSettings const& settings)
{
    if (settings.certificate.empty() && settings.key.empty())
        return Tls();
    auto const tls = crypto::TlsContext::server(
        {settings.certificate, settings.key, settings.trust, settings.revoked, {}}, asked(settings.clientCertificate));
    if (!tls)
        return fail(ErrorCode::InvalidInput, "[http] " + tls.error().message);
    ::SSL_CTX_up_ref((*tls)->handle()); // the new owner gives it back
    return Tls{std::make_shared<asio::ssl::context>((*tls)->handle()), *tls};
}

} // namespace

struct WebServer::State : std::enable_shared_from_this<WebServer::State> {
    State(Parts parts, WebLimits limits)
        : house(std::move(parts), limits), acceptor(house.network), pause(house.network),
          work(asio::make_work_guard(house.network))
    {
    }

    Result<void> listen(HttpSettings const& settings);
    void accept();
    void run();
    void take(tcp::socket socket);
    bool makeRoom();

    ConnectionHouse house;
    tcp::acceptor acceptor;
    asio::steady_timer pause;
    asio::executor_work_guard<asio::io_context::executor_type> work;
    std::shared_ptr<asio::ssl::context> tls; // null: plain HTTP; the network thread's once it runs
    std::thread thread;
    std::uint16_t port = 0;
    bool stopped = false;
    bool accepting = false; // or about to, after a pause
};

Result<void> WebServer::State::listen(HttpSettings const& settings)
{
    ErrorOfBoost error;
    auto const address = asio::ip::make_address(settings.bind, error);
    if (error)
        return fail(ErrorCode::InvalidInput, fmt::format("'{}' is no IP address to listen on", settings.bind));
    tcp::endpoint const endpoint(address, settings.port);
    acceptor.open(endpoint.protocol(), error);
    if (!error)
        acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error)
        acceptor.bind(endpoint, error);
    if (!error)
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error)
        return fail(ErrorCode::Unavailable,
                    fmt::format("listening for HTTP on {}:{}: {}", settings.bind, settings.port, error.message()));
    port = acceptor.local_endpoint(error).port();
    return {};
}

void WebServer::State::accept()
{
    acceptor.async_accept([self = shared_from_this()](ErrorOfBoost error, tcp::socket socket) {
        self->accepting = false;
        if (self->stopped)
            return;
        if (!error) {
            self->take(std::move(socket));
            return self->accept();
        }
        // No descriptor is left, or the client went before we took it.
        log::warning("HTTP: taking a connection: {}", error.message());
        self->pause.expires_after(std::chrono::milliseconds(100));
        self->pause.async_wait([self](ErrorOfBoost) {
            self->accepting = false;
            if (!self->stopped)
                self->accept();
        });
        self->accepting = true;
    });
    accepting = true;
}

// What is thrown here, by no memory most of all, costs whom it happened to: see guarded().
void WebServer::State::run()
{
    for (;;) {
        try {
            if (!accepting && !stopped)
                accept();
            house.network.run();
            return;
        } catch (std::exception const&) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
    }
}

// Whoever has a place and has not said for a while who he is gives it to the next, the oldest first: strangers that
// keep connections open are in nobody's way. Then whoever has asked for nothing the longest: his program connects anew.
bool WebServer::State::makeRoom()
{
    auto const before = std::chrono::steady_clock::now() - house.limits.patience;
    std::shared_ptr<Connection> oldest, idlest;
    for (auto const& connection : house.connections) {
        auto const idle = connection->idleSince();
        if (connection->isStranger() && connection->begun() <= before &&
            (!oldest || connection->begun() < oldest->begun()))
            oldest = connection;
        if (idle && *idle <= before && (!idlest || *idle < *idlest->idleSince()))
            idlest = connection;
    }
    auto const leaving = oldest ? oldest : idlest;
    if (leaving)
        leaving->close();
    return leaving != nullptr;
}

void WebServer::State::take(tcp::socket socket)
{
    if (house.connections.size() >= house.limits.connections && !makeRoom()) {
        log::warning("HTTP: {} connections are open; another was turned away", house.connections.size());
        return; // closes it
    }
    auto const connection =
        tls ? makeTlsConnection(house, std::move(socket), *tls) : makeConnection(house, std::move(socket));
    house.connections.insert(connection);
    guarded(connection, [&] { connection->start(); })();
}

WebServer::WebServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

WebServer::~WebServer()
{
    stop();
}

Result<void> WebServer::checkCertificate(HttpSettings const& settings)
{
    QIANLI_TRY(readCertificate(settings));
    return {};
}

Result<std::unique_ptr<WebServer>> WebServer::start(HttpSettings const& settings, Parts parts, WebLimits limits)
{
    auto state = std::make_shared<State>(std::move(parts), limits);
    QIANLI_ASSIGN(auto tls, readCertificate(settings));
    state->tls = std::move(tls.stream);
    state->house.tls = std::move(tls.context);
    QIANLI_TRY(state->listen(settings));
    state->accept();
    state->thread = std::thread([state = state.get()] { state->run(); });
    std::unique_ptr<WebServer> server(new WebServer(state));
    state->house.parts.runner.addListener(*server);
    return server;
}

std::uint16_t WebServer::port() const
{
    return state_->port;
}

Result<void> WebServer::reloadCertificate(HttpSettings const& settings)
{
    QIANLI_ASSIGN(auto fresh, readCertificate(settings));
    asio::post(state_->house.network, [state = state_, fresh = std::move(fresh)]() mutable {
        if (!state->tls || !fresh.stream)
            return;
        // Connections that are open hold what they need of the old one themselves.
        state->tls = std::move(fresh.stream);
        state->house.tls = std::move(fresh.context);
        auto const connections = state->house.connections; // close() takes each out of the set
        for (auto const& connection : connections)
            guarded(connection, [&] { connection->closeUnlessBelieved(*state->house.tls); })();
    });
    return {};
}

void WebServer::stop()
{
    if (!state_->thread.joinable())
        return;
    auto& house = state_->house;
    house.parts.runner.removeListener(*this);
    asio::post(house.network, [state = state_] {
        state->stopped = true;
        ErrorOfBoost ignored;
        state->acceptor.close(ignored);
        state->pause.cancel();
        auto const connections = state->house.connections; // close() takes each out of the set
        for (auto const& connection : connections)
            connection->close();
    });
    // A route under way ends before its connection goes.
    house.workers.join();
    house.signInWorkers.join();
    state_->work.reset();
    state_->thread.join();
}

void WebServer::onTasksChanged(std::vector<model::ReadingTask> const& tasks)
{
    for (auto const& task : tasks) {
        auto const event = taskEvent(task);
        asio::post(state_->house.network, [state = state_, task, event] {
            auto const connections = state->house.connections; // a stream that is too slow leaves the set
            for (auto const& connection : connections)
                guarded(connection, [&] { connection->sendTask(task, event); })();
        });
    }
}

} // namespace qianli::gateway
