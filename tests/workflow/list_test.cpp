// The reading list: its order whatever is asked for, and what a look at it costs.
#include "gateway/workflow/task_search.h"
#include "tests/workflow/workflow_fixture.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <random>
#include <set>
#include <sqlite3.h>

using namespace qianli;
using namespace qianli::test;
using namespace qianli::gateway;
using model::TaskState;

namespace {

struct Row {
    model::TaskId id = 0;
    TaskState state{};
    std::string site;
    bool stat = false, issued = false;
    std::int64_t received = 0;
};

constexpr std::array states{TaskState::Receiving, TaskState::Ready,  TaskState::Incomplete,
                            TaskState::Claimed,   TaskState::Issued, TaskState::Delivered};

// More tasks, without the work of making them: all kinds and all times mixed.
std::vector<Row> addTasks(WorkflowFixture& fixture, int count, std::mt19937& random, std::string const& site = {})
{
    std::vector<Row> rows;
    need(fixture.workflow->database().write([&](sqlite::Database& database) -> Result<void> {
        for (int i = 0; i < count; ++i) {
            Row row;
            row.state = states[random() % states.size()];
            row.site = site.empty() ? fmt::format("site{}", random() % 3) : site;
            row.stat = random() % 10 == 0;
            row.issued = row.state == TaskState::Issued || row.state == TaskState::Delivered;
            row.received = toStored(fixture.clock.now()) - static_cast<std::int64_t>(random() % 500); // some at once
            QIANLI_ASSIGN(
                auto insert,
                database.prepare("INSERT INTO tasks (site, study_uid, state, patient_name, patient_id, sex, "
                                 "birth_date, age, modalities, body_part, description, accession_number, "
                                 "study_date, study_time, received_at, last_received_at, series, instances, "
                                 "study_conflict, version_conflict, change, judged, stat, issued_at) VALUES "
                                 "(?1, '1.2.' || (SELECT count(*) FROM tasks), ?2, '张^三', 'P1', 'M', '', '', "
                                 "'CT', '', '', '', '', '', ?3, ?3, 1, 1, 0, 0, 1, 1, ?4, ?5)"));
            QIANLI_TRY(insert.run({row.site, model::code(row.state), row.received, row.stat,
                                   row.issued ? std::optional(row.received) : std::nullopt}));
            row.id = database.lastInsertRowId();
            rows.push_back(std::move(row));
        }
        return {};
    }));
    return rows;
}

std::vector<model::TaskId> expected(std::vector<Row> rows, TaskFilter const& filter)
{
    std::erase_if(rows, [&](Row const& row) {
        return (!filter.states.empty() && std::ranges::find(filter.states, row.state) == filter.states.end()) ||
               (!filter.sites.empty() &&
                std::ranges::find(filter.sites, model::SiteId{row.site}) == filter.sites.end());
    });
    std::ranges::sort(rows, [](Row const& a, Row const& b) {
        return std::tuple(a.stat && !a.issued, a.received, a.id) > std::tuple(b.stat && !b.issued, b.received, b.id);
    });
    if (filter.limit != 0 && rows.size() > filter.limit)
        rows.resize(filter.limit);
    std::vector<model::TaskId> ids;
    std::ranges::transform(rows, std::back_inserter(ids), &Row::id);
    return ids;
}

// Steps of SQLite's machine.
std::int64_t stepsOf(WorkflowFixture& fixture, TaskFilter const& filter)
{
    std::int64_t steps = 0;
    auto const count = [&](bool on) {
        need(fixture.workflow->database().read([&](sqlite::Database& database) -> Result<void> {
            auto const note = [](void* sum) { return ++*static_cast<std::int64_t*>(sum), 0; };
            sqlite3_progress_handler(database.handle(), on ? 1 : 0, note, &steps);
            return {};
        }));
    };
    count(true);
    CHECK(need(fixture.workflow->tasks().list(filter)).size() == filter.limit);
    count(false);
    return steps;
}

} // namespace

TEST_CASE("urgent tasks come first, then the newest, whatever is asked for", "[workflow][list]")
{
    WorkflowFixture fixture;
    std::mt19937 random(7);
    auto const rows = addTasks(fixture, 300, random);
    std::vector<std::vector<TaskState>> const ofStates{{},
                                                       {TaskState::Ready},
                                                       {TaskState::Ready, TaskState::Receiving, TaskState::Ready},
                                                       {states.begin(), states.end()},
                                                       std::vector(600, TaskState::Issued)};
    std::vector<std::vector<model::SiteId>> const ofSites{{}, {{"site1"}}, {{"site0"}, {"site2"}}};
    for (auto const& asked : ofStates)
        for (auto const& sites : ofSites)
            for (std::size_t const limit : {std::size_t{0}, std::size_t{1}, std::size_t{20}, std::size_t{1000}}) {
                TaskFilter const filter{asked, sites, limit};
                INFO(asked.size() << " states, " << sites.size() << " sites, limit " << limit);
                std::vector<model::TaskId> ids;
                for (auto const& task : need(fixture.workflow->tasks().list(filter)))
                    ids.push_back(task.id);
                CHECK(ids == expected(rows, filter));
            }
}

TEST_CASE("the newest tasks cost the same however many there are", "[workflow][list]")
{
    WorkflowFixture fixture;
    std::mt19937 random(8);
    std::array const filters{TaskFilter{{}, {}, 20}, TaskFilter{{TaskState::Ready}, {}, 20},
                             TaskFilter{{TaskState::Ready, TaskState::Claimed}, {}, 20},
                             TaskFilter{{}, {{"small"}}, 20}, TaskFilter{{TaskState::Ready}, {{"small"}}, 20}};
    addTasks(fixture, 300, random, "small");
    addTasks(fixture, 700, random);
    std::vector<std::int64_t> few;
    for (auto const& filter : filters)
        few.push_back(stepsOf(fixture, filter));
    addTasks(fixture, 7000, random);
    for (std::size_t i = 0; i < filters.size(); ++i) {
        INFO("filter " << i);
        CHECK(stepsOf(fixture, filters[i]) < 2 * few[i]);
    }
}

TEST_CASE("a patient is found by name behind more open tasks than are looked at one by one", "[workflow][list]")
{
    WorkflowFixture fixture;
    fixture.arrive({.study = "1.9", .patientName = "欧阳^锋"});
    fixture.follow();
    fixture.clock.advance(std::chrono::hours(1));
    std::mt19937 random(9);
    addTasks(fixture, 5500 * static_cast<int>(states.size()) / 4, random); // four of the states are open
    TaskFilter const open{{TaskState::Receiving, TaskState::Ready, TaskState::Incomplete, TaskState::Claimed}, {}, 20};
    auto const found = need(searchTasks(*fixture.workflow, *fixture.index, open, "ouyang"));
    REQUIRE(found.size() == 1);
    CHECK(found.front().studyUid == "1.9");
    CHECK(need(searchTasks(*fixture.workflow, *fixture.index, open, "zhangsan")).size() == 20);
}
