// The subject of a certificate as people write it.
#pragma once

#include <string>
#include <string_view>

namespace qianli::gateway {

// "CN=\E6\99…" as `openssl x509 -subject -nameopt RFC2253` prints it becomes what TlsSession::peerSubject() says; so
// does "subject=CN=…".
std::string readSubject(std::string_view text);

} // namespace qianli::gateway
