// DICOM over TLS: who gets in, how it is spoken, and that nobody is held up by it.
#include "tests/association/tls_fixture.h"

#include "common/dicom/sop_class.h"
#include "gateway/association/connection.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <thread>

using namespace qianli;
using namespace qianli::test;
using dicom::DicomClient;
using dicom::Uid;

namespace {

std::uint16_t storeOver(dicom::Destination const& destination, SampleObject const& sample)
{
    auto client = DicomClient::connect(destination, GatewayFixture::contexts());
    if (!client)
        return 0xFFFF;
    auto const bytes = sample.dataSet();
    dicom::OutgoingObject object;
    object.sopClass = Uid::ofKnown(sample.sopClass);
    object.sopInstance = Uid::ofKnown(sample.instance);
    object.transferSyntax = Uid::ofKnown(dicom::transfer::explicitLittle);
    object.bytes = bytes;
    auto const answer = (*client)->store(object);
    CHECK((*client)->release());
    return answer ? answer->status : 0xFFFF;
}

std::vector<std::uint8_t> echoPdu(std::uint16_t messageId)
{
    dicom::CommandSet command(dicom::command::echoRequest);
    command.set(dicom::command::affectedSopClass, Uid::ofKnown(dicom::sop::verification));
    command.set(dicom::command::messageId, messageId);
    command.set(dicom::command::dataSetType, dicom::command::noDataSet);
    auto const bytes = command.encode();
    std::vector<std::uint8_t> pdu{4, 0,
                                  0, 0,
                                  0, static_cast<std::uint8_t>(bytes.size() + 6),
                                  0, 0,
                                  0, static_cast<std::uint8_t>(bytes.size() + 2),
                                  1, 3};
    pdu.insert(pdu.end(), bytes.begin(), bytes.end());
    return pdu;
}

// Header and body of the next PDU; its type, 0 at the end.
int receivePdu(RawTls& line)
{
    auto const header = line.receive(6);
    if (header.size() < 6)
        return 0;
    auto const length =
        static_cast<std::size_t>(header[3]) << 16 | static_cast<std::size_t>(header[4]) << 8 | header[5];
    return line.receive(length).size() == length ? header[0] : 0;
}

} // namespace

SCENARIO("a township sends and fetches a large object over TLS", "[association][tls]") // R31
{
    GIVEN("a gateway with a TLS port and a caller with its site's certificate")
    {
        TlsGateway const gateway;
        auto const destination = gateway.as("puzi");
        SampleObject const sample{.instance = "2.25.7001", .pixelBytes = 6u << 20};
        WHEN("it stores six megabytes")
        {
            REQUIRE(storeOver(destination, sample) == 0);
            THEN("C-GET over TLS brings them back byte for byte")
            {
                auto client = DicomClient::connect(destination, GatewayFixture::getContexts());
                REQUIRE(client);
                CollectingSink sink;
                auto const got = (*client)->get(Uid::ofKnown(dicom::sop::studyRootGet),
                                                {{0x00080052, "STUDY"}, {0x0020000D, sample.study}}, sink, {});
                REQUIRE(got);
                CHECK(got->completed == 1);
                REQUIRE(sink.objects.size() == 1);
                CHECK(sink.objects[0].bytes == sample.dataSet());
                CHECK((*client)->release());
            }
        }
    }
}

TEST_CASE("a certificate that is missing, foreign, expired, not yet valid, self-signed or revoked is refused",
          "[association][tls]") // R32
{
    TlsGateway gateway;
    auto& authority = gateway.authority;
    gateway.foreign.issue("foreign-puzi", {.subject = "puzi"});
    authority.issue("expired", {.subject = "puzi", .begins = std::chrono::hours(-48), .ends = std::chrono::hours(-1)});
    authority.issue("early", {.subject = "puzi", .begins = std::chrono::hours(24), .ends = std::chrono::hours(48)});
    authority.issue("self", {.subject = "puzi", .selfSigned = true});
    authority.issue("stolen", {.subject = "puzi"});
    authority.revoke("stolen");
    auto reloaded = gateway::DicomTls::open(gateway.gateway->configuration.dicom);
    REQUIRE(reloaded);
    gateway.gateway->server->replaceTls(*std::move(reloaded));

    struct Row {
        std::string certificate, reason;
    };
    for (auto const& row : {Row{"", "it showed no certificate"}, Row{"foreign-puzi", "unable to get local issuer"},
                            Row{"expired", "certificate has expired"}, Row{"early", "certificate is not yet valid"},
                            Row{"self", "self-signed certificate"}, Row{"stolen", "certificate revoked"}}) {
        INFO(row.certificate);
        CHECK(gateway.echo(gateway.as(row.certificate)) != "");
        CHECK(gateway.refused(row.reason));
        CHECK(gateway.echo(gateway.as("puzi")) == "");
    }
    CHECK(gateway.gateway->server->statistics().rejected >= 6);
}

TEST_CASE("a revocation list that has run out lets nobody in and says why", "[association][tls]")
{
    TlsGateway gateway;
    gateway.authority.writeList(std::chrono::hours(-1));
    auto reloaded = gateway::DicomTls::open(gateway.gateway->configuration.dicom);
    REQUIRE(reloaded);
    gateway.gateway->server->replaceTls(*std::move(reloaded));
    CHECK(gateway.echo(gateway.as("puzi")) != "");
    CHECK(gateway.refused("CRL has expired"));
}

TEST_CASE("old versions and weak cipher suites are refused, what BCP 195 recommends is taken",
          "[association][tls]") // R31
{
    TlsGateway const gateway({}, true); // an RSA key: without one, static RSA could never be agreed on
    auto const certificate = (gateway.keys / "puzi").string();
    struct Row {
        int version;
        std::string suites;
    };
    for (auto const& row : {Row{TLS1_VERSION, "ALL:@SECLEVEL=0"}, Row{TLS1_1_VERSION, "ALL:@SECLEVEL=0"},
                            Row{TLS1_2_VERSION, "AES128-GCM-SHA256"}, Row{TLS1_2_VERSION, "AES256-SHA256"},
                            Row{TLS1_2_VERSION, "ECDHE-RSA-AES128-SHA256"}, Row{TLS1_2_VERSION, "eNULL:@SECLEVEL=0"},
                            Row{TLS1_2_VERSION, "aNULL:@SECLEVEL=0"}, Row{TLS1_2_VERSION, "3DES:RC4:@SECLEVEL=0"}}) {
        INFO(row.version << " " << row.suites);
        RawTls const line(gateway.port, {row.version, row.version, row.suites, certificate});
        CHECK_FALSE(line.isOpen());
    }
    for (auto const& row :
         {Row{TLS1_2_VERSION, "ECDHE-RSA-AES256-GCM-SHA384"}, Row{TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256"},
          Row{TLS1_2_VERSION, "DHE-RSA-AES256-GCM-SHA384"}, Row{TLS1_3_VERSION, ""}}) {
        INFO(row.version << " " << row.suites);
        RawTls line(gateway.port, {row.version, row.version, row.suites, certificate});
        REQUIRE(line.isOpen());
        CHECK((row.suites.empty() || line.suite() == row.suites));
        line.send(associateRequest());
        CHECK(receivePdu(line) == 2);
        if (row.version == TLS1_2_VERSION)
            CHECK_FALSE(line.renegotiates());
    }
}

TEST_CASE("a certificate is its site, whatever AE title it uses, and the site is never entered without",
          "[association][tls]") // R22
{
    TlsGateway gateway;
    auto const& server = *gateway.gateway;
    SampleObject const sample{.instance = "2.25.7002"};
    // puzi's certificate with baisha's AE title: puzi's study.
    REQUIRE(storeOver(gateway.as("puzi", "BAISHA_DR"), sample) == 0);
    auto const stored = server.index->findBySopInstance({"puzi"}, Uid::ofKnown(sample.instance));
    REQUIRE(stored);
    CHECK(stored->size() == 1);
    auto const misfiled = server.index->findBySopInstance({"baisha"}, Uid::ofKnown(sample.instance));
    REQUIRE(misfiled);
    CHECK(misfiled->empty());

    CHECK(gateway.echo(gateway.as("baisha", "PUZI_CT")) != "");
    CHECK(gateway.refused("site puzi is entered with its certificate only, and another was shown"));
    CHECK(gateway.echo(server.as("PUZI_CT")) != ""); // plain DICOM
    CHECK(gateway.refused("site puzi is entered with its certificate only, and none was shown"));
    // A site that is bound to none still needs its AE title and address.
    CHECK(gateway.echo(gateway.as("baisha", "BAISHA_DR")) == "");
    CHECK(gateway.echo(gateway.as("baisha", "STRANGER")) != "");
    CHECK(gateway.echo(server.as("BAISHA_DR")) == "");
}

TEST_CASE("the certificate of a site counts from the addresses of its callers only", "[association][tls]") // R22
{
    TlsGateway const gateway([](gateway::Configuration& configuration) {
        configuration.sites[0].callers = {{"PUZI_CT", "10.8.3.0/24"}};
        configuration.sites[1].callers.clear();
        configuration.sites[1].certificateSubject = "CN=baisha";
    });
    CHECK(gateway.echo(gateway.as("puzi")) != "");
    CHECK(gateway.refused("the certificate of site puzi was shown from another address"));
    CHECK(gateway.echo(gateway.as("baisha", "ANYTHING")) == "");
}

TEST_CASE("a workstation comes with a session where certificates are only asked for", "[association][tls]")
{
    TlsGateway const gateway([](gateway::Configuration& configuration) {
        configuration.dicom.tls.clientCertificate = gateway::ClientCertificate::Request;
    });
    CHECK(gateway.echo(gateway.as("", "QIANLI_VIEWER", "token")) == "");
    CHECK(gateway.echo(gateway.as("", "QIANLI_VIEWER")) != "");
    CHECK(gateway.echo(gateway.as("", "PUZI_CT")) != ""); // bound to its certificate
}

TEST_CASE("who is called must have a certificate for that name", "[association][tls]")
{
    TlsGateway const gateway; // its certificate names 127.0.0.1
    auto destination = gateway.as("puzi");
    destination.host = "localhost";
    auto const failed = gateway.echo(destination);
    CHECK(failed.find("hostname mismatch") != std::string::npos);
    auto stranger = gateway.as("puzi");
    auto const elsewhere = crypto::TlsContext::client({{}, {}, gateway.foreign.certificate(), {}, {}});
    REQUIRE(elsewhere);
    stranger.tls = *elsewhere;
    auto const foreign = gateway.echo(stranger);
    INFO(foreign);
    CHECK(foreign.find("certificate CN=gateway is refused: ") != std::string::npos);
    // And a port that speaks no TLS.
    auto plain = gateway.as("puzi");
    plain.port = gateway.gateway->server->port();
    plain.silenceTimeout = std::chrono::seconds(3);
    CHECK(gateway.echo(plain) != "");
}

TEST_CASE("handshakes that never go on end in time and hold up nobody", "[association][tls]") // R33
{
    TlsGateway const gateway(
        [](gateway::Configuration& configuration) { configuration.dicom.limits.firstByte = std::chrono::seconds(2); });
    std::vector<std::unique_ptr<RawConnection>> silent;
    for (int i = 0; i < 200; ++i) {
        silent.push_back(std::make_unique<RawConnection>(gateway.port));
        if (i % 2 == 1) // the first bytes of a ClientHello
            REQUIRE(silent.back()->send({0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC}));
    }
    auto const destination = gateway.as("puzi");
    std::vector<std::chrono::milliseconds> times;
    for (int i = 0; i < 20; ++i) {
        auto const begun = std::chrono::steady_clock::now();
        CHECK(gateway.echo(destination) == "");
        times.push_back(
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun));
    }
    std::sort(times.begin(), times.end());
    WARN("C-ECHO over TLS beside 200 stuck handshakes: p95 " << times[18].count() << " ms");
    for (auto const& connection : silent) {
        connection->receiveAll(std::chrono::seconds(10));
        CHECK(connection->closed);
    }
}

TEST_CASE("what is no TLS gets no answer of DICOM at the TLS port", "[association][tls]") // R25
{
    TlsGateway const gateway;
    RawConnection plain(gateway.port);
    REQUIRE(plain.send(associateRequest()));
    auto const answer = plain.receiveAll(std::chrono::seconds(10));
    CHECK(plain.closed);
    CHECK((answer.empty() || answer[0] == 0x15)); // a TLS alert, at most
}

TEST_CASE("records and PDUs don't have the same borders", "[association][tls]")
{
    TlsGateway const gateway;
    RawTls line(gateway.port, {0, 0, "", (gateway.keys / "puzi").string()});
    REQUIRE(line.isOpen());
    for (auto const byte : associateRequest())
        line.send({byte});
    CHECK(receivePdu(line) == 2);
    auto three = echoPdu(1);
    auto const second = echoPdu(2);
    three.insert(three.end(), second.begin(), second.end());
    three.insert(three.end(), {5, 0, 0, 0, 0, 4, 0, 0, 0, 0}); // A-RELEASE-RQ
    line.send(three);
    CHECK(receivePdu(line) == 4);
    CHECK(receivePdu(line) == 4);
    CHECK(receivePdu(line) == 6);
}

TEST_CASE("new certificates count from the next handshake on, and end who is believed no longer", "[association][tls]")
{
    TlsGateway gateway;
    auto const open = DicomClient::connect(gateway.as("puzi"), GatewayFixture::contexts());
    REQUIRE(open);
    auto const good = DicomClient::connect(gateway.as("baisha", "BAISHA_DR"), GatewayFixture::contexts());
    REQUIRE(good);
    gateway.authority.revoke("puzi");
    auto const reload = [&] {
        auto fresh = gateway::DicomTls::open(gateway.gateway->configuration.dicom);
        REQUIRE(fresh);
        gateway.gateway->server->replaceTls(*std::move(fresh));
    };
    CHECK(gateway.echo(gateway.as("puzi")) == "");
    reload();
    CHECK(gateway.echo(gateway.as("puzi")) != "");
    CHECK_FALSE((*open)->echo());
    CHECK((*good)->echo());
    // Our own: another name.
    gateway.authority.issue("gateway", {.altName = "DNS:localhost"});
    reload();
    CHECK((*good)->echo());
    CHECK((*good)->release());
    CHECK(gateway.echo(gateway.as("baisha", "BAISHA_DR")).find("IP address mismatch") != std::string::npos);
    auto byName = gateway.as("baisha", "BAISHA_DR");
    byName.host = "localhost";
    CHECK(gateway.echo(byName) == "");
}

TEST_CASE("a handshake costs its caller as soon as it begins, and so does every byte of the line", "[association][tls]")
{
    TlsGateway const gateway([](gateway::Configuration& configuration) {
        configuration.dicom.tls.clientCertificate = gateway::ClientCertificate::No;
    });
    auto& parts = *gateway.gateway;
    auto const tls = gateway::DicomTls::open(parts.configuration.dicom);
    REQUIRE(tls);
    gateway::SharedState shared(parts.configuration, *parts.ingest, *parts.index, *parts.store, {}, nullptr, {});
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    FileDescriptor const peer(ends[1]);
    auto session = crypto::TlsSession::accept(tls->callers, ends[0]);
    REQUIRE(session);
    auto const connection = std::make_shared<gateway::Connection>(shared, FileDescriptor(ends[0]), "127.0.0.1",
                                                                  gateway::Crowding::Room, *std::move(session));
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> const clients(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    std::unique_ptr<SSL, void (*)(SSL*)> const client(SSL_new(clients.get()), &SSL_free);
    SSL_set_fd(client.get(), peer.get());
    SSL_set_connect_state(client.get());
    std::vector<std::uint8_t> buffer(256 << 10);

    CHECK(SSL_do_handshake(client.get()) != 1); // the ClientHello is on its way; it could leave now
    CHECK(connection->handle(buffer) == gateway::Next::Input);
    CHECK(connection->takeCost() >= 256 << 10);
    CHECK(connection->heldBytes() >= 128 << 10);
    for (int i = 0; i < 10 && SSL_do_handshake(client.get()) != 1; ++i)
        CHECK(connection->handle(buffer) == gateway::Next::Input);
    CHECK(connection->handle(buffer) == gateway::Next::Input);
    CHECK(connection->heldBytes() == 0);
    CHECK(connection->takeCost() < 64 << 10); // the signature is paid for

    BIO* const collected = BIO_new(BIO_s_mem());
    SSL_set0_wbio(client.get(), collected);
    std::vector<std::uint8_t> request{1, 0, 0, 0, 0xFF, 0xF0, 0, 1};
    request.resize(3000, 0);
    for (auto const byte : request)
        REQUIRE(SSL_write(client.get(), &byte, 1) == 1);
    char* bytes = nullptr;
    auto const length = BIO_get_mem_data(collected, &bytes);
    REQUIRE(::send(peer.get(), bytes, static_cast<std::size_t>(length), MSG_NOSIGNAL) == length);
    CHECK(connection->handle(buffer) == gateway::Next::Input);
    CHECK(connection->heldBytes() == request.size());
    CHECK(connection->takeCost() == static_cast<std::uint64_t>(length));
}

TEST_CASE("handshakes that never go on are not kept at everybody's cost", "[association][tls]") // R02, R33
{
    TlsGateway const gateway;
    std::vector<std::unique_ptr<RawConnection>> greedy;
    for (int i = 0; i < 450; ++i) {
        greedy.push_back(std::make_unique<RawConnection>(gateway.port));
        REQUIRE(greedy.back()->send({0x16, 3, 1, 2, 0, 1, 1, 0xFF, 0xFC})); // room for 128 KiB is wanted
    }
    // They would stay for 30 seconds.
    for (int i = 0; i < 100 && gateway.gateway->server->statistics().open > 360; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(gateway.gateway->server->statistics().open <= 360);
    CHECK(gateway.echo(gateway.as("puzi")) == "");
}
