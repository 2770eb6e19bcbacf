#include "gateway/audit/syslog_forwarder.h"

#include "common/base/enduring.h"
#include "common/base/log.h"
#include "common/base/text.h"

#include <cerrno>
#include <charconv>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

using Steady = std::chrono::steady_clock;
using State = crypto::TlsSession::State;

constexpr std::size_t atOnce = 200;
constexpr int glance = 200; // milliseconds between looks for new entries

std::filesystem::path markFile(std::filesystem::path const& keys)
{
    return keys / "syslog.mark";
}

// "812 3f09…": the last entry that the collector has, and its hash.
TrailPoint readMark(std::filesystem::path const& keys)
{
    constexpr std::size_t longest = 128;
    auto const text = readFile(markFile(keys), longest);
    TrailPoint mark;
    if (text)
        if (auto const parts = text::split(text->substr(0, text->find('\n')), ' '); parts.size() == 2)
            if (auto const [end, error] =
                    std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), mark.sequence);
                error == std::errc())
                mark.hash = parts[1];
    return mark.hash.empty() ? TrailPoint{} : mark;
}

struct Addresses {
    addrinfo* list = nullptr;
    ~Addresses()
    {
        if (list != nullptr)
            ::freeaddrinfo(list);
    }
};

} // namespace

SyslogForwarder::SyslogForwarder(SyslogSettings settings) : settings_(std::move(settings)), reader_(settings_.folder)
{
    auto mark = readMark(settings_.keys);
    collected_ = mark.sequence;
    collectedHash_ = std::move(mark.hash);
    thread_ = std::thread([this] { run(); });
}

SyslogForwarder::~SyslogForwarder()
{
    stop();
}

void SyslogForwarder::stop()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    stops_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

bool SyslogForwarder::waits(Duration time)
{
    std::unique_lock lock(mutex_);
    return !stops_.wait_for(lock, time, [this] { return stopping_.load(); });
}

void SyslogForwarder::run()
{
    auto delay = settings_.retry;
    while (!stopping_) {
        if (endure([&] { turn(delay); }))
            continue;
        disconnect(); // it may lack what was read last: it begins behind its mark
        waits(settings_.retry);
    }
    disconnect();
}

void SyslogForwarder::turn(Duration& delay)
{
    auto done = session_ ? Result<void>() : connect();
    if (done && awaySince_) {
        awaySince_.reset();
        delay = settings_.retry;
        log::information("audit collector {}:{}: connected, from entry {} on", settings_.host, settings_.port,
                         collected_ + 1);
        if (settings_.alarms != nullptr)
            settings_.alarms->clear("audit", "collector");
    }
    if (done)
        done = goOn();
    if (done)
        return;
    disconnect();
    noteAway(done.error());
    waits(delay);
    delay = std::min(delay * 2, settings_.longestRetry);
}

Result<void> SyslogForwarder::waitFor(short events)
{
    auto const end = Steady::now() + settings_.patience;
    while (!stopping_ && Steady::now() < end) {
        pollfd waiting{socket_.get(), events, 0};
        if (::poll(&waiting, 1, glance) > 0)
            return {};
    }
    return stopping_ ? fail(ErrorCode::Cancelled, "the gateway is stopping")
                     : fail(ErrorCode::Unavailable, "no answer in time");
}

Result<void> SyslogForwarder::connect()
{
    QIANLI_ASSIGN(auto context, crypto::TlsContext::client(settings_.tls));
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    Addresses found;
    if (int const failed =
            ::getaddrinfo(settings_.host.c_str(), fmt::format("{}", settings_.port).c_str(), &hints, &found.list);
        failed != 0)
        return fail(ErrorCode::Unavailable, ::gai_strerror(failed));
    socket_ = FileDescriptor(
        ::socket(found.list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, found.list->ai_protocol));
    if (!socket_)
        return failErrno("a socket");
    if (::connect(socket_.get(), found.list->ai_addr, found.list->ai_addrlen) != 0 && errno != EINPROGRESS)
        return failErrno("connecting");
    QIANLI_TRY(waitFor(POLLOUT));
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0) {
        errno = error;
        return failErrno("connecting");
    }
    int const on = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    QIANLI_ASSIGN(session_, crypto::TlsSession::connect(std::move(context), socket_.get(), settings_.host));
    for (;;) {
        QIANLI_ASSIGN(auto const state, session_->handshake());
        if (state == State::Done)
            break;
        if (state == State::Ended)
            return fail(ErrorCode::Unavailable, "it closed the connection");
        QIANLI_TRY(waitFor(state == State::WantsInput ? POLLIN : POLLOUT));
    }
    QIANLI_TRY(checkMark());
    sent_ = taken_ = {collected_, collectedHash_};
    reader_.seek(collected_);
    return {};
}

Result<void> SyslogForwarder::goOn()
{
    QIANLI_ASSIGN(auto const lines, reader_.next(atOnce));
    if (!lines.empty()) {
        std::string frames;
        for (auto const& line : lines)
            frames += syslogFrame(line.entry, line.text, settings_.source);
        QIANLI_TRY(write(frames));
        sent_ = {lines.back().entry.sequence, lines.back().entry.hash};
    } else {
        pollfd waiting{socket_.get(), POLLIN, 0};
        ::poll(&waiting, 1, glance);
    }
    noteTaken();
    return lookAtPeer();
}

Result<void> SyslogForwarder::write(std::string const& bytes)
{
    std::span<std::uint8_t const> rest(reinterpret_cast<std::uint8_t const*>(bytes.data()), bytes.size());
    while (!rest.empty()) {
        QIANLI_ASSIGN(auto const progress, session_->write(rest));
        if (progress.state == State::Ended)
            return fail(ErrorCode::Unavailable, "it closed the connection");
        rest = rest.subspan(progress.bytes);
        if (progress.state != State::Done)
            QIANLI_TRY(waitFor(progress.state == State::WantsInput ? POLLIN : POLLOUT));
    }
    return {};
}

// It has nothing to say; but that is how one learns that it has gone.
Result<void> SyslogForwarder::lookAtPeer()
{
    std::uint8_t buffer[4096];
    for (;;) {
        QIANLI_ASSIGN(auto const progress, session_->read(buffer));
        if (progress.state == State::Ended)
            return fail(ErrorCode::Unavailable, "it closed the connection");
        if (progress.state != State::Done)
            return {};
    }
}

void SyslogForwarder::noteTaken()
{
    auto const now = Steady::now();
    if (taken_.sequence > collected_ && now - takenAt_ >= settings_.settle)
        save();
    int waiting = 0;
    if (taken_.sequence <= collected_ && sent_.sequence > taken_.sequence &&
        ::ioctl(socket_.get(), SIOCOUTQ, &waiting) == 0 && waiting == 0) {
        taken_ = sent_;
        takenAt_ = now;
    }
}

void SyslogForwarder::save()
{
    auto const text = fmt::format("{} {}\n", taken_.sequence, taken_.hash);
    if (auto const written = writeFileDurably(markFile(settings_.keys), text, 0600); !written) {
        log::warning("audit collector: how far it is can't be noted: {}", written.error().message);
        return;
    }
    collected_ = taken_.sequence;
    collectedHash_ = taken_.hash;
}

// A mark that is not of this trail would pass over what the collector has not got.
Result<void> SyslogForwarder::checkMark()
{
    if (collected_ == 0)
        return {};
    QIANLI_ASSIGN(bool const there, holds(settings_.folder, {collected_, collectedHash_}));
    if (there)
        return {};
    reader_.seek(0);
    QIANLI_ASSIGN(auto const first, reader_.next(1));
    // What it has may have gone after its time; then what is kept is all behind it, and follows it.
    bool const trimmed =
        !first.empty() && (first[0].entry.sequence > collected_ + 1 ||
                           (first[0].entry.sequence == collected_ + 1 && first[0].entry.prev == collectedHash_));
    if (trimmed)
        return {};
    auto const text = fmt::format("keys/syslog.mark says that the collector has entry {}, which is not in the trail: "
                                  "everything that is kept is sent again",
                                  collected_.load());
    collected_ = 0;
    collectedHash_.clear();
    if (settings_.alarms != nullptr)
        settings_.alarms->raise("audit", "mark", text,
                                "say `audit verify`: the trail or the mark was changed; the alarm ends with the next "
                                "start");
    return {};
}

void SyslogForwarder::disconnect()
{
    if (session_)
        session_->sayNoMore();
    session_.reset();
    socket_ = {};
}

void SyslogForwarder::noteAway(Error const& error)
{
    auto const now = Steady::now();
    if (!awaySince_) {
        awaySince_ = now;
        log::warning("audit collector {}:{}: {}; entries wait in {}", settings_.host, settings_.port, error.message,
                     settings_.folder.string());
    }
    if (settings_.alarms != nullptr && now - *awaySince_ >= settings_.awayFor)
        settings_.alarms->raise(
            "audit", "collector",
            fmt::format("the audit collector {}:{} is away: {}", settings_.host, settings_.port, error.message),
            "nothing is lost: entries wait in data/audit; look after the collector, its certificate "
            "and [audit] in the configuration");
}

} // namespace qianli::gateway
