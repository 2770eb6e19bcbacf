#include "gateway/association/reactor.h"

#include "common/base/log.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace qianli::gateway {

namespace {

// While one thread waits for the disk others go on receiving; with a disk that syncs in 10 ms that takes some.
constexpr unsigned threadsForOneCore = 8, fewestThreads = 16, mostThreads = 64;
constexpr std::size_t bufferBytes = 256 << 10;
constexpr int mostEvents = 64;

} // namespace

Result<std::unique_ptr<Reactor>> Reactor::start()
{
    std::unique_ptr<Reactor> reactor(new Reactor);
    reactor->epoll_ = FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
    reactor->wake_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!reactor->epoll_ || !reactor->wake_)
        return failErrno("DICOM: waiting for connections");
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET; // each write wakes one thread; it is never read
    event.data.fd = reactor->wake_.get();
    if (::epoll_ctl(reactor->epoll_.get(), EPOLL_CTL_ADD, reactor->wake_.get(), &event) != 0)
        return failErrno("DICOM: waiting for connections");
    auto const count = std::clamp(threadsForOneCore * std::thread::hardware_concurrency(), fewestThreads, mostThreads);
    for (unsigned i = 0; i < count; ++i)
        reactor->threads_.emplace_back([raw = reactor.get()] { raw->work(); });
    return reactor;
}

Reactor::~Reactor()
{
    {
        std::lock_guard const lock(queueMutex_);
        ending_ = true;
    }
    wakeOne();
    for (auto& thread : threads_)
        thread.join();
}

void Reactor::wakeOne()
{
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const written = ::write(wake_.get(), &one, sizeof one);
}

void Reactor::add(std::shared_ptr<Connection> connection)
{
    auto const& added = *connection;
    {
        std::lock_guard const lock(connectionsMutex_);
        connections_.insert_or_assign(added.descriptor(), std::move(connection));
    }
    arm(added, EPOLLIN, EPOLL_CTL_ADD);
}

void Reactor::arm(Connection const& connection, std::uint32_t events, int operation)
{
    epoll_event event{};
    // Who waits to write is not woken by a peer that has only closed its own side.
    event.events = events | (events & EPOLLIN ? EPOLLRDHUP : 0u) | EPOLLONESHOT;
    event.data.fd = connection.descriptor();
    if (::epoll_ctl(epoll_.get(), operation, connection.descriptor(), &event) != 0) {
        log::error("DICOM: can't wait for a connection: {}", failErrno("epoll").value().message);
        remove(connection);
    }
}

void Reactor::remove(Connection const& connection)
{
    std::shared_ptr<Connection> removed; // goes, and closes its descriptor, without the lock
    std::lock_guard const lock(connectionsMutex_);
    if (auto const found = connections_.find(connection.descriptor());
        found != connections_.end() && found->second.get() == &connection) {
        removed = std::move(found->second);
        connections_.erase(found);
    }
}

std::size_t Reactor::size() const
{
    std::lock_guard const lock(connectionsMutex_);
    return connections_.size();
}

std::vector<std::shared_ptr<Connection>> Reactor::connections() const
{
    std::vector<std::shared_ptr<Connection>> all;
    std::lock_guard const lock(connectionsMutex_);
    all.reserve(connections_.size());
    for (auto const& [descriptor, connection] : connections_)
        all.push_back(connection);
    return all;
}

void Reactor::enqueue(std::shared_ptr<Connection> connection)
{
    bool wake = false;
    {
        std::lock_guard const lock(queueMutex_);
        auto const& key = connection->queueKey();
        auto const urgency = connection->urgency();
        queue_.push(key, urgency, std::move(connection));
        wake = idle_ > 0;
    }
    if (wake)
        wakeOne();
}

void Reactor::resume(std::shared_ptr<Connection> connection, Next next)
{
    auto const kept = connection;
    try {
        apply(std::move(connection), next);
    } catch (std::exception const&) { // no memory: see work()
        remove(*kept);
    }
}

void Reactor::apply(std::shared_ptr<Connection> connection, Next next)
{
    switch (next) {
    case Next::Input:
        arm(*connection, EPOLLIN, EPOLL_CTL_MOD);
        break;
    case Next::Output:
        arm(*connection, EPOLLOUT, EPOLL_CTL_MOD);
        break;
    case Next::Turn:
        enqueue(std::move(connection));
        break;
    case Next::Others:
        break;
    case Next::Nothing:
        remove(*connection);
        break;
    }
}

// Brings what the system has for us into the queue.
void Reactor::collect(int timeout, int most)
{
    std::array<epoll_event, mostEvents> events;
    int const count = ::epoll_wait(epoll_.get(), events.data(), std::min(most, mostEvents), timeout);
    for (int i = 0; i < count; ++i) {
        int const descriptor = events[static_cast<std::size_t>(i)].data.fd;
        if (descriptor != wake_.get())
            collectOne(descriptor);
    }
}

void Reactor::collectOne(int descriptor)
{
    std::shared_ptr<Connection> connection;
    {
        std::lock_guard const lock(connectionsMutex_);
        if (auto const found = connections_.find(descriptor); found != connections_.end())
            connection = found->second;
    }
    if (!connection)
        return;
    try {
        std::lock_guard const lock(queueMutex_);
        queue_.push(connection->queueKey(), connection->urgency(), connection);
    } catch (std::exception const&) { // no memory: see work()
        remove(*connection);
    }
}

std::shared_ptr<Connection> Reactor::next()
{
    // All that is ready, so that the queue can choose; not only the first that the system names.
    collect(0, mostEvents);
    for (;;) {
        {
            std::lock_guard const lock(queueMutex_);
            if (ending_) {
                wakeOne(); // the next one
                return nullptr;
            }
            if (auto chosen = queue_.pop()) {
                if (queue_.size() > 0 && idle_ > 0)
                    wakeOne();
                return *std::move(chosen);
            }
            ++idle_;
        }
        collect(-1, 1);
        ++turns_;
        std::lock_guard const lock(queueMutex_);
        --idle_;
    }
}

bool Reactor::turnsWithin(Duration time)
{
    auto const end = std::chrono::steady_clock::now() + time;
    auto const before = turns_.load();
    do {
        wakeOne();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        if (turns_ != before)
            return true;
    } while (std::chrono::steady_clock::now() < end);
    return false;
}

void Reactor::work()
{
    std::vector<std::uint8_t> buffer(bufferBytes);
    while (auto connection = next()) {
        ++turns_;
        // No memory costs the one at hand its connection, and nobody else anything.
        try {
            takeTurn(connection, buffer);
        } catch (std::exception const&) {
            remove(*connection);
        }
    }
}

void Reactor::takeTurn(std::shared_ptr<Connection> const& connection, std::span<std::uint8_t> buffer)
{
    auto const next = connection->handle(buffer);
    auto const cost = connection->takeCost();
    if (cost > 0) {
        std::lock_guard const lock(queueMutex_);
        queue_.spend(connection->queueKey(), cost);
    }
    apply(connection, next);
}

} // namespace qianli::gateway
