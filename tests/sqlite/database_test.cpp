#include "common/sqlite/database.h"
#include "tests/support/support.h"

#include <array>
#include <catch2/catch.hpp>
#include <fstream>

using namespace qianli;
using namespace qianli::sqlite;

namespace {

constexpr std::array oneTable{
    Migration{1, "patients", "CREATE TABLE patient (id INTEGER PRIMARY KEY, name TEXT UNIQUE, picture BLOB)"}};
constexpr std::array twoTables{
    oneTable[0],
    Migration{2, "studies",
              "CREATE TABLE study (id INTEGER PRIMARY KEY, patient INTEGER NOT NULL REFERENCES patient(id));"
              "INSERT INTO patient (name) VALUES ('made by step 2');"}};

Database openMigrated(std::filesystem::path const& path)
{
    auto database = Database::open(path);
    REQUIRE(database);
    REQUIRE(migrate(*database, twoTables));
    return std::move(*database);
}

std::int64_t count(Database& database, std::string_view table)
{
    auto statement = database.prepare("SELECT count(*) FROM " + std::string(table));
    REQUIRE(statement);
    REQUIRE(statement->step().value());
    return statement->integer(0);
}

std::string pragma(Database& database, std::string_view name)
{
    auto statement = database.prepare("PRAGMA " + std::string(name));
    REQUIRE(statement);
    REQUIRE(statement->step().value());
    return statement->text(0);
}

} // namespace

TEST_CASE("a database opens in WAL mode, synced, with foreign keys, readable by its owner only", "[sqlite]")
{
    test::TemporaryFolder folder;
    auto database = Database::open(folder / "a.db");
    REQUIRE(database);
    CHECK(pragma(*database, "journal_mode") == "wal");
    CHECK(pragma(*database, "synchronous") == "2");
    CHECK(pragma(*database, "foreign_keys") == "1");
    CHECK((std::filesystem::status(folder / "a.db").permissions() & std::filesystem::perms::group_all) ==
          std::filesystem::perms::none);

    Options options;
    options.synchronous = Synchronous::Normal;
    auto other = Database::open(folder / "a.db", options);
    REQUIRE(other);
    CHECK(pragma(*other, "synchronous") == "1");
}

TEST_CASE("opening names what is wrong", "[sqlite]")
{
    test::TemporaryFolder folder;
    Options readOnly;
    readOnly.access = Access::ReadOnly;
    auto const missing = Database::open(folder / "missing.db", readOnly);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == ErrorCode::NotFound);
    CHECK(missing.error().message.find("missing.db") != std::string::npos);

    std::ofstream(folder / "text.db") << std::string(4096, 'x');
    auto const text = Database::open(folder / "text.db");
    REQUIRE_FALSE(text);
    CHECK(text.error().code == ErrorCode::Corrupt);
}

TEST_CASE("what is bound is what is read", "[sqlite]")
{
    auto database = Database::openInMemory();
    REQUIRE(database);
    REQUIRE(database->execute("CREATE TABLE t (a, b, c, d, e, f, g)"));
    std::string const name("王^小\0东", 11);
    std::vector<std::uint8_t> const bytes{0, 1, 255};
    auto insert = database->prepare("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)");
    REQUIRE(insert);
    REQUIRE(insert->run(
        {std::int64_t(-1) << 62, name, std::span(bytes), std::nullopt, std::optional<std::string>(), "", 1.5}));

    auto select = database->prepare("SELECT * FROM t");
    REQUIRE(select);
    REQUIRE(select->step().value());
    CHECK(select->integer(0) == std::int64_t(-1) << 62);
    CHECK(select->text(1) == name);
    CHECK(std::vector(select->blob(2).begin(), select->blob(2).end()) == bytes);
    CHECK(select->isNull(3));
    CHECK_FALSE(select->optionalInteger(3));
    CHECK_FALSE(select->optionalText(4));
    CHECK_FALSE(select->isNull(5)); // an empty text is not "absent"
    CHECK(select->optionalText(5) == "");
    CHECK(select->real(6) == 1.5);
    CHECK_FALSE(select->step().value());

    CHECK_FALSE(insert->run({1, 2}));                             // a forgotten parameter
    CHECK_FALSE(database->prepare("SELECT a FROM t WHERE b = ")); // wrong SQL
}

TEST_CASE("a statement is compiled once and carries nothing over", "[sqlite]")
{
    auto database = Database::openInMemory();
    REQUIRE(database);
    REQUIRE(database->execute("CREATE TABLE t (a)"));
    {
        auto insert = database->prepare("INSERT INTO t VALUES (?)");
        REQUIRE(insert->run({"first"}));
    }
    {
        auto insert = database->prepare("INSERT INTO t VALUES (?)"); // the kept one: its old value must be gone
        REQUIRE(insert->run());
    }
    auto one = database->prepare("SELECT a FROM t ORDER BY rowid");
    auto two = database->prepare("SELECT a FROM t ORDER BY rowid");
    REQUIRE(one->step().value());
    REQUIRE(two->step().value());
    REQUIRE(one->step().value());
    CHECK(one->isNull(0));
    CHECK(two->text(0) == "first");
}

TEST_CASE("a broken rule is a conflict and names the rule", "[sqlite]")
{
    test::TemporaryFolder folder;
    auto database = openMigrated(folder / "a.db");
    REQUIRE(database.prepare("INSERT INTO patient (name) VALUES (?)")->run({"张三"}));
    auto const twice = database.prepare("INSERT INTO patient (name) VALUES (?)")->run({"张三"});
    REQUIRE_FALSE(twice);
    CHECK(twice.error().code == ErrorCode::Conflict);
    CHECK(twice.error().message.find("patient.name") != std::string::npos);
    auto const orphan = database.prepare("INSERT INTO study (patient) VALUES (?)")->run({4711});
    REQUIRE_FALSE(orphan);
    CHECK(orphan.error().code == ErrorCode::Conflict);
}

TEST_CASE("a transaction without commit leaves nothing", "[sqlite]")
{
    test::TemporaryFolder folder;
    auto database = openMigrated(folder / "a.db");
    auto const before = count(database, "patient");
    {
        auto transaction = Transaction::begin(database);
        REQUIRE(transaction);
        REQUIRE(database.execute("INSERT INTO patient (name) VALUES ('half')"));
    }
    CHECK(count(database, "patient") == before);
    auto transaction = Transaction::begin(database);
    REQUIRE(transaction);
    REQUIRE(database.execute("INSERT INTO patient (name) VALUES ('whole')"));
    REQUIRE(transaction->commit());
    CHECK_FALSE(transaction->commit());
    auto other = Database::open(folder / "a.db");
    REQUIRE(other);
    CHECK(count(*other, "patient") == before + 1);
}

TEST_CASE("a second writer is told that the database is busy", "[sqlite]")
{
    test::TemporaryFolder folder;
    auto first = openMigrated(folder / "a.db");
    Options impatient;
    impatient.busyTimeout = std::chrono::milliseconds(10);
    auto second = Database::open(folder / "a.db", impatient);
    REQUIRE(second);
    auto held = Transaction::begin(first);
    REQUIRE(held);
    auto const refused = Transaction::begin(*second);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::Unavailable);
    REQUIRE(held->commit());
    CHECK(Transaction::begin(*second));
}

TEST_CASE("the schema moves up step by step and never down", "[sqlite]")
{
    test::TemporaryFolder folder;
    {
        auto database = Database::open(folder / "a.db");
        REQUIRE(database);
        REQUIRE(migrate(*database, oneTable));
        REQUIRE(migrate(*database, oneTable));
        CHECK(count(*database, "schema_version") == 1);
        REQUIRE(migrate(*database, twoTables));
        REQUIRE(migrate(*database, twoTables));
        CHECK(count(*database, "schema_version") == 2);
        CHECK(count(*database, "patient") == 1); // step 2 ran once
    }
    auto database = Database::open(folder / "a.db");
    REQUIRE(database);
    auto const older = migrate(*database, oneTable);
    REQUIRE_FALSE(older);
    CHECK(older.error().code == ErrorCode::Refused);
    CHECK(older.error().message.find("schema 2") != std::string::npos);
}

TEST_CASE("a failing schema step leaves the schema before it", "[sqlite]")
{
    auto database = Database::openInMemory();
    REQUIRE(database);
    REQUIRE(migrate(*database, oneTable));
    std::array const broken{oneTable[0], Migration{2, "sound", "CREATE TABLE whole (a);"},
                            Migration{3, "broken", "CREATE TABLE half (a); CREATE TABLE patient (a);"}};
    auto const failed = migrate(*database, broken);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message.find("step 3 broken") != std::string::npos);
    CHECK(count(*database, "schema_version") == 1);
    CHECK(count(*database, "sqlite_master WHERE name IN ('whole', 'half')") == 0);
    std::array const gap{oneTable[0], Migration{3, "gap", ""}};
    CHECK_FALSE(migrate(*database, gap));
}

TEST_CASE("a checkpoint empties the log", "[sqlite]")
{
    test::TemporaryFolder folder;
    auto database = openMigrated(folder / "a.db");
    CHECK(std::filesystem::file_size(folder / "a.db-wal") > 0);
    REQUIRE(database.checkpoint(Checkpoint::Passive));
    REQUIRE(database.checkpoint(Checkpoint::Truncate));
    CHECK(std::filesystem::file_size(folder / "a.db-wal") == 0);

    // A reader that still looks at an old state keeps the log from being emptied.
    Options impatient;
    impatient.busyTimeout = std::chrono::milliseconds(10);
    auto writer = Database::open(folder / "a.db", impatient);
    REQUIRE(writer);
    REQUIRE(database.execute("BEGIN"));
    CHECK(count(database, "patient") == 1);
    REQUIRE(writer->execute("INSERT INTO patient (name) VALUES ('later')"));
    auto const kept = writer->checkpoint(Checkpoint::Truncate);
    REQUIRE_FALSE(kept);
    CHECK(kept.error().code == ErrorCode::Unavailable);
}
