#include "tests/web/web_fixture.h"

using namespace qianli;
using namespace qianli::test;
using namespace std::chrono_literals;

SCENARIO("every reader sees at once what becomes of a task", "[web]")
{
    WebFixture fixture;
    fixture.addUser("clerk", "陈护士", model::Role::Site, "longtan");
    Line reader(fixture.server->port());
    reader.send(requestText("GET", "/api/v1/events", fixture.tokenOf("lihua"), ""));
    REQUIRE(reader.waitFor("event: hello\ndata: {\"serverTime\":\"2026-11-22T04:00:00.000Z\"}\n\n"));
    CHECK(reader.received().find("Content-Type: text/event-stream\r\n") != std::string::npos);
    Line clerk(fixture.server->port());
    clerk.send(requestText("GET", "/api/v1/events", fixture.tokenOf("clerk"), ""));
    REQUIRE(clerk.waitFor("event: hello"));

    WHEN("somebody is known at two sites")
    {
        for (std::string const site : {"puzi", "longtan"})
            fixture.arrive(
                {.study = "1.2." + site, .site = site, .patientId = "500101196001011236", .birthDate = "19600101"});
        fixture.runner->onCommitted({});
        THEN("readers are told where else, a township is not")
        {
            CHECK(reader.waitFor("\"linkedSites\":\"longtan\""));
            CHECK(reader.waitFor("\"linkedSites\":\"普子乡卫生院\""));
            auto const list = fixture.call("GET", "/api/v1/tasks", fixture.tokenOf("clerk")).json().at("tasks");
            REQUIRE(list.size() == 1);
            CHECK(list[0].at("linkedSites") == "");
            auto const path = fmt::format("/api/v1/tasks/{}", list[0].at("id").get<int>());
            CHECK(fixture.call("GET", path, fixture.tokenOf("clerk")).json().at("linkedSites") == "");
            CHECK(fixture.call("GET", path + "/priors", fixture.tokenOf("clerk")).status == 403);
            auto const priors = fixture.call("GET", path + "/priors", fixture.tokenOf("lihua")).json().at("priors");
            REQUIRE(priors.size() == 1);
            CHECK(priors[0].at("siteName") == "普子乡卫生院");
            CHECK(priors[0].at("sameSite") == false);
            CHECK(priors[0].at("patientId") == "500101196001011236");
            CHECK(priors[0].at("part") == 0);
            CHECK(clerk.waitFor("\"linkedSites\":\"\""));
            // The next event comes after all of these.
            fixture.arrive({.study = "1.2.10", .site = "longtan", .patientId = "P7"});
            fixture.runner->onCommitted({});
            CHECK(clerk.waitFor("\"studyUid\":\"1.2.10\""));
            CHECK(clerk.received().find("普子乡卫生院") == std::string::npos);
        }
    }
    WHEN("a study arrives")
    {
        fixture.arrive({});
        fixture.runner->onCommitted({});
        THEN("it is told")
        {
            CHECK(reader.waitFor("event: task\ndata: {"));
            CHECK(reader.waitFor("\"state\":\"receiving\""));
        }
        AND_WHEN("another process changes it")
        {
            REQUIRE(reader.waitFor("\"state\":\"receiving\""));
            auto const other = fixture.open();
            need(other->tasks().claim(fixture.task().id, fixture.user("wangmin")));
            THEN("that is told too")
            {
                CHECK(reader.waitFor("\"claimedBy\":\"wangmin\""));
            }
        }
        AND_WHEN("a study of the clerk's own site follows")
        {
            fixture.arrive({.study = "1.2.9", .site = "longtan"});
            fixture.runner->onCommitted({});
            THEN("the clerk is told of that one only")
            {
                CHECK(clerk.waitFor("\"studyUid\":\"1.2.9\""));
                CHECK(clerk.received().find("\"studyUid\":\"1.2.3\"") == std::string::npos);
            }
        }
    }
}

SCENARIO("an event stream lives as long as the sign-in", "[web]")
{
    gateway::WebLimits limits;
    limits.heartbeat = 50ms;
    WebFixture fixture(limits);
    auto const token = fixture.tokenOf("lihua");
    Line reader(fixture.server->port());
    reader.send(requestText("GET", "/api/v1/events", token, ""));
    REQUIRE(reader.waitFor(": still here\n\n"));
    need(fixture.workflow->sessions().end(token));
    CHECK(reader.waitForEnd());
}

SCENARIO("an event stream outlives the time that a request may take", "[web]")
{
    gateway::WebLimits limits;
    limits.heartbeat = 50ms;
    limits.request = 200ms;
    WebFixture fixture(limits);
    Line reader(fixture.server->port());
    reader.send(requestText("GET", "/api/v1/events", fixture.tokenOf("lihua"), ""));
    std::string heartbeats;
    for (int i = 0; i < 10; ++i) // half a second
        heartbeats += ": still here\n\n";
    CHECK(reader.waitFor(heartbeats));
    fixture.arrive({});
    fixture.runner->onCommitted({});
    CHECK(reader.waitFor("\"studyUid\":\"1.2.3\""));
}

SCENARIO("hundreds of idle viewers cost no thread", "[web]")
{
    gateway::WebLimits limits;
    limits.streamsOfPerson = limits.connectionsOfPerson = 1000;
    WebFixture fixture(limits);
    auto const token = fixture.tokenOf("lihua");
    auto const threads = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                             std::filesystem::directory_iterator());
    };
    auto const before = threads();
    std::vector<std::unique_ptr<Line>> viewers;
    for (int i = 0; i < 300; ++i) {
        viewers.push_back(std::make_unique<Line>(fixture.server->port()));
        viewers.back()->send(requestText("GET", "/api/v1/events", token, ""));
        REQUIRE(viewers.back()->waitFor("event: hello"));
    }
    CHECK(threads() == before);
    fixture.arrive({});
    fixture.runner->onCommitted({});
    for (auto const& viewer : viewers)
        CHECK(viewer->waitFor("\"studyUid\":\"1.2.3\""));
}
