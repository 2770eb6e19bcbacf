// CertificateAuthority: the gateway's own small CA for signers' certificates, in data/keys.
//
// The private key of the CA is in the folder, readable by the service user only. No user's private key ever comes here.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"

#include <filesystem>
#include <memory>
#include <string>

namespace qianli::crypto {

class CertificateAuthority {
public:
    // Opens or makes it (RSA 3072, ca.crt, ca.key 0600, ca.crl, issued list).
    static Result<CertificateAuthority> open(std::filesystem::path folder, Clock const& clock);
    CertificateAuthority(CertificateAuthority&&) noexcept;
    CertificateAuthority& operator=(CertificateAuthority&&) noexcept;
    ~CertificateAuthority();

    std::string certificatePem() const;
    Result<std::string> revocationListPem() const;
    // Issues for a request (PKCS#10 PEM, RSA ≥ 3072) whose subject we set to the person; notBefore lies five minutes
    // back.
    Result<std::string> issue(std::string_view requestPem, std::string_view userName, std::string_view displayName);
    // Revokes all certificates of a person, from now on; writes the CRL durably.
    Result<void> revokeAll(std::string_view userName);

private:
    struct State;
    explicit CertificateAuthority(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// For the viewer: a new RSA 3072 key as PKCS#12-to-be and its certificate request.
struct KeyRequest {
    std::string privateKeyPkcs8Der; // encrypted under the PIN until the certificate comes
    std::string requestPem;
};
Result<KeyRequest> makeKeyRequest(std::string_view userName, std::string_view pin);
// Key, certificate and CA as PKCS#12 under the PIN.
Result<std::string> makePkcs12(KeyRequest const& request, std::string_view certificatePem, std::string_view caPem,
                               std::string_view pin);

} // namespace qianli::crypto
