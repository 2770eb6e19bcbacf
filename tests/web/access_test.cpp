// Who may ask for what: every route there is, tried by strangers and by people of another township.
#include "gateway/web/routes.h"
#include "tests/web/web_fixture.h"

#include <set>

using namespace qianli;
using namespace qianli::test;

namespace {

std::string address(gateway::RouteDescription const& route, model::TaskId task)
{
    std::string path = "/" + std::string(route.path);
    if (auto const id = path.find("ID"); id != std::string::npos)
        path.replace(id, 2, std::to_string(task));
    return path;
}

std::string nameOf(gateway::RouteDescription const& route)
{
    return std::string(route.method) + " " + std::string(route.path);
}

} // namespace

TEST_CASE("every route asks who is there, and shows a township nothing of another", "[web][R20][R26]")
{
    WebFixture fixture;
    fixture.addUser("clerk", "陈护士", model::Role::Site, "longtan");
    fixture.addUser("nowhere", "无站", model::Role::Site);
    fixture.arrive({});
    fixture.arrive({.study = "1.2.9", .site = "longtan", .patientId = "P2", .patientName = "李^四"});
    fixture.follow();
    auto const foreign = fixture.task("1.2.3");
    std::set<std::string> const open{"GET healthz", "GET metrics", "POST api/v1/session"};
    // What a township's person gets of these is tested where they are; a new one is added here with its test.
    std::set<std::string> const ofNobodysTask{"DELETE api/v1/session", "GET api/v1/tasks", "POST api/v1/certificate",
                                              "GET api/v1/trust", "GET api/v1/events"};
    nlohmann::json const body = {{"text", {{"findings", "x"}, {"impression", "x"}, {"recommendation", "x"}}},
                                 {"revision", 0},
                                 {"srUid", "1.2.3.9.1"},
                                 {"pdfUid", "1.2.3.9.1"},
                                 {"reason", "because"}};
    REQUIRE(gateway::routes().size() >= 14);
    for (auto const& route : gateway::routes()) {
        CAPTURE(nameOf(route));
        if (!route.needsSignIn) {
            CHECK(open.contains(nameOf(route)));
            continue;
        }
        auto const path = address(route, foreign.id);
        for (std::string const token :
             {"", "not-a-token", "0000000000000000000000000000000000000000000000000000000000"}) {
            auto const answer = fixture.call(route.method, path, token, body);
            CHECK(answer.status == 401);
            CHECK(answer.body.find("张") == std::string::npos);
        }
        if (route.path.find("ID") == std::string_view::npos) {
            CHECK(ofNobodysTask.contains(nameOf(route)));
            continue;
        }
        for (std::string const person : {"clerk", "nowhere"}) {
            CAPTURE(person);
            auto const answer = fixture.call(route.method, path, fixture.tokenOf(person), body);
            CHECK((answer.status == 403 || answer.status == 404));
            for (auto const* const secret : {"张", "1.2.3", "P1"})
                CHECK(answer.body.find(secret) == std::string::npos);
            // Neither its words nor its number tell whether there is such a task.
            auto const nothing = fixture.call(route.method, address(route, 4711), fixture.tokenOf(person), body);
            CHECK(nothing.status == answer.status);
        }
    }
    CHECK(fixture.task("1.2.3").state == foreign.state);
    CHECK(need(fixture.workflow->tasks().draft(foreign.id)).revision == 0);
    auto const list = fixture.call("GET", "/api/v1/tasks", fixture.tokenOf("clerk")).body;
    CHECK(list.find("李^四") != std::string::npos);
    CHECK(list.find("张") == std::string::npos);
    CHECK(fixture.call("GET", "/api/v1/tasks", fixture.tokenOf("nowhere")).json().at("tasks").empty());
}
