// What may stand in a caller's rule or a bind key: AE titles and IP addresses as written.
#pragma once

#include <string>
#include <string_view>

namespace qianli::gateway {

// 1 to 16 characters of the default repertoire without backslash and control characters, no spaces at the ends
// (PS3.5 6.2, VR AE).
bool isAeTitle(std::string_view text);
bool isIpAddress(std::string_view text);
// IP address or CIDR "10.0.0.0/8", "fd00::/8".
bool isIpAddressOrNetwork(std::string_view text);
// Whom an address stands for: itself, or the /64 of an IPv6 address, which one machine has all of (RFC 4291 2.5.4).
std::string holderOf(std::string_view address);
bool isLoopback(std::string_view address);

} // namespace qianli::gateway
