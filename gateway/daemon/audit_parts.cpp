#include "gateway/daemon/audit_parts.h"

#include <fmt/format.h>
#include <unistd.h>

namespace qianli::gateway {
namespace {

auto rulesOf(std::vector<model::CallerRule> const& rules)
{
    std::vector<std::string> result;
    for (model::CallerRule const& rule : rules)
        result.push_back(rule.aeTitle + "@" + rule.address);
    return result;
}

bool isSame(model::Site const& one, model::Site const& other)
{
    auto const all = [](model::Site const& site) {
        return std::tie(site.name, site.allow, site.called, site.destinations, site.charset, site.deliver, site.stat,
                        site.fuzzyNames, site.certificateSubject);
    };
    return rulesOf(one.callers) == rulesOf(other.callers) && all(one) == all(other);
}

bool isSame(model::Station const& one, model::Station const& other)
{
    return one.seesAll == other.seesAll && one.sees == other.sees;
}

bool isSame(model::Peer const& one, model::Peer const& other)
{
    return std::tie(one.host, one.port, one.tls) == std::tie(other.host, other.port, other.tls);
}

template <typename Thing, typename NameOf>
void compare(std::vector<std::string>& changes, std::string_view what, std::vector<Thing> const& before,
             std::vector<Thing> const& after, NameOf const& nameOf)
{
    auto const in = [&](std::vector<Thing> const& things, std::string const& name) -> Thing const* {
        auto const found = std::ranges::find_if(things, [&](Thing const& one) { return nameOf(one) == name; });
        return found == things.end() ? nullptr : &*found;
    };
    for (Thing const& thing : after) {
        auto const name = nameOf(thing);
        auto const* old = in(before, name);
        if (old == nullptr)
            changes.push_back(fmt::format("{} {} is new", what, name));
        else if (!isSame(*old, thing))
            changes.push_back(fmt::format("{} {} is another", what, name));
    }
    for (Thing const& thing : before)
        if (in(after, nameOf(thing)) == nullptr)
            changes.push_back(fmt::format("{} {} is gone", what, nameOf(thing)));
}

} // namespace

TrailPlace trailPlace(Configuration const& configuration)
{
    TrailPlace place;
    place.folder = configuration.data / "audit";
    place.keys = configuration.data / "keys";
    return place;
}

AuditParts::AuditParts(Configuration const& configuration, AlarmBoard& alarms, Clock const& clock)
{
    ChainedTrailSettings settings;
    settings.place = trailPlace(configuration);
    settings.keep = configuration.audit.keep;
    settings.stopOnFailure = configuration.audit.stopOnFailure;
    settings.alarms = &alarms;
    if (auto const& audit = configuration.audit; !audit.syslogHost.empty()) {
        SyslogSettings syslog;
        syslog.folder = settings.place.folder;
        syslog.keys = settings.place.keys;
        syslog.host = audit.syslogHost;
        syslog.port = audit.syslogPort;
        syslog.tls = {
            audit.syslogTls.certificate, audit.syslogTls.key, audit.syslogTls.trust, audit.syslogTls.revoked, {}};
        syslog.source = {configuration.dicom.aeTitle, machineName()};
        syslog.alarms = &alarms;
        forwarder_ = std::make_unique<SyslogForwarder>(std::move(syslog));
        settings.collected = [forwarder = forwarder_.get()] { return forwarder->collected(); };
    }
    trail_ = std::make_unique<ChainedTrail>(std::move(settings), clock);
    alarms.addListener([to = trail_.get()](Alarm const& alarm, AlarmBoard::Change change) {
        AuditEvent event;
        bool const raised = change == AlarmBoard::Change::Raised;
        event.kind = raised ? AuditEventKind::AlarmRaised : AuditEventKind::AlarmCleared;
        event.outcome = raised ? AuditOutcome::SeriousFailure : AuditOutcome::Success;
        event.detail =
            fmt::format("{}{}{}: {}", alarm.code, alarm.subject.empty() ? "" : " ", alarm.subject, alarm.text);
        to->record(std::move(event));
    });
    TrailCheckSettings checked;
    checked.place = trailPlace(configuration);
    checked.alarms = &alarms;
    check_ = std::make_unique<TrailCheck>(std::move(checked));
    check_->start();
}

void AuditParts::stop()
{
    check_->stop();
    trail_->stop();
    if (forwarder_)
        forwarder_->stop();
}

AuditEvent applicationEvent(AuditEventKind kind, Configuration const& configuration)
{
    AuditEvent event;
    event.kind = kind;
    event.calledAe = configuration.dicom.aeTitle;
    event.detail = fmt::format("process {}, configuration {}", ::getpid(), configuration.file.string());
    return event;
}

AuditEvent configurationChanged(Configuration const& before, Configuration const& after)
{
    std::vector<std::string> changes;
    compare(changes, "site", before.sites, after.sites, [](model::Site const& site) { return site.id.value; });
    compare(changes, "station", before.stations, after.stations,
            [](model::Station const& station) { return station.caller.aeTitle + "@" + station.caller.address; });
    compare(changes, "peer", before.peers, after.peers, [](model::Peer const& peer) { return peer.aeTitle; });
    AuditEvent event;
    event.kind = AuditEventKind::ConfigurationChanged;
    event.detail = fmt::format("read again: {}", changes.empty() ? "nothing else than before"
                                                                 : fmt::format("{}", fmt::join(changes, "; ")));
    return event;
}

} // namespace qianli::gateway
