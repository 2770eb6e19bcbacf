// A whole deflated data set or frame in memory (PS3.5 A.5, A.4.13), with a ceiling.
#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <span>
#include <string>

namespace qianli::viewer {

// InvalidInput when the stream is damaged or ends early, LimitExceeded when it would pass `limit` bytes.
Result<std::string> inflateRaw(std::span<std::uint8_t const> compressed, std::uint64_t limit);

} // namespace qianli::viewer
