// Reads [[site]], [[station]] and [[peer]], and checks what they say about each other.
#pragma once

#include "gateway/configuration/added_sites.h"
#include "gateway/configuration/configuration.h"
#include "gateway/configuration/section.h"

namespace qianli::gateway {

inline constexpr std::string_view expectedAeTitle =
    "expected an AE title: 1 to 16 ASCII characters without backslash and without spaces at the ends";

// The sites of the file come first, then those that were added.
void readCallers(Section& root, AddedSites& added, Configuration& configuration);

} // namespace qianli::gateway
