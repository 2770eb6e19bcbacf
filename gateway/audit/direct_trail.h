// DirectTrail: the trail as a command writes it, beside the daemon or without it: each event at once, and a seal at the
// end.
#pragma once

#include "gateway/audit/audit_trail.h"
#include "gateway/audit/trail_writer.h"

#include <functional>
#include <mutex>

namespace qianli::gateway {

class DirectTrail final : public AuditTrail {
public:
    // `complain`: the trail can't be written.
    DirectTrail(TrailPlace place, Clock const& clock, std::function<void(Error const&)> complain)
        : writer_(std::move(place)), clock_(clock), complain_(std::move(complain))
    {
    }
    ~DirectTrail() override; // seals
    void record(AuditEvent event) override;
    bool flush() override;
    // Whether record() would succeed.
    Result<void> tryToWrite();

private:
    std::mutex mutex_; // guards what follows
    TrailWriter writer_;
    bool wrote_ = false, mayVouch_ = true, lost_ = false;
    Clock const& clock_;
    std::function<void(Error const&)> complain_;
};

} // namespace qianli::gateway
