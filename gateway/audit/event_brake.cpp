#include "gateway/audit/event_brake.h"

#include <fmt/format.h>

namespace qianli::gateway {
namespace {

constexpr auto minute = std::chrono::minutes(1);
constexpr std::size_t mostAddresses = 10'000;

// A minute, from one address; 0: whatever happens.
std::uint32_t mostOf(AuditEvent const& event)
{
    switch (event.kind) {
    case AuditEventKind::AssociationAccepted:
    case AuditEventKind::Query:
    case AuditEventKind::UserLogin:
        return event.outcome == AuditOutcome::Success ? 600 : 60;
    case AuditEventKind::AssociationRefused:
    case AuditEventKind::SecurityAlert:
        return event.address.empty() ? 0 : 60;
    default:
        return 0;
    }
}

} // namespace

bool EventBrake::lets(AuditEvent const& event, Time now)
{
    auto const most = mostOf(event);
    if (most == 0)
        return true;
    // From so many addresses at once, each counts as any other.
    bool const many = minutes_.size() >= mostAddresses;
    auto& here = minutes_[{event.kind, many ? std::string() : event.address}];
    if (here.recorded == 0)
        here.began = now;
    if (here.recorded < most) {
        ++here.recorded;
        return true;
    }
    ++here.counted;
    here.last = event;
    return false;
}

std::vector<AuditEvent> EventBrake::counted(Time now)
{
    std::vector<AuditEvent> events;
    for (auto place = minutes_.begin(); place != minutes_.end();) {
        auto& [key, here] = *place;
        if (now - here.began < minute) {
            ++place;
            continue;
        }
        if (here.counted > 0) {
            here.last.detail = fmt::format("and {} more of these within a minute; the last one: {}", here.counted,
                                           here.last.detail.empty() ? "nothing else to say" : here.last.detail);
            events.push_back(std::move(here.last));
        }
        place = minutes_.erase(place);
    }
    return events;
}

} // namespace qianli::gateway
