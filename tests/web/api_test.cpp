#include "tests/web/web_fixture.h"

using namespace qianli;
using namespace qianli::test;
using namespace std::chrono_literals;

SCENARIO("a radiologist signs in, and out", "[web]")
{
    WebFixture fixture;
    model::User zhao;
    zhao.name = "zhao";
    zhao.displayName = "赵医生";
    need(fixture.workflow->users().add(zhao, "correct horse"));

    CHECK(fixture.call("GET", "/healthz").json() == nlohmann::json({{"status", "ok"}}));
    auto const wrong = fixture.call("POST", "/api/v1/session", "", {{"user", "zhao"}, {"password", "guess"}});
    CHECK(wrong.status == 401);
    auto const nobody = fixture.call("POST", "/api/v1/session", "", {{"user", "nobody"}, {"password", "guess"}});
    CHECK(nobody.status == 401);
    // Which of the two was wrong is nobody's business.
    CHECK(nobody.body == wrong.body);

    auto const right = fixture.call("POST", "/api/v1/session", "", {{"user", "zhao"}, {"password", "correct horse"}});
    REQUIRE(right.status == 200);
    auto const json = right.json();
    CHECK(json.at("user").at("displayName") == "赵医生");
    CHECK(json.at("gateway") ==
          nlohmann::json({{"aeTitle", "QIANLI"}, {"dicomPort", 11112}, {"dicomTlsPort", 0}, {"hospital", "县医院"}}));
    CHECK(json.at("expiresAt") == "2026-11-22T16:00:00.000Z");
    std::string const token = json.at("token");
    CHECK(fixture.call("GET", "/api/v1/tasks", token).status == 200);
    CHECK(fixture.call("DELETE", "/api/v1/session", token).status == 204);
    auto const after = fixture.call("GET", "/api/v1/tasks", token);
    CHECK(after.status == 401);
    CHECK(after.errorCode() == "not-signed-in");
}

TEST_CASE("nothing but health and sign-in is open to strangers", "[web]")
{
    WebFixture fixture;
    fixture.arrive({});
    fixture.follow();
    std::pair<char const*, char const*> const routes[] = {{"DELETE", "/api/v1/session"},
                                                          {"GET", "/api/v1/tasks"},
                                                          {"GET", "/api/v1/tasks/1"},
                                                          {"POST", "/api/v1/tasks/1/claim"},
                                                          {"POST", "/api/v1/tasks/1/release"},
                                                          {"GET", "/api/v1/tasks/1/draft"},
                                                          {"PUT", "/api/v1/tasks/1/draft"},
                                                          {"GET", "/api/v1/tasks/1/priors"},
                                                          {"POST", "/api/v1/tasks/1/issue"},
                                                          {"POST", "/api/v1/certificate"},
                                                          {"GET", "/api/v1/trust"},
                                                          {"GET", "/api/v1/events"}};
    for (auto const& [method, path] : routes) {
        INFO(method << " " << path);
        CHECK(fixture.call(method, path).status == 401);
        CHECK(fixture.call(method, path, "not-a-token").status == 401);
    }
}

SCENARIO("who takes an incomplete study is told what it lacks", "[web]")
{
    WebFixture fixture;
    fixture.arrive({});
    fixture.follow();
    auto const study = dicom::Uid::ofKnown("1.2.3");
    need(fixture.workflow->tasks().noteDepartures({{gateway::Departure::Way::InObject, {"puzi"}, "PUZI_CT", {study}}}));
    fixture.follow();
    auto const claimed = fixture.call("POST", "/api/v1/tasks/1/claim", fixture.tokenOf("wangmin"));
    REQUIRE(claimed.status == 200);
    CHECK(claimed.json().at("warning") == "incomplete: 1 image; the sender was cut off");
    CHECK(claimed.json().at("missing") == "received=1;why=broke-off");
}

SCENARIO("a task is listed, claimed, written and given back", "[web]")
{
    WebFixture fixture;
    fixture.arrive({});
    fixture.follow();
    auto const wang = fixture.tokenOf("wangmin");
    auto const li = fixture.tokenOf("lihua");

    auto const list = fixture.call("GET", "/api/v1/tasks?state=receiving,ready&limit=10", wang).json();
    REQUIRE(list.at("tasks").size() == 1);
    CHECK(list.at("tasks")[0].at("patientName") == "张^三");
    CHECK(list.at("serverTime") == "2026-11-22T04:00:00.000Z");
    CHECK(fixture.call("GET", "/api/v1/tasks?state=issued", wang).json().at("tasks").empty());

    auto const claimed = fixture.call("POST", "/api/v1/tasks/1/claim", wang);
    REQUIRE(claimed.status == 200);
    CHECK(claimed.json().at("state") == "claimed");
    CHECK(claimed.json().at("warning") == "still receiving");
    CHECK_FALSE(fixture.call("POST", "/api/v1/tasks/1/claim", wang).json().contains("warning"));
    auto const late = fixture.call("POST", "/api/v1/tasks/1/claim", li);
    CHECK(late.status == 409);
    CHECK_FALSE(late.json().at("error").at("chinese").get<std::string>().empty());

    CHECK(fixture.call("GET", "/api/v1/tasks/1/draft", wang).json().at("revision") == 0);
    nlohmann::json const text = {{"findings", "双肺纹理清晰"}, {"impression", ""}, {"recommendation", ""}};
    auto const saved = fixture.call("PUT", "/api/v1/tasks/1/draft", wang, {{"text", text}, {"revision", 0}});
    CHECK(saved.status == 200);
    CHECK(saved.json().at("revision") == 1);
    CHECK(fixture.call("GET", "/api/v1/tasks/1", wang).json().at("state") == "drafting");
    CHECK(fixture.call("PUT", "/api/v1/tasks/1/draft", li, {{"text", text}, {"revision", 1}}).status == 403);
    auto const stale =
        fixture.call("PUT", "/api/v1/tasks/1/draft", wang,
                     {{"text", {{"findings", "x"}, {"impression", ""}, {"recommendation", ""}}}, {"revision", 0}});
    CHECK(stale.status == 409);
    CHECK(stale.json().at("draft").at("text").at("findings") == "双肺纹理清晰");
    CHECK(stale.json().at("draft").at("revision") == 1);

    CHECK(fixture.call("POST", "/api/v1/tasks/1/release", li).status == 403);
    CHECK(fixture.call("POST", "/api/v1/tasks/1/release", wang).status == 200);
    CHECK(fixture.call("POST", "/api/v1/tasks/1/claim", li).status == 200);
    CHECK(fixture.call("GET", "/api/v1/tasks/1/priors", li).json().at("priors").empty());
    auto const early = fixture.call("POST", "/api/v1/tasks/1/issue", li, {{"srUid", "2.25.1"}, {"pdfUid", "2.25.2"}});
    CHECK(early.status == 404); // the objects are not here
    CHECK(fixture.call("GET", "/api/v1/tasks/1", li).json().at("state") == "claimed");
}

SCENARIO("what a workstation marks on the images is kept with the draft, as it came", "[web]")
{
    WebFixture fixture;
    fixture.arrive({});
    fixture.follow();
    auto const wang = fixture.tokenOf("wangmin");
    REQUIRE(fixture.call("POST", "/api/v1/tasks/1/claim", wang).status == 200);
    auto const draft = [&] { return fixture.call("GET", "/api/v1/tasks/1/draft", wang).json(); };
    auto const put = [&](nlohmann::json const& body) {
        return fixture.call("PUT", "/api/v1/tasks/1/draft", wang, body);
    };
    CHECK(draft().at("marks").is_null());
    nlohmann::json const text = {{"findings", "心影增大"}, {"impression", ""}, {"recommendation", ""}};
    nlohmann::json const marks = {
        {"measurements", {{{"kind", "length"}, {"points", {{1.25, 2.5}, {3, 4}}}, {"note", "结节"}}}}};
    CHECK(put({{"text", text}, {"marks", marks}, {"revision", 0}}).json().at("revision") == 1);
    CHECK(draft().at("marks") == marks);
    // The same again is the same; other marks are another draft.
    CHECK(put({{"text", text}, {"marks", marks}, {"revision", 0}}).json().at("revision") == 1);
    auto const stale = put({{"text", text}, {"marks", nlohmann::json::object()}, {"revision", 0}});
    CHECK(stale.status == 409);
    CHECK(stale.json().at("draft").at("marks") == marks);
    // A workstation that knows no marks doesn't lose those of another.
    nlohmann::json const later = {{"findings", "心影增大。"}, {"impression", ""}, {"recommendation", ""}};
    CHECK(put({{"text", later}, {"revision", 1}}).json().at("revision") == 2);
    CHECK(draft().at("marks") == marks);
    CHECK(put({{"text", later}, {"marks", nlohmann::json::object()}, {"revision", 2}}).json().at("revision") == 3);
    CHECK(draft().at("marks").empty());
    // Not an object, too much of it, not text.
    CHECK(put({{"text", later}, {"marks", "measurements"}, {"revision", 3}}).status == 400);
    CHECK(put({{"text", later}, {"marks", {{"x", std::string(300'000, 'x')}}}, {"revision", 3}}).status == 413);
    CHECK(put({{"text", later}, {"marks", {{"x", std::string(1, '\0')}}}, {"revision", 3}}).status == 200);
    CHECK(draft().at("marks").at("x") == std::string(1, '\0'));
}

SCENARIO("the reading list is searched as people type names", "[web]")
{
    WebFixture fixture;
    fixture.addUser("clerk", "陈护士", model::Role::Site, "longtan");
    fixture.arrive({.study = "1.2.1", .patientId = "P1", .patientName = "张小东"});
    fixture.arrive({.study = "1.2.2", .patientId = "P2", .patientName = "张^三"});
    fixture.arrive({.study = "1.2.3", .patientId = "P2", .patientName = "ZHANG SAN"});
    fixture.arrive({.study = "1.2.4", .patientId = "P3", .patientName = "李四"});
    fixture.arrive({.study = "1.2.5", .site = "longtan", .patientId = "P4", .patientName = "张三丰"});
    fixture.follow();
    auto const search = [&](std::string const& query, std::string const& person = "wangmin") {
        auto const answer = fixture.call("GET", "/api/v1/tasks?" + query, fixture.tokenOf(person));
        REQUIRE(answer.status == 200);
        std::vector<std::string> studies;
        auto const json = answer.json();
        for (auto const& task : json.at("tasks"))
            studies.push_back(task.at("studyUid"));
        return studies;
    };
    using Studies = std::vector<std::string>;
    std::string const open = "&state=receiving,ready,claimed,drafting";
    for (std::string const& states : {std::string(), open}) {
        CAPTURE(states);
        CHECK(search("name=zhangsan" + states) == Studies{"1.2.3", "1.2.2", "1.2.5"});
        CHECK(search("name=zs" + states) == Studies{"1.2.3", "1.2.2", "1.2.5"});
        CHECK(search("name=xiaodong" + states) == Studies{"1.2.1"});
        CHECK(search("name=%E5%B0%8F%E4%B8%9C" + states) == Studies{"1.2.1"}); // 小东
        // 张三: first who is called so, then who may be called more, then what a console could not write.
        CHECK(search("name=%E5%BC%A0%E4%B8%89" + states) == Studies{"1.2.2", "1.2.5", "1.2.3"});
        CHECK(search("name=nobody" + states).empty());
        CHECK(search("name=%20" + states).size() == 5);
        CHECK(search("name=z&limit=2" + states).size() == 2);
        CHECK(search("name=zhang" + states, "clerk") == Studies{"1.2.5"});
    }
    CHECK(search("name=zhangsan&state=issued").empty());
    auto const wang = fixture.tokenOf("wangmin");
    CHECK(fixture.call("GET", "/api/v1/tasks?name=%FF", wang).status == 400);
    CHECK(fixture.call("GET", "/api/v1/tasks?name=" + std::string(257, 'a'), wang).status == 400);
}

SCENARIO("a township's person sees its own site's studies and no draft", "[web]")
{
    WebFixture fixture;
    fixture.addUser("clerk", "陈护士", model::Role::Site, "longtan");
    fixture.arrive({});
    fixture.arrive({.study = "1.2.9", .site = "longtan"});
    fixture.follow();
    auto const clerk = fixture.tokenOf("clerk");
    auto const tasks = fixture.call("GET", "/api/v1/tasks", clerk).json().at("tasks");
    REQUIRE(tasks.size() == 1);
    CHECK(tasks[0].at("studyUid") == "1.2.9");
    auto const foreign = fixture.task("1.2.3").id;
    CHECK(fixture.call("GET", fmt::format("/api/v1/tasks/{}", foreign), clerk).status == 404);
    CHECK(fixture.call("POST", fmt::format("/api/v1/tasks/{}/claim", foreign), clerk).status == 404);
    auto const own = need(fixture.workflow->tasks().ofStudy({"longtan"}, "1.2.9"))->id;
    CHECK(fixture.call("POST", fmt::format("/api/v1/tasks/{}/claim", own), clerk).status == 403);
    CHECK(fixture.call("GET", fmt::format("/api/v1/tasks/{}/draft", own), clerk).status == 403);
    auto const request = need(crypto::makeKeyRequest("clerk", "123456"));
    CHECK(fixture.call("POST", "/api/v1/certificate", clerk, {{"request", request.requestPem}}).status == 403);
}

SCENARIO("a signer's certificate comes from the gateway's own authority", "[web]")
{
    WebFixture fixture;
    auto const wang = fixture.tokenOf("wangmin");
    auto const request = need(crypto::makeKeyRequest("wangmin", "123456"));
    auto const issued = fixture.call("POST", "/api/v1/certificate", wang, {{"request", request.requestPem}});
    REQUIRE(issued.status == 200);
    std::string const certificate = issued.json().at("certificate");
    std::string const authority = issued.json().at("authority");
    CHECK(need(crypto::makePkcs12(request, certificate, authority, "123456")).size() > 1000);
    auto const trust = fixture.call("GET", "/api/v1/trust", wang).json();
    CHECK(trust.at("authority") == authority);
    CHECK(trust.at("revocationList").get<std::string>().find("BEGIN X509 CRL") != std::string::npos);
    fixture.recorded.take();
    auto const junk = fixture.call("POST", "/api/v1/certificate", wang, {{"request", "junk"}});
    CHECK(junk.status == 400);
    CHECK(junk.errorCode() == "invalid-input");
    // That somebody tried is on record, whatever was wrong with it.
    auto const events = fixture.recorded.take();
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == gateway::AuditEventKind::UserChanged);
    CHECK(events[0].outcome == gateway::AuditOutcome::MinorFailure);
    CHECK(events[0].person == "wangmin");
}
