#include "gateway/daemon/daemon.h"

#include "common/base/log.h"
#include "common/crypto/certificate_authority.h"
#include "gateway/alarm/alarm_board.h"
#include "gateway/archive/blob_store.h"
#include "gateway/association/dicom_server.h"
#include "gateway/configuration/tls_section.h"
#include "gateway/daemon/audit_parts.h"
#include "gateway/daemon/control_socket.h"
#include "gateway/daemon/deletion_requests.h"
#include "gateway/daemon/descriptors.h"
#include "gateway/daemon/flush_counter.h"
#include "gateway/daemon/gateway_metrics.h"
#include "gateway/daemon/import.h"
#include "gateway/daemon/import_json.h"
#include "gateway/daemon/nature_parts.h"
#include "gateway/daemon/quarantine_requests.h"
#include "gateway/daemon/recode_request.h"
#include "gateway/daemon/watch_json.h"
#include "gateway/delivery/delivery_sender.h"
#include "gateway/index/study_index.h"
#include "gateway/ingest/ingest.h"
#include "gateway/upkeep/backup.h"
#include "gateway/upkeep/certificate_watch.h"
#include "gateway/upkeep/disk_watch.h"
#include "gateway/upkeep/watch.h"
#include "gateway/web/web_server.h"
#include "gateway/workflow/repeats.h"
#include "gateway/workflow/report_issuer.h"
#include "gateway/workflow/sessions.h"
#include "gateway/workflow/signer_certificates.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_runner.h"

#include <cstdlib>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <unistd.h>

namespace qianli::gateway {

namespace {

// With more than this at work the disk is left to them.
constexpr std::size_t fewOperations = 4;

} // namespace

// In the order of the data's way; each may use those above it, so they go in the reverse order.
struct Daemon::Parts {
    Parts(Configuration read, Clock const& time) : configuration(std::move(read)), clock(time) {}

    std::mutex mutex; // guards configuration's sites, stations and peers
    Configuration configuration;
    Clock const& clock;
    TimePoint startedAt = clock.now();
    bool stopped = false;
    std::atomic<bool> open = false; // everything below is there
    DescriptorLimit const descriptors = raiseDescriptorLimit(configuration.dicom);

    AlarmBoard alarms{clock};
    std::unique_ptr<AuditParts> audit; // from when we know that no other gateway has this data
    Observers observers{&alarms, nullptr};
    std::unique_ptr<BlobStore> store;
    std::unique_ptr<StudyIndex> index;
    std::unique_ptr<Ingest> ingest;
    std::unique_ptr<Quarantine> quarantine; // null: unknown callers are rejected, and none are left from another time
    std::unique_ptr<Workflow> workflow;
    std::unique_ptr<RepeatCounter> repeats;
    std::optional<crypto::CertificateAuthority> authority;
    std::unique_ptr<SignerCertificates> certificates;
    std::unique_ptr<ReportIssuer> issuer;
    std::unique_ptr<WorkflowRunner> runner;
    std::unique_ptr<WebServer> web;
    std::unique_ptr<DeliverySender> delivery;
    std::unique_ptr<DicomServer> dicom;
    std::unique_ptr<CertificateWatch> certificateWatch;
    std::unique_ptr<Watch> watch;
    std::unique_ptr<DiskWatch> diskWatch;
    std::unique_ptr<Scrub> scrub; // null: not wanted
    std::unique_ptr<ControlSocket> control;
    std::mutex reloading; // one at a time: SIGHUP and `site add` may meet
    std::function<Result<void>()> reload;
    std::mutex recoding; // held by whoever recodes or deletes: the newest decision must have the last word
    std::jthread recoder;

    bool isBusy() const { return dicom && dicom->statistics().active > fewOperations; }
    Result<void> openArchive();
    Result<void> openWorkflow();
    Result<void> openDoors();
    Result<nlohmann::json> answer(nlohmann::json const& request, SendProgress const& progress);
    Result<nlohmann::json> recode(nlohmann::json const& request, SendProgress const& progress);
    Result<nlohmann::json> remove(nlohmann::json const& request, SendProgress const& progress);
    Deleter deleter(CharsetOf charsetOf);
    void finishRecodings();
    Result<nlohmann::json> import(nlohmann::json const& request, SendProgress const& progress);
    Result<nlohmann::json> decideQuarantine(nlohmann::json const& request, SendProgress const& progress);
    std::optional<model::Site> configuredSite(std::string const& id);
    void openWatch();
    std::vector<model::Site> sitesNow();
    nlohmann::json alarmsNow() const;
    nlohmann::json sites();
    std::string metrics();
    std::optional<std::string> fault();
    nlohmann::json status() const;
    nlohmann::json refusals() const;
};

namespace {

// SIGTERM: ten seconds at most (interfaces.md).
constexpr auto stopWithin = std::chrono::milliseconds(9500);
constexpr Duration committerMayTake = std::chrono::minutes(5);
constexpr Duration associationsEndWithin = std::chrono::seconds(7);

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

// "10.8.0.1:11112, and 2762 with TLS"
std::string dicomPlaces(DicomSettings const& dicom)
{
    if (dicom.tlsPort == 0)
        return dicom.port == 0 ? std::string("no port") : fmt::format("{}:{}", dicom.bind, dicom.port);
    return dicom.port == 0 ? fmt::format("{}:{} with TLS", dicom.bind, dicom.tlsPort)
                           : fmt::format("{}:{}, and {} with TLS", dicom.bind, dicom.port, dicom.tlsPort);
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
    audit = std::make_unique<AuditParts>(configuration, alarms, clock);
    observers.audit = &audit->trail();
    observers.record(applicationEvent(AuditEventKind::ApplicationStart, configuration));
    store->setDamageListener(damageAlarms(observers));
    QIANLI_ASSIGN(index, openIndex(*store, configuration, observers, clock));
    auto inward = ingestSettings(configuration.dicom);
    inward.observers = observers;
    QIANLI_ASSIGN(auto recodings, recodingsIn(configuration.data / "workflow.db"));
    inward.charsetOf = charsetByRecodings(std::move(recodings));
    QIANLI_ASSIGN(ingest, Ingest::start(*store, *index, clock, inward));
    auto const settings = quarantineSettings(configuration);
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
        QIANLI_ASSIGN(web, WebServer::start(
                               configuration.http,
                               {*workflow, *index, *issuer, *certificates, *runner, identity, observers,
                                [this] { return storingTrouble(*store, configuration.dicom.diskReserveBytes, alarms); },
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

std::vector<model::Site> Daemon::Parts::sitesNow()
{
    std::lock_guard const lock(mutex);
    return configuration.sites;
}

void Daemon::Parts::openWatch()
{
    watch = std::make_unique<Watch>(Watch::Parts{*store, *index, *workflow, clock, observers, configuration.alarms,
                                                 configuration.delivery.longestRetry,
                                                 configuration.dicom.diskReserveBytes, [this] { return sitesNow(); }});
    watch->start();
}

nlohmann::json Daemon::Parts::alarmsNow() const
{
    auto list = nlohmann::json::array();
    for (Alarm const& alarm : alarms.standing())
        list.push_back(toJson(alarm));
    return list;
}

std::string Daemon::Parts::metrics()
{
    if (!open)
        return "# the gateway is starting\n";
    return gatewayMetrics({configuration, *store, *workflow, alarms, watch->history(),
                           dicom ? dicom->statistics() : DicomStatistics{},
                           quarantine ? quarantine->usage().objects : 0, flushCount(), startedAt, clock.now()});
}

// What a restart mends. A disk that is slow is not: it may take its minutes.
std::optional<std::string> Daemon::Parts::fault()
{
    if (dicom && !dicom->isAlive(std::chrono::seconds(5)))
        return "no thread serves DICOM connections";
    if (auto const busy = ingest->busyFor(); busy > committerMayTake)
        return fmt::format("one commit to the archive takes {} s already",
                           std::chrono::duration_cast<std::chrono::seconds>(busy).count());
    return std::nullopt;
}

nlohmann::json Daemon::Parts::sites()
{
    auto list = nlohmann::json::array();
    for (Silence const& silence : watch->silences())
        list.push_back(toJson(silence));
    return {{"sites", list}, {"refusals", refusals()}};
}

Result<nlohmann::json> Daemon::Parts::answer(nlohmann::json const& request, SendProgress const& progress)
{
    auto const command = request.find("command");
    if (command != request.end() && *command == "status")
        return status();
    if (command != request.end() && *command == "look") {
        watch->look();
        return status();
    }
    if (command != request.end() && *command == "sites")
        return sites();
    if (command != request.end() && *command == "import")
        return import(request, progress);
    if (command != request.end() && *command == "reload")
        return reload().map([] { return nlohmann::json::object(); });
    if (command != request.end() && *command == "recode")
        return recode(request, progress);
    if (command != request.end() && (*command == "study-delete" || *command == "purge-confirm"))
        return remove(request, progress);
    if (command != request.end() && (*command == "quarantine-release" || *command == "quarantine-drop"))
        return decideQuarantine(request, progress);
    return fail(ErrorCode::InvalidInput, "the running gateway does not know this command: it is of another version");
}

std::optional<model::Site> Daemon::Parts::configuredSite(std::string const& id)
{
    std::lock_guard const lock(mutex);
    auto const* found = configuration.site({id});
    return found ? std::optional(*found) : std::nullopt;
}

Result<nlohmann::json> Daemon::Parts::decideQuarantine(nlohmann::json const& request, SendProgress const& progress)
{
    if (!quarantine)
        return fail(ErrorCode::NotFound, "nothing is in quarantine");
    return answerQuarantine(
        request, *quarantine, *ingest, [this](std::string const& id) { return configuredSite(id); }, progress);
}

nlohmann::json Daemon::Parts::refusals() const
{
    auto list = nlohmann::json::array();
    if (!dicom)
        return list;
    for (Refusal const& refusal : dicom->refusals())
        list.push_back({{"what", refusal.what == Refusal::What::Association ? "association" : "object"},
                        {"caller", refusal.caller},
                        {"callingAe", refusal.callingAe},
                        {"address", refusal.address},
                        {"reason", refusal.reason},
                        {"advice", refusal.advice},
                        {"count", refusal.count},
                        {"lastAt", toIso8601(refusal.lastAt)}});
    return list;
}

nlohmann::json Daemon::Parts::status() const
{
    auto const waiting = quarantine ? quarantine->usage() : Quarantine::Usage{};
    auto const dicomNow = dicom ? dicom->statistics() : DicomStatistics{};
    auto const rebuild = index->rebuilding();
    return {{"pid", ::getpid()},
            {"index", rebuild ? nlohmann::json{{"done", rebuild->done}, {"total", rebuild->total}} : nlohmann::json()},
            {"scrub", scrub ? toJson(scrub->progress()) : nlohmann::json()},
            {"startedAt", toIso8601(startedAt)},
            {"aeTitle", configuration.dicom.aeTitle},
            {"dicomPort", configuration.dicom.port},
            {"dicomTlsPort", configuration.dicom.tlsPort},
            {"httpPort", configuration.http.port},
            {"receipts", store->lastSequence()},
            {"flushes", flushCount()},
            {"descriptors", {{"allowed", descriptors.allowed}, {"needed", descriptors.needed}}},
            {"associations",
             {{"open", dicomNow.open},
              {"active", dicomNow.active},
              {"accepted", dicomNow.accepted},
              {"rejected", dicomNow.rejected},
              {"aborted", dicomNow.aborted}}},
            {"alarms", alarmsNow()},
            {"refusals", refusals()},
            {"quarantine", {{"objects", waiting.objects}, {"bytes", waiting.bytes}}},
            {"objects", {{"stored", dicomNow.stored}, {"refused", dicomNow.storeRefused}, {"sent", dicomNow.sent}}}};
}

Result<nlohmann::json> Daemon::Parts::recode(nlohmann::json const& request, SendProgress const& progress)
{
    std::unique_lock const lock(recoding, std::try_to_lock);
    if (!lock)
        return fail(ErrorCode::Conflict, "another recoding is under way: try again when it is done");
    return answerRecode(request, *store, *index, *workflow, progress);
}

Deleter Daemon::Parts::deleter(CharsetOf charsetOf)
{
    return Deleter({*store, *index, *workflow, std::move(charsetOf), &ingest->transfers()});
}

Result<nlohmann::json> Daemon::Parts::remove(nlohmann::json const& request, SendProgress const& progress)
{
    std::unique_lock const lock(recoding, std::try_to_lock);
    if (!lock)
        return fail(ErrorCode::Conflict, "a recoding or another deletion is under way: try again when it is done");
    QIANLI_ASSIGN(auto recodings, Recodings(workflow->database()).all());
    auto deleting = deleter(charsetByRecodings(std::move(recodings)));
    return answerDeletion(request, deleting, *index, *workflow, progress);
}

// Beside everything else: it may take long.
void Daemon::Parts::finishRecodings()
{
    recoder = std::jthread([this](std::stop_token const& stop) {
        while (index->rebuilding() && !stop.stop_requested())
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
        std::lock_guard const lock(recoding);
        auto const done = gateway::finishRecodings(*store, *index, *workflow, [&] { return !stop.stop_requested(); });
        if (!done)
            log::error("recoding: {}; the next start tries again", done.error().message);
    });
}

Result<nlohmann::json> Daemon::Parts::import(nlohmann::json const& request, SendProgress const& progress)
{
    if (!request.contains("path") || !request["path"].is_string() || !request.contains("site") ||
        !request["site"].is_string())
        return fail(ErrorCode::InvalidInput, "an import names a path and a site");
    auto const site = configuredSite(request["site"].get<std::string>());
    if (!site)
        return fail(ErrorCode::NotFound,
                    "the running gateway does not know this site: kill -HUP makes it read the configuration again");
    // A line a tenth of a second is what an eye can follow.
    auto last = std::chrono::steady_clock::now();
    QIANLI_ASSIGN(auto const report,
                  importFiles(*ingest, request["path"].get<std::string>(), *site, [&](ImportProgress const& counts) {
                      auto const now = std::chrono::steady_clock::now();
                      if (now - last < std::chrono::milliseconds(100))
                          return true;
                      last = now;
                      return progress(toJson(counts));
                  }));
    return toJson(report);
}

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
    auto deliveryEnds = std::async(std::launch::async, [this] {
        if (parts_->delivery)
            parts_->delivery->stop();
    });
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
    if (deliveryEnds.wait_until(deadline) == std::future_status::timeout) {
        log::warning("a delivery did not end in time; it is sent again after the next start");
        // Everything acknowledged is on stable storage, and the outbox still has the delivery: nothing is left to save.
        std::_Exit(stored ? 0 : 1);
    }
    return stored;
}

} // namespace qianli::gateway
