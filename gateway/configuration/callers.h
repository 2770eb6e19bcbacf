// Reads [[site]], [[station]] and [[peer]], and checks what they say about each other.
#pragma once

#include "gateway/configuration/configuration.h"
#include "gateway/configuration/section.h"

namespace qianli::gateway {

inline constexpr std::string_view expectedAeTitle =
    "expected an AE title: 1 to 16 ASCII characters without backslash and without spaces at the ends";

void readCallers(Section& root, Configuration& configuration);

} // namespace qianli::gateway
