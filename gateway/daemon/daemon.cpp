#include "gateway/daemon/daemon.h"

#include "gateway/daemon/daemon_parts.h"

#include <cstdlib>

namespace qianli::gateway {
namespace {

// SIGTERM: ten seconds at most (interfaces.md).
constexpr auto stopWithin = std::chrono::milliseconds(9500);
constexpr Duration associationsEndWithin = std::chrono::seconds(7);

// "10.8.0.1:11112, and 2762 with TLS"
std::string dicomPlaces(DicomSettings const& dicom)
{
    if (dicom.tlsPort == 0)
        return dicom.port == 0 ? std::string("no port") : fmt::format("{}:{}", dicom.bind, dicom.port);
    return dicom.port == 0 ? fmt::format("{}:{} with TLS", dicom.bind, dicom.tlsPort)
                           : fmt::format("{}:{}, and {} with TLS", dicom.bind, dicom.port, dicom.tlsPort);
}

} // namespace

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<Daemon>> Daemon::start(Configuration configuration, Clock const& clock)
{
    std::unique_ptr<Daemon> daemon(new Daemon(std::make_unique<Parts>(std::move(configuration), clock)));
    auto& parts = *daemon->parts_;
    parts.reload = [&self = *daemon] { return self.reload(); };
    QIANLI_TRY(parts.openArchive());
    QIANLI_TRY(parts.openWorkflow());
    // Before anybody reads what was begun to be deleted. An index that is being made again is not asked.
    if (!parts.index->rebuilding())
        QIANLI_TRY(parts.deleter(nullptr).resume());
    QIANLI_TRY(parts.openDoors());
    for (auto const& warning : warningsAbout(parts.configuration))
        log::warning("{}", warning);
    parts.open = true;
    parts.finishRecodings();
    auto const place = [](std::string const& bind, std::uint16_t port) {
        return port == 0 ? std::string("no port") : fmt::format("{}:{}", bind, port);
    };
    log::information("{} serves DICOM at {} and HTTP at {}, data in {}", parts.configuration.dicom.aeTitle,
                     dicomPlaces(parts.configuration.dicom),
                     place(parts.configuration.http.bind, parts.configuration.http.port),
                     parts.configuration.data.string());
    return daemon;
}

Daemon::~Daemon()
{
    if (auto const stopped = stop(); !stopped)
        log::error("while ending: {}", stopped.error().message);
}

Result<void> Daemon::reload()
{
    std::lock_guard const one(parts_->reloading);
    auto done = readAgain();
    if (!done) {
        AuditEvent event;
        event.kind = AuditEventKind::ConfigurationChanged;
        event.outcome = AuditOutcome::MinorFailure;
        event.detail = "read again, and it stays as it was: " + done.error().message;
        parts_->observers.record(std::move(event));
    }
    return done;
}

Result<void> Daemon::readAgain()
{
    QIANLI_ASSIGN(auto fresh, Configuration::load(parts_->configuration.file));
    // First: these are the only ones that can still fail.
    auto dicomNow = fresh.dicom;
    if (parts_->configuration.dicom.tlsPort == 0)
        dicomNow.tlsPort = 0; // a port doesn't come by this
    QIANLI_ASSIGN(auto tls, DicomTls::open(dicomNow));
    if (parts_->web)
        QIANLI_TRY(parts_->web->reloadCertificate(fresh.http));
    parts_->workflow->setSites(fresh.sites);
    parts_->delivery->setPeers(fresh.peers, tls.peers);
    parts_->certificateWatch->replace(fresh);
    if (parts_->dicom) {
        // Only who may call is taken over: names and ports stay those that we listen with.
        Configuration directory = fresh;
        directory.dicom = parts_->configuration.dicom;
        parts_->dicom->replaceDirectory(PeerDirectory(directory));
        parts_->dicom->replaceTls(std::move(tls));
    }
    std::lock_guard const lock(parts_->mutex);
    parts_->observers.record(configurationChanged(parts_->configuration, fresh));
    parts_->configuration.sites = std::move(fresh.sites);
    parts_->configuration.stations = std::move(fresh.stations);
    parts_->configuration.peers = std::move(fresh.peers);
    log::information(
        "read again: {} sites, {} stations, {} peers; what else changed in the file counts after a restart",
        parts_->configuration.sites.size(), parts_->configuration.stations.size(), parts_->configuration.peers.size());
    return {};
}

std::optional<std::string> Daemon::fault()
{
    return parts_->fault();
}

Result<void> Daemon::stop()
{
    if (std::exchange(parts_->stopped, true))
        return {};
    auto const deadline = std::chrono::steady_clock::now() + stopWithin;
    parts_->recoder.request_stop();
    if (parts_->control)
        parts_->control->stop();
    if (parts_->watch)
        parts_->watch->stop();
    if (parts_->recoder.joinable())
        parts_->recoder.join();
    // A township that has stopped answering must not hold us up, so deliveries end beside all else.
    if (parts_->delivery)
        parts_->delivery->requestStop();
    if (parts_->web)
        parts_->web->stop();
    if (parts_->dicom)
        parts_->dicom->stop(associationsEndWithin);
    if (parts_->runner)
        parts_->runner->stop();
    auto const stored = parts_->ingest ? parts_->ingest->stop() : Result<void>();
    if (parts_->audit) {
        parts_->observers.record(applicationEvent(AuditEventKind::ApplicationStop, parts_->configuration));
        parts_->audit->stop();
    }
    if (parts_->delivery && !parts_->delivery->endsBy(deadline)) {
        log::warning("a delivery did not end in time; it is sent again after the next start");
        // Everything acknowledged is on stable storage, and the outbox still has the delivery: nothing is left to save.
        std::_Exit(stored ? 0 : 1);
    }
    return stored;
}

} // namespace qianli::gateway
