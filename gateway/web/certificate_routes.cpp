#include "gateway/web/routes.h"

#include <nlohmann/json.hpp>

namespace qianli::gateway {

Result<WebResponse> requestCertificate(RoutedRequest const& routed)
{
    QIANLI_ASSIGN(auto const body, parseBody(routed.request.body));
    QIANLI_ASSIGN(auto const request, textMember(body, "request"));
    QIANLI_ASSIGN(auto const issued, routed.parts.certificates.issue(routed.user, request));
    return jsonResponse({{"certificate", issued.certificatePem}, {"authority", issued.authorityPem}});
}

Result<WebResponse> showTrust(RoutedRequest const& routed)
{
    QIANLI_ASSIGN(auto const trust, routed.parts.certificates.trust());
    return jsonResponse(
        {{"authority", trust.authoritiesPem.front()}, {"revocationList", trust.revocationListsPem.front()}});
}

} // namespace qianli::gateway
