#include "common/crypto/certificate_authority.h"

#include "common/base/file.h"
#include "common/crypto/report_signature.h"
#include "tests/support/support.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

using namespace qianli;
using Catch::Contains;

namespace {

constexpr char pin[] = "135790";

TimePoint const start = parseIso8601("2026-04-15T06:00:00Z").value();

std::string openssl(std::vector<std::string> arguments, std::string const& input)
{
    arguments.insert(arguments.begin(), "openssl");
    auto const result = test::run(arguments, input);
    return result.output + result.errors;
}

crypto::KeyRequest const& request()
{
    static crypto::KeyRequest const made = crypto::makeKeyRequest("wangmin", pin).value();
    return made;
}

} // namespace

SCENARIO("the gateway's authority issues certificates for people", "[crypto][authority]")
{
    test::TemporaryFolder const folder;
    ManualClock clock(start);
    auto authority = crypto::CertificateAuthority::open(folder / "keys", clock);
    REQUIRE(authority);

    THEN("its private key is readable by the service alone")
    {
        struct stat status {};
        REQUIRE(::stat((folder / "keys/ca.key").c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0600);
        REQUIRE(::stat((folder / "keys/issued.tsv").c_str(), &status) != 0); // nothing issued yet
    }
    THEN("opened again it is the same one")
    {
        auto const again = crypto::CertificateAuthority::open(folder / "keys", clock);
        REQUIRE(again);
        CHECK(again->certificatePem() == authority->certificatePem());
    }
    THEN("a key that is not its own is found out at the start")
    {
        auto const other = crypto::CertificateAuthority::open(folder / "other", clock);
        REQUIRE(other);
        std::filesystem::copy_file(folder / "other/ca.key", folder / "keys/ca.key",
                                   std::filesystem::copy_options::overwrite_existing);
        auto const again = crypto::CertificateAuthority::open(folder / "keys", clock);
        REQUIRE_FALSE(again);
        CHECK(again.error().code == ErrorCode::Corrupt);
    }
    THEN("a certificate names the person, is valid from five minutes ago, and OpenSSL's own program verifies it")
    {
        auto const certificate = authority->issue(request().requestPem, "wangmin", "王敏");
        INFO((certificate ? std::string() : certificate.error().message));
        REQUIRE(certificate);
        std::string const text =
            openssl({"x509", "-noout", "-text", "-nameopt", "utf8,sep_comma_plus_space"}, *certificate);
        CHECK_THAT(text, Contains("UID=wangmin, CN=王敏") && Contains("Not Before: Apr 15 05:55:00 2026 GMT"));
        CHECK_THAT(text,
                   Contains("CA:FALSE") && Contains("Digital Signature, Non Repudiation") && Contains("(3072 bit)"));
        REQUIRE(writeFileDurably(folder / "leaf.pem", *certificate));
        REQUIRE(writeFileDurably(folder / "crl.pem", authority->revocationListPem().value()));
        CHECK_THAT(openssl({"verify", "-attime", "1776232800", "-crl_check", "-CRLfile", folder / "crl.pem", "-CAfile",
                            folder / "keys/ca.crt", "-x509_strict", folder / "leaf.pem"},
                           ""),
                   Contains("leaf.pem: OK"));
        AND_THEN("after the person is disabled it doesn't, across restarts and for each of their certificates")
        {
            auto const second = authority->issue(request().requestPem, "wangmin", "王敏");
            auto const bystander = authority->issue(request().requestPem, "zhaolei", "赵磊");
            REQUIRE((second && bystander));
            clock.advance(std::chrono::hours(1));
            REQUIRE(authority->revokeAll("wangmin"));
            auto again = crypto::CertificateAuthority::open(folder / "keys", clock);
            REQUIRE(again);
            REQUIRE(writeFileDurably(folder / "crl.pem", again->revocationListPem().value()));
            REQUIRE(writeFileDurably(folder / "second.pem", *second));
            REQUIRE(writeFileDurably(folder / "bystander.pem", *bystander));
            auto const checked = [&](std::string const& name) {
                return openssl({"verify", "-attime", "1776236460", "-crl_check", "-CRLfile", folder / "crl.pem",
                                "-CAfile", folder / "keys/ca.crt", folder / name},
                               "");
            };
            CHECK_THAT(checked("leaf.pem"), Contains("certificate revoked"));
            CHECK_THAT(checked("second.pem"), Contains("certificate revoked"));
            CHECK_THAT(checked("bystander.pem"), Contains("bystander.pem: OK"));
        }
    }
    THEN("the revocation list is renewed before it is out of date")
    {
        auto const first = authority->revocationListPem();
        REQUIRE(first);
        CHECK(authority->revocationListPem().value() == *first);
        clock.advance(std::chrono::hours(24 * 20));
        auto const renewed = authority->revocationListPem();
        REQUIRE(renewed);
        CHECK(*renewed != *first);
        CHECK_THAT(openssl({"crl", "-noout", "-nextupdate"}, *renewed), Contains("Jun  4"));
    }
    THEN("two open authorities on one folder, as daemon and command line are, lose nothing of each other's")
    {
        auto beside = crypto::CertificateAuthority::open(folder / "keys", clock);
        REQUIRE(beside);
        REQUIRE(authority->issue(request().requestPem, "wangmin", "王敏"));
        REQUIRE(beside->issue(request().requestPem, "zhaolei", "赵磊"));
        REQUIRE(authority->revokeAll("zhaolei"));
        auto const issued = readFile(folder / "keys/issued.tsv", 1 << 20);
        REQUIRE(issued);
        CHECK_THAT(*issued, Contains("wangmin") && Contains("zhaolei"));
        CHECK_THAT(openssl({"crl", "-noout", "-text"}, beside->revocationListPem().value()),
                   Contains("Revocation Date: Apr 15 06:00:00 2026"));
    }
}

TEST_CASE("a request that is none, weak, or for nobody is refused", "[crypto][authority]")
{
    test::TemporaryFolder const folder;
    ManualClock clock(start);
    auto authority = crypto::CertificateAuthority::open(folder / "keys", clock);
    REQUIRE(authority);
    auto const refused = [&](std::string const& pem, std::string const& user, std::string const& name) {
        auto const issued = authority->issue(pem, user, name);
        REQUIRE_FALSE(issued);
        CHECK(issued.error().code == ErrorCode::InvalidInput);
        return issued.error().message;
    };
    CHECK_THAT(refused("", "a", "b"), Contains("no certificate request"));
    CHECK_THAT(refused(std::string(20'000, 'x'), "a", "b"), Contains("too long"));
    CHECK_THAT(refused(request().requestPem, "", "b"), Contains("user name"));
    CHECK_THAT(refused(request().requestPem, "a\tb", "b"), Contains("user name"));
    CHECK_THAT(refused(request().requestPem, "a", std::string(65, 'x')), Contains("can't stand in a certificate"));
    CHECK_THAT(refused(request().requestPem, "a", "\xC4\xE3"), Contains("can't stand in a certificate"));
    REQUIRE(test::run({"openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout",
                       folder / "k", "-out", folder / "r"})
                .exitCode == 0);
    CHECK_THAT(refused(readFile(folder / "r", 1 << 20).value(), "a", "b"), Contains("3072"));
}

SCENARIO("a signer's key lives in a PKCS#12 under the PIN", "[crypto][key]")
{
    test::TemporaryFolder const folder;
    ManualClock clock(start);
    auto authority = crypto::CertificateAuthority::open(folder / "keys", clock);
    REQUIRE(authority);
    auto const certificate = authority->issue(request().requestPem, "wangmin", "王敏");
    REQUIRE(certificate);

    THEN("it opens with the PIN and shows who it is for")
    {
        auto const box = crypto::makePkcs12(request(), *certificate, authority->certificatePem(), pin);
        REQUIRE(box);
        auto const key = crypto::SigningKey::fromPkcs12(*box, pin);
        REQUIRE(key);
        CHECK(key->subjectCommonName() == "王敏");
        CHECK(key->certificatePem() == *certificate);
        CHECK(key->notBefore() == start - std::chrono::minutes(5));
        auto const wrong = crypto::SigningKey::fromPkcs12(*box, "135791");
        REQUIRE_FALSE(wrong);
        CHECK(wrong.error().code == ErrorCode::Refused);
    }
    THEN("the key in waiting needs the PIN too, and fits only its own certificate")
    {
        auto const wrong = crypto::makePkcs12(request(), *certificate, authority->certificatePem(), "135791");
        REQUIRE_FALSE(wrong);
        CHECK(wrong.error().code == ErrorCode::Refused);
        auto const foreign =
            crypto::makePkcs12(request(), authority->certificatePem(), authority->certificatePem(), pin);
        REQUIRE_FALSE(foreign);
        CHECK_THAT(foreign.error().message, Contains("another key"));
    }
    THEN("a short PIN is refused")
    {
        CHECK_FALSE(crypto::makeKeyRequest("wangmin", "12345"));
    }
    THEN("a PKCS#12 with a weak key, or none, is refused")
    {
        REQUIRE(test::run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout",
                           folder / "k", "-out", folder / "c"})
                    .exitCode == 0);
        REQUIRE(test::run({"openssl", "pkcs12", "-export", "-inkey", folder / "k", "-in", folder / "c", "-passout",
                           "pass:135790", "-out", folder / "weak.p12"})
                    .exitCode == 0);
        auto const weak = crypto::SigningKey::fromPkcs12(readFile(folder / "weak.p12", 1 << 20).value(), pin);
        REQUIRE_FALSE(weak);
        CHECK(weak.error().code == ErrorCode::InvalidInput);
        REQUIRE(test::run({"openssl", "pkcs12", "-export", "-nokeys", "-in", folder / "c", "-passout", "pass:135790",
                           "-out", folder / "none.p12"})
                    .exitCode == 0);
        CHECK_FALSE(crypto::SigningKey::fromPkcs12(readFile(folder / "none.p12", 1 << 20).value(), pin));
        CHECK_FALSE(crypto::SigningKey::fromPkcs12("", pin));
    }
}
