#include "gateway/association/dicom_server.h"

#include "common/base/file.h"
#include "common/base/log.h"
#include "gateway/association/association_worker.h"

#include <arpa/inet.h>
#include <atomic>
#include <fmt/format.h>
#include <list>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace qianli::gateway {

namespace {

// Above the limit, so many more are read and rejected with a reason; what comes beyond them is closed at once.
constexpr std::size_t extraForRejection = 128;
constexpr Duration tick = std::chrono::milliseconds(200);

struct Connection {
    std::shared_ptr<dicom::TransportControl> control;
    std::unique_ptr<AssociationWorker> worker;
    std::atomic<bool> over = false;
    std::thread thread;
};

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
           PersonOfToken person, FileDescriptor listener)
        : shared_(configuration, ingest, index, store, std::move(person)), listener_(std::move(listener)),
          port_(portOf(listener_.get())), acceptor_([this] { acceptLoop(); })
    {
    }
    ~Server() override { stop(std::chrono::milliseconds(500)); }

    void replaceDirectory(PeerDirectory directory) override
    {
        auto next = std::make_shared<PeerDirectory const>(std::move(directory));
        std::lock_guard const lock(shared_.mutex);
        shared_.directory = std::move(next);
    }
    void stop(Duration deadline) override;
    std::uint16_t port() const override { return port_; }
    DicomStatistics statistics() const override;

private:
    void acceptLoop();
    void take(int socket, std::string address);
    void reap();

    SharedState shared_;
    FileDescriptor listener_;
    std::uint16_t port_;
    mutable std::mutex mutex_; // guards connections_
    std::list<Connection> connections_;
    std::thread acceptor_; // last: starts when everything else is there
};

void Server::acceptLoop()
{
    while (!shared_.stopping) {
        pollfd descriptor{listener_.get(), POLLIN, 0};
        int const ready = ::poll(&descriptor, 1, static_cast<int>(tick.count()));
        reap();
        if (ready <= 0)
            continue;
        sockaddr_storage storage{};
        socklen_t length = sizeof storage;
        int const socket = ::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&storage), &length, SOCK_CLOEXEC);
        if (socket >= 0) {
            take(socket, addressOf(storage));
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            // The caller waits in the backlog until descriptors are back (R54).
            log::error("DICOM: no descriptor for a new connection");
            std::this_thread::sleep_for(tick);
        }
    }
}

void Server::take(int socket, std::string address)
{
    std::lock_guard const lock(mutex_);
    auto const limit = shared_.settings.maxAssociations;
    if (connections_.size() >= limit + extraForRejection) {
        ++shared_.rejected;
        ::close(socket);
        return;
    }
    auto const crowding = connections_.size() >= limit ? Crowding::Full : Crowding::Room;
    auto& connection = connections_.emplace_back();
    connection.control = std::make_shared<dicom::TransportControl>(shared_.settings.limits.firstByte);
    connection.worker =
        std::make_unique<AssociationWorker>(shared_, socket, std::move(address), connection.control, crowding);
    try {
        connection.thread = std::thread([&connection] {
            connection.worker->run();
            connection.over = true;
        });
    } catch (std::system_error const& error) {
        log::error("DICOM: no thread for a new connection: {}", error.what());
        ::close(socket);
        connections_.pop_back();
    }
}

void Server::reap()
{
    std::list<Connection> over;
    {
        std::lock_guard const lock(mutex_);
        for (auto it = connections_.begin(); it != connections_.end();) {
            auto const next = std::next(it);
            if (it->over)
                over.splice(over.end(), connections_, it);
            it = next;
        }
    }
    for (auto& connection : over)
        connection.thread.join();
}

void Server::stop(Duration deadline)
{
    auto const end = std::chrono::steady_clock::now() + deadline;
    shared_.stopping = true;
    if (acceptor_.joinable())
        acceptor_.join();
    if (auto closed = listener_.close(); !closed)
        log::warning("DICOM: {}", closed.error().message);
    for (bool patient = true;; std::this_thread::sleep_for(std::chrono::milliseconds(10))) {
        patient = patient && std::chrono::steady_clock::now() < end;
        shared_.aborting = !patient;
        reap();
        std::lock_guard const lock(mutex_);
        if (connections_.empty())
            return;
        for (auto& connection : connections_)
            if (!patient || !connection.worker->isBusy())
                connection.control->shutDown();
    }
}

DicomStatistics Server::statistics() const
{
    DicomStatistics statistics;
    {
        std::lock_guard const lock(mutex_);
        statistics.open = connections_.size();
    }
    statistics.active = shared_.active;
    statistics.accepted = shared_.accepted;
    statistics.rejected = shared_.rejected;
    statistics.aborted = shared_.aborted;
    statistics.stored = shared_.stored;
    statistics.storeRefused = shared_.storeRefused;
    statistics.found = shared_.found;
    statistics.sent = shared_.sent;
    return statistics;
}

} // namespace

Result<std::unique_ptr<DicomServer>> DicomServer::start(Configuration const& configuration, Ingest& ingest,
                                                        StudyIndex const& index, BlobStore const& store,
                                                        PersonOfToken personOfToken)
{
    QIANLI_TRY(dicom::dcmtkNetwork());
    QIANLI_ASSIGN(auto listener, listenOn(configuration.dicom.bind, configuration.dicom.port));
    return std::make_unique<Server>(configuration, ingest, index, store, std::move(personOfToken), std::move(listener));
}

} // namespace qianli::gateway
