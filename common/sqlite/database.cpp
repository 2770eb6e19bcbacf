#include "common/sqlite/database.h"

#include <fmt/format.h>
#include <map>
#include <sqlite3.h>
#include <sys/stat.h>
#include <vector>

namespace qianli::sqlite {
namespace {

constexpr std::size_t keptStatements = 64; // compiled statements that wait for their next use

ErrorCode codeOf(int extended)
{
    switch (extended & 0xFF) {
    case SQLITE_CONSTRAINT:
        return ErrorCode::Conflict;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ErrorCode::Corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
        return ErrorCode::Unavailable;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return ErrorCode::Refused;
    case SQLITE_TOOBIG:
        return ErrorCode::LimitExceeded;
    case SQLITE_INTERRUPT:
        return ErrorCode::Cancelled;
    default:
        return ErrorCode::Internal;
    }
}

std::string fileNameOf(sqlite3* database)
{
    char const* const name = database ? sqlite3_db_filename(database, "main") : nullptr;
    return name && *name ? std::filesystem::path(name).filename().string() : "database";
}

tl::unexpected<Error> failSqlite(sqlite3* database, std::string_view what)
{
    int const code = database ? sqlite3_extended_errcode(database) : SQLITE_NOMEM;
    return fail(codeOf(code), fmt::format("{}: {} ({}): {}", fileNameOf(database),
                                          database ? sqlite3_errmsg(database) : "no memory", code, what));
}

std::string_view synchronousWord(Synchronous level)
{
    switch (level) {
    case Synchronous::Off:
        return "OFF";
    case Synchronous::Normal:
        return "NORMAL";
    case Synchronous::Full:
        return "FULL";
    case Synchronous::Extra:
        return "EXTRA";
    }
    return "FULL";
}

// The first words of a statement, for messages: no values of patients are in it, they are bound.
std::string shortened(std::string_view sql)
{
    constexpr std::size_t most = 160;
    return sql.size() <= most ? std::string(sql) : std::string(sql.substr(0, most)) + "…";
}

} // namespace

struct Database::State {
    explicit State(sqlite3* opened) : handle(opened) {}
    State(State const&) = delete;
    State& operator=(State const&) = delete;
    ~State()
    {
        for (auto const& [sql, statement] : idle)
            sqlite3_finalize(statement);
        sqlite3_close_v2(handle);
    }

    sqlite3_stmt* takeIdle(std::string const& sql)
    {
        auto const found = idle.find(sql);
        if (found == idle.end())
            return nullptr;
        sqlite3_stmt* const statement = found->second;
        idle.erase(found);
        return statement;
    }

    void giveBack(std::string sql, sqlite3_stmt* statement)
    {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        if (idle.size() >= keptStatements) {
            sqlite3_finalize(idle.begin()->second);
            idle.erase(idle.begin());
        }
        idle.emplace(std::move(sql), statement);
    }

    sqlite3* handle;
    std::multimap<std::string, sqlite3_stmt*, std::less<>> idle;
};

Database::Database(std::shared_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(std::filesystem::path const& path, Options options)
{
    bool const readOnly = options.access == Access::ReadOnly;
    int const flags = (readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    std::error_code ignored; // the opening itself says what is wrong
    bool const isNew = !readOnly && !std::filesystem::exists(path, ignored);
    sqlite3* opened = nullptr;
    int const code = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
    Database database(std::make_shared<State>(opened));
    if (code != SQLITE_OK) {
        int const systemError = opened ? sqlite3_system_errno(opened) : 0;
        return fail(systemError == ENOENT ? ErrorCode::NotFound : codeOf(code),
                    fmt::format("cannot open the database {}: {}", path.string(), sqlite3_errstr(code)));
    }
    // The -wal and -shm files take the mode of the database file.
    if (isNew && path != ":memory:")
        ::chmod(path.c_str(), 0600);
    sqlite3_busy_timeout(opened, static_cast<int>(options.busyTimeout.count()));
    QIANLI_TRY(database.execute("PRAGMA foreign_keys = ON"));
    if (!readOnly)
        QIANLI_TRY(database.execute("PRAGMA journal_mode = WAL"));
    QIANLI_TRY(database.execute(fmt::format("PRAGMA synchronous = {}", synchronousWord(options.synchronous))));
    // A peer's values never become SQL, a damaged file's schema never calls into functions.
    sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(opened, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(opened, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    return database;
}

Result<Database> Database::openInMemory()
{
    return open(":memory:");
}

Result<Statement> Database::prepare(std::string_view sql)
{
    std::string text(sql);
    if (sqlite3_stmt* const kept = state_->takeIdle(text))
        return Statement(state_, std::move(text), kept);
    sqlite3_stmt* statement = nullptr;
    char const* rest = nullptr;
    int const code = sqlite3_prepare_v3(state_->handle, text.data(), static_cast<int>(text.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, &rest);
    if (code != SQLITE_OK)
        return failSqlite(state_->handle, shortened(sql));
    if (!statement)
        return fail(ErrorCode::Internal, "an empty SQL statement");
    return Statement(state_, std::move(text), statement);
}

Result<void> Database::execute(std::string_view sql)
{
    std::string const text(sql);
    if (sqlite3_exec(state_->handle, text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return failSqlite(state_->handle, shortened(sql));
    return {};
}

std::int64_t Database::lastInsertRowId() const
{
    return sqlite3_last_insert_rowid(state_->handle);
}

std::int64_t Database::changes() const
{
    return sqlite3_changes64(state_->handle);
}

Result<void> Database::checkpoint(Checkpoint mode)
{
    int const wanted = mode == Checkpoint::Truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    int inLog = 0;
    int moved = 0;
    int const code = sqlite3_wal_checkpoint_v2(state_->handle, nullptr, wanted, &inLog, &moved);
    if (code != SQLITE_OK)
        return failSqlite(state_->handle, "checkpoint");
    if (moved < inLog)
        return fail(ErrorCode::Unavailable,
                    fmt::format("{}: the checkpoint moved {} of {} pages, the rest is still being read",
                                fileNameOf(state_->handle), moved, inLog));
    return {};
}

void Database::interrupt()
{
    sqlite3_interrupt(state_->handle);
}

sqlite3* Database::handle() const
{
    return state_->handle;
}

Statement::Statement(std::shared_ptr<Database::State> database, std::string sql, sqlite3_stmt* statement)
    : database_(std::move(database)), sql_(std::move(sql)), statement_(statement)
{
}

Statement::Statement(Statement&& other) noexcept
    : database_(std::move(other.database_)), sql_(std::move(other.sql_)),
      statement_(std::exchange(other.statement_, nullptr))
{
}

Statement& Statement::operator=(Statement&& other) noexcept
{
    std::swap(database_, other.database_);
    std::swap(sql_, other.sql_);
    std::swap(statement_, other.statement_);
    return *this;
}

Statement::~Statement()
{
    if (statement_)
        database_->giveBack(std::move(sql_), statement_);
}

Result<void> Statement::bind(std::initializer_list<Value> values)
{
    sqlite3_reset(statement_);
    int const wanted = sqlite3_bind_parameter_count(statement_);
    if (static_cast<int>(values.size()) != wanted)
        return fail(ErrorCode::Internal,
                    fmt::format("{} values given for {} parameters: {}", values.size(), wanted, shortened(sql_)));
    int position = 0;
    for (Value const& value : values)
        QIANLI_TRY(bind(++position, value));
    return {};
}

Result<void> Statement::bind(int position, Value const& value)
{
    if (sqlite3_stmt_busy(statement_))
        sqlite3_reset(statement_);
    int code = SQLITE_OK;
    switch (value.kind_) {
    case Value::Kind::Null:
        code = sqlite3_bind_null(statement_, position);
        break;
    case Value::Kind::Integer:
        code = sqlite3_bind_int64(statement_, position, value.integer_);
        break;
    case Value::Kind::Real:
        code = sqlite3_bind_double(statement_, position, value.real_);
        break;
    case Value::Kind::Text:
        // SQLite reads a null pointer as NULL; an empty text is not NULL.
        code = sqlite3_bind_text64(statement_, position, value.text_.empty() ? "" : value.text_.data(),
                                   value.text_.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
        break;
    case Value::Kind::Blob:
        code = value.blob_.empty() ? sqlite3_bind_zeroblob(statement_, position, 0)
                                   : sqlite3_bind_blob64(statement_, position, value.blob_.data(), value.blob_.size(),
                                                         SQLITE_TRANSIENT);
        break;
    }
    if (code != SQLITE_OK)
        return failSqlite(database_->handle, shortened(sql_));
    return {};
}

Result<bool> Statement::step()
{
    int const code = sqlite3_step(statement_);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE) {
        sqlite3_reset(statement_); // a finished reader must not hold its snapshot of the log
        return false;
    }
    auto failure = failSqlite(database_->handle, shortened(sql_));
    sqlite3_reset(statement_);
    return failure;
}

Result<void> Statement::run()
{
    for (;;) {
        QIANLI_ASSIGN(bool const row, step());
        if (!row)
            return {};
    }
}

Result<void> Statement::run(std::initializer_list<Value> values)
{
    QIANLI_TRY(bind(values));
    return run();
}

void Statement::reset()
{
    sqlite3_reset(statement_);
}

bool Statement::isNull(int column) const
{
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(statement_, column);
}

double Statement::real(int column) const
{
    return sqlite3_column_double(statement_, column);
}

std::string Statement::text(int column) const
{
    return std::string(textView(column));
}

std::string_view Statement::textView(int column) const
{
    void const* const bytes = sqlite3_column_text(statement_, column);
    if (!bytes)
        return {};
    return {static_cast<char const*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::span<std::uint8_t const> Statement::blob(int column) const
{
    void const* const bytes = sqlite3_column_blob(statement_, column);
    if (!bytes)
        return {};
    return {static_cast<std::uint8_t const*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::optional<std::int64_t> Statement::optionalInteger(int column) const
{
    return isNull(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<std::string> Statement::optionalText(int column) const
{
    return isNull(column) ? std::nullopt : std::optional(text(column));
}

Result<Transaction> Transaction::begin(Database& database)
{
    QIANLI_TRY(database.execute("BEGIN IMMEDIATE"));
    return Transaction(database);
}

Transaction::~Transaction()
{
    if (database_)
        (void)database_->execute("ROLLBACK");
}

Result<void> Transaction::commit()
{
    if (!database_)
        return fail(ErrorCode::Internal, "the transaction was already ended");
    auto const committed = database_->execute("COMMIT");
    // After a failed COMMIT SQLite may or may not have rolled back by itself.
    if (!committed && !sqlite3_get_autocommit(database_->handle()))
        (void)database_->execute("ROLLBACK");
    database_ = nullptr;
    return committed;
}

Result<void> checkWhole(std::filesystem::path const& path, std::stop_token const& stop)
{
    QIANLI_ASSIGN(auto database, Database::open(path, {Access::ReadOnly, Synchronous::Normal, std::chrono::seconds(10)}));
    std::stop_callback const ends(stop, [&] { database.interrupt(); });
    QIANLI_ASSIGN(auto check, database.prepare("PRAGMA quick_check(1)"));
    QIANLI_ASSIGN(bool const row, check.step());
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, "stopped before the whole file was read");
    if (!row || check.textView(0) != "ok")
        return fail(ErrorCode::Corrupt,
                    fmt::format("{}: {}", path.filename().string(), row ? check.text(0) : "no answer"));
    return {};
}

} // namespace qianli::sqlite
