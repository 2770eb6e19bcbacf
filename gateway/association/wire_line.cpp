// Wire's line: the socket, with TLS on it or without, and never waiting.
#include "gateway/association/wire.h"

#include <cerrno>
#include <sys/socket.h>

namespace qianli::gateway {

using TlsState = crypto::TlsSession::State;

namespace {

constexpr int mostRecordsAtOnce = 1024; // of a peer that puts a byte into each

bool wouldBlock()
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

} // namespace

Wire::~Wire()
{
    if (tls_ && !shutDown_)
        tls_->sayNoMore();
}

Result<crypto::TlsSession::State> Wire::handshake()
{
    auto state = tls_->handshake();
    lineBytes_ += tls_->takeReceived();
    handshaking_ = !state || *state != TlsState::Done;
    return state;
}

// What is there now, into the buffer.
Result<Wire::Moved> Wire::receive(Buffer buffer)
{
    if (tls_)
        return receiveSecurely(buffer);
    for (;;) {
        auto const count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count > 0) {
            lineBytes_ += static_cast<std::uint64_t>(count);
            return Moved{Line::Moved, static_cast<std::size_t>(count)};
        }
        if (count < 0 && errno == EINTR)
            continue;
        return Moved{count < 0 && wouldBlock() ? Line::Waits : Line::Ended, 0};
    }
}

// As many records as the buffer has room for, as long as they fill it in fair time.
Result<Wire::Moved> Wire::receiveSecurely(Buffer buffer)
{
    readsAfterOutput_ = false;
    std::size_t count = 0;
    for (int records = 0; count < buffer.size() && records < mostRecordsAtOnce; ++records) {
        auto const read = tls_->read(buffer.subspan(count));
        lineBytes_ += tls_->takeReceived();
        QIANLI_ASSIGN(auto const progress, read);
        if (progress.state == TlsState::Done) {
            count += progress.bytes;
            continue;
        }
        readsAfterOutput_ = progress.state == TlsState::WantsOutput;
        if (count == 0) // the end is seen again by the next call
            return Moved{progress.state == TlsState::Ended ? Line::Ended : Line::Waits, 0};
        break;
    }
    return Moved{Line::Moved, count};
}

// What the line takes now.
Result<Wire::Moved> Wire::sendSome(std::span<std::uint8_t const> bytes)
{
    if (tls_) {
        QIANLI_ASSIGN(auto const progress, tls_->write(bytes));
        if (progress.state == TlsState::Ended)
            return fail(ErrorCode::Unavailable, "sending to the peer: it has closed the connection");
        return Moved{progress.state == TlsState::Done ? Line::Moved : Line::Waits, progress.bytes};
    }
    for (;;) {
        auto const count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count > 0)
            return Moved{Line::Moved, static_cast<std::size_t>(count)};
        if (count < 0 && wouldBlock())
            return Moved{Line::Waits, 0};
        if (count < 0 && errno != EINTR)
            return failErrno("sending to the peer");
    }
}

} // namespace qianli::gateway
