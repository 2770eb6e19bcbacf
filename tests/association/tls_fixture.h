// A gateway with a TLS port, its authority, and callers that show certificates of all kinds.
#pragma once

#include "common/crypto/tls_context.h"
#include "tests/association/gateway_fixture.h"
#include "tests/support/test_authority.h"

struct ssl_st;
struct ssl_ctx_st;

namespace qianli::test {

struct TlsGateway {
    explicit TlsGateway(std::function<void(gateway::Configuration&)> const& adjust = {}, bool rsa = false);

    // An association request over TLS with FOLDER/NAME.crt; "" for no certificate.
    dicom::Destination as(std::string const& certificate, std::string const& callingAe = "PUZI_CT",
                          std::string const& token = {}) const;
    std::shared_ptr<crypto::TlsContext const> client(std::string const& certificate) const;
    // "" when the association came to be and C-ECHO was answered.
    std::string echo(dicom::Destination const& destination) const;
    // Waits until the book says so of somebody: the caller hears of it first.
    bool refused(std::string const& reason) const;

    TemporaryFolder keys;
    TestAuthority authority, foreign;
    std::uint16_t port;
    std::unique_ptr<GatewayFixture> gateway;
};

// What an OpenSSL client of the test's own makes of the port.
class RawTls {
public:
    struct Offer {
        int oldest = 0, newest = 0;          // protocol versions; 0: any
        std::string cipherList, certificate; // "": the defaults, none
    };
    RawTls(std::uint16_t port, Offer const& offer);
    ~RawTls();
    RawTls(RawTls const&) = delete;
    RawTls& operator=(RawTls const&) = delete;

    bool isOpen() const { return open_; }
    // This OpenSSL can offer what was asked for.
    bool couldOffer() const { return couldOffer_; }
    std::string suite() const;
    void send(std::vector<std::uint8_t> const& bytes); // one record
    std::vector<std::uint8_t> receive(std::size_t count);
    bool renegotiates();

private:
    int socket_ = -1;
    ssl_ctx_st* context_ = nullptr;
    ssl_st* handle_ = nullptr;
    bool open_ = false, couldOffer_ = true;
};

} // namespace qianli::test
