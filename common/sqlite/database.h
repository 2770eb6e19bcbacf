// Database: one SQLite file and its connection; Statement and Transaction on it. The only place that sees sqlite3
// handles.
//
// Promise: a Transaction that was not committed leaves nothing behind. With Synchronous::Full a committed one survives
// a power cut. A Database is used by one thread at a time; threads that work side by side open one each. Failures name
// the statement.
#pragma once

#include "common/base/result.h"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace qianli::sqlite {

enum class Access { ReadWrite, ReadOnly };
enum class Synchronous { Off, Normal, Full, Extra };
enum class Checkpoint { Passive, Truncate };

struct Options {
    Access access = Access::ReadWrite; // ReadWrite creates the file (mode 0600) where there is none
    Synchronous synchronous = Synchronous::Full;
    std::chrono::milliseconds busyTimeout{10'000};
};

class Statement;

class Database {
public:
    // WAL, foreign keys on. Corrupt when the file is no database.
    static Result<Database> open(std::filesystem::path const& path, Options options = {});
    // For tests and scratch work.
    static Result<Database> openInMemory();

    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    // A statement of this connection. The compiled form of the same text is kept and used again; two Statements of one
    // text may be open at the same time.
    Result<Statement> prepare(std::string_view sql);
    // One or more statements without parameters.
    Result<void> execute(std::string_view sql);

    std::int64_t lastInsertRowId() const;
    std::int64_t changes() const; // rows of the last INSERT, UPDATE or DELETE

    // Moves the log into the database file and syncs it. Unavailable when readers or a writer kept it from finishing.
    Result<void> checkpoint(Checkpoint mode);

    // Ends what is running on this connection, from another thread: it fails with Cancelled.
    void interrupt();

    sqlite3* handle() const; // for the online backup interface

private:
    struct State;
    friend class Statement;
    explicit Database(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

// A value for a parameter: int, text (UTF-8), blob, or nothing. Text and blobs are copied when they are bound.
class Value {
public:
    Value(std::nullopt_t) {}
    Value(std::nullptr_t) = delete;
    Value(bool value) : kind_(Kind::Integer), integer_(value ? 1 : 0) {}
    template <std::integral Number>
    Value(Number value) : kind_(Kind::Integer), integer_(static_cast<std::int64_t>(value))
    {
    }
    Value(double value) : kind_(Kind::Real), real_(value) {}
    Value(char const* value) : kind_(Kind::Text), text_(value) {}
    Value(std::string_view value) : kind_(Kind::Text), text_(value) {}
    Value(std::string const& value) : kind_(Kind::Text), text_(value) {}
    Value(std::span<std::uint8_t const> value) : kind_(Kind::Blob), blob_(value) {}
    template <typename T>
    Value(std::optional<T> const& value) : Value(value ? Value(*value) : Value(std::nullopt))
    {
    }

private:
    friend class Statement;
    enum class Kind { Null, Integer, Real, Text, Blob };
    Kind kind_ = Kind::Null;
    std::int64_t integer_ = 0;
    double real_ = 0;
    std::string_view text_;
    std::span<std::uint8_t const> blob_;
};

class Statement {
public:
    Statement(Statement&&) noexcept;
    Statement& operator=(Statement&&) noexcept;
    ~Statement();

    // All parameters in order, from the first; makes the statement ready to run again.
    Result<void> bind(std::initializer_list<Value> values);
    // One parameter, counted from 1; for lists of unknown length.
    Result<void> bind(int position, Value const& value);
    // True: a row is there to be read. False: done. Conflict when a constraint was broken.
    Result<bool> step();
    // Runs it to the end; rows are passed over.
    Result<void> run();
    // bind() and run().
    Result<void> run(std::initializer_list<Value> values);
    // Ready to run again with the same parameters.
    void reset();

    // Columns of the row, counted from 0. Views hold until the next step(), reset() or bind().
    bool isNull(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;
    std::string_view textView(int column) const;
    std::span<std::uint8_t const> blob(int column) const;
    std::optional<std::int64_t> optionalInteger(int column) const;
    std::optional<std::string> optionalText(int column) const;

private:
    friend class Database;
    Statement(std::shared_ptr<Database::State> database, std::string sql, sqlite3_stmt* statement);
    std::shared_ptr<Database::State> database_;
    std::string sql_;
    sqlite3_stmt* statement_ = nullptr;
};

// BEGIN IMMEDIATE … COMMIT; rolls back when it goes without commit().
class Transaction {
public:
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
    Transaction(Transaction const&) = delete;
    Transaction& operator=(Transaction const&) = delete;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    // After a failure the transaction is rolled back.
    Result<void> commit();

private:
    explicit Transaction(Database& database) : database_(&database) {}
    Database* database_;
};

struct Migration {
    int number; // 1, 2, 3 … without a gap
    std::string_view name;
    std::string_view sql; // plain statements; runs inside a transaction
};

// Reads the whole file: Corrupt with the first thing that is wrong. Takes as long as the disk needs; others go on.
Result<void> checkWhole(std::filesystem::path const& path, std::stop_token const& stop);

// Brings the schema up to the newest migration, each in a transaction of its own, and writes it down in the table
// schema_version. Refused when the database was written by a newer program.
Result<void> migrate(Database& database, std::span<Migration const> migrations);

} // namespace qianli::sqlite
