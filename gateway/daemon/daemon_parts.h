// What a daemon is made of. For its own files only: daemon.cpp starts and stops, open_parts.cpp puts together,
// answers.cpp answers the command line.
#pragma once

#include "common/base/log.h"
#include "common/crypto/certificate_authority.h"
#include "gateway/alarm/alarm_board.h"
#include "gateway/archive/blob_store.h"
#include "gateway/association/dicom_server.h"
#include "gateway/configuration/tls_section.h"
#include "gateway/daemon/audit_parts.h"
#include "gateway/daemon/control_socket.h"
#include "gateway/daemon/daemon.h"
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

#include <atomic>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

namespace qianli::gateway {

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

    bool isBusy() const; // so that the disk is left to those who are at work
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

} // namespace qianli::gateway
