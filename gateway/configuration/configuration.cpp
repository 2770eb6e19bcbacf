#include "gateway/configuration/configuration.h"

#include "common/base/text.h"
#include "gateway/configuration/address.h"
#include "gateway/configuration/alarms_section.h"
#include "gateway/configuration/audit_section.h"
#include "gateway/configuration/callers.h"
#include "gateway/configuration/section.h"
#include "gateway/configuration/tls_section.h"

#include <fmt/format.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

void readLimits(Section section, DicomLimits& limits)
{
    // 4096 is the least PDU that holds every command; above 1 MiB nothing gets faster.
    std::uint64_t pdu = limits.pduBytes;
    section.bytes("pdu", pdu, 4096, 1 << 20);
    limits.pduBytes = static_cast<std::uint32_t>(pdu);
    section.bytes("dataset", limits.dataSetBytes, 1 << 20, 1ull << 40);
    section.number("depth", limits.depth, 1, 1024);
    section.number("contexts", limits.contexts, 1, 128); // PS3.8 9.3.2.2: odd numbers from 1 to 255
    section.number("deflate_ratio", limits.deflateRatio, 1, 100000);
    section.duration("first_byte", limits.firstByte);
    section.duration("idle", limits.idle);
    section.duration("operation", limits.operation);
    section.number("answers", limits.answers, 1, 10'000'000);
    section.bytes("element", limits.elementBytes, 64 << 10, 1ull << 40);
    section.duration("request", limits.request);
    section.bytes("slowest", limits.slowestBytes, 0, 1 << 30);
    section.finish();
}

void checkBind(Section& section, TomlValue const* value, std::string const& bind)
{
    if (value != nullptr && !isIpAddress(bind))
        section.problem(
            *value, "bind",
            fmt::format("expected an IP address such as \"127.0.0.1\", found \"{}\"", text::escapeControl(bind)));
}

void readDicom(Section section, DicomSettings& dicom, std::filesystem::path const& folder)
{
    if (auto const* value = section.text("ae_title", dicom.aeTitle); value != nullptr && !isAeTitle(dicom.aeTitle))
        section.problem(*value, "ae_title", std::string(expectedAeTitle));
    std::string called = "exact";
    section.word("called", called, {"exact", "any"});
    dicom.anyCalledAe = called == "any";
    checkBind(section, section.text("bind", dicom.bind), dicom.bind);
    section.number("port", dicom.port, 0, 65535);
    std::string unknown = "reject";
    section.word("unknown_callers", unknown, {"reject", "quarantine"});
    dicom.quarantine = unknown == "quarantine";
    section.bytes("quarantine_limit", dicom.quarantineLimitBytes, 1 << 20, 1ull << 50);
    section.number("max_associations", dicom.maxAssociations, 1, 65536);
    section.number("max_active", dicom.maxActive, 1, 4096);
    section.number("max_associations_per_site", dicom.maxAssociationsPerSite, 1, 65536);
    section.bytes("disk_reserve", dicom.diskReserveBytes, 0, 1ull << 50);
    section.duration("quiet_time", dicom.quietTime);
    readLimits(section.below("limits"), dicom.limits);
    readDicomTls(section.below("tls"), dicom, folder);
    section.finish();
}

void readHttp(Section section, HttpSettings& http, std::filesystem::path const& folder)
{
    auto const* bind = section.text("bind", http.bind);
    checkBind(section, bind, http.bind);
    section.number("port", http.port, 0, 65535);
    auto const* metricsFrom = section.texts("metrics_from", http.metricsFrom);
    for (auto const& address : http.metricsFrom)
        if (metricsFrom != nullptr && !isIpAddress(address))
            section.problem(*metricsFrom, "metrics_from",
                            fmt::format("expected IP addresses, found \"{}\"", text::escapeControl(address)));
    TlsSettings tls;
    readTlsFiles(section, tls, folder);
    http.certificate = tls.certificate;
    http.key = tls.key;
    http.trust = tls.trust;
    http.revoked = tls.revoked;
    readClientCertificate(section, http.clientCertificate);
    if (http.clientCertificate != ClientCertificate::No && (http.certificate.empty() || http.trust.empty()))
        section.problem("client_certificate needs certificate and key of our own, and `trust`");
    if (bind != nullptr && isIpAddress(http.bind) && http.port != 0 && http.certificate.empty() &&
        !isLoopback(http.bind))
        section.problem(*bind, "bind",
                        fmt::format("without certificate and key, passwords would pass in clear: expected a loopback "
                                    "address such as \"127.0.0.1\", found \"{}\"",
                                    http.bind));
    section.finish();
}

void readArchive(Section section, ArchiveSettings& archive)
{
    section.bytes("scrub_rate", archive.scrubBytesPerSecond, 0, 1ull << 40);
    section.finish();
}

void readDelivery(Section section, DeliverySettings& delivery)
{
    section.duration("first_retry", delivery.firstRetry);
    section.duration("longest_retry", delivery.longestRetry);
    section.duration("give_up_after", delivery.giveUpAfter);
    if (delivery.firstRetry > delivery.longestRetry)
        section.problem("first_retry is longer than longest_retry");
    section.finish();
}

void readReading(Section section, ReadingSettings& reading)
{
    section.duration("claim_expires", reading.claimExpires);
    auto const* hospital = section.text("hospital", reading.hospital);
    if (hospital != nullptr &&
        (text::trim(reading.hospital).empty() || text::escapeControl(reading.hospital) != reading.hospital))
        section.problem(*hospital, "hospital", "expected the hospital's name, in one line");
    section.finish();
}

void readIndex(Section section)
{
    section.notAvailable("url", "sqlite");
    section.finish();
}

} // namespace

Result<Configuration> Configuration::load(std::filesystem::path const& file, SiteEdit const* edit)
{
    QIANLI_ASSIGN(auto const document, readToml(file));
    std::error_code failed;
    auto const absolute = std::filesystem::absolute(file, failed);
    if (failed)
        return fail(ErrorCode::InvalidInput, fmt::format("{}: {}", file.string(), failed.message()));
    auto const folder = absolute.parent_path();

    Configuration result;
    result.file = absolute;
    result.data = "/var/lib/qianli";
    Problems problems(file);
    Section root(document, "", problems);
    if (auto const* data = root.path("data", result.data, folder); data != nullptr && result.data.empty())
        root.problem(*data, "data", "expected a folder");
    readDicom(root.below("dicom"), result.dicom, folder);
    readHttp(root.below("http"), result.http, folder);
    readDelivery(root.below("delivery"), result.delivery);
    readReading(root.below("reading"), result.reading);
    readIndex(root.below("index"));
    readAudit(root.below("audit"), result.audit, folder);
    readAlarms(root.below("alarms"), result.alarms);
    readArchive(root.below("archive"), result.archive);
    AddedSites added(result.data / "sites", edit);
    readCallers(root, added, result);
    root.finish();
    std::string found = problems.empty() ? std::string() : problems.text();
    if (std::string const others = added.problems(); !others.empty())
        found += (found.empty() ? "" : "\n") + others;
    if (!found.empty())
        return fail(ErrorCode::InvalidInput, found);
    return result;
}

model::Site const* Configuration::site(model::SiteId const& id) const
{
    for (model::Site const& candidate : sites)
        if (candidate.id == id)
            return &candidate;
    return nullptr;
}

model::Peer const* Configuration::peer(std::string_view aeTitle) const
{
    for (model::Peer const& candidate : peers)
        if (candidate.aeTitle == aeTitle)
            return &candidate;
    return nullptr;
}

} // namespace qianli::gateway
