#include "common/crypto/tls_context.h"

#include "common/crypto/pem_file.h"
#include "common/crypto/tls_session.h"

#include <algorithm>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace qianli::crypto {

namespace {

// RFC 9325 4.2, in the order of PS3.15 B.12: ephemeral, authenticated encryption, nothing else.
constexpr char suites12[] = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
                            "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
                            "DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256";
constexpr char suites13[] = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
constexpr char groups[] = "X25519:P-256:P-384:P-521";
constexpr int securityLevel = 2; // 112 bits: RSA and DH from 2048, no SHA-1 in signatures
constexpr std::size_t readAtOnce = 64 << 10;
// OpenSSL makes room for a chain as soon as its length is announced. One of four certificates has 8 KiB.
constexpr long longestChain = 32 << 10;

std::string reasonOfOpenSsl()
{
    auto const* reason = ERR_reason_error_string(ERR_peek_last_error());
    std::string text = reason != nullptr ? reason : "unknown error";
    ERR_clear_error();
    return text;
}

tl::unexpected<Error> unusable(std::filesystem::path const& file)
{
    return fail(ErrorCode::InvalidInput, fmt::format("{} can't be used: {}", file.string(), reasonOfOpenSsl()));
}

Result<void> setProfile(SSL_CTX& context)
{
    SSL_CTX_set_security_level(&context, securityLevel);
    bool good = SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION) == 1;
    good = good && SSL_CTX_set_cipher_list(&context, suites12) == 1;
    good = good && SSL_CTX_set_ciphersuites(&context, suites13) == 1;
    good = good && SSL_CTX_set1_groups_list(&context, groups) == 1;
    good = good && SSL_CTX_set_dh_auto(&context, 1) == 1;
    good = good && SSL_CTX_set_num_tickets(&context, 0) == 1;
    if (!good)
        return failOpenSsl("setting up TLS");
    SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                      SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(&context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_max_cert_list(&context, longestChain);
    SSL_CTX_set_default_read_buffer_len(&context, readAtOnce);
    return {};
}

Result<void> setIdentity(SSL_CTX& context, TlsFiles const& files)
{
    if (files.certificate.empty())
        return {};
    QIANLI_ASSIGN(auto const chain, PemFile::read(files.certificate));
    if (chain.certificates.empty())
        return fail(ErrorCode::InvalidInput,
                    fmt::format("{} holds no certificate in PEM form", files.certificate.string()));
    QIANLI_ASSIGN(auto const key, readPrivateKey(files.key));
    if (X509_check_private_key(chain.certificates.front().get(), key.get()) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::InvalidInput, fmt::format("the key {} does not belong to the certificate {}",
                                                         files.key.string(), files.certificate.string()));
    }
    if (SSL_CTX_use_certificate(&context, chain.certificates.front().get()) != 1)
        return unusable(files.certificate);
    for (auto next = std::next(chain.certificates.begin()); next != chain.certificates.end(); ++next)
        if (SSL_CTX_add1_chain_cert(&context, next->get()) != 1)
            return unusable(files.certificate);
    if (SSL_CTX_use_PrivateKey(&context, key.get()) != 1)
        return unusable(files.key);
    return {};
}

Result<void> addAuthorities(SSL_CTX& context, PemFile const& authorities, std::string const& where)
{
    if (authorities.certificates.empty())
        return fail(ErrorCode::InvalidInput, fmt::format("{} holds no certificate of an authority in PEM form", where));
    for (auto const& authority : authorities.certificates)
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), authority.get()) != 1 ||
            SSL_CTX_add_client_CA(&context, authority.get()) != 1)
            return unusable(where);
    return {};
}

bool isSignedByOneOf(X509_CRL& list, std::vector<CertificateHandle> const& authorities)
{
    bool const found = std::ranges::any_of(authorities, [&](CertificateHandle const& authority) {
        return X509_NAME_cmp(X509_CRL_get_issuer(&list), X509_get_subject_name(authority.get())) == 0 &&
               X509_CRL_verify(&list, X509_get0_pubkey(authority.get())) == 1;
    });
    ERR_clear_error();
    return found;
}

Result<void> addRevocationLists(SSL_CTX& context, TlsFiles const& files, PemFile const& authorities)
{
    QIANLI_ASSIGN(auto const content, PemFile::read(files.revoked));
    if (content.revocationLists.empty())
        return fail(ErrorCode::InvalidInput,
                    fmt::format("{} holds no certificate revocation list in PEM form", files.revoked.string()));
    X509_STORE* const store = SSL_CTX_get_cert_store(&context);
    for (auto const& list : content.revocationLists) {
        if (!isSignedByOneOf(*list, authorities.certificates))
            return fail(ErrorCode::InvalidInput, fmt::format("{} is signed by none of the authorities in {}",
                                                             files.revoked.string(), files.trust.string()));
        if (X509_STORE_add_crl(store, list.get()) != 1)
            return unusable(files.revoked);
    }
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return {};
}

Result<void> setTrust(SSL_CTX& context, TlsFiles const& files)
{
    PemFile authorities;
    if (!files.trust.empty()) {
        QIANLI_ASSIGN(authorities, PemFile::read(files.trust));
        QIANLI_TRY(addAuthorities(context, authorities, files.trust.string()));
    }
    if (!files.trustPem.empty()) {
        QIANLI_ASSIGN(auto const more, PemFile::parse(files.trustPem));
        QIANLI_TRY(addAuthorities(context, more, "the system's list of authorities"));
    }
    return files.revoked.empty() ? Result<void>() : addRevocationLists(context, files, authorities);
}

int modeOf(PeerCertificate asked)
{
    switch (asked) {
    case PeerCertificate::Require:
        return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    case PeerCertificate::Request:
        return SSL_VERIFY_PEER;
    case PeerCertificate::No:
        break;
    }
    return SSL_VERIFY_NONE;
}

bool hasTrust(TlsFiles const& files)
{
    return !files.trust.empty() || !files.trustPem.empty();
}

} // namespace

Result<std::shared_ptr<TlsContext const>> TlsContext::server(TlsFiles const& files, PeerCertificate ofClients)
{
    Handle context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    if (!context)
        return failOpenSsl("setting up TLS");
    QIANLI_TRY(setProfile(*context));
    if (files.certificate.empty() || files.key.empty())
        return fail(ErrorCode::InvalidInput, "a TLS port needs a certificate and its key");
    QIANLI_TRY(setIdentity(*context, files));
    if (ofClients != PeerCertificate::No) {
        if (!hasTrust(files))
            return fail(ErrorCode::InvalidInput, "without `trust` no client's certificate can be checked");
        QIANLI_TRY(setTrust(*context, files));
        SSL_CTX_set_verify(context.get(), modeOf(ofClients), &TlsSession::onVerify);
    }
    return std::shared_ptr<TlsContext const>(new TlsContext(std::move(context)));
}

Result<std::shared_ptr<TlsContext const>> TlsContext::client(TlsFiles const& files)
{
    Handle context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    if (!context)
        return failOpenSsl("setting up TLS");
    QIANLI_TRY(setProfile(*context));
    QIANLI_TRY(setIdentity(*context, files));
    if (!hasTrust(files))
        return fail(ErrorCode::InvalidInput, "without `trust` no server's certificate can be checked");
    QIANLI_TRY(setTrust(*context, files));
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, &TlsSession::onVerify);
    return std::shared_ptr<TlsContext const>(new TlsContext(std::move(context)));
}

} // namespace qianli::crypto
