#include "tests/bench/caller.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <climits>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <thread>

namespace qianli::bench {
namespace {

namespace command = dicom::command;
using Bytes = std::vector<std::uint8_t>;
using Span = std::span<std::uint8_t const>;

// PS3.8 9.3.1.
enum PduType : std::uint8_t { associateRq = 1, associateAc = 2, associateRj = 3, pData = 4, releaseRq = 5 };

constexpr char verificationClass[] = "1.2.840.10008.1.1";
constexpr char findClass[] = "1.2.840.10008.5.1.4.1.2.2.1";
constexpr char implicitLittle[] = "1.2.840.10008.1.2";

struct Proposed {
    std::uint8_t id;
    char const *abstractSyntax, *transferSyntax;
};
constexpr Proposed proposed[] = {{1, verificationClass, implicitLittle},
                                 {3, "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"},
                                 {5, "1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.1.2.1"},
                                 {7, findClass, implicitLittle}};

std::uint8_t contextOf(std::string_view abstractSyntax)
{
    for (auto const& context : proposed)
        if (abstractSyntax == context.abstractSyntax)
            return context.id;
    return 0;
}

void appendBig(Bytes& out, std::uint32_t value, int bytes)
{
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(value >> shift & 0xFF));
}

std::uint32_t readBig(Span bytes, std::size_t at, int count)
{
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i)
        value = value << 8 | bytes[at + static_cast<std::size_t>(i)];
    return value;
}

void appendItem(Bytes& out, std::uint8_t type, Span value)
{
    out.push_back(type);
    out.push_back(0);
    appendBig(out, static_cast<std::uint32_t>(value.size()), 2);
    out.insert(out.end(), value.begin(), value.end());
}

Bytes bytesOf(std::string_view text)
{
    return {text.begin(), text.end()};
}

void appendTitle(Bytes& out, std::string title)
{
    title.resize(16, ' ');
    out.insert(out.end(), title.begin(), title.end());
}

Bytes pduHeader(std::uint8_t type, std::size_t length)
{
    Bytes header{type, 0};
    appendBig(header, static_cast<std::uint32_t>(length), 4);
    return header;
}

// PS3.8 9.3.2.
Bytes associateRequest(Line const& line)
{
    Bytes body{0, 1, 0, 0};
    appendTitle(body, line.calledAe);
    appendTitle(body, line.callingAe);
    body.resize(body.size() + 32);
    appendItem(body, 0x10, bytesOf("1.2.840.10008.3.1.1.1"));
    for (auto const& context : proposed) {
        Bytes item{context.id, 0, 0, 0};
        appendItem(item, 0x30, bytesOf(context.abstractSyntax));
        appendItem(item, 0x40, bytesOf(context.transferSyntax));
        appendItem(body, 0x20, item);
    }
    Bytes user;
    appendItem(user, 0x51, Bytes{0, 2, 0, 0});
    appendItem(user, 0x52, bytesOf("2.999.1"));
    appendItem(body, 0x50, user);
    Bytes pdu = pduHeader(associateRq, body.size());
    pdu.insert(pdu.end(), body.begin(), body.end());
    return pdu;
}

Result<void> writeVector(int socket, std::vector<iovec>& parts)
{
    for (std::size_t first = 0; first < parts.size();) {
        auto const count = static_cast<int>(std::min<std::size_t>(parts.size() - first, IOV_MAX));
        ssize_t const result = ::writev(socket, &parts[first], count);
        if (result < 0 && errno == EINTR)
            continue;
        if (result < 0)
            return failErrno("sending");
        auto written = static_cast<std::size_t>(result);
        while (first < parts.size() && written >= parts[first].iov_len)
            written -= parts[first++].iov_len;
        if (written > 0) {
            parts[first].iov_base = static_cast<std::uint8_t*>(parts[first].iov_base) + written;
            parts[first].iov_len -= written;
        }
    }
    return {};
}

iovec part(Span bytes)
{
    return {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
}

Result<FileDescriptor> connectFrom(Line const& line)
{
    FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket)
        return failErrno("socket");
    int const on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    timeval const patience{120, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in from{}, to{};
    from.sin_family = to.sin_family = AF_INET;
    if (::inet_pton(AF_INET, line.source.c_str(), &from.sin_addr) != 1)
        return fail(ErrorCode::InvalidInput, line.source + " is no address");
    to.sin_port = htons(line.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&from), sizeof from) != 0)
        return failErrno("binding to " + line.source);
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
        return failErrno("connecting");
    return socket;
}

// Lets the bytes go out no faster than the line.
class Pace {
public:
    explicit Pace(std::uint64_t bytesPerSecond) : bytesPerSecond_(bytesPerSecond) {}
    bool slows() const { return bytesPerSecond_ > 0; }
    void sent(std::size_t bytes)
    {
        next_ += std::chrono::nanoseconds(1'000'000'000 * bytes / bytesPerSecond_);
        std::this_thread::sleep_until(next_);
    }

private:
    std::uint64_t bytesPerSecond_;
    std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now();
};

constexpr std::size_t pacedFragment = 16384;

// The P-DATA-TF PDUs (PS3.8 9.3.5) of one message, each with one PDV; what lies in `bytes` must outlive it.
class Fragments {
public:
    Fragments(std::uint8_t context, std::size_t fragment) : context_(context), fragment_(fragment) {}

    void add(std::vector<Span> const& bytes, std::uint8_t kind)
    {
        std::size_t left = 0;
        for (Span const piece : bytes)
            left += piece.size();
        std::size_t at = 0, piece = 0;
        while (left > 0) {
            std::size_t const length = std::min(left, fragment_);
            left -= length;
            Bytes header = pduHeader(pData, length + 6);
            appendBig(header, static_cast<std::uint32_t>(length + 2), 4);
            header.push_back(context_);
            header.push_back(static_cast<std::uint8_t>(kind | (left == 0 ? 2 : 0)));
            headers_.push_back(std::move(header));
            parts_.push_back(part(headers_.back())); // the bytes stay where they are when headers_ grows
            for (std::size_t missing = length; missing > 0;) {
                std::size_t const taken = std::min(missing, bytes[piece].size() - at);
                parts_.push_back(part(bytes[piece].subspan(at, taken)));
                missing -= taken;
                at += taken;
                if (at == bytes[piece].size()) {
                    ++piece;
                    at = 0;
                }
            }
        }
    }

    Result<void> sendAll(int socket) { return writeVector(socket, parts_); }

    Result<void> sendPaced(int socket, Pace pace)
    {
        for (auto const& each : parts_) {
            std::vector<iovec> one{each};
            QIANLI_TRY(writeVector(socket, one));
            if (each.iov_len > 64)
                pace.sent(each.iov_len);
        }
        return {};
    }

private:
    std::uint8_t context_;
    std::size_t fragment_;
    std::vector<Bytes> headers_;
    std::vector<iovec> parts_;
};

Bytes studyIdentifier(std::string const& studyUid)
{
    Bytes identifier;
    auto const add = [&](std::uint16_t group, std::uint16_t element, std::string value, char padding) {
        if (value.size() % 2 != 0)
            value += padding;
        auto const length = static_cast<std::uint8_t>(value.size()); // a UID or "STUDY": below 256
        for (unsigned const number : {unsigned{group}, unsigned{element}}) {
            identifier.push_back(static_cast<std::uint8_t>(number & 0xFF));
            identifier.push_back(static_cast<std::uint8_t>(number >> 8));
        }
        identifier.insert(identifier.end(), {length, 0, 0, 0});
        identifier.insert(identifier.end(), value.begin(), value.end());
    };
    add(0x0008, 0x0052, "STUDY", ' ');
    add(0x0020, 0x000D, studyUid, '\0');
    return identifier;
}

} // namespace

Result<Caller> Caller::connect(Line const& line)
{
    QIANLI_ASSIGN(auto socket, connectFrom(line));
    Caller caller(line, std::move(socket));
    QIANLI_TRY(caller.associate());
    return caller;
}

Result<void> Caller::associate()
{
    QIANLI_TRY(writeAll(socket_.get(), associateRequest(line_)));
    QIANLI_ASSIGN(auto const answer, readPdu());
    if (answer.type == associateRj && answer.body.size() >= 4) {
        bool const transient = answer.body[1] == 2;
        return fail(transient ? ErrorCode::LimitExceeded : ErrorCode::Refused,
                    fmt::format("association rejected: result {}, source {}, reason {}", answer.body[1], answer.body[2],
                                answer.body[3]));
    }
    if (answer.type != associateAc)
        return fail(ErrorCode::Refused, fmt::format("association answered with a PDU of type {}", answer.type));
    return readAccept(answer.body);
}

Result<void> Caller::readAccept(std::vector<std::uint8_t> const& body)
{
    constexpr std::size_t itemsStart = 68;
    for (std::size_t at = itemsStart; at + 4 <= body.size();) {
        std::size_t const length = readBig(body, at + 2, 2), value = at + 4;
        if (length > body.size() - value)
            return fail(ErrorCode::InvalidInput, "an item of A-ASSOCIATE-AC is longer than the PDU");
        if (body[at] == 0x21 && length >= 4 && body[value + 2] != 0)
            return fail(ErrorCode::Refused, fmt::format("presentation context {} was refused", body[value]));
        if (body[at] == 0x50 && length >= 8 && body[value] == 0x51) // the maximum length comes first in all we know
            if (auto const most = readBig(body, value + 4, 4); most != 0)
                fragment_ = std::min<std::uint32_t>(most, 131072) - 6;
        at = value + length;
    }
    return {};
}

Result<void> Caller::echo()
{
    auto request = dicom::CommandSet(command::echoRequest);
    request.set(command::affectedSopClass, dicom::Uid::ofKnown(verificationClass));
    QIANLI_TRY(send(contextOf(verificationClass), request, {}));
    QIANLI_ASSIGN(auto const answer, response());
    if (answer.number(command::status) != 0)
        return fail(ErrorCode::Refused, "C-ECHO was refused");
    return {};
}

Result<std::uint16_t> Caller::store(Object const& object, Priority priority)
{
    auto request = dicom::CommandSet(command::storeRequest);
    request.set(command::affectedSopClass, dicom::Uid::ofKnown(object.sopClass));
    request.set(command::affectedSopInstance, dicom::Uid::ofKnown(object.sopInstance));
    request.set(command::priority, static_cast<std::uint16_t>(priority));
    QIANLI_TRY(send(contextOf(object.sopClass), request, {object.head, object.pixels}));
    QIANLI_ASSIGN(auto const answer, response());
    return answer.number(command::status).value_or(0xFFFF);
}

Result<bool> Caller::sees(std::string const& studyUid)
{
    auto request = dicom::CommandSet(command::findRequest);
    request.set(command::affectedSopClass, dicom::Uid::ofKnown(findClass));
    request.set(command::priority, static_cast<std::uint16_t>(Priority::Medium));
    auto const identifier = studyIdentifier(studyUid);
    QIANLI_TRY(send(contextOf(findClass), request, {identifier}));
    for (bool found = false;; found = true) {
        QIANLI_ASSIGN(auto const answer, response());
        auto const status = answer.number(command::status).value_or(0xFFFF);
        if (status == 0)
            return found;
        if (status != 0xFF00 && status != 0xFF01)
            return fail(ErrorCode::Refused, fmt::format("C-FIND ended with status {:04X}H", status));
    }
}

Result<void> Caller::release()
{
    Bytes pdu = pduHeader(releaseRq, 4);
    pdu.resize(10);
    QIANLI_TRY(writeAll(socket_.get(), pdu));
    QIANLI_TRY(readPdu());
    return socket_.close();
}

Result<void> Caller::send(std::uint8_t context, dicom::CommandSet const& request, std::vector<Span> const& dataSet)
{
    auto withId = request;
    withId.set(command::messageId, ++messageId_);
    withId.set(command::dataSetType, dataSet.empty() ? command::noDataSet : std::uint16_t{1});
    auto const encoded = withId.encode();
    Pace const pace(line_.bytesPerSecond);
    Fragments fragments(context, pace.slows() ? std::min<std::size_t>(fragment_, pacedFragment) : fragment_);
    fragments.add({encoded}, 1);
    if (!dataSet.empty())
        fragments.add(dataSet, 0);
    return pace.slows() && !dataSet.empty() ? fragments.sendPaced(socket_.get(), pace)
                                            : fragments.sendAll(socket_.get());
}

Result<dicom::CommandSet> Caller::response()
{
    Bytes encoded;
    std::optional<dicom::CommandSet> answer;
    for (;;) {
        QIANLI_ASSIGN(auto const pdu, readPdu());
        if (pdu.type != pData)
            return fail(ErrorCode::Unavailable, fmt::format("a PDU of type {} came instead of a response", pdu.type));
        for (std::size_t at = 0; at + 6 <= pdu.body.size();) {
            std::size_t const length = readBig(pdu.body, at, 4);
            if (length < 2 || length > pdu.body.size() - at - 4)
                return fail(ErrorCode::InvalidInput, "a PDV is longer than its PDU");
            std::uint8_t const kind = pdu.body[at + 5];
            auto const value = Span(pdu.body).subspan(at + 6, length - 2);
            at += 4 + length;
            if (kind & 1)
                encoded.insert(encoded.end(), value.begin(), value.end());
            if (kind == 3) {
                QIANLI_ASSIGN(answer, dicom::CommandSet::parse(encoded));
            }
            if (answer && (kind & 2) != 0 && (!answer->hasDataSet() || (kind & 1) == 0))
                return *answer;
        }
    }
}

Result<Caller::Pdu> Caller::readPdu()
{
    std::uint8_t header[6];
    QIANLI_TRY(readExactly(header));
    Pdu pdu{header[0], {}};
    std::uint32_t const length = readBig(header, 2, 4);
    if (length > 1 << 20)
        return fail(ErrorCode::LimitExceeded, fmt::format("a PDU of {} bytes", length));
    pdu.body.resize(length);
    QIANLI_TRY(readExactly(pdu.body));
    return pdu;
}

Result<void> Caller::readExactly(std::span<std::uint8_t> bytes)
{
    while (!bytes.empty()) {
        ssize_t const result = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
        if (result < 0 && errno == EINTR)
            continue;
        if (result < 0)
            return failErrno("waiting for an answer");
        if (result == 0)
            return fail(ErrorCode::Unavailable, "the connection was closed");
        bytes = bytes.subspan(static_cast<std::size_t>(result));
    }
    return {};
}

} // namespace qianli::bench
