// SignerCertificates: the gateway's CA as the web and the issuing of reports use it, from several threads.
#pragma once

#include "common/crypto/certificate_authority.h"
#include "common/crypto/report_signature.h"
#include "common/model/user.h"

#include <mutex>
#include <string>
#include <string_view>

namespace qianli::gateway {

class SignerCertificates {
public:
    // `authority` must outlive this.
    explicit SignerCertificates(crypto::CertificateAuthority& authority) : authority_(authority) {}

    struct Issued {
        std::string certificatePem, authorityPem;
    };
    // Refused for a role that doesn't sign.
    Result<Issued> issue(model::User const& user, std::string_view requestPem);
    // The CA and its revocation list as they are now.
    Result<crypto::Trust> trust() const;

private:
    crypto::CertificateAuthority& authority_;
    mutable std::mutex mutex_; // guards authority_
};

} // namespace qianli::gateway
