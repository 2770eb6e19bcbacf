// serve: the daemon, in the foreground; config check: is the file right.
#include "gateway/cli/commands.h"
#include "gateway/daemon/daemon.h"

#include "common/base/log.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

// The signals that this thread waits for; blocked before any other thread starts, so that no other gets them.
sigset_t blockSignals()
{
    sigset_t signals;
    sigemptyset(&signals);
    for (int const signal : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&signals, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // A peer that went away is an error of a write, not our end.
    std::signal(SIGPIPE, SIG_IGN);
    return signals;
}

} // namespace

Result<void> serve(Context& context)
{
    sigset_t const signals = blockSignals();
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    QIANLI_ASSIGN(auto daemon, Daemon::start(*configuration, context.clock()));
    fmt::print("ready\n");
    std::fflush(stdout);
    for (;;) {
        int const signal = ::sigwaitinfo(&signals, nullptr);
        if (signal < 0 && errno == EINTR)
            continue;
        if (signal != SIGHUP)
            break;
        if (auto const reloaded = daemon->reload(); !reloaded)
            log::error("the configuration stays as it was: {}", reloaded.error().message);
    }
    log::information("ending");
    return daemon->stop();
}

Result<void> configCheck(Context& context)
{
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    context.out().line(fmt::format("{} is right: {} sites, {} stations, {} peers", configuration->file.string(),
                                   configuration->sites.size(), configuration->stations.size(),
                                   configuration->peers.size()));
    context.out().json({{"file", configuration->file.string()},
                        {"data", configuration->data.string()},
                        {"sites", configuration->sites.size()},
                        {"stations", configuration->stations.size()},
                        {"peers", configuration->peers.size()}});
    return {};
}

} // namespace qianli::gateway::cli
