// The number of descriptors that this process may have open: as many as the configuration needs, where the system lets
// us.
#pragma once

#include "gateway/configuration/configuration.h"

#include <cstdint>

namespace qianli::gateway {

struct DescriptorLimit {
    std::uint64_t allowed = 0;
    std::uint64_t needed = 0; // for all associations at the same time, and what else is open
    bool suffices() const { return allowed >= needed; }
};

// Raises RLIMIT_NOFILE if it can and must; a lower limit is no error, but callers will have to wait (R54).
DescriptorLimit raiseDescriptorLimit(DicomSettings const& settings);

} // namespace qianli::gateway
