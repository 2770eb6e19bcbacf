#include "gateway/web/route_audit.h"

#include "gateway/workflow/reading_tasks.h"

#include <fmt/format.h>

namespace qianli::gateway {
namespace {

AuditEvent eventOf(RoutedRequest const& routed, AuditEventKind kind)
{
    AuditEvent event;
    event.kind = kind;
    event.person = routed.user.name;
    event.address = routed.request.address;
    if (routed.user.site)
        event.site = routed.user.site->value;
    return event;
}

void addTask(RoutedRequest const& routed, AuditEvent& event)
{
    auto const task = routed.parts.workflow.tasks().show(routed.task);
    if (!task)
        return;
    event.site = task->site.value;
    event.studies = {task->studyUid};
    event.patient = fmt::format("{}/{}", task->site.value, task->patientId);
}

struct Act {
    std::string_view method, path;
    AuditEventKind kind;
    std::string_view words;
};
// What is not here is a look at what was on record before, or a sign of life.
constexpr Act acts[] = {
    {"GET", "api/v1/tasks", AuditEventKind::Query, "the reading list"},
    {"GET", "api/v1/tasks/ID/priors", AuditEventKind::InstancesAccessed, "earlier reports read"},
    {"GET", "api/v1/tasks/ID/draft", AuditEventKind::InstancesAccessed, "the draft read"},
    {"POST", "api/v1/tasks/ID/claim", AuditEventKind::InstancesAccessed, "claimed"},
    {"POST", "api/v1/tasks/ID/release", AuditEventKind::ReportClaimBroken, "given back by who had it"},
    {"POST", "api/v1/tasks/ID/issue", AuditEventKind::ReportSigned, "a signed report was issued"},
    {"DELETE", "api/v1/session", AuditEventKind::UserLogout, "signed out"},
    {"POST", "api/v1/certificate", AuditEventKind::UserChanged, "a certificate for signatures was issued"},
};

Act const* actOf(RoutedRequest const& routed, std::string_view path)
{
    for (Act const& act : acts)
        if (act.method == routed.request.method && act.path == path)
            return &act;
    return nullptr;
}

} // namespace

void recordRoute(RoutedRequest const& routed, std::string_view path, Result<WebResponse> const& response)
{
    auto const& observers = routed.parts.observers;
    if (routed.user.name.empty() || observers.audit == nullptr)
        return;
    auto const* act = actOf(routed, path);
    if (response && act != nullptr) {
        auto event = eventOf(routed, act->kind);
        event.detail = routed.task == 0 ? std::string(act->words) : fmt::format("task {}: {}", routed.task, act->words);
        if (routed.task != 0)
            addTask(routed, event);
        observers.record(std::move(event));
    }
    if (response)
        return;
    auto const code = response.error().code;
    // Who tries to have something signed or issued is on record whatever was wrong with it; in words of ours, because
    // the sentence may hold what the report says of the patient.
    if (act != nullptr && code != ErrorCode::Refused && code != ErrorCode::NotFound &&
        (act->kind == AuditEventKind::ReportSigned || act->kind == AuditEventKind::UserChanged)) {
        auto event = eventOf(routed, act->kind);
        event.outcome = AuditOutcome::MinorFailure;
        event.detail = fmt::format("{} {} was refused: what was sent does not hold", routed.request.method, path);
        if (routed.task != 0)
            addTask(routed, event);
        return observers.record(std::move(event));
    }
    if (code != ErrorCode::Refused && code != ErrorCode::NotFound)
        return;
    // Who reads and asks for what is not there yet has done nothing that was forbidden.
    bool const forbidden = code == ErrorCode::Refused || routed.user.role == model::Role::Site;
    auto event = eventOf(routed, forbidden || act == nullptr ? AuditEventKind::SecurityAlert : act->kind);
    event.outcome = AuditOutcome::MinorFailure;
    event.detail =
        fmt::format("{} {}{} was refused: {}", routed.request.method, path,
                    routed.task == 0 ? "" : fmt::format(" of task {}", routed.task), response.error().message);
    observers.record(std::move(event));
}

void recordSignIn(RoutedRequest const& routed, model::User const& user)
{
    auto event = eventOf(routed, AuditEventKind::UserLogin);
    event.person = user.name;
    if (user.site)
        event.site = user.site->value;
    event.detail = fmt::format("signed in as {}", model::code(user.role));
    routed.parts.observers.record(std::move(event));
}

void recordStranger(RoutedRequest const& routed, std::string_view path)
{
    auto event = eventOf(routed, AuditEventKind::SecurityAlert);
    event.outcome = AuditOutcome::MinorFailure;
    event.detail = fmt::format("{} {} was refused: nobody is signed in", routed.request.method, path);
    routed.parts.observers.record(std::move(event));
}

} // namespace qianli::gateway
