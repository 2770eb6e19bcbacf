// ServiceManager: what systemd wants to know of a service of Type=notify, by datagrams to $NOTIFY_SOCKET
// (sd_notify(3)); without it nothing is sent.
//
// Promise of the watchdog: "WATCHDOG=1" is sent only while `fault` finds nothing, so a gateway that hangs is killed and
// started again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace qianli::gateway {

class ServiceManager {
public:
    // From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
    static ServiceManager fromEnvironment();
    ServiceManager(std::string socket, std::optional<std::chrono::microseconds> watchdog);
    ~ServiceManager(); // stops the watchdog
    ServiceManager(ServiceManager&& other) = delete;

    void ready(std::string_view status);
    void reloading();
    void stopping();
    // Asks `fault` three times in the interval; what it gives is the status.
    void startWatchdog(std::function<std::optional<std::string>()> fault);
    void stopWatchdog();

private:
    void notify(std::string const& state) const;
    bool tellHealth(std::optional<std::string> const& fault, bool wasWell) const;
    void watch(std::function<std::optional<std::string>()> const& fault);

    std::string socket_; // a path, or '@' and a name; empty: none
    std::optional<std::chrono::microseconds> watchdog_;
    std::mutex mutex_; // guards stopping_
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace qianli::gateway
