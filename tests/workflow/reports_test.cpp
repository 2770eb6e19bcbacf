#include "gateway/workflow/priors.h"
#include "tests/workflow/workflow_fixture.h"

using namespace qianli;
using namespace qianli::test;
using gateway::DeliveryState;
using model::TaskState;
using namespace std::chrono_literals;

SCENARIO("an issued report is written down and put in the outbox as one act", "[workflow]")
{
    WorkflowFixture fixture;
    auto const id = fixture.claimedTask().id;
    auto& outbox = fixture.workflow->outbox();

    auto const issued = need(fixture.issue(id));
    CHECK(issued.state == TaskState::Issued);
    CHECK(issued.reportSrUid == "2.25.1");
    CHECK(fixture.states(id) ==
          std::vector<std::string>{"receiving", "claimed", "drafting", "submitted", "final", "issued"});
    auto const reports = need(fixture.workflow->reports().list());
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].text.impression == "诊断");
    CHECK(reports[0].authorName == "王敏");
    auto const deliveries = need(outbox.list());
    REQUIRE(deliveries.size() == 1);
    CHECK(deliveries[0].destination == "PUZI_PACS");
    CHECK(deliveries[0].state == DeliveryState::Waiting);

    SECTION("repeating it changes nothing")
    {
        need(fixture.issue(id));
        CHECK(need(outbox.list()).size() == 1);
        CHECK(errorOf(fixture.issue(id, "2.25.3", "2.25.4")) == ErrorCode::Conflict);
        CHECK(fixture.states(id).size() == 6);
    }
    SECTION("late images don't reopen it")
    {
        fixture.arrive({});
        fixture.follow();
        CHECK(fixture.task().state == TaskState::Issued);
        CHECK(fixture.task().instances == 2);
    }
    SECTION("it is delivered with its last destination")
    {
        need(outbox.noteDelivered(deliveries[0].id, "SR accepted, PDF accepted"));
        CHECK(fixture.task().state == TaskState::Delivered);
        CHECK(fixture.task().deliveredAt == fixture.clock.now());
        CHECK(errorOf(outbox.retry({deliveries[0].id})) == ErrorCode::Conflict);
    }
    SECTION("a failure is tried again when its time has come")
    {
        need(outbox.noteFailed(deliveries[0].id, "nobody answers", fixture.clock.now() + 10s));
        CHECK_FALSE(need(outbox.nextDue("PUZI_PACS")));
        CHECK(fixture.task().deliveryNote == "PUZI_PACS: waits: nobody answers");
        fixture.clock.advance(10s);
        auto const due = need(outbox.nextDue("PUZI_PACS"));
        REQUIRE(due);
        CHECK(due->attempts == 1);
    }
    SECTION("the operator puts one that was given up back in line")
    {
        need(outbox.noteGivenUp(deliveries[0].id, "SR refused"));
        CHECK(fixture.task().state == TaskState::Issued);
        CHECK(fixture.task().deliveryNote == "PUZI_PACS: given up: SR refused");
        CHECK(need(outbox.waitingDestinations()).empty());
        fixture.clock.advance(24h * 30);
        CHECK(need(outbox.retryAllGivenUp()) == 1);
        auto const again = need(outbox.nextDue("PUZI_PACS"));
        REQUIRE(again);
        CHECK(again->patienceFrom == fixture.clock.now());
        CHECK(errorOf(outbox.retry({4711})) == ErrorCode::NotFound);
    }
}

SCENARIO("with two destinations a report is delivered when both have it", "[workflow]")
{
    WorkflowFixture fixture;
    auto site = puzi;
    site.deliver = {"PUZI_PACS", "COUNTY_PACS"};
    fixture.workflow->setSites({site});
    need(fixture.issue(fixture.claimedTask().id));
    auto& outbox = fixture.workflow->outbox();
    auto const deliveries = need(outbox.list());
    REQUIRE(deliveries.size() == 2);
    need(outbox.noteDelivered(deliveries[0].id, "SR accepted"));
    CHECK(fixture.task().state == TaskState::Issued);
    need(outbox.noteDelivered(deliveries[1].id, "SR accepted"));
    CHECK(fixture.task().state == TaskState::Delivered);
}

SCENARIO("a site without destinations keeps its report issued", "[workflow]")
{
    WorkflowFixture fixture;
    auto site = puzi;
    site.deliver.clear();
    fixture.workflow->setSites({site});
    need(fixture.issue(fixture.claimedTask().id));
    CHECK(need(fixture.workflow->outbox().list()).empty());
    CHECK(fixture.task().state == TaskState::Issued);
}

SCENARIO("a report that can't be written down whole is not written down at all", "[workflow]")
{
    WorkflowFixture fixture;
    auto const first = fixture.claimedTask("1.2.3").id;
    auto const second = fixture.claimedTask("1.2.4").id;
    need(fixture.issue(first));
    // The same objects can't be the report of another study.
    CHECK(errorOf(fixture.issue(second)) == ErrorCode::Conflict);
    CHECK(fixture.task("1.2.4").state == TaskState::Claimed);
    CHECK(fixture.states(second) == std::vector<std::string>{"receiving", "claimed"});
    CHECK(need(fixture.workflow->outbox().list()).size() == 1);
}

SCENARIO("earlier studies of the patient are at hand, with their reports", "[workflow]")
{
    WorkflowFixture fixture;
    need(fixture.issue(fixture.claimedTask("1.2.3").id));
    fixture.arrive({.study = "1.2.4", .studyDate = "20261001"});
    fixture.arrive({.study = "1.2.5"});
    fixture.arrive({.study = "1.2.6", .patientId = "P2"});
    fixture.arrive({.study = "1.2.7", .site = "longtan"});
    fixture.arrive({.study = "1.2.8", .patientId = ""});
    fixture.follow();

    auto const priors = need(gateway::priorsOf(*fixture.workflow, *fixture.index, fixture.task("1.2.5")));
    REQUIRE(priors.size() == 2);
    CHECK(priors[0].studyUid == "1.2.3");
    REQUIRE(priors[0].report);
    CHECK(priors[0].report->text.findings == "所见");
    CHECK(priors[1].studyUid == "1.2.4");
    CHECK_FALSE(priors[1].report);
    CHECK(need(gateway::priorsOf(*fixture.workflow, *fixture.index, fixture.task("1.2.8"))).empty());
}
