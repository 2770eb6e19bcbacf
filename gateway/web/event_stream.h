// EventStream: the server-sent events of one connection: a queue with a bound, and a heartbeat that also asks whether
// the person is still signed in. Runs on the network thread.
#pragma once

#include "common/model/user.h"
#include "gateway/web/guarded.h"
#include "gateway/web/web_server.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace qianli::gateway {

template <class Stream>
class EventStream : public std::enable_shared_from_this<EventStream<Stream>> {
public:
    struct Owner {
        std::function<void()> close;
        std::function<void(std::function<void(bool)>)> stillSignedIn;
    };

    // `stream` lives in the owner, which the functions keep alive until stop().
    EventStream(Stream& stream, WebLimits const& limits, model::User user, Owner owner)
        : stream_(stream), limits_(limits), user_(std::move(user)), owner_(std::move(owner)),
          heartbeat_(stream.get_executor())
    {
    }

    model::User const& user() const { return user_; }

    void start(std::string const& hello)
    {
        // Before the first write sets a time-out: Beast would give it to this read too, and a client that only listens
        // says nothing.
        boost::beast::get_lowest_layer(stream_).expires_never();
        watchForEnd();
        send(std::make_shared<std::string const>(
            "HTTP/1.1 200 OK\r\nServer: Qianli\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\nevent: hello\ndata: " +
            hello + "\n\n"));
        waitForHeartbeat();
    }

    void send(std::shared_ptr<std::string const> bytes)
    {
        if (stopped_)
            return;
        waitingBytes_ += bytes->size();
        if (waitingBytes_ > limits_.waitingEventBytes)
            return close();
        waiting_.push_back(std::move(bytes));
        if (waiting_.size() == 1)
            writeFirst();
    }

    void stop()
    {
        stopped_ = true;
        heartbeat_.cancel();
        owner_ = {}; // ends the circle that kept the connection alive
    }

    void close()
    {
        if (auto const close = owner_.close)
            close();
    }

private:
    void writeFirst()
    {
        boost::beast::get_lowest_layer(stream_).expires_after(limits_.request);
        boost::asio::async_write(stream_, boost::asio::buffer(*waiting_.front()),
                                 guarded(this->shared_from_this(), [self = this->shared_from_this(), owner = owner_](
                                                                       boost::beast::error_code error, std::size_t) {
                                     if (self->stopped_)
                                         return;
                                     if (error)
                                         return self->close();
                                     self->waitingBytes_ -= self->waiting_.front()->size();
                                     self->waiting_.pop_front();
                                     if (!self->waiting_.empty())
                                         self->writeFirst();
                                 }));
    }

    // A client that goes away is noticed by the end of what it sends; whatever else it sends is dropped.
    void watchForEnd()
    {
        auto heard = [self = this->shared_from_this(), owner = owner_](boost::beast::error_code error, std::size_t) {
            if (self->stopped_)
                return;
            if (error)
                return self->close();
            self->watchForEnd();
        };
        stream_.async_read_some(boost::asio::buffer(dropped_), guarded(this->shared_from_this(), std::move(heard)));
    }

    void waitForHeartbeat()
    {
        heartbeat_.expires_after(limits_.heartbeat);
        auto due = [self = this->shared_from_this(), owner = owner_](boost::beast::error_code error) {
            if (error || self->stopped_)
                return;
            owner.stillSignedIn([self](bool signedIn) {
                if (self->stopped_)
                    return;
                if (!signedIn)
                    return self->close();
                self->send(std::make_shared<std::string const>(": still here\n\n"));
                self->waitForHeartbeat();
            });
        };
        heartbeat_.async_wait(guarded(this->shared_from_this(), std::move(due)));
    }

    Stream& stream_;
    WebLimits const& limits_;
    model::User user_;
    Owner owner_;
    boost::asio::steady_timer heartbeat_;
    std::deque<std::shared_ptr<std::string const>> waiting_;
    std::size_t waitingBytes_ = 0;
    std::array<char, 512> dropped_{};
    bool stopped_ = false;
};

} // namespace qianli::gateway
