#include "gateway/web/guarded.h"

#include "common/base/log.h"
#include "gateway/workflow/sessions.h"

namespace qianli::gateway {

std::shared_ptr<WebResponse> answerSurely(WebServer::Parts const& parts, WebRequest const& request)
{
    try {
        try {
            return std::make_shared<WebResponse>(answer(parts, request));
        } catch (std::exception const& error) {
            log::error("HTTP: {} {}: {}", request.method, request.target, error.what());
            return std::make_shared<WebResponse>(errorResponse({ErrorCode::Unavailable, "not now: try again"}));
        }
    } catch (std::exception const&) {
        return nullptr;
    }
}

Result<model::User> personOf(WebServer::Parts const& parts, std::string const& token)
{
    try {
        return parts.workflow.sessions().userOfToken(token);
    } catch (std::exception const&) {
        return fail(ErrorCode::Unavailable, "no memory"); // short enough to need none
    }
}

} // namespace qianli::gateway
