#include "common/model/json.h"
#include "gateway/web/route_audit.h"
#include "gateway/web/routes.h"
#include "gateway/workflow/sessions.h"
#include "gateway/workflow/users.h"

namespace qianli::gateway {

Result<WebResponse> signIn(RoutedRequest const& routed)
{
    auto& workflow = routed.parts.workflow;
    QIANLI_ASSIGN(auto const body, parseBody(routed.request.body));
    QIANLI_ASSIGN(auto const name, textMember(body, "user"));
    QIANLI_ASSIGN(auto const password, textMember(body, "password"));
    auto const user = workflow.users().authenticate(name, password, routed.request.address);
    if (!user && user.error().code == ErrorCode::Refused)
        return notSignedIn(user.error().message);
    if (!user)
        return tl::unexpected(user.error());
    QIANLI_ASSIGN(auto const session, workflow.sessions().begin(*user));
    recordSignIn(routed, *user);
    auto const& identity = routed.parts.identity;
    auto response = jsonResponse({{"token", session.token},
                                  {"user", model::toJson(*user)},
                                  {"expiresAt", toIso8601(session.expiresAt)},
                                  {"gateway",
                                   {{"aeTitle", identity.aeTitle},
                                    {"dicomPort", identity.dicomPort},
                                    {"dicomTlsPort", identity.dicomTlsPort},
                                    {"hospital", identity.hospital}}},
                                  {"serverTime", toIso8601(workflow.clock().now())}});
    response.signedInAs = user->name;
    return response;
}

Result<WebResponse> signOut(RoutedRequest const& routed)
{
    QIANLI_TRY(routed.parts.workflow.sessions().end(routed.request.token));
    WebResponse response;
    response.status = 204;
    return response;
}

Result<WebResponse> openEvents(RoutedRequest const& routed)
{
    auto response = jsonResponse({{"serverTime", toIso8601(routed.parts.workflow.clock().now())}});
    response.eventsFor = routed.user;
    return response;
}

} // namespace qianli::gateway
