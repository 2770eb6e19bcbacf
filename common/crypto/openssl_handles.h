// Owners of OpenSSL's handles, and the few conversions that everybody here needs.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"

#include <memory>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <string>
#include <string_view>

namespace qianli::crypto {

template <auto Free>
struct FreeWith {
    template <typename Handle>
    void operator()(Handle* handle) const
    {
        Free(handle);
    }
};

using KeyHandle = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using KeyContextHandle = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using CertificateHandle = std::unique_ptr<X509, FreeWith<X509_free>>;
using RequestHandle = std::unique_ptr<X509_REQ, FreeWith<X509_REQ_free>>;
using RevocationListHandle = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;
using RevokedHandle = std::unique_ptr<X509_REVOKED, FreeWith<X509_REVOKED_free>>;
using StoreHandle = std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>>;
using StoreContextHandle = std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;
using NameHandle = std::unique_ptr<X509_NAME, FreeWith<X509_NAME_free>>;
using BioHandle = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using NumberHandle = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using IntegerHandle = std::unique_ptr<ASN1_INTEGER, FreeWith<ASN1_INTEGER_free>>;
using TimeHandle = std::unique_ptr<ASN1_TIME, FreeWith<ASN1_TIME_free>>;
using Pkcs12Handle = std::unique_ptr<PKCS12, FreeWith<PKCS12_free>>;
using Pkcs8InfoHandle = std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreeWith<PKCS8_PRIV_KEY_INFO_free>>;
using EncryptedKeyHandle = std::unique_ptr<X509_SIG, FreeWith<X509_SIG_free>>;

inline constexpr int minimumRsaBits = 3072;

// Internal, with OpenSSL's own reason; empties its error queue.
tl::unexpected<Error> failOpenSsl(std::string_view what);

// A memory BIO over the bytes, which must live as long.
BioHandle readingBio(std::string_view bytes);
BioHandle writingBio();
std::string contentOf(BIO& bio);

// InvalidInput when it is no PEM of that kind.
Result<CertificateHandle> certificateFromPem(std::string_view pem);
Result<RevocationListHandle> revocationListFromPem(std::string_view pem);
Result<std::string> toPem(X509& certificate);

// RFC 2253 in UTF-8: "CN=王敏,UID=wangmin".
std::string nameText(X509_NAME const& name);
// The first value of that kind in UTF-8, "" when there is none.
std::string nameEntry(X509_NAME const& name, int nid);

TimePoint toTimePoint(ASN1_TIME const& time);
TimeHandle toAsn1Time(TimePoint time);

// Random, positive, 127 bits.
IntegerHandle newSerialNumber();
std::string serialHex(ASN1_INTEGER const& serial);

// Overwrites before it frees: PINs and keys in text form.
class Secret {
public:
    explicit Secret(std::string_view text) : text_(text) {}
    Secret(Secret const&) = delete;
    Secret& operator=(Secret const&) = delete;
    ~Secret();
    char const* c_str() const { return text_.c_str(); }
    int size() const { return static_cast<int>(text_.size()); }

private:
    std::string text_;
};

} // namespace qianli::crypto
