#include "common/crypto/certificate_expiry.h"
#include "common/crypto/tls_context.h"
#include "common/crypto/tls_session.h"
#include "tests/support/support.h"
#include "tests/support/test_authority.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sys/stat.h>

using namespace qianli;
using namespace qianli::crypto;
using namespace qianli::test;

namespace {

std::string failureOf(Result<std::shared_ptr<TlsContext const>> const& result)
{
    return result ? "" : result.error().message;
}

} // namespace

TEST_CASE("a key that others may read is refused, and so is one of another certificate", "[crypto][tls]") // R35
{
    TemporaryFolder folder;
    TestAuthority authority(folder.path(), "ca");
    auto const own = authority.issue("gateway").string(), other = authority.issue("other").string();
    auto const server = [&](std::string const& certificate, std::string const& key) {
        return failureOf(TlsContext::server({certificate, key, authority.certificate(), authority.list(), {}},
                                            PeerCertificate::Require));
    };
    CHECK(server(own + ".crt", own + ".key") == "");
    CHECK(server(own + ".crt", other + ".key").find("does not belong to the certificate") != std::string::npos);
    for (mode_t const mode : {0640u, 0604u, 0660u}) {
        REQUIRE(::chmod((own + ".key").c_str(), mode) == 0);
        CHECK(server(own + ".crt", own + ".key").find("can be read by others than its owner: chmod 600") !=
              std::string::npos);
    }
    REQUIRE(::chmod((own + ".key").c_str(), 0600) == 0);
    CHECK(server(own + ".key", own + ".key").find("holds no certificate") != std::string::npos);
    CHECK(server(own + ".crt", own + ".crt").find("gateway.crt") != std::string::npos);
}

TEST_CASE("whom we believe must be there, and so must be those who sign the list of the revoked", "[crypto][tls]")
{
    TemporaryFolder folder;
    TestAuthority authority(folder.path(), "ca"), foreign(folder.path(), "foreign");
    auto const own = authority.issue("gateway").string();
    auto const server = [&](std::filesystem::path const& trust, std::filesystem::path const& revoked) {
        return failureOf(
            TlsContext::server({own + ".crt", own + ".key", trust, revoked, {}}, PeerCertificate::Require));
    };
    CHECK(server(authority.certificate(), {}) == "");
    CHECK(server({}, {}).find("without `trust`") != std::string::npos);
    CHECK(server(authority.list(), {}).find("holds no certificate of an authority") != std::string::npos);
    CHECK(server(authority.certificate(), foreign.list()).find("is signed by none of the authorities") !=
          std::string::npos);
    std::ofstream(folder / "torn.crt") << "-----BEGIN CERTIFICATE-----\nMIIB\n";
    CHECK(server(folder / "torn.crt", {}).find("torn.crt") != std::string::npos);
    CHECK(server(folder / "absent.crt", {}).find("absent.crt") != std::string::npos);
}

TEST_CASE("certificates and revocation lists say when they run out", "[crypto][tls]")
{
    TemporaryFolder folder;
    TestAuthority authority(folder.path(), "ca");
    auto const path = authority.issue("gateway", {.ends = std::chrono::hours(48)}).string() + ".crt";
    auto const dates = certificateDates(path);
    REQUIRE(dates);
    REQUIRE(dates->size() == 1);
    auto const& date = dates->front();
    CHECK(date.subject == "CN=gateway");
    CHECK_FALSE(date.isRevocationList);
    auto const left = date.notAfter - SystemClock().now();
    CHECK(left > std::chrono::hours(47));
    CHECK(left <= std::chrono::hours(48));
    auto const lists = certificateDates(authority.list());
    REQUIRE(lists);
    CHECK(lists->at(0).isRevocationList);
    CHECK(lists->at(0).subject == "CN=ca");
    CHECK(lists->at(0).notAfter - SystemClock().now() > std::chrono::hours(239));
    CHECK_FALSE(certificateDates(folder / "gateway.key"));
    CHECK_FALSE(certificateDates(folder / "absent"));
}

TEST_CASE("a subject is read as openssl prints it, escaped or not", "[crypto][tls]")
{
    CHECK(readSubject("CN=puzi,O=Puzi") == "CN=puzi,O=Puzi");
    CHECK(readSubject("subject=CN=puzi") == "CN=puzi");
    CHECK(readSubject("CN=\\E6\\99\\AE\\E5\\AD\\90") == "CN=普子");
    CHECK(readSubject("CN=普子") == "CN=普子");
    CHECK(readSubject("CN=a\\,b\\0Ac\\\\E6") == "CN=a\\,b\\0Ac\\\\E6"); // what stays escaped, stays
    CHECK(readSubject("CN=a\\") == "CN=a\\");
}
