#include "gateway/association/dicom_server.h"

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/dicom/network/dcmtk_network.h"
#include "gateway/association/connection.h"
#include "gateway/association/reactor.h"

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace qianli::gateway {

namespace {

// Above the limit, so many more are read and rejected with a reason; what comes beyond them is closed at once.
constexpr std::size_t extraForRejection = 128;
constexpr Duration tick = std::chrono::milliseconds(200);
// When all is taken, who has been here for so long without asking for an association makes room. Devices ask at once.
constexpr Duration patienceWithStrangers = std::chrono::seconds(1);
// Of association requests that are not whole, a real one has 2 KiB, and of TLS handshakes that are not done.
constexpr std::uint64_t mostHeldForStrangers = 64 << 20;
constexpr int mostAtOnce = 256; // connections taken at one port in turn

std::string addressOf(sockaddr_storage const& storage)
{
    char text[INET6_ADDRSTRLEN] = {};
    if (storage.ss_family == AF_INET) {
        sockaddr_in address{};
        std::memcpy(&address, &storage, sizeof address);
        ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    } else if (storage.ss_family == AF_INET6) {
        sockaddr_in6 address{};
        std::memcpy(&address, &storage, sizeof address);
        ::inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text);
    }
    return text;
}

Result<FileDescriptor> listenOn(std::string const& address, std::uint16_t port)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (int const error = ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0)
        return fail(ErrorCode::InvalidInput, fmt::format("[dicom] bind '{}': {}", address, ::gai_strerror(error)));
    std::unique_ptr<addrinfo, void (*)(addrinfo*)> const owner(found, &::freeaddrinfo);
    FileDescriptor socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    auto const place = fmt::format("DICOM port {}:{}", address, port);
    if (!socket)
        return failErrno(place);
    int const on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0 || ::listen(socket.get(), 1024) != 0)
        return failErrno(place);
    return socket;
}

std::uint16_t portOf(int socket)
{
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    char port[16] = {};
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    if (::getsockname(socket, address, &length) != 0 ||
        ::getnameinfo(address, length, nullptr, 0, port, sizeof port, NI_NUMERICSERV) != 0)
        return 0;
    return static_cast<std::uint16_t>(std::stoi(port));
}

class Server final : public DicomServer {
public:
    Server(Configuration const& configuration, Ingest& ingest, StudyIndex const& index, BlobStore const& store,
           PersonOfToken person, Quarantine* quarantine, Observers observers, DicomTls tls)
        : shared_(configuration, ingest, index, store, std::move(person), quarantine, observers)
    {
        replaceTls(std::move(tls));
    }
    ~Server() override { stop(std::chrono::milliseconds(500)); }
    Result<void> begin();

    void replaceTls(DicomTls tls) override
    {
        shared_.tlsForPeers.set(std::move(tls.peers));
        if (!tls.callers)
            return;
        shared_.tlsForCallers.set(tls.callers);
        if (!reactor_) // at the start
            return;
        for (auto const& connection : reactor_->connections())
            connection->endUnlessBelieved(*tls.callers);
    }
    void replaceDirectory(PeerDirectory directory) override
    {
        auto next = std::make_shared<PeerDirectory const>(std::move(directory));
        std::lock_guard const lock(shared_.mutex);
        shared_.directory = std::move(next);
    }
    void stop(Duration deadline) override;
    std::uint16_t port() const override { return port_; }
    DicomStatistics statistics() const override;
    bool isAlive(Duration time) override { return reactor_->turnsWithin(time); }
    std::vector<Refusal> refusals() const override { return shared_.refusals.newest(); }

private:
    Result<void> listen();
    std::size_t makeRoom(std::size_t wanted);
    std::vector<std::shared_ptr<Connection>> strangers() const;
    void freeMemory(std::uint64_t wanted);
    void acceptLoop();
    void acceptTurn(std::chrono::steady_clock::time_point& nextLook);
    void acceptAll(FileDescriptor const& listener);
    bool acceptOne(FileDescriptor const& listener);
    void take(FileDescriptor socket, std::string address, bool secure);

    SharedState shared_;
    FileDescriptor plain_, secure_; // either may be absent
    std::uint16_t port_ = 0;
    std::unique_ptr<Reactor> reactor_;
    std::thread acceptor_;
};

Result<void> Server::listen()
{
    auto const& dicom = shared_.settings;
    if (dicom.port != 0 || dicom.tlsPort == 0) {
        QIANLI_ASSIGN(plain_, listenOn(dicom.bind, dicom.port));
        port_ = portOf(plain_.get());
    }
    if (dicom.tlsPort != 0) {
        QIANLI_ASSIGN(secure_, listenOn(dicom.bind, dicom.tlsPort));
    }
    return {};
}

Result<void> Server::begin()
{
    QIANLI_TRY(listen());
    QIANLI_ASSIGN(reactor_, Reactor::start());
    shared_.resume = [this](std::shared_ptr<Connection> connection, Next next) {
        reactor_->resume(std::move(connection), next);
    };
    acceptor_ = std::thread([this] { acceptLoop(); });
    return {};
}

void Server::acceptLoop()
{
    auto nextLook = std::chrono::steady_clock::now() + tick;
    while (!shared_.stopping) {
        try {
            acceptTurn(nextLook);
        } catch (std::exception const&) {
            // No memory: whoever was about to come is lost, nobody else; like having no descriptors.
            std::this_thread::sleep_for(tick);
        }
    }
}

void Server::acceptTurn(std::chrono::steady_clock::time_point& nextLook)
{
    // The system passes over one that is -1.
    std::array<pollfd, 2> listeners{pollfd{plain_.get(), POLLIN, 0}, pollfd{secure_.get(), POLLIN, 0}};
    if (::poll(listeners.data(), listeners.size(), static_cast<int>(tick.count())) > 0) {
        if (listeners[0].revents != 0)
            acceptAll(plain_);
        if (listeners[1].revents != 0)
            acceptAll(secure_);
    }
    auto const now = std::chrono::steady_clock::now();
    if (now < nextLook)
        return;
    nextLook = now + tick;
    shared_.places.refuse(now, OperationPlaces::Whom::Impatient);
    shared_.watch.look(now);
    std::uint64_t held = 0;
    for (auto const& connection : reactor_->connections()) {
        connection->checkSilence(now);
        held += connection->isStranger() ? connection->heldBytes() : 0;
    }
    if (held > mostHeldForStrangers)
        freeMemory(held - mostHeldForStrangers / 2); // not one by one
}

// As many as wait now, but not for ever: the other port has callers, too.
void Server::acceptAll(FileDescriptor const& listener)
{
    for (int i = 0; i < mostAtOnce && !shared_.stopping && acceptOne(listener); ++i) {
    }
}

// Who has been here for a while and has not asked for an association, the oldest first.
std::vector<std::shared_ptr<Connection>> Server::strangers() const
{
    auto const before = std::chrono::steady_clock::now() - patienceWithStrangers;
    auto strangers = reactor_->connections();
    std::erase_if(strangers,
                  [&](auto const& connection) { return !connection->isStranger() || connection->begun() > before; });
    std::ranges::sort(strangers, {}, &Connection::begun);
    return strangers;
}

// Sockets that are opened and say nothing are in nobody's way: so many of them are closed. How many were.
std::size_t Server::makeRoom(std::size_t wanted)
{
    auto leaving = strangers();
    if (leaving.size() > wanted)
        leaving.resize(wanted);
    for (auto const& connection : leaving)
        connection->giveWay();
    return leaving.size();
}

void Server::freeMemory(std::uint64_t wanted)
{
    for (auto const& connection : strangers()) {
        auto const held = connection->heldBytes();
        if (held == 0)
            continue;
        connection->giveWay();
        if (held >= wanted)
            return;
        wanted -= held;
    }
}

// False when nobody waits.
bool Server::acceptOne(FileDescriptor const& listener)
{
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    FileDescriptor socket(
        ::accept4(listener.get(), reinterpret_cast<sockaddr*>(&storage), &length, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket) {
        take(std::move(socket), addressOf(storage), &listener == &secure_);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        // The caller waits in the backlog until descriptors are back (R54).
        log::error("DICOM: no descriptor for a new connection");
        std::this_thread::sleep_for(tick);
    }
    return false;
}

void Server::take(FileDescriptor socket, std::string address, bool secure)
{
    auto const limit = shared_.settings.maxAssociations;
    auto open = reactor_->size();
    if (open >= limit)
        open -= makeRoom(open - limit + 1);
    if (open >= limit + extraForRejection) {
        ++shared_.rejected;
        return;
    }
    auto const crowding = open >= limit ? Crowding::Full : Crowding::Room;
    std::unique_ptr<crypto::TlsSession> tls;
    if (secure) {
        auto begun = crypto::TlsSession::accept(shared_.tlsForCallers.get(), socket.get());
        if (!begun) {
            ++shared_.rejected;
            return log::error("DICOM: {}", begun.error().message);
        }
        tls = *std::move(begun);
    }
    reactor_->add(
        std::make_shared<Connection>(shared_, std::move(socket), std::move(address), crowding, std::move(tls)));
}

void Server::stop(Duration deadline)
{
    auto const end = std::chrono::steady_clock::now() + deadline;
    shared_.stopping = true;
    if (acceptor_.joinable())
        acceptor_.join();
    for (auto* listener : {&plain_, &secure_})
        if (auto closed = listener->close(); !closed)
            log::warning("DICOM: {}", closed.error().message);
    if (!reactor_)
        return;
    // The committer may hold one for a moment longer than we do.
    for (bool patient = true; reactor_->size() > 0 || shared_.alive > 0;
         std::this_thread::sleep_for(std::chrono::milliseconds(10))) {
        auto const now = std::chrono::steady_clock::now();
        patient = patient && now < end;
        shared_.aborting = !patient;
        shared_.places.refuse(now, patient ? OperationPlaces::Whom::Impatient : OperationPlaces::Whom::Everybody);
        for (auto const& connection : reactor_->connections())
            if (!patient || !connection->isBusy())
                connection->shutDown();
    }
}

DicomStatistics Server::statistics() const
{
    DicomStatistics statistics;
    statistics.open = reactor_->size();
    statistics.active = shared_.places.taken();
    statistics.accepted = shared_.accepted;
    statistics.rejected = shared_.rejected;
    statistics.aborted = shared_.aborted;
    statistics.stored = shared_.stored;
    statistics.storeRefused = shared_.storeRefused;
    statistics.found = shared_.found;
    statistics.sent = shared_.sent;
    statistics.storeTook = shared_.storeTook.counts();
    statistics.findTook = shared_.findTook.counts();
    statistics.retrieveTook = shared_.retrieveTook.counts();
    return statistics;
}

} // namespace

Result<std::unique_ptr<DicomServer>> DicomServer::start(Configuration const& configuration, Ingest& ingest,
                                                        StudyIndex const& index, BlobStore const& store,
                                                        PersonOfToken personOfToken, Quarantine* quarantine,
                                                        Observers observers)
{
    QIANLI_TRY(dicom::dcmtkNetwork()); // for the calls that C-MOVE makes
    QIANLI_ASSIGN(auto tls, DicomTls::open(configuration.dicom));
    auto server = std::make_unique<Server>(configuration, ingest, index, store, std::move(personOfToken), quarantine,
                                           observers, std::move(tls));
    QIANLI_TRY(server->begin());
    return server;
}

} // namespace qianli::gateway
