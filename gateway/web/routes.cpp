#include "gateway/web/routes.h"
#include "gateway/web/route_audit.h"

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/model/json.h"
#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/sessions.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace qianli::gateway {

namespace {

enum class SignedIn { Needed, NotNeeded };

struct Entry {
    std::string_view method;
    std::string_view path; // below /, segments by '/'; "ID" stands for a task
    SignedIn signedIn;
    Route route;
};

constexpr Entry table[] = {
    {"GET", "healthz", SignedIn::NotNeeded, health},
    {"GET", "metrics", SignedIn::NotNeeded, showMetrics},
    {"POST", "api/v1/session", SignedIn::NotNeeded, signIn},
    {"DELETE", "api/v1/session", SignedIn::Needed, signOut},
    {"GET", "api/v1/tasks", SignedIn::Needed, listTasks},
    {"GET", "api/v1/tasks/ID", SignedIn::Needed, showTask},
    {"POST", "api/v1/tasks/ID/claim", SignedIn::Needed, claimTask},
    {"POST", "api/v1/tasks/ID/release", SignedIn::Needed, releaseTask},
    {"GET", "api/v1/tasks/ID/draft", SignedIn::Needed, showDraft},
    {"PUT", "api/v1/tasks/ID/draft", SignedIn::Needed, saveDraft},
    {"GET", "api/v1/tasks/ID/priors", SignedIn::Needed, listPriors},
    {"POST", "api/v1/tasks/ID/issue", SignedIn::Needed, issueReport},
    {"POST", "api/v1/certificate", SignedIn::Needed, requestCertificate},
    {"GET", "api/v1/trust", SignedIn::Needed, showTrust},
    {"GET", "api/v1/events", SignedIn::Needed, openEvents},
};

std::optional<model::TaskId> parseTaskId(std::string const& segment)
{
    model::TaskId id = 0;
    auto const [end, error] = std::from_chars(segment.data(), segment.data() + segment.size(), id);
    if (error != std::errc{} || end != segment.data() + segment.size() || id <= 0)
        return std::nullopt;
    return id;
}

bool pathFits(std::vector<std::string> const& path, std::string_view pattern, model::TaskId& task)
{
    auto const parts = text::split(pattern, '/');
    if (parts.size() != path.size())
        return false;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i] == "ID") {
            auto const id = parseTaskId(path[i]);
            if (!id)
                return false;
            task = *id;
        } else if (parts[i] != path[i]) {
            return false;
        }
    }
    return true;
}

WebResponse run(Entry const& entry, RoutedRequest routed)
{
    if (entry.signedIn == SignedIn::Needed) {
        auto user = routed.parts.workflow.sessions().userOfToken(routed.request.token);
        if (!user && user.error().code == ErrorCode::Refused) {
            recordStranger(routed, entry.path);
            return notSignedIn(user.error().message);
        }
        if (!user)
            return errorResponse(user.error());
        routed.user = *std::move(user);
    }
    if (routed.request.method != "GET" && routed.parts.observers.mustStop())
        return errorResponse({ErrorCode::Unavailable, "nothing can be put on record just now; try again later"});
    auto response = entry.route(routed);
    recordRoute(routed, entry.path, response);
    bool const signedIn = entry.signedIn == SignedIn::Needed;
    if (response) {
        if (signedIn)
            response->signedInAs = routed.user.name;
        return *std::move(response);
    }
    if (httpStatus(response.error().code) >= 500)
        log::error("HTTP {} {}: {}", routed.request.method, entry.path, response.error().message);
    auto refused = errorResponse(response.error());
    if (signedIn)
        refused.signedInAs = routed.user.name;
    return refused;
}

} // namespace

std::vector<RouteDescription> routes()
{
    std::vector<RouteDescription> all;
    for (auto const& entry : table)
        all.push_back({entry.method, entry.path, entry.signedIn == SignedIn::Needed});
    return all;
}

WebResponse answer(WebServer::Parts const& parts, WebRequest const& request)
{
    auto const target = parseTarget(request.target);
    if (!target)
        return errorResponse(target.error());
    bool pathIsKnown = false;
    for (auto const& entry : table) {
        model::TaskId task = 0;
        if (!pathFits(target->path, entry.path, task))
            continue;
        pathIsKnown = true;
        if (entry.method == request.method)
            return run(entry, {parts, request, *target, {}, task});
    }
    if (pathIsKnown) {
        auto response = errorResponse({ErrorCode::InvalidInput, "this address does not take " + request.method});
        response.status = 405;
        return response;
    }
    return errorResponse({ErrorCode::NotFound, "there is nothing at this address"});
}

bool isSignIn(WebRequest const& request)
{
    // By the same reading of the address as answer(): "/api/v1/session?" is a sign-in too.
    auto const target = parseTarget(request.target);
    model::TaskId task = 0;
    return target && std::any_of(std::begin(table), std::end(table), [&](Entry const& entry) {
               return entry.route == signIn && entry.method == request.method &&
                      pathFits(target->path, entry.path, task);
           });
}

bool maySee(model::User const& user, model::ReadingTask const& task)
{
    return user.role != model::Role::Site || (user.site && *user.site == task.site);
}

model::ReadingTask shownTo(model::User const& user, model::ReadingTask task)
{
    if (user.role == model::Role::Site)
        task.linkedSites.clear();
    return task;
}

std::shared_ptr<std::string const> taskEvent(model::ReadingTask const& task)
{
    auto const json = model::toJson(task).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return std::make_shared<std::string const>("event: task\ndata: " + json + "\n\n");
}

Result<model::ReadingTask> visibleTask(RoutedRequest const& routed)
{
    auto task = routed.parts.workflow.tasks().show(routed.task);
    if (task && !maySee(routed.user, *task))
        return fail(ErrorCode::NotFound, fmt::format("there is no task {}", routed.task));
    return task;
}

Result<void> mustRead(model::User const& user)
{
    if (user.role == model::Role::Site)
        return fail(ErrorCode::Refused, "this belongs to those who read");
    return {};
}

} // namespace qianli::gateway
