// serve: the daemon, in the foreground; config check: is the file right.
#include "gateway/association/tls_setup.h"
#include "gateway/cli/commands.h"
#include "gateway/configuration/tls_section.h"
#include "gateway/daemon/daemon.h"
#include "gateway/daemon/service_manager.h"
#include "gateway/upkeep/doctor.h"
#include "gateway/web/web_server.h"

#include "common/base/log.h"
#include "common/base/memory_arenas.h"
#include "common/base/memory_reserve.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

// What is at work when the system gives no more must be able to finish; untouched, it costs address space only.
constexpr std::size_t memoryReserve = 64 << 20;

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
    useFewArenas();
    sigset_t const signals = blockSignals();
    auto manager = ServiceManager::fromEnvironment();
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    MemoryReserve::keep(memoryReserve);
    QIANLI_ASSIGN(auto daemon, Daemon::start(*configuration, context.clock()));
    fmt::print("ready\n");
    std::fflush(stdout);
    manager.ready("serving");
    manager.startWatchdog([&daemon] { return daemon->fault(); });
    for (;;) {
        int const signal = ::sigwaitinfo(&signals, nullptr);
        if (signal < 0 && errno == EINTR)
            continue;
        if (signal != SIGHUP)
            break;
        manager.reloading();
        auto const reloaded = daemon->reload();
        if (!reloaded)
            log::error("the configuration stays as it was: {}", reloaded.error().message);
        manager.ready(reloaded ? "serving" : "serving; the configuration has a mistake and stays as it was");
    }
    log::information("ending");
    manager.stopping();
    manager.stopWatchdog();
    return daemon->stop();
}

Result<void> configCheck(Context& context)
{
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    QIANLI_TRY(DicomTls::open(configuration->dicom));
    QIANLI_TRY(WebServer::checkCertificate(configuration->http));
    auto warnings = warningsAbout(*configuration);
    for (auto const& finding : examineCertificates(*configuration, context.clock().now()))
        warnings.push_back(finding.text);
    for (auto const& warning : warnings)
        context.out().line("warning: " + warning);
    context.out().line(fmt::format("{} is right: {} sites, {} stations, {} peers", configuration->file.string(),
                                   configuration->sites.size(), configuration->stations.size(),
                                   configuration->peers.size()));
    context.out().json({{"file", configuration->file.string()},
                        {"data", configuration->data.string()},
                        {"sites", configuration->sites.size()},
                        {"stations", configuration->stations.size()},
                        {"peers", configuration->peers.size()},
                        {"warnings", warnings}});
    return {};
}

} // namespace qianli::gateway::cli
