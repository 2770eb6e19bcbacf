// How a daemon is put together, in the order of the data's way.
#include "gateway/daemon/daemon_parts.h"
#include "gateway/daemon/recorded_settings.h"

namespace qianli::gateway {
namespace {

IngestSettings ingestSettings(DicomSettings const& dicom)
{
    IngestSettings settings;
    settings.diskReserveBytes = dicom.diskReserveBytes;
    settings.limits.dataSetBytes = dicom.limits.dataSetBytes;
    settings.limits.depth = dicom.limits.depth;
    settings.limits.deflateRatio = dicom.limits.deflateRatio;
    settings.limits.elementBytes = dicom.limits.elementBytes;
    return settings;
}

std::filesystem::path ownFolder()
{
    std::error_code failed;
    auto const program = std::filesystem::read_symlink("/proc/self/exe", failed);
    return failed ? std::filesystem::path() : program.parent_path();
}

} // namespace

Result<void> Daemon::Parts::openArchive()
{
    QIANLI_TRY(refuseUnfinishedRestore(configuration.data));
    QIANLI_TRY(createDirectoryDurably(configuration.data));
    auto opened = BlobStore::open(configuration.data / "archive");
    if (!opened)
        return tl::unexpected(std::move(opened).error().at("archive"));
    store = *std::move(opened);
    auto settingsNow = settingsOfStart(configuration);
    audit = std::make_unique<AuditParts>(configuration, alarms, clock);
    observers.audit = &audit->trail();
    observers.record(applicationEvent(AuditEventKind::ApplicationStart, configuration));
    recordSettings(std::move(settingsNow), audit->trail());
    store->setDamageListener(damageAlarms(observers));
    QIANLI_ASSIGN(index, openIndex(*store, configuration, observers, clock));
    auto inward = ingestSettings(configuration.dicom);
    inward.observers = observers;
    QIANLI_ASSIGN(auto recodings, recodingsIn(configuration.data / "workflow.db"));
    inward.charsetOf = charsetByRecodings(std::move(recodings));
    QIANLI_ASSIGN(ingest, Ingest::start(*store, *index, clock, inward));
    auto settings = quarantineSettings(configuration);
    settings.writingFailed = [this] { ingest->judgeDisk(); };
    if (std::error_code ignored; configuration.dicom.quarantine || std::filesystem::exists(settings.folder, ignored)) {
        QIANLI_ASSIGN(quarantine, Quarantine::open(settings, clock));
    }
    return {};
}

Result<void> Daemon::Parts::openWorkflow()
{
    WorkflowSettings settings;
    settings.file = configuration.data / "workflow.db";
    settings.quietTime = configuration.dicom.quietTime;
    settings.claimExpires = configuration.reading.claimExpires;
    settings.sites = configuration.sites;
    settings.observers = observers;
    QIANLI_ASSIGN(workflow, Workflow::open(std::move(settings), clock));
    auto made = crypto::CertificateAuthority::open(configuration.data / "keys", clock);
    if (!made)
        return tl::unexpected(std::move(made).error().at("certificate authority"));
    authority.emplace(*std::move(made));
    certificates = std::make_unique<SignerCertificates>(*authority);
    issuer = std::make_unique<ReportIssuer>(*workflow, *index, *store, *certificates);
    runner = std::make_unique<WorkflowRunner>(*workflow, *index, *issuer);
    ingest->addListener(*runner);
    runner->watch(ingest->transfers());
    repeats = std::make_unique<RepeatCounter>(workflow->database());
    ingest->addListener(*repeats);
    return runner->start();
}

Result<void> Daemon::Parts::openDoors()
{
    openWatch();
    if (configuration.http.port != 0) {
        GatewayIdentity const identity{configuration.dicom.aeTitle, configuration.dicom.port,
                                       configuration.reading.hospital, configuration.dicom.tlsPort};
        QIANLI_ASSIGN(web, WebServer::start(configuration.http,
                                            {*workflow, *index, *issuer, *certificates, *runner, identity, observers,
                                             [this] {
                                                 return storingTrouble(*store, configuration.dicom.diskReserveBytes,
                                                                       observers, index->rebuilding().has_value());
                                             },
                                             [this] { return metrics(); }, configuration.http.metricsFrom}));
    }
    QIANLI_ASSIGN(auto const tls, DicomTls::open(configuration.dicom));
    DeliverySender::Parts parts{*workflow,
                                *index,
                                *store,
                                configuration.delivery,
                                configuration.dicom.aeTitle,
                                configuration.peers,
                                ownFolder() / "qianli-pdf-pages",
                                configuration.data / "delivery",
                                observers,
                                tls.peers};
    QIANLI_ASSIGN(delivery, DeliverySender::start(std::move(parts)));
    if (configuration.dicom.port != 0 || configuration.dicom.tlsPort != 0) {
        auto const personOfToken = [this](std::string_view token) { return workflow->sessions().userOfToken(token); };
        QIANLI_ASSIGN(dicom, DicomServer::start(configuration, *ingest, *index, *store, personOfToken, quarantine.get(),
                                                observers));
    }
    certificateWatch = std::make_unique<CertificateWatch>(configuration, clock, observers);
    certificateWatch->start();
    diskWatch = std::make_unique<DiskWatch>(*store, configuration.dicom.diskReserveBytes,
                                            configuration.alarms.diskPercent, observers);
    if (configuration.archive.scrubBytesPerSecond > 0)
        scrub = std::make_unique<Scrub>(*store, scrubSettings(configuration, observers, [this] { return isBusy(); }),
                                        clock);
    QIANLI_ASSIGN(control, ControlSocket::start(configuration.data / "control.sock",
                                                [this](nlohmann::json const& request, SendProgress const& progress) {
                                                    return answer(request, progress);
                                                }));
    return {};
}

void Daemon::Parts::openWatch()
{
    watch = std::make_unique<Watch>(Watch::Parts{*store, *index, *workflow, clock, observers, configuration.alarms,
                                                 configuration.delivery.longestRetry,
                                                 configuration.dicom.diskReserveBytes, [this] { return sitesNow(); }});
    watch->start();
}

} // namespace qianli::gateway
