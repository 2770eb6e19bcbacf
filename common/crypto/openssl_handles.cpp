#include "common/crypto/openssl_handles.h"

#include "common/base/file.h"

#include <array>
#include <ctime>
#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <span>

namespace qianli::crypto {

tl::unexpected<Error> failOpenSsl(std::string_view what)
{
    std::array<char, 256> reason{};
    ERR_error_string_n(ERR_peek_last_error(), reason.data(), reason.size());
    ERR_clear_error();
    return fail(ErrorCode::Internal, fmt::format("{}: {}", what, reason.data()));
}

BioHandle readingBio(std::string_view bytes)
{
    return BioHandle(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

BioHandle writingBio()
{
    return BioHandle(BIO_new(BIO_s_mem()));
}

std::string contentOf(BIO& bio)
{
    char* bytes = nullptr;
    long const length = BIO_get_mem_data(&bio, &bytes);
    return length > 0 ? std::string(bytes, static_cast<std::size_t>(length)) : std::string();
}

Result<CertificateHandle> certificateFromPem(std::string_view pem)
{
    BioHandle const bio = readingBio(pem);
    CertificateHandle certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!certificate)
        return fail(ErrorCode::InvalidInput, "this is no certificate in PEM form");
    return certificate;
}

Result<RevocationListHandle> revocationListFromPem(std::string_view pem)
{
    BioHandle const bio = readingBio(pem);
    RevocationListHandle list(PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!list)
        return fail(ErrorCode::InvalidInput, "this is no certificate revocation list in PEM form");
    return list;
}

Result<std::string> toPem(X509& certificate)
{
    BioHandle const bio = writingBio();
    if (PEM_write_bio_X509(bio.get(), &certificate) != 1)
        return failOpenSsl("writing a certificate");
    return contentOf(*bio);
}

std::string nameText(X509_NAME const& name)
{
    BioHandle const bio = writingBio();
    X509_NAME_print_ex(bio.get(), &name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    return contentOf(*bio);
}

std::string nameEntry(X509_NAME const& name, int nid)
{
    int const index = X509_NAME_get_index_by_NID(&name, nid, -1);
    if (index < 0)
        return {};
    unsigned char* utf8 = nullptr;
    int const length = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(&name, index)));
    if (length < 0)
        return {};
    std::string text(reinterpret_cast<char const*>(utf8), static_cast<std::size_t>(length));
    OPENSSL_free(utf8);
    return text;
}

TimePoint toTimePoint(ASN1_TIME const& time)
{
    std::tm parts{};
    if (ASN1_TIME_to_tm(&time, &parts) != 1)
        return {};
    return TimePoint(std::chrono::seconds(::timegm(&parts)));
}

TimeHandle toAsn1Time(TimePoint time)
{
    auto const seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
    return TimeHandle(ASN1_TIME_set(nullptr, static_cast<std::time_t>(seconds)));
}

IntegerHandle newSerialNumber()
{
    std::array<std::uint8_t, 16> bytes{};
    fillRandom(bytes);
    bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x7f) | 0x40); // positive, and always of the same length
    NumberHandle const number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    return IntegerHandle(BN_to_ASN1_INTEGER(number.get(), nullptr));
}

std::string serialHex(ASN1_INTEGER const& serial)
{
    NumberHandle const number(ASN1_INTEGER_to_BN(&serial, nullptr));
    char* hex = BN_bn2hex(number.get());
    std::string text = hex;
    OPENSSL_free(hex);
    return text;
}

Secret::~Secret()
{
    OPENSSL_cleanse(text_.data(), text_.size());
}

} // namespace qianli::crypto
