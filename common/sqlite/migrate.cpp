#include "common/sqlite/copy.h"
#include "common/sqlite/upgrade.h"

#include <fmt/format.h>

namespace qianli::sqlite {
namespace {

Result<void> apply(Database& database, Migration const& migration)
{
    QIANLI_TRY(database.execute(migration.sql));
    QIANLI_ASSIGN(auto record, database.prepare("INSERT INTO schema_version (number, name, applied_at) "
                                                "VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))"));
    return record.run({migration.number, migration.name});
}

Result<void> checkReferences(Database& database)
{
    QIANLI_ASSIGN(auto check, database.prepare("PRAGMA foreign_key_check"));
    QIANLI_ASSIGN(bool const isBroken, check.step());
    if (isBroken)
        return fail(ErrorCode::Corrupt,
                    fmt::format("a row of {} names one of {} that is not there", check.text(0), check.text(2)));
    return {};
}

// All or none: what a step that fails leaves is what the older program knows.
Result<void> applyAll(Database& database, std::span<Migration const> migrations)
{
    QIANLI_ASSIGN(auto transaction, Transaction::begin(database));
    QIANLI_TRY(database.execute("CREATE TABLE IF NOT EXISTS schema_version "
                                "(number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)"));
    // Another process may have done it between our look and our lock.
    QIANLI_ASSIGN(int const version, schemaVersion(database));
    for (Migration const& migration : migrations) {
        if (migration.number <= version)
            continue;
        auto applied = apply(database, migration);
        if (applied)
            applied = checkReferences(database);
        if (!applied)
            return tl::unexpected(
                std::move(applied).error().at(fmt::format("schema step {} {}", migration.number, migration.name)));
    }
    return transaction.commit();
}

} // namespace

Result<void> migrate(Database& database, std::span<Migration const> migrations)
{
    return upgrade(database, migrations, {});
}

Result<void> upgrade(Database& database, std::span<Migration const> migrations, BeforeUpgrade const& before)
{
    for (std::size_t i = 0; i < migrations.size(); ++i)
        if (migrations[i].number != static_cast<int>(i) + 1)
            return fail(ErrorCode::Internal,
                        fmt::format("schema step '{}' must have number {}", migrations[i].name, i + 1));
    QIANLI_ASSIGN(int const version, schemaVersion(database));
    if (version > static_cast<int>(migrations.size()))
        return fail(ErrorCode::Refused,
                    fmt::format("the database has schema {} of a newer version of this program, which knows schemas up "
                                "to {}: use the newer program that wrote it",
                                version, migrations.size()));
    if (version == static_cast<int>(migrations.size()))
        return {};
    if (version > 0 && before)
        QIANLI_TRY(before(version));
    // A table that others refer to can be made anew only while nobody watches; each step is checked as a whole instead.
    // Has no effect inside a transaction.
    QIANLI_TRY(database.execute("PRAGMA foreign_keys = OFF"));
    auto const applied = applyAll(database, migrations);
    QIANLI_TRY(database.execute("PRAGMA foreign_keys = ON"));
    return applied;
}

} // namespace qianli::sqlite
