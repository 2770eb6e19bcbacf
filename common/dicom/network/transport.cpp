#include "common/dicom/network/transport.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace qianli::dicom {

namespace {

thread_local std::shared_ptr<TransportControl> pendingConnection;

// DCMTK writes the 12 bytes of a P-DATA-TF header (PDU and first PDV) apart from the data; no other PDU has this
// length, so these bytes always have a successor and may wait for it.
constexpr std::size_t dataHeaderLength = 12;

constexpr Duration betweenQuestions = std::chrono::milliseconds(200);

} // namespace

void setPendingConnection(std::shared_ptr<TransportControl> pending)
{
    pendingConnection = std::move(pending);
}

Transport::Transport(int socket, std::shared_ptr<TransportControl> control, std::unique_ptr<crypto::TlsSession> tls)
    : DcmTransportConnection(socket), control_(std::move(control)), tls_(std::move(tls))
{
    int const on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

Transport::~Transport()
{
    close();
}

void Transport::close()
{
    if (getSocket() >= 0) {
        if (tls_)
            tls_->sayNoMore();
        ::close(getSocket());
    }
    setSocket(-1);
}

OFCondition Transport::clientSideHandshake()
{
    if (!tls_)
        return EC_Normal;
    for (;;) {
        auto const state = tls_->handshake();
        if (!state) {
            control_->setTlsTrouble(state.error().message);
            return DUL_NULLKEY;
        }
        if (*state == crypto::TlsSession::State::Done)
            return EC_Normal;
        if (*state == crypto::TlsSession::State::Ended) {
            control_->setTlsTrouble("it ended the connection during the TLS handshake");
            return DUL_NULLKEY;
        }
        if (!waitFor(*state)) {
            control_->setTlsTrouble("no TLS handshake in time");
            return DUL_NULLKEY;
        }
    }
}

Transport::Wait Transport::waitFor(short events, Duration longest)
{
    auto const end = std::chrono::steady_clock::now() + longest;
    std::int64_t const slice = (control_->givesUp_ ? betweenQuestions : Duration(std::chrono::hours(1))).count();
    for (;;) {
        if (control_->givesUp_ && control_->givesUp_())
            return Wait::GivenUp;
        auto const left = std::chrono::ceil<Duration>(end - std::chrono::steady_clock::now()).count();
        pollfd descriptor{getSocket(), events, 0};
        int const ready = ::poll(&descriptor, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, slice)));
        if (ready > 0)
            return Wait::Ready;
        if (ready < 0 && errno != EINTR)
            return Wait::GivenUp;
        if (ready == 0 && left <= slice)
            return Wait::Over;
    }
}

bool Transport::waitFor(short events)
{
    auto const left = control_->left();
    // Else one byte after the other would do.
    auto const wait = left > Duration::zero() ? waitFor(events, left) : Wait::Over;
    if (wait == Wait::Over)
        control_->timedOut_ = true;
    return wait == Wait::Ready;
}

bool Transport::waitFor(crypto::TlsSession::State wanted)
{
    return waitFor(static_cast<short>(wanted == crypto::TlsSession::State::WantsOutput ? POLLOUT : POLLIN));
}

ssize_t Transport::readSecurely(std::span<std::uint8_t> buffer)
{
    for (;;) {
        auto const progress = tls_->read(buffer);
        if (!progress)
            control_->setTlsTrouble(progress.error().message);
        if (!progress || progress->state == crypto::TlsSession::State::Ended)
            return 0;
        if (progress->state == crypto::TlsSession::State::Done)
            return static_cast<ssize_t>(progress->bytes);
        if (!waitFor(progress->state))
            return 0;
    }
}

ssize_t Transport::read(void* buffer, size_t length)
{
    if (getSocket() < 0)
        return 0;
    if (tls_)
        return readSecurely({static_cast<std::uint8_t*>(buffer), length});
    for (;;) {
        ssize_t const count = ::recv(getSocket(), buffer, length, MSG_DONTWAIT);
        if (count >= 0)
            return count;
        if (errno == EINTR)
            continue;
        if ((errno != EAGAIN && errno != EWOULDBLOCK) || !waitFor(POLLIN))
            return 0;
    }
}

// The peer reads nothing: an A-ABORT would not get through either, and must not be waited for.
ssize_t Transport::giveUp()
{
    ::shutdown(getSocket(), SHUT_RDWR);
    return -1;
}

bool Transport::writePlainly(std::span<std::uint8_t const> bytes, int flags)
{
    while (!bytes.empty()) {
        ssize_t const count = ::send(getSocket(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT | flags);
        if (count > 0)
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        else if (count < 0 && errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
            return false;
        else if ((count == 0 || errno != EINTR) && !waitFor(POLLOUT))
            return giveUp() == 0;
    }
    return true;
}

bool Transport::writeSecurely(std::span<std::uint8_t const> bytes)
{
    while (!bytes.empty()) {
        auto const progress = tls_->write(bytes);
        if (!progress)
            control_->setTlsTrouble(progress.error().message);
        if (!progress || progress->state == crypto::TlsSession::State::Ended)
            return false;
        bytes = bytes.subspan(progress->bytes);
        if (progress->state != crypto::TlsSession::State::Done && !waitFor(progress->state))
            return giveUp() == 0;
    }
    return true;
}

ssize_t Transport::write(void* buffer, size_t length)
{
    if (getSocket() < 0)
        return -1;
    std::span const bytes(static_cast<std::uint8_t const*>(buffer), length);
    bool const isHeader = length == dataHeaderLength;
    if (!tls_)
        return writePlainly(bytes, isHeader ? MSG_MORE : 0) ? static_cast<ssize_t>(length) : -1;
    held_.insert(held_.end(), bytes.begin(), bytes.end());
    if (isHeader)
        return static_cast<ssize_t>(length);
    bool const written = writeSecurely(held_);
    held_.clear();
    return written ? static_cast<ssize_t>(length) : -1;
}

OFBool Transport::networkDataAvailable(int timeoutSeconds)
{
    if (getSocket() < 0)
        return OFFalse;
    if (tls_ && tls_->holdsInput())
        return OFTrue;
    return waitFor(POLLIN, std::min<Duration>(std::chrono::seconds(timeoutSeconds), control_->silence())) ==
           Wait::Ready;
}

DcmTransportConnection* TransportLayer::createConnection(DcmNativeSocketType socket, OFBool useSecureLayer)
{
    auto pending = std::exchange(pendingConnection, {});
    if (useSecureLayer || !pending)
        return nullptr;
    std::unique_ptr<crypto::TlsSession> tls;
    if (pending->tls_) {
        auto made = crypto::TlsSession::connect(pending->tls_, socket, pending->host_);
        if (!made) {
            pending->setTlsTrouble(made.error().message);
            return nullptr;
        }
        tls = *std::move(made);
    }
    return new Transport(socket, std::move(pending), std::move(tls)); // DCMTK's association owns it
}

} // namespace qianli::dicom
