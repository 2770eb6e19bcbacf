#include "tests/workflow/workflow_fixture.h"

using namespace qianli;
using namespace qianli::test;
using model::TaskState;
using namespace std::chrono_literals;

SCENARIO("a study is on the reading list from its first image, and ready when the console falls silent", "[workflow]")
{
    WorkflowFixture fixture;
    GIVEN("a study whose first image has arrived")
    {
        fixture.arrive({});
        fixture.follow();
        CHECK(fixture.task().state == TaskState::Receiving);
        CHECK(fixture.task().patientName == "张^三");
        CHECK(fixture.task().siteName == "普子乡卫生院");
        CHECK(fixture.task().instances == 1);

        WHEN("nothing comes for the quiet time")
        {
            fixture.clock.advance(59s);
            fixture.follow();
            CHECK(fixture.task().state == TaskState::Receiving);
            fixture.clock.advance(1s);
            fixture.follow();
            THEN("it is ready")
            {
                CHECK(fixture.task().state == TaskState::Ready);
            }
            AND_WHEN("an image comes late, before anybody claimed it")
            {
                fixture.arrive({});
                fixture.follow();
                THEN("it is being received again, and ready after another silence")
                {
                    CHECK(fixture.task().state == TaskState::Receiving);
                    CHECK(fixture.task().instances == 2);
                    fixture.clock.advance(60s);
                    fixture.follow();
                    CHECK(fixture.task().state == TaskState::Ready);
                }
            }
            AND_WHEN("an image comes again with other content")
            {
                fixture.arrive({.instance = "1.2.3.9.1", .version = 2});
                fixture.follow();
                THEN("that is flagged, and the task stays ready")
                {
                    CHECK(fixture.task().state == TaskState::Ready);
                    CHECK(fixture.task().versionConflict);
                }
            }
            AND_WHEN("an image comes late, after a claim")
            {
                need(fixture.workflow->tasks().claim(fixture.task().id, fixture.user("wangmin")));
                fixture.arrive({});
                fixture.follow();
                THEN("the reader keeps the task and sees the new number")
                {
                    CHECK(fixture.task().state == TaskState::Claimed);
                    CHECK(fixture.task().instances == 2);
                }
            }
        }
        WHEN("images keep coming within the quiet time")
        {
            for (int i = 0; i < 3; ++i) {
                fixture.clock.advance(40s);
                fixture.arrive({});
                fixture.follow();
            }
            THEN("it is still being received")
            {
                CHECK(fixture.task().state == TaskState::Receiving);
            }
        }
    }
}

SCENARIO("objects of our own making neither create nor reopen a task", "[workflow]")
{
    WorkflowFixture fixture;
    GIVEN("a study that is ready")
    {
        fixture.arrive({});
        fixture.follow();
        fixture.clock.advance(60s);
        fixture.follow();
        auto const before = fixture.task();
        auto const change = need(fixture.workflow->tasks().newestChange());
        WHEN("a station sends a report of it")
        {
            fixture.clock.advance(10s);
            fixture.arrive({.origin = gateway::Origin::Station});
            fixture.follow();
            THEN("nothing about the task changes, and nobody is told")
            {
                CHECK(fixture.task().state == TaskState::Ready);
                CHECK(fixture.task().instances == before.instances);
                CHECK(fixture.task().lastReceivedAt == before.lastReceivedAt);
                CHECK(need(fixture.workflow->tasks().newestChange()) == change);
            }
        }
    }
    WHEN("a study holds nothing but what a station made")
    {
        fixture.arrive({.study = "1.2.77", .origin = gateway::Origin::Station});
        fixture.follow();
        THEN("there is no task")
        {
            CHECK_FALSE(need(fixture.workflow->tasks().ofStudy({"puzi"}, "1.2.77")));
        }
    }
}

SCENARIO("the same Study Instance UID from two sites gives two tasks, both flagged", "[workflow]")
{
    WorkflowFixture fixture;
    fixture.arrive({});
    fixture.follow();
    CHECK_FALSE(fixture.task().studyConflict);
    fixture.arrive({.instance = "1.2.3.5", .site = "longtan"});
    fixture.arrive({});
    fixture.follow();
    CHECK(fixture.task().studyConflict);
    auto const other = need(fixture.workflow->tasks().ofStudy({"longtan"}, "1.2.3"));
    REQUIRE(other);
    CHECK(other->studyConflict);
}

SCENARIO("a gateway that was killed between arrival and reading list misses nothing", "[workflow]")
{
    WorkflowFixture fixture;
    GIVEN("studies in the index of which the workflow was never told")
    {
        fixture.arrive({.study = "1.2.10"});
        fixture.follow();
        fixture.arrive({.study = "1.2.11"});
        fixture.arrive({.study = "1.2.10"});
        WHEN("the workflow is opened again and follows")
        {
            fixture.workflow = fixture.open();
            fixture.follow();
            THEN("each study has one task with all its images")
            {
                CHECK(need(fixture.workflow->tasks().list({})).size() == 2);
                CHECK(fixture.task("1.2.10").instances == 2);
                CHECK(fixture.task("1.2.11").instances == 1);
            }
            AND_WHEN("it follows once more")
            {
                auto const change = need(fixture.workflow->tasks().newestChange());
                CHECK(need(fixture.workflow->tasks().caughtUpTo()) == fixture.sequence);
                fixture.follow();
                THEN("nothing is done twice")
                {
                    CHECK(need(fixture.workflow->tasks().newestChange()) == change);
                    CHECK(fixture.states(fixture.task("1.2.10").id) == std::vector<std::string>{"receiving"});
                }
            }
        }
    }
}

SCENARIO("an urgent study is first in the list, and an operator may say otherwise", "[workflow]")
{
    WorkflowFixture fixture;
    fixture.arrive({.study = "1.1", .stat = true});
    fixture.clock.advance(1s);
    fixture.arrive({.study = "1.2"});
    fixture.follow();
    auto const first = [&] { return need(fixture.workflow->tasks().list({})).front().studyUid; };
    CHECK(first() == "1.1");
    CHECK(fixture.task("1.1").stat);
    CHECK_FALSE(fixture.task("1.2").stat);

    auto const before = need(fixture.workflow->tasks().newestChange());
    CHECK_FALSE(need(fixture.workflow->tasks().setUrgency(fixture.task("1.1").id, false)).stat);
    CHECK(first() == "1.2");
    CHECK(need(fixture.workflow->tasks().changedSince(before)).tasks.size() == 1);
    CHECK(need(fixture.workflow->tasks().history(fixture.task("1.1").id)).back().reason == "set to routine");
    // What else comes of the study does not undo what the operator said; urgent images do.
    fixture.arrive({.study = "1.1"});
    fixture.arrive({.study = "1.1", .instance = "1.2.3.9.1", .version = 2});
    fixture.follow();
    CHECK_FALSE(fixture.task("1.1").stat);
    fixture.arrive({.study = "1.1", .stat = true});
    fixture.follow();
    CHECK(fixture.task("1.1").stat);
    CHECK(errorOf(fixture.workflow->tasks().setUrgency(4711, true)) == ErrorCode::NotFound);
}
