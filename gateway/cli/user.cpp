// user: the people who sign in: add, list, disable, password.
#include "common/crypto/certificate_authority.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/password_input.h"
#include "gateway/workflow/users.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

nlohmann::ordered_json toJson(model::User const& user)
{
    return {{"name", user.name},
            {"displayName", user.displayName},
            {"role", model::code(user.role)},
            {"site", user.site ? user.site->value : ""},
            {"disabled", user.disabled}};
}

void record(Context& context, std::string const& name, std::string_view what)
{
    AuditEvent event;
    event.kind = AuditEventKind::UserChanged;
    event.detail = fmt::format("user {} {}", name, what);
    context.record(std::move(event));
}

} // namespace

Result<void> userAdd(Context& context, UserArguments const& arguments)
{
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    model::User user;
    user.name = arguments.name;
    user.displayName = arguments.displayName.empty() ? arguments.name : arguments.displayName;
    QIANLI_ASSIGN(user.role, model::parseRole(arguments.role));
    if (!arguments.site.empty()) {
        if (configuration->site({arguments.site}) == nullptr)
            return fail(ErrorCode::NotFound,
                        fmt::format("there is no site \"{}\" in {}", arguments.site, configuration->file.string()));
        user.site = model::SiteId{arguments.site};
    }
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const password, readNewPassword(arguments.name));
    QIANLI_TRY(workflow->users().add(user, password));
    record(context, user.name,
           fmt::format("added as {}{}", model::code(user.role), user.site ? " of " + user.site->value : std::string()));
    context.out().line(fmt::format("{} ({}) may sign in as {}", user.name, user.displayName, model::code(user.role)));
    context.out().json(toJson(user));
    return {};
}

Result<void> userList(Context& context)
{
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const users, workflow->users().list());
    auto document = nlohmann::ordered_json::array();
    Table table({{"NAME"}, {"SHOWN AS"}, {"ROLE"}, {"SITE"}, {"STATE"}});
    for (auto const& user : users) {
        document.push_back(toJson(user));
        table.add({user.name, user.displayName, std::string(model::code(user.role)), user.site ? user.site->value : "",
                   user.disabled ? "disabled" : ""});
    }
    context.out().table(table, "there are no users; `user add NAME --role radiologist` makes one");
    context.out().json(document);
    return {};
}

Result<void> userDisable(Context& context, UserArguments const& arguments)
{
    QIANLI_ASSIGN(auto const* configuration, context.configuration());
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto authority, crypto::CertificateAuthority::open(configuration->data / "keys", context.clock()));
    QIANLI_TRY(workflow->users().disable(arguments.name, authority));
    record(context, arguments.name, "disabled");
    QIANLI_ASSIGN(auto const user, workflow->users().find(arguments.name));
    context.out().line(
        fmt::format("{} can't sign in any more; certificates are revoked, claims given back", arguments.name));
    context.out().json(toJson(user));
    return {};
}

Result<void> userPassword(Context& context, UserArguments const& arguments)
{
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const user, workflow->users().find(arguments.name));
    QIANLI_ASSIGN(auto const password, readNewPassword(arguments.name));
    QIANLI_TRY(workflow->users().setPassword(arguments.name, password));
    record(context, arguments.name, "has a new password");
    context.out().line(
        fmt::format("{} has a new password{}", arguments.name,
                    user.disabled ? ", but is disabled and still can't sign in" : "; open sessions have ended"));
    context.out().json(toJson(user));
    return {};
}

} // namespace qianli::gateway::cli
