#include "gateway/association/wire.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <deque>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace qianli::gateway {

namespace {

constexpr std::size_t smallestPdu = 64, largestPdu = 256 << 10, fragmentOverhead = 6;
constexpr std::size_t fileBlock = 1 << 20;
constexpr std::size_t mostAtOnce = 512 << 10;   // read before somebody else has a turn
constexpr std::size_t largestRecord = 16 << 10; // of TLS (RFC 8446 5.1)

enum ControlHeader : std::uint8_t { lastFragment = 2, commandFragment = 1 }; // PS3.8 E.2

void writeUint32(std::uint8_t* at, std::size_t value)
{
    for (int i = 0; i < 4; ++i)
        at[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

bool wouldBlock()
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

} // namespace

// The pieces of a message in the order of the wire: PDU headers of ours between parts of the caller's bytes.
class Wire::Gather {
public:
    void addFragment(std::uint8_t contextId, std::uint8_t control, std::span<std::uint8_t const> bytes)
    {
        auto& header = headers_.emplace_back(); // P-DATA-TF (PS3.8 9.3.5) with one PDV
        header[0] = 4;
        writeUint32(&header[2], bytes.size() + fragmentOverhead);
        writeUint32(&header[6], bytes.size() + 2);
        header[10] = contextId;
        header[11] = control;
        add(header);
        add(bytes);
    }
    void add(std::span<std::uint8_t const> bytes)
    {
        if (!bytes.empty())
            pieces_.push_back({const_cast<std::uint8_t*>(bytes.data()), bytes.size()}); // only read by sendmsg()
    }
    bool empty() const { return next_ == pieces_.size(); }
    std::span<iovec> next()
    {
        return std::span(pieces_).subspan(next_, std::min<std::size_t>(pieces_.size() - next_, IOV_MAX));
    }
    void sent(std::size_t count)
    {
        while (count > 0) {
            auto& piece = pieces_[next_];
            auto const part = std::min(count, piece.iov_len);
            piece.iov_base = static_cast<std::uint8_t*>(piece.iov_base) + part;
            piece.iov_len -= part;
            count -= part;
            if (piece.iov_len == 0)
                ++next_;
        }
    }
    // Takes up to `most` bytes out.
    void moveTo(std::vector<std::uint8_t>& target, std::size_t most)
    {
        while (!empty() && target.size() < most) {
            auto const& piece = pieces_[next_];
            auto const part = std::min(piece.iov_len, most - target.size());
            auto const* from = static_cast<std::uint8_t const*>(piece.iov_base);
            target.insert(target.end(), from, from + part);
            sent(part);
        }
    }
    void clear()
    {
        pieces_.clear();
        headers_.clear();
        next_ = 0;
    }

private:
    std::deque<std::array<std::uint8_t, 12>> headers_; // stay where they are
    std::vector<iovec> pieces_;
    std::size_t next_ = 0;
};

Wire::Wire(FileDescriptor socket, std::uint32_t maximumPduBytes, std::unique_ptr<crypto::TlsSession> tls)
    : socket_(std::move(socket)), tls_(std::move(tls)), handshaking_(tls_ != nullptr), reader_(maximumPduBytes)
{
    int const on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

void Wire::setPeerMaximum(std::uint32_t pduBytes)
{
    auto const maximum = pduBytes == 0 ? largestPdu : std::clamp<std::size_t>(pduBytes, smallestPdu, largestPdu);
    // The length of a PDV is even (PS3.8 E.1).
    fragmentBytes_ = (maximum - fragmentOverhead) & ~std::size_t{1};
}

Result<Wire::Event> Wire::read(Buffer buffer)
{
    mayHaveMore_ = false;
    for (std::size_t readNow = 0;;) {
        QIANLI_ASSIGN(auto const event, reader_.next(input_));
        if (event.kind != Event::Kind::NeedsMore)
            return event;
        // Fragments without a byte could come for ever; others want their turn.
        if (readNow >= mostAtOnce) {
            mayHaveMore_ = true;
            return event;
        }
        auto const before = lineBytes_;
        QIANLI_ASSIGN(auto const moved, receive(buffer));
        if (moved.line == Line::Ended)
            return fail(ErrorCode::Cancelled, "the connection was closed");
        if (moved.line == Line::Waits)
            return Event{};
        input_ = buffer.first(moved.bytes);
        received_ += input_.size();
        readNow += lineBytes_ - before; // not input_.size(): TLS may put a byte into each record
    }
}

Result<Wire::Event> Wire::wait(Buffer buffer, std::chrono::steady_clock::time_point until)
{
    for (;;) {
        QIANLI_ASSIGN(auto const event, read(buffer));
        if (event.kind != Event::Kind::NeedsMore)
            return event;
        if (mayHaveMore_)
            return fail(ErrorCode::InvalidInput, "the peer sends fragments without end and without content");
        auto const left = std::chrono::ceil<Duration>(until - std::chrono::steady_clock::now());
        if (left <= Duration::zero())
            return fail(ErrorCode::Unavailable, "no whole answer came in time");
        QIANLI_TRY(waitFor(readsAfterOutput_ ? POLLOUT : POLLIN, left));
    }
}

void Wire::keepRest()
{
    if (input_.empty()) {
        rest_ = {};
        return;
    }
    std::vector<std::uint8_t> rest(input_.begin(), input_.end());
    rest_ = std::move(rest);
    input_ = rest_;
}

bool Wire::drain(Buffer buffer)
{
    input_ = {};
    rest_ = {};
    for (std::size_t drained = 0; drained < mostAtOnce;) {
        auto const count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count == 0 || (count < 0 && errno != EINTR))
            return count < 0 && wouldBlock();
        drained += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
    return true;
}

bool Wire::isReadable() const
{
    pollfd descriptor{socket_.get(), POLLIN, 0};
    return hasRest() || ::poll(&descriptor, 1, 0) > 0;
}

Result<void> Wire::waitFor(short events, Duration silence) const
{
    auto const end = std::chrono::steady_clock::now() + silence;
    for (;;) {
        auto const left = std::chrono::ceil<Duration>(end - std::chrono::steady_clock::now()).count();
        pollfd descriptor{socket_.get(), events, 0};
        int const ready = ::poll(&descriptor, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX)));
        if (ready > 0)
            return {};
        if (ready == 0)
            return fail(ErrorCode::Unavailable,
                        fmt::format("the peer {} for {} s", events == POLLIN ? "was silent" : "read nothing",
                                    silence.count() / 1000));
        if (errno != EINTR)
            return failErrno("waiting for the peer");
    }
}

void Wire::beginPace(Duration patience, std::uint64_t slowestBytes)
{
    pace_ = {patience, slowestBytes, 0, {}};
}

// Who reads a byte now and then is never silent, and would keep a place for ever.
Result<void> Wire::waitToSend(Duration silence)
{
    auto const begun = std::chrono::steady_clock::now();
    QIANLI_TRY(waitFor(POLLOUT, silence));
    pace_.waited += std::chrono::steady_clock::now() - begun;
    auto const more = std::chrono::seconds(pace_.slowestBytes == 0 ? 0 : pace_.sent / pace_.slowestBytes);
    if (pace_.patience == Duration::max() || pace_.waited <= pace_.patience + more)
        return {};
    return fail(ErrorCode::Unavailable,
                fmt::format("the peer reads too slowly: {} bytes in {} s", pace_.sent,
                            std::chrono::duration_cast<std::chrono::seconds>(pace_.waited).count()));
}

Result<void> Wire::queue(std::span<std::uint8_t const> bytes)
{
    output_.insert(output_.end(), bytes.begin(), bytes.end());
    return flush();
}

Result<void> Wire::queueCommand(std::uint8_t contextId, dicom::CommandSet command)
{
    command.set(dicom::command::dataSetType, dicom::command::noDataSet);
    auto const bytes = command.encode();
    Gather gather;
    addCommand(gather, contextId, bytes);
    for (auto const& piece : gather.next()) {
        auto const* from = static_cast<std::uint8_t const*>(piece.iov_base);
        output_.insert(output_.end(), from, from + piece.iov_len);
    }
    return flush();
}

Result<void> Wire::flush()
{
    while (hasOutput()) {
        QIANLI_ASSIGN(auto const moved, sendSome(std::span(output_).subspan(outputSent_)));
        if (moved.line == Line::Waits)
            return {};
        outputSent_ += moved.bytes;
        pace_.sent += moved.bytes;
    }
    output_ = {};
    outputSent_ = 0;
    return {};
}

void Wire::addCommand(Gather& gather, std::uint8_t contextId, std::vector<std::uint8_t> const& command) const
{
    for (std::span<std::uint8_t const> rest(command); !rest.empty();) {
        auto const part = rest.first(std::min(rest.size(), fragmentBytes_));
        rest = rest.subspan(part.size());
        gather.addFragment(contextId, rest.empty() ? commandFragment | lastFragment : commandFragment, part);
    }
}

void Wire::addDataSet(Gather& gather, std::uint8_t contextId, std::span<std::uint8_t const> bytes, bool last) const
{
    do {
        auto const part = bytes.first(std::min(bytes.size(), fragmentBytes_));
        bytes = bytes.subspan(part.size());
        gather.addFragment(contextId, last && bytes.empty() ? lastFragment : 0, part);
    } while (!bytes.empty());
}

// What can't be sent to its end ends the connection: whatever followed would be taken for the rest.
Result<void> Wire::sendAll(Gather& gather, Duration silence)
{
    auto sent = sendEach(gather, silence);
    if (!sent)
        shutDown();
    return sent;
}

Result<void> Wire::sendEach(Gather& gather, Duration silence)
{
    while (hasOutput()) {
        QIANLI_TRY(flush());
        if (hasOutput())
            QIANLI_TRY(waitToSend(silence));
    }
    return tls_ ? sendSecurely(gather, silence) : sendPieces(gather, silence);
}

// Records as large as they may be, whatever the pieces are.
Result<void> Wire::sendSecurely(Gather& gather, Duration silence)
{
    std::vector<std::uint8_t> record;
    record.reserve(largestRecord);
    while (!gather.empty()) {
        record.clear();
        gather.moveTo(record, largestRecord);
        for (std::span<std::uint8_t const> rest(record); !rest.empty();) {
            QIANLI_ASSIGN(auto const moved, sendSome(rest));
            rest = rest.subspan(moved.bytes);
            pace_.sent += moved.bytes;
            if (moved.line == Line::Waits)
                QIANLI_TRY(waitToSend(silence));
        }
    }
    return {};
}

Result<void> Wire::sendPieces(Gather& gather, Duration silence)
{
    while (!gather.empty()) {
        auto const pieces = gather.next();
        msghdr message{};
        message.msg_iov = pieces.data();
        message.msg_iovlen = pieces.size();
        auto const count = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count > 0) {
            gather.sent(static_cast<std::size_t>(count));
            pace_.sent += static_cast<std::size_t>(count);
        } else if (count < 0 && wouldBlock()) {
            QIANLI_TRY(waitToSend(silence));
        } else if (count < 0 && errno != EINTR) {
            return failErrno("sending to the peer");
        }
    }
    return {};
}

Result<void> Wire::send(std::uint8_t contextId, dicom::CommandSet command, Duration silence)
{
    command.set(dicom::command::dataSetType, dicom::command::noDataSet);
    auto const bytes = command.encode();
    Gather gather;
    addCommand(gather, contextId, bytes);
    return sendAll(gather, silence);
}

Result<void> Wire::send(std::uint8_t contextId, dicom::CommandSet command, std::span<std::uint8_t const> dataSet,
                        Duration silence)
{
    command.set(dicom::command::dataSetType, std::uint16_t{1});
    auto const bytes = command.encode();
    Gather gather;
    addCommand(gather, contextId, bytes);
    addDataSet(gather, contextId, dataSet, true);
    return sendAll(gather, silence);
}

Result<void> Wire::send(std::uint8_t contextId, dicom::CommandSet command, dicom::OutgoingObject const& object,
                        Duration silence)
{
    if (pace_.slowestBytes == 0)
        beginPace(pace_.patience, 0);
    if (!object.bytes.empty() || object.dataSetLength == 0)
        return send(contextId, std::move(command), object.bytes, silence);
    command.set(dicom::command::dataSetType, std::uint16_t{1});
    auto const bytes = command.encode();
    Gather gather;
    addCommand(gather, contextId, bytes);
    std::vector<std::uint8_t> buffer(std::max<std::size_t>(fileBlock / fragmentBytes_, 1) * fragmentBytes_);
    for (std::uint64_t sent = 0; sent < object.dataSetLength;) {
        auto const part = std::span(buffer).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), object.dataSetLength - sent)));
        if (auto read = readAllAt(object.descriptor, part, object.dataSetOffset + sent); !read) {
            shutDown(); // in the middle of a message nothing else may follow
            return read;
        }
        sent += part.size();
        addDataSet(gather, contextId, part, sent == object.dataSetLength);
        QIANLI_TRY(sendAll(gather, silence));
        gather.clear();
    }
    return {};
}

void Wire::sayNoMore()
{
    if (tls_)
        tls_->sayNoMore();
    ::shutdown(socket_.get(), SHUT_WR);
}

void Wire::shutDown()
{
    shutDown_ = true;
    ::shutdown(socket_.get(), SHUT_RDWR);
}

} // namespace qianli::gateway
