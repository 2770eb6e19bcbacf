#include "gateway/workflow/sessions.h"

#include "common/crypto/password.h"
#include "gateway/workflow/workflow_database.h"

namespace qianli::gateway {

Result<Sessions::Session> Sessions::begin(model::User const& user)
{
    auto const now = clock_.now();
    Session const session{crypto::newToken(), now + lasts_};
    auto const stored = database_.write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto forget, database.prepare("DELETE FROM sessions WHERE expires_at <= ?"));
        QIANLI_TRY(forget.run({toStored(now)}));
        // Not for somebody who was disabled while the password was being checked.
        QIANLI_ASSIGN(auto insert, database.prepare("INSERT INTO sessions (token_hash, user, begun_at, expires_at) "
                                                    "SELECT ?, name, ?, ? FROM users WHERE name = ? AND disabled = 0"));
        QIANLI_TRY(
            insert.run({crypto::sha256Hex(session.token), toStored(now), toStored(session.expiresAt), user.name}));
        if (database.changes() != 1)
            return fail(ErrorCode::Refused, "this person may not sign in");
        return {};
    });
    if (!stored)
        return tl::unexpected(stored.error());
    return session;
}

Result<void> Sessions::end(std::string_view token)
{
    return database_.write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto forget, database.prepare("DELETE FROM sessions WHERE token_hash = ?"));
        return forget.run({crypto::sha256Hex(token)});
    });
}

Result<void> Sessions::endAll()
{
    return database_.write(
        [](sqlite::Database& database) -> Result<void> { return database.execute("DELETE FROM sessions"); });
}

Result<model::User> Sessions::userOfToken(std::string_view token) const
{
    if (token.empty())
        return fail(ErrorCode::Refused, "nobody is signed in");
    return database_.read([&](sqlite::Database& database) -> Result<model::User> {
        QIANLI_ASSIGN(auto select,
                      database.prepare("SELECT users.name, display_name, role, site FROM sessions JOIN users ON "
                                       "users.name = sessions.user WHERE token_hash = ? AND expires_at > ? AND "
                                       "disabled = 0"));
        QIANLI_TRY(select.bind({crypto::sha256Hex(token), toStored(clock_.now())}));
        QIANLI_ASSIGN(bool const row, select.step());
        if (!row)
            return fail(ErrorCode::Refused, "the session is unknown or has expired");
        model::User user;
        user.name = select.text(0);
        user.displayName = select.text(1);
        QIANLI_ASSIGN(user.role, model::parseRole(select.textView(2)));
        if (auto const site = select.optionalText(3))
            user.site = model::SiteId{*site};
        return user;
    });
}

} // namespace qianli::gateway
