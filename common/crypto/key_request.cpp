// A signer's key: made on the workstation, kept as PKCS#12 under the PIN, opened in memory for signing.
#include "common/base/text.h"
#include "common/crypto/certificate_authority.h"
#include "common/crypto/openssl_handles.h"
#include "common/crypto/report_signature.h"
#include "common/crypto/signing_key_handles.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace qianli::crypto {

namespace {

// What a guess of the PIN costs one who has stolen the file: about a quarter of a second on an office PC.
constexpr int pinIterations = 300'000;
constexpr std::size_t minimumPinLength = 6;
constexpr std::size_t maximumKeyFile = 64 << 10;

Result<void> checkPin(std::string_view pin)
{
    if (!text::isUtf8(pin) || text::toCodePoints(pin).size() < minimumPinLength ||
        pin.find('\0') != std::string_view::npos)
        return fail(ErrorCode::InvalidInput, fmt::format("the PIN is shorter than {} characters", minimumPinLength));
    return {};
}

Result<std::string> encrypted(EVP_PKEY const& key, std::string_view pin)
{
    Secret const secret(pin);
    Pkcs8InfoHandle const information(EVP_PKEY2PKCS8(&key));
    EncryptedKeyHandle const box(information ? PKCS8_encrypt(-1, EVP_aes_256_cbc(), secret.c_str(), secret.size(),
                                                             nullptr, 0, pinIterations, information.get())
                                             : nullptr);
    BioHandle const bio = writingBio();
    if (!box || i2d_PKCS8_bio(bio.get(), box.get()) != 1)
        return failOpenSsl("encrypting the private key");
    return contentOf(*bio);
}

Result<KeyHandle> decrypted(std::string_view der, std::string_view pin)
{
    Secret const secret(pin);
    BioHandle const bio = readingBio(der);
    EncryptedKeyHandle const box(d2i_PKCS8_bio(bio.get(), nullptr));
    if (!box)
        return fail(ErrorCode::InvalidInput, "this is no encrypted private key");
    Pkcs8InfoHandle const information(PKCS8_decrypt(box.get(), secret.c_str(), secret.size()));
    ERR_clear_error();
    if (!information)
        return fail(ErrorCode::Refused, "the PIN is wrong");
    KeyHandle key(EVP_PKCS82PKEY(information.get()));
    if (!key)
        return failOpenSsl("reading the private key");
    return key;
}

} // namespace

Result<KeyRequest> makeKeyRequest(std::string_view userName, std::string_view pin)
{
    QIANLI_TRY(checkPin(pin));
    KeyHandle const key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(minimumRsaBits)));
    if (!key)
        return failOpenSsl("making a key");
    RequestHandle const request(X509_REQ_new());
    NameHandle const subject(X509_NAME_new());
    std::string const name(userName);
    if (!request || !subject ||
        X509_NAME_add_entry_by_NID(subject.get(), NID_userId, MBSTRING_UTF8,
                                   reinterpret_cast<unsigned char const*>(name.data()), static_cast<int>(name.size()),
                                   -1, 0) != 1 ||
        X509_REQ_set_subject_name(request.get(), subject.get()) != 1 ||
        X509_REQ_set_pubkey(request.get(), key.get()) != 1 ||
        X509_REQ_sign(request.get(), key.get(), EVP_sha256()) <= 0)
        return failOpenSsl(fmt::format("making a certificate request for {}", name));
    BioHandle const bio = writingBio();
    if (PEM_write_bio_X509_REQ(bio.get(), request.get()) != 1)
        return failOpenSsl("writing a certificate request");
    QIANLI_ASSIGN(std::string der, encrypted(*key, pin));
    return KeyRequest{std::move(der), contentOf(*bio)};
}

Result<std::string> makePkcs12(KeyRequest const& request, std::string_view certificatePem, std::string_view caPem,
                               std::string_view pin)
{
    QIANLI_ASSIGN(KeyHandle const key, decrypted(request.privateKeyPkcs8Der, pin));
    QIANLI_ASSIGN(CertificateHandle const certificate, certificateFromPem(certificatePem));
    QIANLI_ASSIGN(CertificateHandle const authority, certificateFromPem(caPem));
    if (X509_check_private_key(certificate.get(), key.get()) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::InvalidInput, "the certificate is for another key");
    }
    std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * stack) { sk_X509_free(stack); })> const chain(
        sk_X509_new_null());
    sk_X509_push(chain.get(), authority.get());
    Secret const secret(pin);
    // The certificates are no secret: only the key is encrypted (nid_cert -1), the whole is under the MAC.
    Pkcs12Handle const box(PKCS12_create(secret.c_str(), "qianli", key.get(), certificate.get(), chain.get(),
                                         NID_aes_256_cbc, -1, pinIterations, pinIterations, 0));
    BioHandle const bio = writingBio();
    if (!box || i2d_PKCS12_bio(bio.get(), box.get()) != 1)
        return failOpenSsl("making a PKCS#12");
    return contentOf(*bio);
}

Result<SigningKey> SigningKey::fromPkcs12(std::string_view der, std::string_view pin)
{
    if (der.size() > maximumKeyFile)
        return fail(ErrorCode::InvalidInput, "the key file is too large for a PKCS#12 of one key");
    BioHandle const bio = readingBio(der);
    Pkcs12Handle const box(d2i_PKCS12_bio(bio.get(), nullptr));
    ERR_clear_error();
    if (!box)
        return fail(ErrorCode::InvalidInput, "the key file is no PKCS#12");
    Secret const secret(pin);
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    int const parsed = PKCS12_parse(box.get(), secret.c_str(), &key, &certificate, nullptr);
    auto handles = std::make_unique<Handles>(Handles{KeyHandle(key), CertificateHandle(certificate)});
    unsigned long const reason = ERR_peek_last_error();
    ERR_clear_error();
    if (parsed != 1 && ERR_GET_REASON(reason) == PKCS12_R_MAC_VERIFY_FAILURE)
        return fail(ErrorCode::Refused, "the PIN is wrong");
    if (parsed != 1 || !handles->key || !handles->certificate)
        return fail(ErrorCode::InvalidInput, "the key file holds no private key with its certificate");
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key) < minimumRsaBits)
        return fail(ErrorCode::InvalidInput, fmt::format("the key is no RSA key of at least {} bits", minimumRsaBits));
    if (X509_check_private_key(certificate, key) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::InvalidInput, "key and certificate in the key file don't belong together");
    }
    return SigningKey(std::move(handles));
}

SigningKey::SigningKey(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

std::string SigningKey::certificatePem() const
{
    return toPem(*handles_->certificate).value_or(std::string());
}

std::string SigningKey::subjectCommonName() const
{
    return nameEntry(*X509_get_subject_name(handles_->certificate.get()), NID_commonName);
}

TimePoint SigningKey::notBefore() const
{
    return toTimePoint(*X509_get0_notBefore(handles_->certificate.get()));
}

TimePoint SigningKey::notAfter() const
{
    return toTimePoint(*X509_get0_notAfter(handles_->certificate.get()));
}

SigningKey::Handles& SigningKey::handles() const
{
    return *handles_;
}

} // namespace qianli::crypto
