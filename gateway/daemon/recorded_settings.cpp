#include "gateway/daemon/recorded_settings.h"

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace qianli::gateway {
namespace {

constexpr std::size_t mostTold = 100;

std::string word(ClientCertificate asked)
{
    return asked == ClientCertificate::Require ? "require" : asked == ClientCertificate::Request ? "request" : "no";
}

void addTls(RecordedSettings& all, std::string const& section, TlsSettings const& tls)
{
    all[section + ".certificate"] = tls.certificate.string();
    all[section + ".key"] = tls.key.string();
    all[section + ".trust"] = tls.trust.string();
    all[section + ".revoked"] = tls.revoked.string();
}

std::string rules(std::vector<model::CallerRule> const& callers)
{
    std::vector<std::string> all;
    for (auto const& rule : callers)
        all.push_back(rule.aeTitle + "@" + rule.address);
    return fmt::format("{}", fmt::join(all, " "));
}

std::string textOf(model::Site const& site)
{
    std::vector<int> services;
    for (auto const service : site.allow)
        services.push_back(static_cast<int>(service));
    return fmt::format(
        "callers {}, services {}, called {}, destinations {}, deliver {}, certificate {}, charset {}{}{}",
        rules(site.callers), fmt::join(services, " "), fmt::join(site.called, " "), fmt::join(site.destinations, " "),
        fmt::join(site.deliver, " "), site.certificateSubject, site.charset, site.stat ? ", stat" : "",
        site.fuzzyNames ? ", fuzzy names" : "");
}

std::string textOf(model::Station const& station)
{
    std::vector<std::string> sites;
    for (auto const& site : station.sees)
        sites.push_back(site.value);
    return station.seesAll ? "sees all" : fmt::format("sees {}", fmt::join(sites, " "));
}

std::string toText(RecordedSettings const& settings)
{
    std::string text;
    for (auto const& [key, value] : settings)
        text += fmt::format("{} = {}\n", key, text::escapeControl(value));
    return text;
}

RecordedSettings fromText(std::string const& text)
{
    RecordedSettings settings;
    for (auto const& line : text::split(text, '\n'))
        if (auto const place = line.find(" = "); place != std::string::npos)
            settings[line.substr(0, place)] = line.substr(place + 3);
    return settings;
}

std::string whatChanged(std::string const& before, std::string const& now)
{
    auto changes = changesBetween(fromText(before), fromText(now));
    for (auto const& change : changes)
        if (change.starts_with("audit."))
            log::warning("since the last start {}", change);
    auto const more = changes.size() > mostTold ? changes.size() - mostTold : 0;
    changes.resize(changes.size() - more);
    return fmt::format("since the last start: {}{}", fmt::join(changes, "; "),
                       more == 0 ? "" : fmt::format("; and {} more", more));
}

std::string seconds(Duration time)
{
    return fmt::format("{} s", std::chrono::duration_cast<std::chrono::duration<double>>(time).count());
}

// What bounds strangers and attackers (R04, R16), and what tells people: to be raised or silenced by nobody unseen.
void addBounds(RecordedSettings& all, Configuration const& configuration)
{
    auto const& dicom = configuration.dicom;
    auto const& limits = dicom.limits;
    auto const& delivery = configuration.delivery;
    auto const& alarms = configuration.alarms;
    RecordedSettings const more{
        {"dicom.quarantine_limit", std::to_string(dicom.quarantineLimitBytes)},
        {"dicom.max_associations", std::to_string(dicom.maxAssociations)},
        {"dicom.max_active", std::to_string(dicom.maxActive)},
        {"dicom.max_associations_per_site", std::to_string(dicom.maxAssociationsPerSite)},
        {"dicom.disk_reserve", std::to_string(dicom.diskReserveBytes)},
        {"dicom.quiet_time", seconds(dicom.quietTime)},
        {"dicom.limits.pdu", std::to_string(limits.pduBytes)},
        {"dicom.limits.dataset", std::to_string(limits.dataSetBytes)},
        {"dicom.limits.depth", std::to_string(limits.depth)},
        {"dicom.limits.contexts", std::to_string(limits.contexts)},
        {"dicom.limits.element", std::to_string(limits.elementBytes)},
        {"dicom.limits.deflate_ratio", std::to_string(limits.deflateRatio)},
        {"dicom.limits.first_byte", seconds(limits.firstByte)},
        {"dicom.limits.idle", seconds(limits.idle)},
        {"dicom.limits.operation", seconds(limits.operation)},
        {"dicom.limits.request", seconds(limits.request)},
        {"dicom.limits.slowest", std::to_string(limits.slowestBytes)},
        {"dicom.limits.answers", std::to_string(limits.answers)},
        {"delivery.first_retry", seconds(delivery.firstRetry)},
        {"delivery.longest_retry", seconds(delivery.longestRetry)},
        {"delivery.give_up_after", seconds(delivery.giveUpAfter)},
        {"reading.claim_expires", seconds(configuration.reading.claimExpires)},
        {"alarms.site_silent_after", seconds(alarms.siteSilentAfter)},
        {"alarms.work_begins", std::to_string(alarms.workBegins)},
        {"alarms.work_ends", std::to_string(alarms.workEnds)},
        {"alarms.backup_stale_after", seconds(alarms.backupStaleAfter)},
        {"alarms.certificate_expires_within", seconds(alarms.certificateDays)},
        {"alarms.disk_percent", std::to_string(alarms.diskPercent)},
        {"alarms.disk_days", std::to_string(alarms.diskDays)},
        {"alarms.clock_offset", seconds(alarms.clockOffset)},
    };
    all.insert(more.begin(), more.end());
}

} // namespace

RecordedSettings recordedSettings(Configuration const& configuration)
{
    auto const& dicom = configuration.dicom;
    auto const& http = configuration.http;
    auto const& audit = configuration.audit;
    RecordedSettings all{
        {"data", configuration.data.string()},
        {"audit.keep", fmt::format("{} d", std::chrono::duration_cast<std::chrono::hours>(audit.keep).count() / 24)},
        {"audit.stop_on_failure", audit.stopOnFailure ? "true" : "false"},
        {"audit.syslog_host", audit.syslogHost},
        {"audit.syslog_port", std::to_string(audit.syslogPort)},
        {"dicom.ae_title", dicom.aeTitle},
        {"dicom.called", dicom.anyCalledAe ? "any" : "own"},
        {"dicom.unknown_callers", dicom.quarantine ? "quarantine" : "reject"},
        {"dicom.bind", dicom.bind},
        {"dicom.port", std::to_string(dicom.port)},
        {"dicom.tls.port", std::to_string(dicom.tlsPort)},
        {"dicom.tls.client_certificate", word(dicom.tls.clientCertificate)},
        {"http.bind", http.bind},
        {"http.port", std::to_string(http.port)},
        {"http.client_certificate", word(http.clientCertificate)},
        {"http.metrics_from", fmt::format("{}", fmt::join(http.metricsFrom, " "))},
        {"archive.scrub_rate", std::to_string(configuration.archive.scrubBytesPerSecond)},
    };
    addBounds(all, configuration);
    addTls(all, "audit.syslog", audit.syslogTls);
    addTls(all, "dicom.tls", dicom.tls);
    TlsSettings web;
    web.certificate = http.certificate;
    web.key = http.key;
    web.trust = http.trust;
    web.revoked = http.revoked;
    addTls(all, "http", web);
    for (auto const& site : configuration.sites)
        all["site " + site.id.value] = textOf(site);
    for (auto const& station : configuration.stations)
        all["station " + station.caller.aeTitle + "@" + station.caller.address] = textOf(station);
    for (auto const& peer : configuration.peers)
        all["peer " + peer.aeTitle] = fmt::format("{}:{}{}", peer.host, peer.port, peer.tls ? ", TLS" : "");
    return all;
}

std::vector<std::string> changesBetween(RecordedSettings const& before, RecordedSettings const& after)
{
    std::vector<std::string> changes;
    for (auto const& [key, value] : after) {
        auto const old = before.find(key);
        if (old == before.end())
            changes.push_back(fmt::format("{} is new: {}", key, value));
        else if (old->second != value)
            changes.push_back(fmt::format("{} was \"{}\", is \"{}\"", key, old->second, value));
    }
    for (auto const& [key, value] : before)
        if (!after.contains(key))
            changes.push_back(fmt::format("{} is gone: {}", key, value));
    return changes;
}

SettingsOfStart settingsOfStart(Configuration const& configuration)
{
    SettingsOfStart settings{
        configuration.data / "keys" / "settings.last", toText(recordedSettings(configuration)), true, {}};
    auto const before = readFile(settings.file, 16 << 20);
    settings.areOther = !before || *before != settings.now;
    if (!settings.areOther)
        return settings;
    // The key that seals the trail is made at the first start: no start was before it.
    std::error_code ignored;
    if (!before && !std::filesystem::exists(configuration.data / "keys" / "audit.key", ignored))
        return settings;
    AuditEvent event;
    event.kind = AuditEventKind::ConfigurationChanged;
    if (before)
        event.detail = whatChanged(*before, settings.now);
    else
        event.detail = fmt::format("what the settings were at the last start is not known: {}", before.error().message);
    settings.event = std::move(event);
    return settings;
}

void recordSettings(SettingsOfStart settings, AuditTrail& trail)
{
    if (!settings.areOther)
        return;
    if (settings.event) {
        trail.record(*std::move(settings.event));
        if (!trail.flush())
            return log::warning(
                "what changed since the last start can't be put on record; the next start says it again");
    }
    auto written = createDirectoryDurably(settings.file.parent_path());
    if (written)
        written = writeFileDurably(settings.file, settings.now);
    if (!written)
        log::warning("{}: {}", settings.file.string(), written.error().message);
}

} // namespace qianli::gateway
