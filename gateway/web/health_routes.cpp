#include "gateway/web/routes.h"
#include "gateway/workflow/sessions.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace qianli::gateway {

// For whoever watches over machines: strangers learn that we are there, which they know already, and one word.
Result<WebResponse> health(RoutedRequest const& routed)
{
    auto const& trouble = routed.parts.trouble;
    if (auto const why = trouble ? trouble() : std::nullopt)
        return jsonResponse({{"status", "failing"}, {"reason", *why}}, 503);
    return jsonResponse({{"status", "ok"}});
}

// From the addresses of http.metrics_from, and for administrators: the ids of sites and how busy they are is nothing
// for everybody (docs/decisions/0022-alarms.md).
Result<WebResponse> showMetrics(RoutedRequest const& routed)
{
    if (!routed.parts.metrics)
        return fail(ErrorCode::NotFound, "there is nothing at this address");
    if (std::ranges::find(routed.parts.metricsFrom, routed.request.address) == routed.parts.metricsFrom.end()) {
        auto const user = routed.parts.workflow.sessions().userOfToken(routed.request.token);
        if (!user && user.error().code != ErrorCode::Refused)
            return tl::unexpected(user.error());
        if (!user)
            return notSignedIn("not from this address without a session (http.metrics_from)");
        if (user->role != model::Role::Admin)
            return fail(ErrorCode::Refused, "this belongs to administrators");
    }
    WebResponse response;
    response.body = routed.parts.metrics();
    response.contentType = "text/plain; version=0.0.4; charset=utf-8";
    return response;
}

} // namespace qianli::gateway
