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

Transport::Transport(int socket, std::shared_ptr<TransportControl> control)
    : DcmTransportConnection(socket), control_(std::move(control))
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
    if (getSocket() >= 0)
        ::close(getSocket());
    setSocket(-1);
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
    auto const wait = waitFor(events, control_->silence());
    if (wait == Wait::Over)
        control_->timedOut_ = true;
    return wait == Wait::Ready;
}

ssize_t Transport::read(void* buffer, size_t length)
{
    if (getSocket() < 0)
        return 0;
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

ssize_t Transport::write(void* buffer, size_t length)
{
    if (getSocket() < 0)
        return -1;
    auto const* bytes = static_cast<char const*>(buffer);
    int const flags = MSG_NOSIGNAL | MSG_DONTWAIT | (length == dataHeaderLength ? MSG_MORE : 0);
    std::size_t sent = 0;
    while (sent < length) {
        ssize_t const count = ::send(getSocket(), bytes + sent, length - sent, flags);
        if (count > 0) {
            sent += static_cast<std::size_t>(count);
            continue;
        }
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            return -1;
        if (!waitFor(POLLOUT)) {
            // The peer reads nothing: an A-ABORT would not get through either, and must not be waited for.
            ::shutdown(getSocket(), SHUT_RDWR);
            return -1;
        }
    }
    return static_cast<ssize_t>(length);
}

OFBool Transport::networkDataAvailable(int timeoutSeconds)
{
    if (getSocket() < 0)
        return OFFalse;
    return waitFor(POLLIN, std::min<Duration>(std::chrono::seconds(timeoutSeconds), control_->silence())) ==
           Wait::Ready;
}

DcmTransportConnection* TransportLayer::createConnection(DcmNativeSocketType socket, OFBool useSecureLayer)
{
    auto pending = std::exchange(pendingConnection, {});
    if (useSecureLayer || !pending)
        return nullptr;
    return new Transport(socket, std::move(pending)); // DCMTK's association owns it
}

} // namespace qianli::dicom
