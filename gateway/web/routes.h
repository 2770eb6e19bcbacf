// Routes: docs/http-api.md as a table, one file a subject. A route runs on a worker thread and may wait for the
// database.
#pragma once

#include "gateway/web/http_message.h"
#include "gateway/web/web_server.h"

namespace qianli::gateway {

// A request whose way was found and whose person is known.
struct RoutedRequest {
    WebServer::Parts const& parts;
    WebRequest const& request;
    Target const& target;
    model::User user;       // empty name where no sign-in is needed
    model::TaskId task = 0; // of /tasks/ID/…
};

using Route = Result<WebResponse> (*)(RoutedRequest const&);

// Finds the route and runs it; every failure is an answer.
WebResponse answer(WebServer::Parts const& parts, WebRequest const& request);
// What there is, for whoever checks that each route asks who is there.
struct RouteDescription {
    std::string_view method, path; // "ID" stands for a task
    bool needsSignIn = false;
};
std::vector<RouteDescription> routes();
// Sign-ins hash a password: they have workers of their own.
bool isSignIn(WebRequest const& request);

// health_routes.cpp
Result<WebResponse> health(RoutedRequest const& routed);
Result<WebResponse> showMetrics(RoutedRequest const& routed);

// session_routes.cpp
Result<WebResponse> signIn(RoutedRequest const& routed);
Result<WebResponse> signOut(RoutedRequest const& routed);
Result<WebResponse> openEvents(RoutedRequest const& routed);

// task_routes.cpp
Result<WebResponse> listTasks(RoutedRequest const& routed);
Result<WebResponse> showTask(RoutedRequest const& routed);
Result<WebResponse> claimTask(RoutedRequest const& routed);
Result<WebResponse> releaseTask(RoutedRequest const& routed);

// report_routes.cpp
Result<WebResponse> showDraft(RoutedRequest const& routed);
Result<WebResponse> saveDraft(RoutedRequest const& routed);
Result<WebResponse> listPriors(RoutedRequest const& routed);
Result<WebResponse> issueReport(RoutedRequest const& routed);

// certificate_routes.cpp
Result<WebResponse> requestCertificate(RoutedRequest const& routed);
Result<WebResponse> showTrust(RoutedRequest const& routed);

// A task that this person may see: a township's person sees its own site's only, and is told "not found" for the
// others.
bool maySee(model::User const& user, model::ReadingTask const& task);
Result<model::ReadingTask> visibleTask(RoutedRequest const& routed);
// The task as this person may see it: where else somebody was examined is not a township's business.
model::ReadingTask shownTo(model::User const& user, model::ReadingTask task);
// As an event of a stream.
std::shared_ptr<std::string const> taskEvent(model::ReadingTask const& task);
// Refused for people of a township: drafts, priors and signing belong to those who read.
Result<void> mustRead(model::User const& user);

} // namespace qianli::gateway
