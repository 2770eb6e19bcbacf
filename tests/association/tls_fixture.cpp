#include "tests/association/tls_fixture.h"

#include "common/dicom/sop_class.h"

#include <algorithm>
#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace qianli::test {

TlsGateway::TlsGateway(std::function<void(gateway::Configuration&)> const& adjust, bool rsa)
    : authority(keys.path(), "ca"), foreign(keys.path(), "foreign"), port(freePort())
{
    auto const own = authority.issue("gateway", {.rsa = rsa}).string();
    for (char const* name : {"puzi", "baisha", "workstation"})
        authority.issue(name);
    gateway = std::make_unique<GatewayFixture>([&](gateway::Configuration& configuration) {
        auto& dicom = configuration.dicom;
        dicom.port = freePort();
        dicom.tlsPort = port;
        dicom.tls.certificate = own + ".crt";
        dicom.tls.key = own + ".key";
        dicom.tls.trust = authority.certificate();
        dicom.tls.revoked = authority.list();
        configuration.sites[0].certificateSubject = "CN=puzi";
        if (adjust)
            adjust(configuration);
    });
}

std::shared_ptr<crypto::TlsContext const> TlsGateway::client(std::string const& certificate) const
{
    crypto::TlsFiles files;
    if (!certificate.empty()) {
        files.certificate = keys / (certificate + ".crt");
        files.key = keys / (certificate + ".key");
    }
    files.trust = authority.certificate();
    auto made = crypto::TlsContext::client(files);
    INFO((made ? std::string() : made.error().message));
    REQUIRE(made);
    return *made;
}

dicom::Destination TlsGateway::as(std::string const& certificate, std::string const& callingAe,
                                  std::string const& token) const
{
    auto destination = gateway->as(callingAe, token);
    destination.port = port;
    destination.tls = client(certificate);
    return destination;
}

std::string TlsGateway::echo(dicom::Destination const& destination) const
{
    auto const client = dicom::DicomClient::connect(destination, GatewayFixture::contexts());
    if (!client)
        return client.error().message;
    auto const answered = (*client)->echo();
    return answered ? "" : answered.error().message;
}

bool TlsGateway::refused(std::string const& reason) const
{
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    for (;;) {
        auto const refusals = gateway->server->refusals();
        if (std::ranges::any_of(refusals,
                                [&](auto const& refusal) { return refusal.reason.find(reason) != std::string::npos; }))
            return true;
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

RawTls::RawTls(std::uint16_t port, Offer const& offer) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    timeval const patience{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_set_min_proto_version(context_, offer.oldest);
    SSL_CTX_set_max_proto_version(context_, offer.newest);
    if (!offer.cipherList.empty())
        couldOffer_ = SSL_CTX_set_cipher_list(context_, offer.cipherList.c_str()) == 1;
    if (!offer.certificate.empty()) {
        REQUIRE(SSL_CTX_use_certificate_file(context_, (offer.certificate + ".crt").c_str(), SSL_FILETYPE_PEM) == 1);
        REQUIRE(SSL_CTX_use_PrivateKey_file(context_, (offer.certificate + ".key").c_str(), SSL_FILETYPE_PEM) == 1);
    }
    handle_ = SSL_new(context_);
    SSL_set_fd(handle_, socket_);
    open_ = couldOffer_ && SSL_connect(handle_) == 1;
}

RawTls::~RawTls()
{
    SSL_free(handle_);
    SSL_CTX_free(context_);
    ::close(socket_);
}

std::string RawTls::suite() const
{
    return open_ ? SSL_get_cipher_name(handle_) : "";
}

void RawTls::send(std::vector<std::uint8_t> const& bytes)
{
    REQUIRE(SSL_write(handle_, bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size()));
}

std::vector<std::uint8_t> RawTls::receive(std::size_t count)
{
    std::vector<std::uint8_t> bytes(count);
    for (std::size_t had = 0; had < count;) {
        int const got = SSL_read(handle_, bytes.data() + had, static_cast<int>(count - had));
        if (got <= 0) {
            bytes.resize(had);
            break;
        }
        had += static_cast<std::size_t>(got);
    }
    return bytes;
}

bool RawTls::renegotiates()
{
    SSL_renegotiate(handle_);
    return SSL_do_handshake(handle_) == 1 && SSL_renegotiate_pending(handle_) == 0;
}

} // namespace qianli::test
