// A UID as a number of 47 bits to search by: shorter in an index than the UID, and not unique, so the UID itself is
// compared afterwards.
#pragma once

#include <cstdint>
#include <string_view>

namespace qianli::gateway {

// UIDs that differ in their last digit only share a key, and those that differ in the last three have neighbouring
// keys: what a device numbers one after the other lands on one page of an index.
std::int64_t uidKey(std::string_view uid);

} // namespace qianli::gateway
