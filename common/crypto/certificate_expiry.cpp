#include "common/crypto/certificate_expiry.h"

#include "common/crypto/pem_file.h"

#include <fmt/format.h>

namespace qianli::crypto {

namespace {

constexpr TimePoint never = TimePoint(std::chrono::hours(24 * 365 * 200));

} // namespace

Result<std::vector<CertificateDate>> certificateDates(std::filesystem::path const& file)
{
    QIANLI_ASSIGN(auto const content, PemFile::read(file));
    std::vector<CertificateDate> dates;
    for (auto const& certificate : content.certificates)
        dates.push_back({file, nameText(*X509_get_subject_name(certificate.get())), false,
                         toTimePoint(*X509_get0_notBefore(certificate.get())),
                         toTimePoint(*X509_get0_notAfter(certificate.get()))});
    for (auto const& list : content.revocationLists) {
        auto const* next = X509_CRL_get0_nextUpdate(list.get());
        dates.push_back({file, nameText(*X509_CRL_get_issuer(list.get())), true,
                         toTimePoint(*X509_CRL_get0_lastUpdate(list.get())), next ? toTimePoint(*next) : never});
    }
    if (dates.empty())
        return fail(ErrorCode::InvalidInput,
                    fmt::format("{} holds no certificate and no revocation list in PEM form", file.string()));
    return dates;
}

} // namespace qianli::crypto
