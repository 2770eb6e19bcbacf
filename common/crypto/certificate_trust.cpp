#include "common/crypto/certificate_trust.h"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <vector>

namespace qianli::crypto {

namespace {

Result<std::vector<CertificateHandle>> authoritiesOf(Trust const& trust)
{
    std::vector<CertificateHandle> authorities;
    for (std::string const& pem : trust.authoritiesPem) {
        QIANLI_ASSIGN(CertificateHandle certificate, certificateFromPem(pem));
        authorities.push_back(std::move(certificate));
    }
    if (authorities.empty())
        return fail(ErrorCode::Refused, "no authority is trusted: nothing can be verified");
    return authorities;
}

Result<void> checkChain(X509& certificate, std::vector<CertificateHandle> const& authorities, TimePoint signedAt)
{
    StoreHandle const store(X509_STORE_new());
    StoreContextHandle const context(X509_STORE_CTX_new());
    bool made = store && context;
    for (CertificateHandle const& authority : authorities)
        made = made && X509_STORE_add_cert(store.get(), authority.get()) == 1;
    if (!made || X509_STORE_CTX_init(context.get(), store.get(), &certificate, nullptr) != 1)
        return failOpenSsl("preparing the check of a certificate");
    X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(parameters, std::chrono::system_clock::to_time_t(signedAt));
    // An intermediate authority may be the one that is trusted.
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
    int const verified = X509_verify_cert(context.get());
    int const reason = X509_STORE_CTX_get_error(context.get());
    ERR_clear_error();
    if (verified == 1)
        return {};
    if (reason == X509_V_ERR_CERT_NOT_YET_VALID || reason == X509_V_ERR_CERT_HAS_EXPIRED)
        return fail(ErrorCode::Refused,
                    fmt::format("the signer's certificate (valid {} to {}) was not valid at the signing time {}",
                                toIso8601(toTimePoint(*X509_get0_notBefore(&certificate))),
                                toIso8601(toTimePoint(*X509_get0_notAfter(&certificate))), toIso8601(signedAt)));
    return fail(ErrorCode::Refused,
                fmt::format("the signer '{}' is not trusted: {}", nameText(*X509_get_subject_name(&certificate)),
                            X509_verify_cert_error_string(reason)));
}

bool isSignedByOneOf(X509_CRL& list, std::vector<CertificateHandle> const& authorities)
{
    bool const found = std::any_of(authorities.begin(), authorities.end(), [&](CertificateHandle const& authority) {
        return X509_NAME_cmp(X509_CRL_get_issuer(&list), X509_get_subject_name(authority.get())) == 0 &&
               X509_CRL_verify(&list, X509_get0_pubkey(authority.get())) == 1;
    });
    ERR_clear_error();
    return found;
}

} // namespace

Result<TrustedSigner> checkSigner(X509& certificate, TimePoint signedAt, Trust const& trust, TimePoint now)
{
    QIANLI_ASSIGN(auto const authorities, authoritiesOf(trust));
    QIANLI_TRY(checkChain(certificate, authorities, signedAt));
    if ((X509_get_key_usage(&certificate) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0)
        return fail(ErrorCode::Refused, "the signer's certificate is not for signatures");
    TrustedSigner result;
    result.expiredSince = toTimePoint(*X509_get0_notAfter(&certificate)) < now;
    for (std::string const& pem : trust.revocationListsPem) {
        QIANLI_ASSIGN(RevocationListHandle const list, revocationListFromPem(pem));
        if (!isSignedByOneOf(*list, authorities))
            return fail(ErrorCode::InvalidInput, "a revocation list is signed by none of the trusted authorities");
        X509_REVOKED* entry = nullptr;
        if (X509_CRL_get0_by_cert(list.get(), &entry, &certificate) != 1)
            continue;
        TimePoint const revokedAt = toTimePoint(*X509_REVOKED_get0_revocationDate(entry));
        if (revokedAt <= signedAt)
            return fail(ErrorCode::Refused,
                        fmt::format("the signer's certificate was revoked at {}, before the signing time {}",
                                    toIso8601(revokedAt), toIso8601(signedAt)));
        result.revokedSince = true;
    }
    return result;
}

} // namespace qianli::crypto
