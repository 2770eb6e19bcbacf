#include "common/sqlite/database.h"

#include <fmt/format.h>

namespace qianli::sqlite {
namespace {

Result<int> currentVersion(Database& database)
{
    QIANLI_ASSIGN(auto version, database.prepare("SELECT coalesce(max(number), 0) FROM schema_version"));
    QIANLI_ASSIGN(bool const row, version.step());
    return row ? static_cast<int>(version.integer(0)) : 0;
}

Result<void> apply(Database& database, Migration const& migration)
{
    QIANLI_ASSIGN(auto transaction, Transaction::begin(database));
    // Another process may have done it between our look and our lock.
    QIANLI_ASSIGN(int const version, currentVersion(database));
    if (version >= migration.number)
        return transaction.commit();
    QIANLI_TRY(database.execute(migration.sql));
    {
        QIANLI_ASSIGN(auto check, database.prepare("PRAGMA foreign_key_check"));
        QIANLI_ASSIGN(bool const isBroken, check.step());
        if (isBroken)
            return fail(ErrorCode::Corrupt,
                        fmt::format("a row of {} names one of {} that is not there", check.text(0), check.text(2)));
    }
    {
        QIANLI_ASSIGN(auto record, database.prepare("INSERT INTO schema_version (number, name, applied_at) "
                                                    "VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))"));
        QIANLI_TRY(record.run({migration.number, migration.name}));
    }
    return transaction.commit();
}

Result<void> applyAll(Database& database, std::span<Migration const> migrations, int version)
{
    for (Migration const& migration : migrations) {
        if (migration.number <= version)
            continue;
        if (auto applied = apply(database, migration); !applied)
            return tl::unexpected(
                std::move(applied).error().at(fmt::format("schema step {} {}", migration.number, migration.name)));
    }
    return {};
}

} // namespace

Result<void> migrate(Database& database, std::span<Migration const> migrations)
{
    for (std::size_t i = 0; i < migrations.size(); ++i)
        if (migrations[i].number != static_cast<int>(i) + 1)
            return fail(ErrorCode::Internal,
                        fmt::format("schema step '{}' must have number {}", migrations[i].name, i + 1));
    QIANLI_TRY(database.execute("CREATE TABLE IF NOT EXISTS schema_version "
                                "(number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)"));
    QIANLI_ASSIGN(int const version, currentVersion(database));
    if (version > static_cast<int>(migrations.size()))
        return fail(ErrorCode::Refused, fmt::format("the database has schema {}, this program knows schemas up to {}; "
                                                    "use the newer program that wrote it",
                                                    version, migrations.size()));
    if (version == static_cast<int>(migrations.size()))
        return {};
    // A table that others refer to can be made anew only while nobody watches; each step is checked as a whole instead.
    // Has no effect inside a transaction.
    QIANLI_TRY(database.execute("PRAGMA foreign_keys = OFF"));
    auto const applied = applyAll(database, migrations, version);
    QIANLI_TRY(database.execute("PRAGMA foreign_keys = ON"));
    return applied;
}

} // namespace qianli::sqlite
