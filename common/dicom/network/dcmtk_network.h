// The one DCMTK network of the process and its settings; who requests an association starts here.
//
// DCMTK's global options are set once, before the first socket: TCP_NODELAY (60 times the rate), no reverse DNS
// look-ups, no listening socket of DCMTK's own. Its network log of level WARN and above comes out of our log.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace qianli::crypto {
class TlsContext;
}

namespace qianli::dicom {

// Thread-safe and idempotent. Unavailable when DCMTK can't be initialised.
Result<T_ASC_Network*> dcmtkNetwork();

// OFCondition → Error.
tl::unexpected<Error> failCondition(ErrorCode code, std::string_view what, OFCondition const& condition);

// How long a connection may be silent, shared between the association and DCMTK's view of its socket. Never waits for
// ever.
class TransportControl {
public:
    // `givesUp`: see Destination.
    explicit TransportControl(Duration silence, std::function<bool()> givesUp = {})
        : silence_(silence.count()), givesUp_(std::move(givesUp))
    {
    }

    void setSilence(Duration silence) { silence_ = silence.count(); }
    Duration silence() const { return Duration(silence_.load()); }
    bool timedOut() const { return timedOut_; }
    // The waits that follow have so much time together, however often something comes; nothing: each the silence.
    using SteadyClock = std::chrono::steady_clock;
    void setDeadline(std::optional<SteadyClock::time_point> deadline)
    {
        deadline_ = deadline ? deadline->time_since_epoch().count() : 0;
    }
    bool isLate() const { return left() <= Duration::zero(); }
    Duration left() const // of the silence, or to the deadline
    {
        auto const deadline = deadline_.load();
        if (deadline == 0)
            return silence();
        SteadyClock::time_point const end{SteadyClock::duration(deadline)};
        return std::min(silence(), std::chrono::ceil<Duration>(end - SteadyClock::now()));
    }
    // Before the connection is made: TLS with whoever has a certificate for `host`.
    void useTls(std::shared_ptr<crypto::TlsContext const> tls, std::string host)
    {
        tls_ = std::move(tls);
        host_ = std::move(host);
    }
    // What went wrong with TLS, in words; "" when nothing has.
    std::string tlsTrouble() const
    {
        std::lock_guard const lock(mutex_);
        return tlsTrouble_;
    }

private:
    friend class Transport;
    friend class TransportLayer;
    void setTlsTrouble(std::string what)
    {
        std::lock_guard const lock(mutex_);
        tlsTrouble_ = std::move(what);
    }

    std::shared_ptr<crypto::TlsContext const> tls_;
    std::string host_;
    mutable std::mutex mutex_; // guards tlsTrouble_
    std::string tlsTrouble_;
    std::atomic<std::int64_t> silence_;
    std::atomic<SteadyClock::rep> deadline_ = 0; // 0: none
    std::function<bool()> const givesUp_;
    std::atomic<bool> timedOut_ = false;
};

// Runs ASC_requestAssociation; takes over the parameters.
OFCondition requestAssociation(T_ASC_Parameters* parameters, std::shared_ptr<TransportControl> control,
                               T_ASC_Association** association);

} // namespace qianli::dicom
