#include "tests/workflow/workflow_fixture.h"

#include <sys/wait.h>
#include <unistd.h>

using namespace qianli;
using namespace qianli::test;
using model::TaskState;
using namespace std::chrono_literals;

namespace {

// In a process of its own: 0 the claim was ours, 1 somebody else's, 2 anything else.
[[noreturn]] void claimAndLeave(WorkflowFixture& fixture, int start, model::TaskId id, std::string const& name)
{
    auto const workflow = fixture.open();
    auto const user = workflow->users().find(name);
    char byte = 0;
    if (read(start, &byte, 1) < 0 || !user) // ends for all at once, when the parent closes its end
        _exit(2);
    auto const claimed = workflow->tasks().claim(id, *user);
    _exit(claimed ? 0 : claimed.error().code == ErrorCode::Conflict ? 1 : 2);
}

void putInto(WorkflowFixture& fixture, model::TaskId id, std::string const& state)
{
    need(fixture.workflow->database().write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto update, database.prepare("UPDATE tasks SET state = ? WHERE id = ?"));
        return update.run({state, id});
    }));
}

} // namespace

SCENARIO("of many people in many processes who claim a task at the same moment exactly one gets it", "[workflow]")
{
    WorkflowFixture fixture;
    constexpr int people = 6;
    for (int i = 0; i < people; ++i)
        fixture.addUser("reader" + std::to_string(i), "阅片" + std::to_string(i), model::Role::Radiologist);
    fixture.arrive({});
    fixture.follow();
    auto const id = fixture.task().id;

    int gate[2];
    REQUIRE(pipe(gate) == 0);
    std::vector<pid_t> children;
    for (int i = 0; i < people; ++i) {
        pid_t const child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            close(gate[1]);
            claimAndLeave(fixture, gate[0], id, "reader" + std::to_string(i));
        }
        children.push_back(child);
    }
    close(gate[0]);
    close(gate[1]);
    int won = 0;
    int lost = 0;
    for (pid_t const child : children) {
        int status = 0;
        waitpid(child, &status, 0);
        REQUIRE(WIFEXITED(status));
        won += WEXITSTATUS(status) == 0;
        lost += WEXITSTATUS(status) == 1;
    }
    CHECK(won == 1);
    CHECK(lost == people - 1);
    CHECK(fixture.states(id) == std::vector<std::string>{"receiving", "claimed"});
}

TEST_CASE("which states may be claimed, given back, drafted and issued", "[workflow]")
{
    struct Row {
        std::string state;
        bool byNobody; // claimed_by is empty in this state
        std::optional<ErrorCode> claim, release, draft, issue;
    };
    auto const refused = ErrorCode::Refused;
    auto const conflict = ErrorCode::Conflict;
    std::vector<Row> const table = {
        {"receiving", true, {}, refused, refused, {}},
        {"incomplete", true, {}, refused, refused, {}},
        {"ready", true, {}, refused, refused, {}},
        {"claimed", false, {}, {}, {}, {}},
        {"drafting", false, {}, {}, {}, {}},
        {"issued", false, refused, refused, refused, conflict},
        {"delivered", false, refused, refused, refused, conflict},
        {"withdrawn", false, refused, refused, refused, conflict},
        {"rejected", true, refused, refused, refused, conflict},
    };
    for (auto const& row : table) {
        INFO(row.state);
        auto const outcome = [&](auto const& action) -> std::optional<ErrorCode> {
            WorkflowFixture fixture;
            auto const id = fixture.claimedTask().id;
            if (row.byNobody)
                need(fixture.workflow->tasks().release(id, fixture.user("wangmin")));
            putInto(fixture, id, row.state);
            return action(fixture, id);
        };
        auto const codeOf = [](auto const& result) -> std::optional<ErrorCode> {
            return result ? std::nullopt : std::optional(result.error().code);
        };
        CHECK(outcome([&](auto& fixture, auto id) {
                  return codeOf(fixture.workflow->tasks().claim(id, fixture.user("wangmin")));
              }) == row.claim);
        CHECK(outcome([&](auto& fixture, auto id) {
                  return codeOf(fixture.workflow->tasks().release(id, fixture.user("wangmin")));
              }) == row.release);
        CHECK(outcome([&](auto& fixture, auto id) {
                  return codeOf(fixture.workflow->tasks().saveDraft(id, fixture.user("wangmin"), {"a", "b", "c"}, 0));
              }) == row.draft);
        CHECK(outcome([&](auto& fixture, auto id) { return codeOf(fixture.issue(id)); }) == row.issue);
    }
}

SCENARIO("a claim that nobody works on is given back, and the draft stays", "[workflow]")
{
    WorkflowFixture fixture;
    auto& tasks = fixture.workflow->tasks();
    GIVEN("a task whose holder wrote a draft and went to lunch")
    {
        auto const id = fixture.claimedTask().id;
        fixture.clock.advance(30min);
        need(tasks.saveDraft(id, fixture.user("wangmin"), {"双肺纹理清晰", "", ""}, 0));
        fixture.clock.advance(59min);
        fixture.follow();
        CHECK(fixture.task().state == TaskState::Drafting);
        WHEN("the idle time has passed")
        {
            fixture.clock.advance(1min);
            fixture.follow();
            THEN("another person can go on from the draft")
            {
                CHECK(fixture.task().state == TaskState::Ready);
                CHECK(fixture.task().claimedBy.empty());
                need(tasks.claim(id, fixture.user("lihua")));
                auto const draft = need(tasks.draft(id));
                CHECK(draft.text.findings == "双肺纹理清晰");
                CHECK(draft.savedBy == "wangmin");
                need(tasks.saveDraft(id, fixture.user("lihua"), {"双肺纹理清晰", "未见异常", ""}, draft.revision));
            }
        }
        WHEN("the holder's workstation claims it again from time to time")
        {
            need(tasks.claim(id, fixture.user("wangmin")));
            fixture.clock.advance(59min);
            fixture.follow();
            THEN("it stays with the holder")
            {
                CHECK(fixture.task().claimedBy == "wangmin");
            }
        }
    }
}

SCENARIO("the operator takes a task from somebody who went home", "[workflow]")
{
    WorkflowFixture fixture;
    auto const id = fixture.claimedTask().id;
    auto& tasks = fixture.workflow->tasks();
    CHECK(errorOf(tasks.releaseByOperator(id, "  ")) == ErrorCode::InvalidInput);
    CHECK(errorOf(tasks.release(id, fixture.user("lihua"))) == ErrorCode::Refused);
    need(tasks.releaseByOperator(id, "went home"));
    CHECK(fixture.task().claimedBy.empty());
    auto const history = need(tasks.history(id));
    CHECK(history.back().person == "operator");
    CHECK(history.back().reason == "taken from wangmin: went home");
    CHECK(errorOf(tasks.releaseByOperator(id, "again")) == ErrorCode::Refused);
    CHECK(errorOf(tasks.claim(999, fixture.user("lihua"))) == ErrorCode::NotFound);
}

TEST_CASE("a draft is never overwritten by somebody who had not seen it", "[workflow]")
{
    WorkflowFixture fixture;
    auto& tasks = fixture.workflow->tasks();
    auto const id = fixture.claimedTask().id;
    auto const writer = fixture.user("wangmin");
    CHECK(need(tasks.draft(id)).revision == 0);
    CHECK(need(tasks.saveDraft(id, writer, {"one", "", ""}, 0)).revision == 1);
    CHECK(fixture.task().state == TaskState::Drafting);
    // The answer was lost; the same again is fine.
    CHECK(need(tasks.saveDraft(id, writer, {"one", "", ""}, 0)).revision == 1);
    CHECK(errorOf(tasks.saveDraft(id, writer, {"two", "", ""}, 0)) == ErrorCode::Conflict);
    CHECK(errorOf(tasks.saveDraft(id, writer, {"two", "", ""}, 5)) == ErrorCode::Conflict);
    CHECK(errorOf(tasks.saveDraft(id, fixture.user("lihua"), {"two", "", ""}, 1)) == ErrorCode::Refused);
    CHECK(errorOf(tasks.saveDraft(id, writer, {std::string(70'000, 'x'), "", ""}, 1)) == ErrorCode::LimitExceeded);
    CHECK(errorOf(tasks.saveDraft(id, writer, {"\xff", "", ""}, 1)) == ErrorCode::InvalidInput);
    CHECK(need(tasks.draft(id)).text.findings == "one");
    fixture.workflow = fixture.open();
    CHECK(need(fixture.workflow->tasks().draft(id)).text.findings == "one");
}

SCENARIO("a signed report is not turned away because its claim expired on the way", "[workflow]")
{
    WorkflowFixture fixture;
    auto const id = fixture.claimedTask().id;
    fixture.clock.advance(61min);
    fixture.follow();
    REQUIRE(fixture.task().claimedBy.empty());
    SECTION("nobody else took the task")
    {
        CHECK(need(fixture.issue(id)).claimedBy == "wangmin");
        // Every step is one that the table of states allows.
        auto const history = need(fixture.workflow->tasks().history(id));
        for (std::size_t i = 1; i < history.size(); ++i) {
            INFO(model::code(history[i - 1].state) << " to " << model::code(history[i].state));
            CHECK(model::mayBecome(history[i - 1].state, history[i].state));
        }
        CHECK(history.back().state == TaskState::Issued);
    }
    SECTION("somebody else did")
    {
        need(fixture.workflow->tasks().claim(id, fixture.user("lihua")));
        CHECK(errorOf(fixture.issue(id)) == ErrorCode::Conflict);
    }
}

TEST_CASE("no way leads past the table of states", "[workflow]")
{
    WorkflowFixture fixture;
    auto const id = fixture.claimedTask().id;
    auto const enter = [&](TaskState state) {
        return fixture.workflow->database().write([&](sqlite::Database& database) {
            return gateway::enterState(database, id, state, fixture.clock.now(), "wangmin", "");
        });
    };
    for (auto const state : {TaskState::Submitted, TaskState::Final, TaskState::Issued, TaskState::Delivered}) {
        INFO(model::code(state));
        CHECK(errorOf(enter(state)) == ErrorCode::Internal);
        CHECK(fixture.task().state == TaskState::Claimed);
    }
    need(enter(TaskState::Drafting));
    need(enter(TaskState::Submitted));
    CHECK(errorOf(enter(TaskState::Issued)) == ErrorCode::Internal);
}

SCENARIO("nobody loses a claim because the gateway was down", "[workflow]")
{
    WorkflowFixture fixture;
    fixture.claimedTask();
    fixture.clock.advance(48h);
    fixture.workflow = fixture.open();
    need(fixture.workflow->tasks().forgiveDownTime());
    fixture.follow();
    CHECK(fixture.task().claimedBy == "wangmin");
    fixture.clock.advance(15min);
    fixture.follow();
    CHECK(fixture.task().claimedBy.empty());
}
