#include "tests/conformance/statement.h"

#include "common/crypto/certificate_authority.h"
#include "common/crypto/tls_context.h"
#include "tests/support/support.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>

namespace qianli::test {
namespace {

std::string version(long number)
{
    return number == TLS1_2_VERSION ? "TLS 1.2" : number == TLS1_3_VERSION || number == 0 ? "TLS 1.3" : "another";
}

struct Offered {
    std::string versions, suites;
};

// What a connection of ours would offer.
Offered offered()
{
    TemporaryFolder folder;
    ManualClock const clock(*parseIso8601("2026-11-22T00:00:00Z"));
    auto const authority = crypto::CertificateAuthority::open(folder / "keys", clock);
    REQUIRE(authority);
    crypto::TlsFiles files;
    files.trustPem = authority->certificatePem();
    auto const context = crypto::TlsContext::client(files);
    INFO((context ? "" : context.error().message));
    REQUIRE(context);
    auto* const handle = (*context)->handle();
    Offered result;
    result.versions = fmt::format("{} to {}", version(SSL_CTX_get_min_proto_version(handle)),
                                  version(SSL_CTX_get_max_proto_version(handle)));
    auto* const suites = SSL_CTX_get_ciphers(handle);
    for (int i = 0; i < sk_SSL_CIPHER_num(suites); ++i)
        result.suites += fmt::format("{}{}", result.suites.empty() ? "" : ", ",
                                     SSL_CIPHER_standard_name(sk_SSL_CIPHER_value(suites, i)));
    return result;
}

} // namespace

std::string securityPart()
{
    auto const tls = offered();
    MarkdownTable table({"Profile", "What of it"});
    table.row({"PS3.15 B.12 Non-downgrading BCP 195 TLS",
               fmt::format("{}, as server and client: {}", tls.versions, tls.suites)});
    table.row({"PS3.15 C.4 Structured Report RSA Digital Signature",
               "reports are signed by the workstation (RSA, SHA-256, every data element), checked before they are "
               "issued, and checked by `report verify`"});
    table.row({"PS3.15 A.5 Audit Trail Message Format",
               "every event of A.5.3 that takes place here, and A.6 Syslog-TLS transmission to a collector"});
    table.row({"PS3.7 D.3.3.7 User Identity", "type 1; a station's association without a valid session is rejected"});
    return fmt::format(R"(
## 7 Security
{}
A plain port speaks no TLS, a TLS port speaks nothing else. Clients show a certificate of a configured authority unless the configuration says otherwise; revocation lists are followed; a
certificate may be bound to a site, whose AE titles are then worth nothing without it. Stored objects get a preamble of zeros.
)",
                       table.text());
}

} // namespace qianli::test
