// How much memory there is to share out.
#pragma once

#include <cstdint>

namespace qianli::viewer {

// Bytes of this machine, or of the control group that we may not leave.
std::uint64_t machineMemory();

} // namespace qianli::viewer
