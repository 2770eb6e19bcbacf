#include "common/sqlite/copy.h"

#include "common/base/file.h"
#include "common/sqlite/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <sqlite3.h>
#include <unistd.h>

namespace qianli::sqlite {
namespace {

constexpr int pagesAtOnce = 256; // a megabyte: what a step keeps in memory

struct FinishBackup {
    void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

tl::unexpected<Error> failCopy(sqlite3* target, std::filesystem::path const& file, int code)
{
    auto const kind =
        (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB ? ErrorCode::Corrupt : ErrorCode::Unavailable;
    return fail(kind, fmt::format("copying the database to {}: {} ({})", file.string(), sqlite3_errmsg(target), code));
}

Result<void> copyPages(Database& source, Database& target, std::filesystem::path const& file,
                       CopyProgress const& progress)
{
    // The read transaction keeps the source as it is now for all steps. Without it, each write of another process would
    // make the copy begin again, and a busy database would never be copied. In WAL mode it holds nobody up.
    QIANLI_TRY(source.execute("BEGIN"));
    {
        QIANLI_ASSIGN(auto look, source.prepare("SELECT count(*) FROM sqlite_schema"));
        QIANLI_TRY(look.step());
    }
    std::unique_ptr<sqlite3_backup, FinishBackup> const backup(
        sqlite3_backup_init(target.handle(), "main", source.handle(), "main"));
    if (!backup)
        return failCopy(target.handle(), file, sqlite3_extended_errcode(target.handle()));
    for (;;) {
        int const code = sqlite3_backup_step(backup.get(), pagesAtOnce);
        if (progress) {
            auto const total = static_cast<std::uint64_t>(sqlite3_backup_pagecount(backup.get()));
            progress(total - static_cast<std::uint64_t>(sqlite3_backup_remaining(backup.get())), total);
        }
        if (code == SQLITE_DONE)
            return {};
        if (code != SQLITE_OK)
            return failCopy(target.handle(), file, code);
    }
}

} // namespace

Result<void> checkDatabase(std::filesystem::path const& file)
{
    QIANLI_ASSIGN(auto database, Database::open(file, {Access::ReadOnly}));
    QIANLI_ASSIGN(auto check, database.prepare("PRAGMA integrity_check(1)"));
    QIANLI_ASSIGN(bool const answered, check.step());
    if (!answered || check.textView(0) != "ok")
        return fail(ErrorCode::Corrupt, fmt::format("{} is damaged: {}", file.string(),
                                                    answered ? check.text(0) : std::string("no answer")));
    QIANLI_ASSIGN(auto keys, database.prepare("PRAGMA foreign_key_check"));
    QIANLI_ASSIGN(bool const isBroken, keys.step());
    if (isBroken)
        return fail(ErrorCode::Corrupt, fmt::format("{} is damaged: a row of {} names one of {} that is not there",
                                                    file.string(), keys.text(0), keys.text(2)));
    return {};
}

Result<void> copyDatabase(std::filesystem::path const& source, std::filesystem::path const& target,
                          CopyProgress const& progress)
{
    std::filesystem::path const building = target.string() + ".part";
    std::error_code ignored;
    for (auto const* suffix : {"", "-wal", "-shm", "-journal"})
        std::filesystem::remove(building.string() + suffix, ignored);
    {
        QIANLI_ASSIGN(auto from, Database::open(source, {Access::ReadOnly}));
        QIANLI_ASSIGN(auto to, Database::open(building, {Access::ReadWrite, Synchronous::Off}));
        QIANLI_TRY(copyPages(from, to, building, progress));
        QIANLI_TRY(to.execute("PRAGMA journal_mode = DELETE"));
    }
    QIANLI_TRY(checkDatabase(building));
    {
        QIANLI_ASSIGN(FileDescriptor const file, openFile(building, O_RDONLY));
        QIANLI_TRY(syncFile(file.get()));
    }
    if (::rename(building.c_str(), target.c_str()) != 0)
        return failErrno(fmt::format("renaming {}", building.string()));
    return syncDirectory(target.parent_path().empty() ? "." : target.parent_path());
}

void leaveLog(Database& database)
{
    sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Result<int> schemaVersion(Database& database)
{
    {
        QIANLI_ASSIGN(auto table,
                      database.prepare("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'schema_version')"));
        QIANLI_ASSIGN(bool const row, table.step());
        if (!row || table.integer(0) == 0)
            return 0;
    }
    QIANLI_ASSIGN(auto version, database.prepare("SELECT coalesce(max(number), 0) FROM schema_version"));
    QIANLI_ASSIGN(bool const row, version.step());
    return row ? static_cast<int>(version.integer(0)) : 0;
}

} // namespace qianli::sqlite
