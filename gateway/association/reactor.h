// Reactor: a few threads that serve all connections in turn: whoever has something to be read is handled by the next
// free one, urgent callers first, sites in equal shares.
//
// Promise: a connection that waits costs a descriptor and a little memory; no thread is ever held by a peer. A thread
// is held by the disk at most, while the object that it received is synced.
#pragma once

#include "gateway/association/connection.h"
#include "gateway/association/fair_queue.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace qianli::gateway {

class Reactor {
public:
    // Unavailable when the system has no descriptors for it.
    static Result<std::unique_ptr<Reactor>> start();
    ~Reactor(); // connections that are left are closed

    void add(std::shared_ptr<Connection> connection);
    // Takes a connection back from others. From any thread.
    void resume(std::shared_ptr<Connection> connection, Next next);

    std::size_t size() const;
    std::vector<std::shared_ptr<Connection>> connections() const;
    // Whether some thread comes round within that time; they may all be held by the disk.
    bool turnsWithin(Duration time);

private:
    Reactor() = default;
    void work();
    void takeTurn(std::shared_ptr<Connection> const& connection, std::span<std::uint8_t> buffer);
    // The next connection to be handled; waits for it. Null at the end.
    std::shared_ptr<Connection> next();
    void collect(int timeout, int most);
    void collectOne(int descriptor);
    void enqueue(std::shared_ptr<Connection> connection);
    void arm(Connection const& connection, std::uint32_t events, int operation);
    void apply(std::shared_ptr<Connection> connection, Next next);
    void remove(Connection const& connection);
    void wakeOne();

    FileDescriptor epoll_, wake_;
    mutable std::mutex connectionsMutex_;                              // guards connections_
    std::unordered_map<int, std::shared_ptr<Connection>> connections_; // by descriptor
    std::mutex queueMutex_;                                            // guards the next three
    FairQueue<std::shared_ptr<Connection>> queue_;
    std::size_t idle_ = 0; // threads that wait for the system
    bool ending_ = false;
    std::atomic<std::uint64_t> turns_ = 0;
    std::vector<std::thread> threads_;
};

} // namespace qianli::gateway
