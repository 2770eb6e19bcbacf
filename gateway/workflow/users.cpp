#include "gateway/workflow/users.h"

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/crypto/password.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"

#include <fmt/format.h>

namespace qianli::gateway {

namespace {

constexpr std::size_t longestName = 64;
constexpr std::int64_t mostPlaces = 20; // of one person, to sign in from
constexpr Duration placesKept = std::chrono::hours(24 * 180);
// A hash of the same cost as a real one, so that an unknown name takes as long as a known one.
constexpr char nobodysHash[] = "scrypt$15$8$1$00000000000000000000000000000000$"
                               "0000000000000000000000000000000000000000000000000000000000000000";

Result<void> checkName(std::string_view name)
{
    bool plain = !name.empty() && name.size() <= longestName;
    for (char const c : name)
        plain = plain && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                          c == '_' || c == '-');
    if (!plain)
        return fail(ErrorCode::InvalidInput,
                    "a user's name has 1 to 64 letters a-z, digits, '.', '_' or '-': " + text::escapeControl(name));
    return {};
}

constexpr char userColumns[] = "name, display_name, role, site, disabled";

Result<model::User> userOfRow(sqlite::Statement const& row)
{
    model::User user;
    user.name = row.text(0);
    user.displayName = row.text(1);
    QIANLI_ASSIGN(user.role, model::parseRole(row.textView(2)));
    if (auto const site = row.optionalText(3))
        user.site = model::SiteId{*site};
    user.disabled = row.integer(4) != 0;
    return user;
}

tl::unexpected<Error> noSuchUser(std::string_view name)
{
    return fail(ErrorCode::NotFound, "there is no user " + text::escapeControl(name));
}

Result<std::vector<model::TaskId>> claimsOf(sqlite::Database& database, std::string_view name)
{
    QIANLI_ASSIGN(auto select, database.prepare("SELECT id FROM tasks WHERE claimed_by = ? AND state IN ('claimed', "
                                                "'drafting')"));
    QIANLI_TRY(select.bind({name}));
    std::vector<model::TaskId> ids;
    for (;;) {
        QIANLI_ASSIGN(bool const row, select.step());
        if (!row)
            return ids;
        ids.push_back(select.integer(0));
    }
}

} // namespace

Users::Users(Workflow& workflow) : workflow_(workflow), guard_(workflow.settings().observers)
{
    recallPlaces();
}

Result<void> Users::add(model::User const& user, std::string_view password)
{
    QIANLI_TRY(checkName(user.name));
    if (user.displayName.empty() || user.displayName.size() > 128 || !text::isUtf8(user.displayName))
        return fail(ErrorCode::InvalidInput, "a user's shown name has 1 to 128 bytes of UTF-8");
    if ((user.role == model::Role::Site) != user.site.has_value())
        return fail(ErrorCode::InvalidInput, "a user of the role 'site' names its site, and only such a user does");
    QIANLI_ASSIGN(auto const hash, crypto::hashPassword(password));
    return workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto insert, database.prepare("INSERT INTO users (name, display_name, role, site, password_hash, "
                                                    "created_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"));
        auto const site = user.site ? std::optional(user.site->value) : std::nullopt;
        QIANLI_TRY(insert.run(
            {user.name, user.displayName, model::code(user.role), site, hash, toStored(workflow_.clock().now())}));
        if (database.changes() != 1)
            return fail(ErrorCode::Conflict, "there is already a user " + user.name);
        return {};
    });
}

Result<std::vector<model::User>> Users::list() const
{
    return workflow_.database().read([&](sqlite::Database& database) -> Result<std::vector<model::User>> {
        QIANLI_ASSIGN(auto select, database.prepare(fmt::format("SELECT {} FROM users ORDER BY name", userColumns)));
        std::vector<model::User> users;
        for (;;) {
            QIANLI_ASSIGN(bool const row, select.step());
            if (!row)
                return users;
            QIANLI_ASSIGN(auto user, userOfRow(select));
            users.push_back(std::move(user));
        }
    });
}

Result<model::User> Users::find(std::string_view name) const
{
    return workflow_.database().read([&](sqlite::Database& database) -> Result<model::User> {
        QIANLI_ASSIGN(auto select, database.prepare(fmt::format("SELECT {} FROM users WHERE name = ?", userColumns)));
        QIANLI_TRY(select.bind({name}));
        QIANLI_ASSIGN(bool const row, select.step());
        if (!row)
            return noSuchUser(name);
        return userOfRow(select);
    });
}

Result<void> Users::disable(std::string_view name, crypto::CertificateAuthority& authority)
{
    auto const disabled = workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto update, database.prepare("UPDATE users SET disabled = 1 WHERE name = ?"));
        QIANLI_TRY(update.run({name}));
        if (database.changes() != 1)
            return noSuchUser(name);
        QIANLI_ASSIGN(auto forget, database.prepare("DELETE FROM sessions WHERE user = ?"));
        QIANLI_TRY(forget.run({name}));
        QIANLI_ASSIGN(auto const claims, claimsOf(database, name));
        for (auto const task : claims)
            QIANLI_TRY(endClaim(database, task, workflow_.clock().now(), workflow_.settings().quietTime, name,
                                "the person was disabled"));
        return {};
    });
    if (!disabled)
        return disabled;
    // After the sign-ins: what fails here is done by disabling again.
    return authority.revokeAll(name);
}

Result<void> Users::setPassword(std::string_view name, std::string_view password)
{
    QIANLI_ASSIGN(auto const hash, crypto::hashPassword(password));
    return workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto update, database.prepare("UPDATE users SET password_hash = ? WHERE name = ?"));
        QIANLI_TRY(update.run({hash, name}));
        if (database.changes() != 1)
            return noSuchUser(name);
        QIANLI_ASSIGN(auto forget, database.prepare("DELETE FROM sessions WHERE user = ?"));
        return forget.run({name});
    });
}

Result<model::User> Users::authenticate(std::string_view name, std::string_view password, std::string_view address)
{
    if (auto may = guard_.mayTry(name, address, workflow_.clock().now()); !may)
        return tl::unexpected(std::move(may).error());
    std::string hash = nobodysHash;
    auto user = workflow_.database().read([&](sqlite::Database& database) -> Result<model::User> {
        QIANLI_ASSIGN(auto select,
                      database.prepare(fmt::format("SELECT {}, password_hash FROM users WHERE name = ?", userColumns)));
        QIANLI_TRY(select.bind({name}));
        QIANLI_ASSIGN(bool const row, select.step());
        if (!row)
            return noSuchUser(name);
        hash = select.text(5);
        return userOfRow(select);
    });
    if (!user && user.error().code != ErrorCode::NotFound)
        return user;
    // What could not be compared is no failed attempt of the person.
    QIANLI_ASSIGN(bool const matches, crypto::passwordMatches(password, hash));
    auto const now = workflow_.clock().now();
    if (matches && user && !user->disabled) {
        if (guard_.succeeded(name, address, now))
            notePlace(name, address, now);
        return user;
    }
    guard_.failed(name, address, user ? SignInGuard::Person::Known : SignInGuard::Person::Unknown, now);
    AuditEvent event;
    event.kind = AuditEventKind::UserLogin;
    event.outcome = AuditOutcome::MinorFailure;
    event.person = text::escapeControl(name.substr(0, longestName));
    event.address = address;
    event.detail = user && user->disabled ? "a person who is disabled" : "the name or the password is wrong";
    workflow_.settings().observers.record(std::move(event));
    return fail(ErrorCode::Refused, "the name or the password is wrong");
}

// What can't be written down costs nobody the sign-in.
void Users::notePlace(std::string_view name, std::string_view address, TimePoint now)
{
    auto const place = SignInGuard::placeOf(address);
    auto const kept = workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto insert, database.prepare("INSERT INTO sign_in_places (person, place, last_at) VALUES (?, ?, "
                                                    "?) ON CONFLICT DO UPDATE SET last_at = excluded.last_at"));
        QIANLI_TRY(insert.run({name, place, toStored(now)}));
        QIANLI_ASSIGN(auto forget, database.prepare("DELETE FROM sign_in_places WHERE person = ?1 AND place NOT IN "
                                                    "(SELECT place FROM sign_in_places WHERE person = ?1 ORDER BY "
                                                    "last_at DESC LIMIT ?2)"));
        return forget.run({name, mostPlaces});
    });
    if (kept)
        return;
    guard_.wasNotKept(name, address, now);
    log::warning("where {} signs in from could not be kept: {}", name, kept.error().message);
}

void Users::recallPlaces()
{
    auto const recalled = workflow_.database().read([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto select, database.prepare("SELECT person, place, last_at FROM sign_in_places WHERE last_at > "
                                                    "? ORDER BY last_at DESC LIMIT ?"));
        QIANLI_TRY(select.bind(
            {toStored(workflow_.clock().now() - placesKept), static_cast<std::int64_t>(SignInGuard::mostRemembered)}));
        for (;;) {
            QIANLI_ASSIGN(bool const row, select.step());
            if (!row)
                return {};
            guard_.isAtHomeAt(select.text(0), select.text(1), fromStored(select.integer(2)));
        }
    });
    if (!recalled)
        log::warning("where people sign in from is not known: {}", recalled.error().message);
}

void Users::lookAfterFailures()
{
    guard_.look(workflow_.clock().now());
}

} // namespace qianli::gateway
