// An upgrade of workflow.db: the copy before it, what a failure or a kill leaves, and the way back as
// docs/operations.md tells it.
#include "tests/backup/backup_fixture.h"
#include "tests/backup/operations_page.h"
#include "tests/support/gateway_program.h"

#include "common/sqlite/copy.h"
#include "common/sqlite/upgrade.h"
#include "gateway/workflow/upgrade_copy.h"

using namespace qianli;
using namespace qianli::test;

namespace {

constexpr int oldVersion = 3;
constexpr auto people = "INSERT INTO users (name, display_name, role, site, password_hash, created_at) VALUES "
                        "('wangmin', '王敏', 'radiologist', NULL, 'hash', 0)";

// workflow.db as the version with three schema steps left it, with one person.
void makeOld(std::filesystem::path const& file)
{
    std::filesystem::create_directories(file.parent_path());
    auto database = need(sqlite::Database::open(file));
    need(sqlite::migrate(database, gateway::workflowMigrations().first(oldVersion)));
    need(database.execute(people));
}

std::int64_t number(std::filesystem::path const& file, std::string const& sql)
{
    auto database = need(sqlite::Database::open(file, {sqlite::Access::ReadOnly}));
    auto select = need(database.prepare(sql));
    REQUIRE(need(select.step()));
    return select.integer(0);
}

int versionOf(std::filesystem::path const& file)
{
    auto database = need(sqlite::Database::open(file, {sqlite::Access::ReadOnly}));
    return need(sqlite::schemaVersion(database));
}

struct OldWorkflow {
    OldWorkflow() { makeOld(file); }
    Result<std::unique_ptr<gateway::Workflow>> open()
    {
        gateway::WorkflowSettings settings;
        settings.file = file;
        return gateway::Workflow::open(settings, clock);
    }
    // As the version that it is of would open it.
    void mustOpenInOldVersion() const
    {
        auto database = need(sqlite::Database::open(file));
        need(sqlite::migrate(database, gateway::workflowMigrations().first(oldVersion)));
        CHECK(number(file, "SELECT count(*) FROM users") == 1);
    }

    TemporaryFolder folder;
    std::filesystem::path const file = folder / "workflow.db";
    ManualClock clock{*parseIso8601("2026-11-22T04:00:00Z")};
};

} // namespace

SCENARIO("before an upgrade changes the workflow database it is copied", "[backup][upgrade]")
{
    OldWorkflow old;
    for (int year = 2020; year < 2025; ++year)
        write(old.folder / "backups" / fmt::format("workflow-v1-{}-01-01T00-00-00Z.db", year), "older");
    need(old.open());
    CHECK(versionOf(old.file) == static_cast<int>(gateway::workflowMigrations().size()));
    auto const copies = gateway::upgradeCopies(old.file);
    REQUIRE(copies.size() == 3); // of the six, the newest
    CHECK(copies[0].version == oldVersion);
    CHECK(copies[1].time == "2024-01-01T00-00-00Z");
    CHECK(copies[2].time == "2023-01-01T00-00-00Z");
    CHECK(versionOf(copies[0].file) == oldVersion);
    CHECK(number(copies[0].file, "SELECT count(*) FROM users WHERE display_name = '王敏'") == 1);
    CHECK(static_cast<int>(std::filesystem::status(copies[0].file).permissions()) == 0600);

    need(old.open());
    CHECK(gateway::upgradeCopies(old.file).front().file == copies[0].file); // nothing to do, no copy
}

TEST_CASE("a new workflow database is made without a copy", "[backup][upgrade]")
{
    OldWorkflow old;
    for (auto const* suffix : {"", "-wal", "-shm"})
        std::filesystem::remove(old.file.string() + suffix);
    need(old.open());
    CHECK_FALSE(std::filesystem::exists(old.folder / "backups"));
}

TEST_CASE("an upgrade that can't be copied first changes nothing", "[backup][upgrade]")
{
    OldWorkflow old;
    write(old.folder / "backups", "in the way");
    auto const opened = old.open();
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message.find("is left as it is, because it can't be copied first") != std::string::npos);
    old.mustOpenInOldVersion();
}

TEST_CASE("a step that fails half-way takes the whole upgrade back", "[backup][upgrade]")
{
    OldWorkflow old;
    std::vector<sqlite::Migration> steps(gateway::workflowMigrations().begin(), gateway::workflowMigrations().end());
    steps.push_back({static_cast<int>(steps.size()) + 1, "broken",
                     "CREATE TABLE half (a); UPDATE users SET name = 'nobody'; CREATE TABLE users (a);"});
    {
        auto database = need(sqlite::Database::open(old.file));
        auto const failed = sqlite::upgrade(database, steps, [&](int version) -> Result<void> {
            QIANLI_TRY(gateway::copyBeforeUpgrade(old.file, version));
            return {};
        });
        REQUIRE_FALSE(failed);
        CHECK(failed.error().message.find("broken") != std::string::npos);
    }
    CHECK(versionOf(old.file) == oldVersion);
    CHECK(number(old.file, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'") == 0);
    old.mustOpenInOldVersion();
}

TEST_CASE("kill -9 between the copy and the upgrade, or within it, costs nothing", "[backup][upgrade]")
{
    OldWorkflow old;
    std::vector<sqlite::Migration> steps(gateway::workflowMigrations().begin(), gateway::workflowMigrations().end());
    bool const within = GENERATE(false, true);
    killedWhile([&] {
        auto database = sqlite::Database::open(old.file);
        if (within) // the last step never ends
            steps.push_back({static_cast<int>(steps.size()) + 1, "endless",
                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"});
        (void)sqlite::upgrade(*database, steps, [&](int version) -> Result<void> {
            QIANLI_TRY(gateway::copyBeforeUpgrade(old.file, version));
            if (!within)
                ::kill(::getpid(), SIGKILL);
            std::signal(SIGALRM, [](int) { ::kill(::getpid(), SIGKILL); });
            ::alarm(1);
            return {};
        });
    });
    CHECK(versionOf(old.file) == oldVersion);
    REQUIRE(gateway::upgradeCopies(old.file).size() == 1);
    CHECK(versionOf(gateway::upgradeCopies(old.file).front().file) == oldVersion);
    old.mustOpenInOldVersion();
    need(old.open());
    CHECK(versionOf(old.file) == static_cast<int>(gateway::workflowMigrations().size()));
}

TEST_CASE("a database of a newer version is refused with the way back", "[backup][upgrade]")
{
    OldWorkflow old;
    need(old.open());
    need(need(sqlite::Database::open(old.file))
             .execute("INSERT INTO schema_version (number, name, applied_at) VALUES (99, 'later', '')"));
    auto const refused = old.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::Refused);
    auto const& said = refused.error().message;
    CAPTURE(said);
    CHECK(said.find("has schema 99 of a newer version") != std::string::npos);
    CHECK(said.find(fmt::format("up to {}", gateway::workflowMigrations().size())) != std::string::npos);
    CHECK(said.find(gateway::upgradeCopies(old.file).front().file.string()) != std::string::npos);
    CHECK(said.find("Upgrade, and the way back") != std::string::npos);
    CHECK(versionOf(old.file) == 99);
}

SCENARIO("the way back is gone as the page says it", "[backup][upgrade]")
{
    GatewayProgram gateway;
    auto const data = gateway.folder() / "data";
    makeOld(data / "workflow.db");
    REQUIRE(gateway.start());
    CHECK(gateway.log().find("is a copy from before") != std::string::npos);
    REQUIRE(gateway.command({"user", "add", "later", "--role", "admin"}, "a-long-secret\n").exitCode == 0);
    CHECK(gateway.stop() == 0);
    auto const copies = gateway::upgradeCopies(data / "workflow.db");
    REQUIRE(copies.size() == 1);

    auto steps = codeBlockAfter(operationsPage(), "## Upgrade, and the way back", "sh");
    REQUIRE(steps.find("/var/lib/qianli") != std::string::npos);
    steps = replaced(steps, "/var/lib/qianli", data);
    steps = replaced(steps, "workflow-v8-2026-11-22T06-44-38Z.db", copies.front().file.filename());
    auto const atReindex = steps.find("qianli-gateway archive reindex");
    REQUIRE(atReindex != std::string::npos);

    auto const done = run({"sh", "-ec", steps.substr(0, atReindex)});
    INFO(done.output << done.errors);
    REQUIRE(done.exitCode == 0);
    CHECK(versionOf(data / "workflow.db") == oldVersion);
    CHECK(number(data / "workflow.db", "SELECT count(*) FROM users") == 1);
    CHECK(number(data / "newer" / "workflow.db", "SELECT count(*) FROM users") == 2);
    auto const reindexed = gateway.command({"archive", "reindex"});
    INFO(reindexed.errors);
    CHECK(reindexed.exitCode == 0);
    REQUIRE(gateway.start());
    CHECK(gateway.command({"user", "list"}).output.find("later") == std::string::npos);
    CHECK(gateway.stop() == 0);
}
