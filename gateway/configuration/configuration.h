// Configuration: what the operator wrote in gateway.toml, checked. Every key, its default and its reason stand in
// config/gateway.toml.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/model/site.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace qianli::gateway {

// [dicom.limits]
struct DicomLimits {
    std::uint32_t pduBytes = 131072;
    std::uint64_t dataSetBytes = 16ull << 30;
    std::uint32_t depth = 64;
    std::uint32_t contexts = 128;
    std::uint32_t deflateRatio = 200;              // inflated bytes for one deflated (R04)
    Duration firstByte = std::chrono::seconds(30); // from connect to A-ASSOCIATE-RQ complete (ARTIM, R16)
    Duration idle = std::chrono::seconds(60);      // between operations
    Duration operation = std::chrono::seconds(30); // silence within an operation
    std::uint64_t answers = 5000;                  // of one C-FIND
    std::uint64_t elementBytes = 256ull << 20;     // one element of a header or identifier; pixel data is not meant
    Duration request = std::chrono::minutes(10);   // from the first byte of a message to its last, and more …
    std::uint64_t slowestBytes = 4 << 10;          // … a second for each so many bytes of it; 0: no more
};

// What a peer must show of itself at a TLS port.
enum class ClientCertificate { Require, Request, No };

// Key and certificate of a TLS port, and whom it believes; PEM files.
struct TlsSettings {
    std::filesystem::path certificate, key; // both or none; none: no TLS
    std::filesystem::path trust;            // authorities of clients' certificates
    std::filesystem::path revoked;          // their revocation lists; empty: none
    ClientCertificate clientCertificate = ClientCertificate::Require;
    bool isOn() const { return !certificate.empty(); }
};

struct DicomSettings {
    std::string aeTitle = "QIANLI";
    bool anyCalledAe = false;
    bool quarantine = false; // unknown callers are admitted, and what they send waits for a decision
    std::uint64_t quarantineLimitBytes = 20ull << 30;
    std::string bind = "127.0.0.1";
    std::uint16_t port = 11112; // 0: none
    std::uint32_t maxAssociations = 4608;
    std::uint32_t maxActive = 512;
    std::uint32_t maxAssociationsPerSite = 64;
    std::uint64_t diskReserveBytes = 2ull << 30;
    Duration quietTime = std::chrono::seconds(60);
    DicomLimits limits;
    std::uint16_t tlsPort = 0; // 0: none
    TlsSettings tls;           // also shown to peers that we call
};

struct HttpSettings {
    std::string bind = "127.0.0.1";
    std::uint16_t port = 8043;              // 0: none
    std::filesystem::path certificate, key; // both or none
    std::filesystem::path trust, revoked;   // of clients' certificates
    ClientCertificate clientCertificate = ClientCertificate::No;
    std::vector<std::string> metricsFrom{"127.0.0.1", "::1"}; // addresses that may read /metrics without a session
};

struct DeliverySettings {
    Duration firstRetry = std::chrono::seconds(10);
    Duration longestRetry = std::chrono::minutes(30);
    Duration giveUpAfter = std::chrono::hours(24 * 7);
};

struct ReadingSettings {
    Duration claimExpires = std::chrono::minutes(60); // idle minutes after which a claim is given back
    std::string hospital = "县医院影像诊断中心";      // letterhead of the reports
};

// [audit]: data/audit/, and the collector that gets a copy.
struct AuditSettings {
    Duration keep = std::chrono::hours(24 * 400); // at least 180 days (R44)
    bool stopOnFailure = false;                   // no new association while nothing can be recorded (R45)
    std::string syslogHost;                       // RFC 5425; "": none
    std::uint16_t syslogPort = 6514;
    TlsSettings syslogTls; // trust: the collector's authority
};

// [alarms]: when somebody must look.
struct AlarmSettings {
    Duration siteSilentAfter = std::chrono::hours(2); // of working time, for a site that is busy enough to tell
    std::uint32_t workBegins = 8, workEnds = 18;      // hours of local time
    Duration backupStaleAfter = std::chrono::hours(24 * 7);
    Duration certificateDays = std::chrono::hours(24 * 30); // before a certificate expires
    std::uint32_t diskPercent = 90;                         // used
    std::uint32_t diskDays = 14;                            // until the disk is full, at the present rate
    Duration clockOffset = std::chrono::seconds(60);        // of this machine's clock against others'
};

// [archive]: upkeep of what is stored.
struct ArchiveSettings {
    std::uint64_t scrubBytesPerSecond = 10ull << 20; // 0: no scrub in the background
};

struct SiteEdit; // added_sites.h

struct Configuration {
    std::filesystem::path file;
    std::filesystem::path data;
    DicomSettings dicom;
    HttpSettings http;
    DeliverySettings delivery;
    ReadingSettings reading;
    AuditSettings audit;
    AlarmSettings alarms;
    ArchiveSettings archive;
    std::vector<model::Site> sites;
    std::vector<model::Station> stations;
    std::vector<model::Peer> peers;

    // InvalidInput with file, line and what was expected: unknown key, wrong type, feature "not available in this
    // version".
    // With the sites of data/sites/ID.toml; `edit`: as if one of those were other than it is.
    static Result<Configuration> load(std::filesystem::path const& file, SiteEdit const* edit = nullptr);

    model::Site const* site(model::SiteId const& id) const;
    model::Peer const* peer(std::string_view aeTitle) const;
};

} // namespace qianli::gateway
