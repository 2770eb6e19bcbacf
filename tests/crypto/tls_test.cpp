#include "common/crypto/certificate_expiry.h"
#include "common/crypto/tls_context.h"
#include "common/crypto/tls_session.h"
#include "tests/support/support.h"
#include "tests/support/test_authority.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <fstream>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

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

TEST_CASE("a peer that sends what is for TLS alone can't make one call go on for long", "[crypto][tls]") // R33
{
    TemporaryFolder folder;
    TestAuthority authority(folder.path(), "ca");
    auto const own = authority.issue("gateway").string();
    auto const context = TlsContext::server({own + ".crt", own + ".key", {}, {}, {}}, PeerCertificate::No);
    REQUIRE(context);
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    int const room = 1 << 20;
    ::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    auto const server = TlsSession::accept(*context, ends[0]);
    REQUIRE(server);
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> const clients(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    std::unique_ptr<SSL, void (*)(SSL*)> const client(SSL_new(clients.get()), &SSL_free);
    SSL_set_fd(client.get(), ends[1]);
    SSL_set_connect_state(client.get());
    for (int i = 0; i < 10 && SSL_do_handshake(client.get()) != 1; ++i)
        REQUIRE((*server)->handshake());
    auto const done = (*server)->handshake();
    REQUIRE(done);
    REQUIRE(*done == TlsSession::State::Done);
    (*server)->takeReceived();

    BIO* const collected = BIO_new(BIO_s_mem());
    SSL_set0_wbio(client.get(), collected);
    for (int i = 0; i < 6000; ++i) {
        REQUIRE(SSL_key_update(client.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
        REQUIRE(SSL_do_handshake(client.get()) == 1);
    }
    REQUIRE(SSL_write(client.get(), "x", 1) == 1);
    char* bytes = nullptr;
    auto const length = BIO_get_mem_data(collected, &bytes);
    REQUIRE(::send(ends[1], bytes, static_cast<std::size_t>(length), MSG_NOSIGNAL) == length);

    std::uint8_t buffer[16];
    auto read = (*server)->read(buffer);
    REQUIRE(read);
    CHECK(read->state == TlsSession::State::WantsInput);
    pollfd readable{ends[0], POLLIN, 0};
    CHECK(::poll(&readable, 1, 0) == 1); // so it is woken again
    auto received = (*server)->takeReceived();
    CHECK(received <= 64 << 10);
    for (int i = 0; i < 10 && read && read->state == TlsSession::State::WantsInput; ++i)
        read = (*server)->read(buffer);
    REQUIRE(read);
    CHECK(read->bytes == 1);
    received += (*server)->takeReceived();
    CHECK(received == static_cast<std::uint64_t>(length));
    ::close(ends[0]);
    ::close(ends[1]);
}
