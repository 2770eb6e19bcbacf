#include "gateway/audit/direct_trail.h"

namespace qianli::gateway {

DirectTrail::~DirectTrail()
{
    if (!wrote_ || !mayVouch_)
        return;
    if (auto const sealed = writer_.seal(clock_.now()); !sealed)
        complain_(sealed.error());
}

Result<void> DirectTrail::tryToWrite()
{
    std::lock_guard const lock(mutex_);
    return writer_.tryToWrite(clock_.now());
}

bool DirectTrail::flush()
{
    std::lock_guard const lock(mutex_);
    return !lost_;
}

void DirectTrail::record(AuditEvent event)
{
    std::lock_guard const lock(mutex_);
    // Who says that the trail is not as it was written must not sign it.
    if (event.kind == AuditEventKind::AuditLogUsed && event.outcome != AuditOutcome::Success)
        mayVouch_ = false;
    TimedEvent const timed{std::move(event), clock_.now()};
    auto const done = writer_.append({&timed, 1});
    wrote_ = wrote_ || done.has_value();
    lost_ = lost_ || !done;
    if (!done)
        complain_(done.error());
}

} // namespace qianli::gateway
