// What a station of an earlier version has: its workflow.db, filled, goes through every later schema.
#include "tests/workflow/workflow_fixture.h"

#include <fmt/format.h>
#include <map>

using namespace qianli;
using namespace qianli::test;

namespace {

// Every row of every table, in the columns that there were then.
class Contents {
public:
    explicit Contents(sqlite::Database& database)
    {
        for (auto const& table :
             texts(database, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
                             "'sqlite_%' AND name NOT IN ('counters', 'schema_version')")) {
            auto& columns = columns_[table];
            for (auto const& column : texts(database, fmt::format("SELECT name FROM pragma_table_info('{}')", table)))
                columns += (columns.empty() ? "'" : " || ', ") + column + "=' || quote(" + column + ")";
        }
        rows = now(database);
    }
    std::map<std::string, std::vector<std::string>> now(sqlite::Database& database) const
    {
        std::map<std::string, std::vector<std::string>> found;
        for (auto const& [table, columns] : columns_)
            found[table] = texts(database, fmt::format("SELECT {} FROM {} ORDER BY rowid", columns, table));
        return found;
    }
    std::map<std::string, std::vector<std::string>> rows;

private:
    static std::vector<std::string> texts(sqlite::Database& database, std::string const& sql)
    {
        auto select = need(database.prepare(sql));
        std::vector<std::string> found;
        while (need(select.step()))
            found.push_back(select.text(0));
        return found;
    }
    std::map<std::string, std::string> columns_;
};

constexpr auto oldPeople = "INSERT INTO users VALUES ('wangmin', '王敏', 'radiologist', NULL, 'hash', 0, 11);"
                           "INSERT INTO users VALUES ('lihua', '李华', 'radiologist', NULL, 'hash2', 1, 12);"
                           "INSERT INTO users VALUES ('puzi', '普子', 'site', 'puzi', 'hash3', 0, 13);"
                           "INSERT INTO sessions VALUES ('token', 'wangmin', 14, 9999999999999);";

// No two columns of a row hold the same, so that none can be taken for another.
constexpr auto oldTasks =
    "INSERT INTO tasks VALUES (41, 'puzi', '1.1', 'drafting', '张^三', 'P1', 'M', '19600101', '066Y', 'CT', 'CHEST', "
    "'胸部', 'A41', '20261121', '0801', {0} - 900, {0} - 800, 3, 137, 1, 0, 'wangmin', {0} - 700, {0} - 600, '', '', "
    "NULL, NULL, '', 5, 0, 0);"
    "INSERT INTO tasks VALUES (42, 'puzi', '1.2', 'issued', '张^三', 'P1', 'F', '19700101', '056Y', 'DX', 'HAND', "
    "'手', 'A42', '20261120', '0901', {0} - 999, {0} - 888, 1, 2, 0, 1, 'lihua', {0} - 777, {0} - 666, '2.25.3', "
    "'2.25.4', {0} - 555, {0} - 444, 'by hand', 7, 0, 4);"
    "INSERT INTO tasks VALUES (43, 'puzi', '1.3', 'ready', '张^三', 'P1', 'M', '', '', 'CT', '', '', '', '', '', {0} - "
    "90000000, {0} - 80000000, 1, 3, 0, 0, NULL, NULL, NULL, '', '', NULL, NULL, '', 6, 1, 3);"
    "INSERT INTO tasks VALUES (45, 'puzi', '1.5', 'claimed', '张^三', 'P1', 'M', '', '', 'CT', '', '', '', '', '', {0} "
    "- 33, {0} - 22, 1, 1, 0, 0, 'lihua', {0} - 11, {0} - 1, '', '', NULL, NULL, '', 8, 0, 0);";

constexpr auto oldWork =
    "INSERT INTO task_history (task, at, state, person, reason) VALUES (41, 20, 'receiving', '', 'first images'), (41, "
    "21, 'ready', '', 'silence'), (41, 22, 'claimed', 'wangmin', ''), (41, 23, 'drafting', 'wangmin', ''), (42, 24, "
    "'issued', 'lihua', 'signed');"
    "INSERT INTO drafts VALUES (41, '所见', '诊断', '建议', 3, 25, 'wangmin'), (43, '放弃的', '', '', 1, 26, 'lihua');"
    "INSERT INTO reports VALUES (7, 42, 1, '2.25.1', '2.25.2', '旧所见', '旧诊断', '旧建议', 'lihua', '李华', 30, 31, "
    "1), (8, 42, 2, '2.25.3', '2.25.4', '新所见', '新诊断', '新建议', 'lihua', '李华', 32, 33, 0);"
    "INSERT INTO deliveries VALUES (1, 7, 'PUZI_PACS', 'delivered', 2, 40, 41, NULL, 43, 44, 'both', 'SR'), (2, 8, "
    "'PUZI_PACS', 'waiting', 1, 45, 46, 47, 48, NULL, 'refused', 'PDF');"
    "UPDATE counters SET value = 9 WHERE name = 'caught-up';"
    "UPDATE counters SET value = 8 WHERE name = 'change';";

struct UpgradeFixture : WorkflowFixture {
    // The workflow is one of schema 3 that was opened by this program; gives what was in it before.
    Contents upgrade()
    {
        workflow.reset();
        std::filesystem::remove_all(folder / "workflow.db-wal");
        std::filesystem::remove_all(folder / "workflow.db-shm");
        std::filesystem::remove(folder / "workflow.db");
        auto contents = [&] {
            auto database = need(sqlite::Database::open(folder / "workflow.db"));
            need(sqlite::migrate(database, gateway::workflowMigrations().first(3)));
            need(database.execute(oldPeople));
            need(database.execute(fmt::format(fmt::runtime(oldTasks), gateway::toStored(clock.now()))));
            need(database.execute(oldWork));
            return Contents(database);
        }();
        workflow = open();
        return contents;
    }
};

} // namespace

SCENARIO("a workflow database of an earlier version keeps everything", "[workflow]")
{
    UpgradeFixture fixture;
    auto const before = fixture.upgrade();
    auto const after = need(fixture.workflow->database().read(
        [&](sqlite::Database& database) -> Result<std::map<std::string, std::vector<std::string>>> {
            return before.now(database);
        }));
    CHECK(before.rows.size() == 7); // users, sessions, tasks, history, drafts, reports, deliveries
    for (auto const& [table, rows] : before.rows) {
        CAPTURE(table);
        CHECK_FALSE(rows.empty());
        CHECK(after.at(table) == rows);
    }

    auto& tasks = fixture.workflow->tasks();
    auto const drafting = need(tasks.show(41));
    CHECK(drafting.state == model::TaskState::Drafting);
    CHECK(drafting.claimedBy == "wangmin");
    CHECK(drafting.part == 0);
    CHECK(need(tasks.show(43)).stat);
    CHECK(need(tasks.history(41)).size() == 4);
    auto const report = need(fixture.workflow->reports().newestOfTask(42));
    REQUIRE(report);
    CHECK(report->version == 2);
    CHECK(report->text.findings == "新所见");
    CHECK(need(fixture.workflow->outbox().list()).size() == 2);
    CHECK(need(tasks.caughtUpTo()) == 0); // everything is looked at again

    // Who was at work goes on.
    CHECK(need(tasks.saveDraft(41, fixture.user("wangmin"), {"所见二", "诊断", ""}, 3)).revision == 4);
    CHECK(errorOf(tasks.claim(45, fixture.user("wangmin"))) == ErrorCode::Conflict);
    // Rows still watch over each other, and numbers are not given twice.
    CHECK_FALSE(fixture.workflow->database().write([](sqlite::Database& database) {
        return database.execute("INSERT INTO drafts VALUES (46, '', '', '', 1, 1, 'wangmin')");
    }));
    fixture.arrive({.study = "1.9"});
    fixture.follow();
    CHECK(fixture.task("1.9").id == 46);
}

SCENARIO("the first late image after an upgrade is told to whoever has the study", "[workflow]")
{
    UpgradeFixture fixture;
    fixture.arrive({.study = "1.2"});
    fixture.arrive({.study = "1.2"});
    fixture.upgrade();
    fixture.follow();
    CHECK(need(fixture.workflow->tasks().history(42)).back().reason == "signed");
    fixture.arrive({.study = "1.2"});
    fixture.clock.advance(std::chrono::hours(1));
    fixture.follow();
    CHECK(need(fixture.workflow->tasks().history(42)).back().reason == "1 more images");
    CHECK(need(fixture.workflow->tasks().show(42)).state == model::TaskState::Issued);
}

SCENARIO("what an earlier version copied of a study is put right, whatever it was", "[workflow]")
{
    UpgradeFixture fixture;
    // It took the two patients of this study for one, and knew nothing of clocks.
    fixture.arrive({.study = "1.3", .patientName = "张^三"});
    fixture.arrive({.study = "1.3", .patientName = "张^三"});
    fixture.arrive({.study = "1.3", .patientId = "P2", .patientName = "李^四"});
    need(need(sqlite::Database::open(fixture.folder / "index.db"))
             .execute("UPDATE study SET clock_skew = 300 WHERE uid = '1.3' AND part = 0"));
    fixture.upgrade();
    auto& tasks = fixture.workflow->tasks();
    REQUIRE(need(tasks.show(43)).instances == 3);
    auto const changes = need(tasks.newestChange());
    fixture.follow();
    CHECK(need(tasks.show(43)).instances == 2);
    CHECK(need(tasks.show(43)).state == model::TaskState::Ready);
    CHECK(need(tasks.show(43)).patientName == "张^三");
    CHECK(need(tasks.show(43)).clockSkewSeconds == 300);
    CHECK(need(tasks.newestChange()) > changes);
    CHECK(fixture.task("1.3").id == 43);
    CHECK(need(tasks.ofStudy({"puzi"}, "1.3", 1))->instances == 1);

    THEN("the next image is a new one")
    {
        fixture.arrive({.study = "1.3", .patientName = "张^三"});
        fixture.follow();
        CHECK(need(tasks.show(43)).state == model::TaskState::Receiving);
        CHECK(need(tasks.show(43)).instances == 3);
    }
    THEN("nothing is new once it was looked at")
    {
        auto const settled = need(tasks.newestChange());
        need(tasks.catchUpFromStart());
        fixture.follow();
        CHECK(need(tasks.newestChange()) == settled);
    }
}
