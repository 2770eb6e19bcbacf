// HTTPS: the same versions and suites as DICOM over TLS, certificates of clients where they are asked for, and renewal.
#include "common/base/file.h"
#include "common/crypto/tls_session.h"
#include "gateway/web/handshake_line.h"
#include "tests/support/test_authority.h"
#include "tests/web/web_fixture.h"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

using namespace qianli;
using namespace qianli::test;

namespace {

struct Https {
    explicit Https(gateway::ClientCertificate asked, gateway::WebLimits limits = {})
    {
        authority.issue("web", {.altName = "DNS:localhost", .rsa = true});
        authority.issue("workstation");
        foreign.issue("stranger");
        settings.certificate = keys / "web.crt";
        settings.key = keys / "web.key";
        settings.trust = authority.certificate();
        settings.revoked = authority.list();
        settings.clientCertificate = asked;
        fixture = std::make_unique<WebFixture>(limits, settings);
    }
    // What curl gets, with this certificate or none.
    std::string get(std::string const& certificate = {}) const
    {
        std::vector<std::string> command{"curl", "-s", "--cacert", authority.certificate(),
                                         fmt::format("https://localhost:{}/healthz", fixture->server->port())};
        if (!certificate.empty())
            command.insert(command.end(),
                           {"--cert", keys / (certificate + ".crt"), "--key", keys / (certificate + ".key")});
        return run(command).output;
    }
    bool agreesOn(std::vector<std::string> const& offer) const
    {
        std::vector<std::string> command{"openssl", "s_client", "-connect",
                                         fmt::format("localhost:{}", fixture->server->port())};
        command.insert(command.end(), offer.begin(), offer.end());
        return run(command, "").output.find("Cipher is (NONE)") == std::string::npos;
    }

    TemporaryFolder keys;
    TestAuthority authority{keys.path(), "ca"}, foreign{keys.path(), "foreign"};
    gateway::HttpSettings settings;
    std::unique_ptr<WebFixture> fixture;
};

// An HTTPS connection that stays open, with this certificate.
class SecureLine {
public:
    SecureLine(Https const& https, std::string const& certificate)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(https.fixture->server->port());
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(socket_.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0);
        auto const keys = https.keys.path();
        auto context = need(crypto::TlsContext::client(
            {keys / (certificate + ".crt"), keys / (certificate + ".key"), https.authority.certificate(), {}, {}}));
        session_ = need(crypto::TlsSession::connect(std::move(context), socket_.get(), "localhost"));
        for (auto state = need(session_->handshake()); state != State::Done; state = need(session_->handshake()))
            REQUIRE(waits(state));
    }

    // Until the text has come (true), or the server closed or 20 s passed (false).
    bool get(std::string const& path, std::string const& token, std::string_view wanted)
    {
        auto const text = requestText("GET", path, token, "", "");
        need(session_->write({reinterpret_cast<std::uint8_t const*>(text.data()), text.size()}));
        received_.clear();
        while (received_.find(wanted) == std::string::npos)
            if (!readMore())
                return false;
        return true;
    }
    bool isEnded()
    {
        while (readMore()) {
        }
        return ended_;
    }

private:
    using State = crypto::TlsSession::State;
    bool waits(State state) const
    {
        pollfd waiting{socket_.get(), static_cast<short>(state == State::WantsOutput ? POLLOUT : POLLIN), 0};
        return ::poll(&waiting, 1, 20'000) == 1;
    }
    bool readMore()
    {
        std::uint8_t buffer[4096];
        for (;;) {
            auto const progress = session_->read(buffer);
            ended_ = !progress || progress->state == State::Ended;
            if (ended_)
                return false;
            received_.append(reinterpret_cast<char const*>(buffer), progress->bytes);
            if (progress->state == State::Done)
                return true;
            if (!waits(progress->state))
                return false;
        }
    }

    FileDescriptor socket_;
    std::unique_ptr<crypto::TlsSession> session_;
    std::string received_;
    bool ended_ = false;
};

} // namespace

TEST_CASE("a certificate that is revoked ends the connections that are open with it, event streams as well",
          "[web][tls]") // R32
{
    Https https(gateway::ClientCertificate::Require);
    https.authority.issue("neighbour");
    SecureLine asks(https, "workstation"), listens(https, "workstation"), good(https, "neighbour");
    CHECK(asks.get("/healthz", "", "ok"));
    CHECK(asks.get("/healthz", "", "ok")); // the same connection
    CHECK(good.get("/healthz", "", "ok"));
    CHECK(listens.get("/api/v1/events", https.fixture->tokenOf("lihua"), "text/event-stream"));
    https.authority.revoke("workstation");
    need(https.fixture->server->reloadCertificate(https.settings));
    CHECK(asks.isEnded());
    CHECK(listens.isEnded());
    CHECK(good.get("/healthz", "", "ok"));
}

TEST_CASE("HTTPS asks for clients' certificates where the operator wants it", "[web][tls]") // R32
{
    Https https(gateway::ClientCertificate::Require);
    CHECK(https.get("workstation").find("ok") != std::string::npos);
    CHECK(https.get() == "");
    CHECK(https.get("stranger") == "");
    https.authority.revoke("workstation");
    CHECK(https.get("workstation").find("ok") != std::string::npos); // not read yet
    need(https.fixture->server->reloadCertificate(https.settings));
    CHECK(https.get("workstation") == "");
    https.settings.clientCertificate = gateway::ClientCertificate::Request;
    need(https.fixture->server->reloadCertificate(https.settings));
    CHECK(https.get().find("ok") != std::string::npos);
    CHECK(https.get("stranger") == "");
}

TEST_CASE("HTTPS refuses old versions and weak suites", "[web][tls]") // R31
{
    Https const https(gateway::ClientCertificate::No);
    CHECK_FALSE(https.agreesOn({"-tls1", "-cipher", "ALL:@SECLEVEL=0"}));
    CHECK_FALSE(https.agreesOn({"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}));
    CHECK_FALSE(https.agreesOn({"-tls1_2", "-cipher", "AES128-GCM-SHA256"}));
    CHECK_FALSE(https.agreesOn({"-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA"}));
    CHECK_FALSE(https.agreesOn({"-tls1_2", "-cipher", "aNULL:eNULL:@SECLEVEL=0"}));
    CHECK(https.agreesOn({"-tls1_2"}));
    CHECK(https.agreesOn({"-tls1_3"}));
}

TEST_CASE("an HTTPS handshake that never goes on ends in time", "[web][tls]") // R33
{
    gateway::WebLimits limits;
    limits.handshake = std::chrono::milliseconds(500);
    Https const https(gateway::ClientCertificate::No, limits);
    std::vector<std::unique_ptr<Line>> silent;
    for (int i = 0; i < 50; ++i)
        silent.push_back(std::make_unique<Line>(https.fixture->server->port()));
    CHECK(https.get().find("ok") != std::string::npos);
    for (auto const& line : silent)
        CHECK(line->waitForEnd());
}

TEST_CASE("few HTTPS handshakes are under way at a time, the others wait", "[web][tls]") // R33
{
    gateway::WebLimits limits;
    limits.handshakes = 1;
    limits.handshake = std::chrono::hours(1);
    Https const https(gateway::ClientCertificate::No, limits);
    auto const url = fmt::format("https://localhost:{}/healthz", https.fixture->server->port());
    auto silent = std::make_unique<Line>(https.fixture->server->port());
    CHECK(run({"curl", "-s", "--max-time", "1", "--cacert", https.authority.certificate(), url}).output == "");
    silent.reset();
    CHECK(https.get().find("ok") != std::string::npos);
}

TEST_CASE("addresses take turns at the handshake, each with a share", "[web][tls]")
{
    gateway::HandshakeLine line(3, 2);
    std::string begun;
    int many[6]{}, one{};
    for (int i = 0; i < 6; ++i)
        line.enter("10.0.0.1", &many[i], [&begun, i] { begun += static_cast<char>('a' + i); });
    CHECK(begun == "ab");
    line.enter("10.0.0.2", &one, [&begun] { begun += '!'; });
    CHECK(begun == "ab!");
    line.leave("10.0.0.1", &many[2]); // gone while it waited
    CHECK(begun == "ab!");
    line.leave("10.0.0.1", &many[0]);
    CHECK(begun == "ab!d");
    line.enter("10.0.0.2", &many, [&begun] { begun += '?'; });
    line.leave("10.0.0.2", &one); // all three are taken by others, or one is free for it
    CHECK(begun == "ab!d?");
    line.leave("10.0.0.1", &many[1]);
    line.leave("10.0.0.1", &many[3]);
    CHECK(begun == "ab!d?ef");
}
