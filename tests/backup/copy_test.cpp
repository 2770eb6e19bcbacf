// A database is copied while another process writes to it without pause.
#include "tests/backup/backup_fixture.h"

#include "common/sqlite/copy.h"

#include <csignal>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace qianli;
using namespace qianli::test;

namespace {

// Both counters grow in one transaction, and each takes a page or more.
constexpr auto schema = "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);"
                        "CREATE TABLE rows (number INTEGER PRIMARY KEY, filling BLOB NOT NULL);"
                        "INSERT INTO counters VALUES ('rows', 0), ('again', 0);";
constexpr auto one = "BEGIN IMMEDIATE;"
                     "UPDATE counters SET value = value + 1;"
                     "INSERT INTO rows VALUES ((SELECT value FROM counters WHERE name = 'rows'), randomblob(3000));"
                     "COMMIT;";

std::int64_t number(sqlite::Database& database, std::string const& sql)
{
    auto select = need(database.prepare(sql));
    REQUIRE(need(select.step()));
    return select.integer(0);
}

} // namespace

TEST_CASE("a database that another process writes to all the time is copied as it was at one moment", "[backup]")
{
    TemporaryFolder folder;
    auto const file = folder / "a.db";
    {
        auto database = need(sqlite::Database::open(file));
        need(database.execute(schema));
        for (int i = 0; i < 1000; ++i)
            need(database.execute(one));
    }
    auto const writer = ::fork();
    REQUIRE(writer >= 0);
    if (writer == 0) {
        if (auto database = sqlite::Database::open(file, {.synchronous = sqlite::Synchronous::Off}))
            while (database->execute(one)) {
            }
        std::_Exit(1);
    }
    auto reader = need(sqlite::Database::open(file, {sqlite::Access::ReadOnly}));
    while (number(reader, "SELECT value FROM counters WHERE name = 'rows'") <= 1000)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::uint64_t steps = 0;
    need(sqlite::copyDatabase(file, folder / "copy.db", [&](std::uint64_t, std::uint64_t) {
        ++steps;
        // At least one of its transactions comes between two steps.
        auto const now = number(reader, "SELECT value FROM counters WHERE name = 'rows'");
        while (number(reader, "SELECT value FROM counters WHERE name = 'rows'") == now)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }));
    CHECK(steps > 3);
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);

    for (auto const* suffix : {"-wal", "-shm", "-journal"})
        CHECK_FALSE(std::filesystem::exists((folder / "copy.db").string() + suffix));
    need(sqlite::checkDatabase(folder / "copy.db"));
    auto copy = need(sqlite::Database::open(folder / "copy.db", {sqlite::Access::ReadOnly}));
    auto const rows = number(copy, "SELECT value FROM counters WHERE name = 'rows'");
    CHECK(rows > 1000);
    CHECK(number(copy, "SELECT value FROM counters WHERE name = 'again'") == rows);
    CHECK(number(copy, "SELECT count(*) FROM rows") == rows);
    CHECK(number(copy, "SELECT max(number) FROM rows") == rows);
}
