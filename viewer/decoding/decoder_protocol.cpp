#include "viewer/decoding/decoder_protocol.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace qianli::viewer {
namespace {

constexpr char readyWord = 'R';
constexpr std::uint64_t largestFrame = 1ull << 31;

// An answer as it travels. Its texts end at the first NUL or with their place.
struct AnswerMessage {
    std::uint32_t outcome = 0; // 0: pixels; else an ErrorCode and one
    std::uint32_t rows = 0, columns = 0;
    std::uint64_t token = 0;
    std::uint16_t samplesPerPixel = 0, bitsAllocated = 0, bitsStored = 0, highBit = 0;
    std::uint16_t isSigned = 0, isFloat = 0;
    std::array<char, 24> photometric{};
    std::array<char, 1000> message{};
};

template <std::size_t size>
void put(std::array<char, size>& place, std::string const& text)
{
    std::copy_n(text.begin(), std::min(text.size(), size), place.begin());
}

// The words go into a window: what no sentence holds is left out.
template <std::size_t size>
std::string take(std::array<char, size> const& place)
{
    std::string text(place.begin(), std::find(place.begin(), place.end(), '\0'));
    std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    return text;
}

bool canBe(PixelFormat const& format)
{
    bool const widths = format.bitsAllocated == 8 || format.bitsAllocated == 16 || format.bitsAllocated == 32 ||
                        (format.bitsAllocated == 64 && format.kind == PixelKind::Float);
    return widths && format.rows > 0 && format.columns > 0 && format.rows <= 65535 && format.columns <= 65535 &&
           format.samplesPerPixel > 0 && format.samplesPerPixel <= 4 && format.bitsStored > 0 &&
           format.bitsStored <= format.bitsAllocated && format.highBit < format.bitsAllocated &&
           format.highBit + 1 >= format.bitsStored && format.frameBytes() <= largestFrame;
}

} // namespace

bool sendReady(int socket)
{
    return ::send(socket, &readyWord, 1, MSG_NOSIGNAL) == 1;
}

bool receiveReady(int socket)
{
    char word = 0;
    return ::recv(socket, &word, 1, MSG_DONTWAIT) == 1 && word == readyWord;
}

Result<void> sendJob(int socket, Job const& job, int file)
{
    Job copy = job;
    iovec part{&copy, sizeof copy};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &file, sizeof file);
    if (::sendmsg(socket, &message, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof copy))
        return failErrno("asking a decoder");
    return {};
}

std::optional<ReceivedJob> receiveJob(int socket)
{
    ReceivedJob received;
    iovec part{&received.job, sizeof received.job};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t got = 0;
    do
        got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    cmsghdr const* const header = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS)
        return std::nullopt;
    int file = -1;
    std::memcpy(&file, CMSG_DATA(header), sizeof file);
    received.file = FileDescriptor(file);
    if (got != static_cast<ssize_t>(sizeof received.job))
        return std::nullopt;
    return received;
}

bool sendAnswer(int socket, Answer const& answer)
{
    AnswerMessage message;
    PixelFormat const& format = answer.format;
    message.outcome = answer.error ? static_cast<std::uint32_t>(answer.error->code) + 1 : 0;
    if (answer.error)
        put(message.message, answer.error->message);
    message.token = answer.token;
    message.rows = format.rows;
    message.columns = format.columns;
    message.samplesPerPixel = format.samplesPerPixel;
    message.bitsAllocated = format.bitsAllocated;
    message.bitsStored = format.bitsStored;
    message.highBit = format.highBit;
    message.isSigned = format.signedness == Signedness::Signed;
    message.isFloat = format.kind == PixelKind::Float;
    put(message.photometric, format.photometric);
    return ::send(socket, &message, sizeof message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof message);
}

std::optional<Answer> receiveAnswer(int socket)
{
    AnswerMessage message;
    ssize_t got = 0;
    do
        got = ::recv(socket, &message, sizeof message, MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got != static_cast<ssize_t>(sizeof message) ||
        message.outcome > static_cast<std::uint32_t>(ErrorCode::Internal) + 1)
        return std::nullopt;
    Answer answer;
    answer.token = message.token;
    if (message.outcome != 0) {
        answer.error = Error{static_cast<ErrorCode>(message.outcome - 1), take(message.message)};
        if (answer.error->message.empty())
            return std::nullopt;
        return answer;
    }
    answer.format = {message.rows,
                     message.columns,
                     message.samplesPerPixel,
                     message.bitsAllocated,
                     message.bitsStored,
                     message.highBit,
                     message.isSigned != 0 ? Signedness::Signed : Signedness::Unsigned,
                     take(message.photometric),
                     message.isFloat != 0 ? PixelKind::Float : PixelKind::Integer};
    if (!canBe(answer.format))
        return std::nullopt;
    return answer;
}

} // namespace qianli::viewer
