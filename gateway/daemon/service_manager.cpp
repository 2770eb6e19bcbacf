#include "gateway/daemon/service_manager.h"

#include "common/base/enduring.h"
#include "common/base/file.h"
#include "common/base/log.h"

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

std::string environment(char const* name)
{
    char const* const value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::optional<std::int64_t> numberIn(char const* name)
{
    auto const text = environment(name);
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value > 0 ? std::optional(value) : std::nullopt;
}

std::optional<std::chrono::microseconds> watchdogInterval()
{
    auto const interval = numberIn("WATCHDOG_USEC");
    auto const process = numberIn("WATCHDOG_PID");
    if (!interval || (process && *process != ::getpid()))
        return std::nullopt;
    return std::chrono::microseconds(*interval);
}

} // namespace

ServiceManager ServiceManager::fromEnvironment()
{
    return ServiceManager(environment("NOTIFY_SOCKET"), watchdogInterval());
}

ServiceManager::ServiceManager(std::string socket, std::optional<std::chrono::microseconds> watchdog)
    : socket_(std::move(socket)), watchdog_(watchdog)
{
}

ServiceManager::~ServiceManager()
{
    stopWatchdog();
}

void ServiceManager::notify(std::string const& state) const
{
    sockaddr_un address{};
    if (socket_.empty() || socket_.size() >= sizeof address.sun_path)
        return;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    if (socket_.front() == '@')
        address.sun_path[0] = '\0'; // a name without a file
    FileDescriptor const sender(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    auto const length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    if (::sendto(sender.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr const*>(&address),
                 length) < 0)
        log::debug("the service manager could not be told: {}", std::strerror(errno));
}

void ServiceManager::ready(std::string_view status)
{
    notify(fmt::format("READY=1\nSTATUS={}\nMAINPID={}", status, ::getpid()));
}

void ServiceManager::reloading()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
}

void ServiceManager::stopping()
{
    notify("STOPPING=1\nSTATUS=ending");
}

void ServiceManager::startWatchdog(std::function<std::optional<std::string>()> fault)
{
    if (!watchdog_ || socket_.empty())
        return;
    thread_ = std::thread([this, fault = std::move(fault)] { watch(fault); });
}

bool ServiceManager::tellHealth(std::optional<std::string> const& fault, bool wasWell) const
{
    if (!fault) {
        notify(wasWell ? "WATCHDOG=1" : "WATCHDOG=1\nSTATUS=serving");
        return true;
    }
    if (wasWell)
        log::error("{}; the service manager is not told that all is well", *fault);
    notify("STATUS=" + *fault);
    return false;
}

void ServiceManager::watch(std::function<std::optional<std::string>()> const& fault)
{
    bool wasWell = true;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        endure([&] { wasWell = tellHealth(fault(), wasWell); });
        lock.lock();
        wake_.wait_for(lock, *watchdog_ / 3, [this] { return stopping_; });
    }
}

void ServiceManager::stopWatchdog()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

} // namespace qianli::gateway
