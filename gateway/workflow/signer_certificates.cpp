#include "gateway/workflow/signer_certificates.h"

namespace qianli::gateway {

Result<SignerCertificates::Issued> SignerCertificates::issue(model::User const& user, std::string_view requestPem)
{
    if (user.role != model::Role::Radiologist && user.role != model::Role::Reviewer)
        return fail(ErrorCode::Refused, "only radiologists and reviewers sign reports");
    std::lock_guard const lock(mutex_);
    QIANLI_ASSIGN(auto certificate, authority_.issue(requestPem, user.name, user.displayName));
    return Issued{std::move(certificate), authority_.certificatePem()};
}

Result<crypto::Trust> SignerCertificates::trust() const
{
    std::lock_guard const lock(mutex_);
    QIANLI_ASSIGN(auto revocationList, authority_.revocationListPem());
    return crypto::Trust{{authority_.certificatePem()}, {std::move(revocationList)}};
}

} // namespace qianli::gateway
