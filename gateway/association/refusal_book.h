// RefusalBook: who was turned away or had an object refused lately, why, and what to do about it; for `status`. The log
// has every single one.
#pragma once

#include "common/base/clock.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace qianli::gateway {

struct Refusal {
    enum class What { Association, Object } what = What::Association;
    std::string caller; // "site puzi", "unknown caller", …; "" when nobody knows
    std::string callingAe, address;
    std::string reason, advice;
    std::uint64_t count = 0;
    TimePoint lastAt{};
};

class RefusalBook {
public:
    // The same kind from the same caller counts on, and shows the newest reason.
    void note(Refusal refusal, std::string const& kind);
    // Newest first.
    std::vector<Refusal> newest() const;

private:
    mutable std::mutex mutex_; // guards entries_
    std::map<std::string, Refusal> entries_;
};

} // namespace qianli::gateway
