#include "tests/web/web_fixture.h"

#include <thread>

using namespace qianli;
using namespace qianli::test;
using namespace std::chrono_literals;

namespace {

Answer say(WebFixture& fixture, std::string const& bytes)
{
    Line line(fixture.server->port());
    line.send(bytes);
    CHECK(line.waitForEnd());
    return parseAnswer(line.received());
}

} // namespace

TEST_CASE("whatever a client says, it gets an answer and the server goes on", "[web]")
{
    WebFixture fixture;
    fixture.arrive({});
    fixture.follow();
    auto const token = fixture.tokenOf("wangmin");

    SECTION("requests that are none")
    {
        CHECK(say(fixture, "junk junk junk\r\n\r\n").status == 400);
        CHECK(say(fixture, std::string("GET /healthz\0 HTTP/1.1\r\n\r\n", 26)).status == 400);
        CHECK(say(fixture, "GET /healthz HTTP/9.9\r\n\r\n").status == 400);
        CHECK(say(fixture, "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n").status >= 400);
        CHECK(say(fixture, "GET /healthz HTTP/1.1\r\nX: " + std::string(40'000, 'a') + "\r\n\r\n").status == 413);
        CHECK(say(fixture, "POST /api/v1/session HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n").status == 413);
        CHECK(say(fixture, "POST /api/v1/session HTTP/1.1\r\nContent-Length: -1\r\n\r\n").status == 400);
    }
    SECTION("addresses where nothing is")
    {
        for (auto const* const path :
             {"/", "/api/v1/", "/api/v1/tasks/", "/api/v1/tasks/abc", "/api/v1/tasks/-1",
              "/api/v1/tasks/99999999999999999999", "/api/v1/tasks/1/draft/x", "/../etc/passwd"})
            CHECK(fixture.call("GET", path, token).status == 404);
        CHECK(fixture.call("GET", "/api/v1/tasks/4711", token).status == 404);
        CHECK(fixture.call("GET", "/api/v1/%zz", token).status == 400);
        CHECK(fixture.call("GET", "/api/v1/%ff", token).status == 400);
        CHECK(fixture.call("POST", "/api/v1/tasks", token).status == 405);
        CHECK(fixture.call("GET", "/api/v1/tasks?state=nonsense", token).status == 400);
        CHECK(fixture.call("GET", "/api/v1/tasks?limit=0", token).status == 400);
        CHECK(fixture.call("GET", "/api/v1/tasks?limit=1e3", token).status == 400);
    }
    SECTION("bodies that are no JSON, or other JSON")
    {
        need(fixture.workflow->tasks().claim(fixture.task().id, fixture.user("wangmin")));
        auto const put = [&](std::string const& body) {
            return say(fixture, requestText("PUT", "/api/v1/tasks/1/draft", token, body)).status;
        };
        CHECK(put("") == 400);
        CHECK(put("{") == 400);
        CHECK(put("[]") == 400);
        CHECK(put("\"text\"") == 400);
        CHECK(put("{\"text\": 3, \"revision\": 0}") == 400);
        CHECK(put("{\"text\": {\"findings\": \"\xff\"}, \"revision\": 0}") == 400);
        CHECK(put("{\"text\": {\"findings\": \"a\", \"impression\": \"b\", \"recommendation\": \"c\"}, \"revision\": "
                  "0.5}") == 400);
        CHECK(put(std::string(100'000, '[')) == 400);
        for (auto const& deep : {std::string(10'000, '[') + std::string(10'000, ']'), std::string(33, '[')}) {
            auto const answer = say(fixture, requestText("PUT", "/api/v1/tasks/1/draft", token,
                                                         "{\"a\\\"[[\": 1, \"revision\": 0, \"text\": " + deep + "}"));
            CHECK(answer.status == 400);
            CHECK(answer.body.find("nested too deeply") != std::string::npos);
        }
        // Brackets in text are text.
        CHECK(put("{\"revision\": 0, \"text\": {\"findings\": \"" + std::string(100, '[') + "\\\"[[\"}}") == 400);
        CHECK(say(fixture, requestText("PUT", "/api/v1/tasks/1/draft", token,
                                       "{\"revision\": 7, \"text\": {\"findings\": \"" + std::string(100, '[') +
                                           "\", \"impression\": \"\\\"{\", \"recommendation\": \"\"}}"))
                  .status == 409);
        CHECK(put("{\"text\": {\"findings\": \"" + std::string(100'000, 'a') +
                  "\", \"impression\": \"\", \"recommendation\": \"\"}, \"revision\": 0}") == 413);
        CHECK(put(std::string(2'000'000, 'a')) == 413);
        CHECK(say(fixture, requestText("POST", "/api/v1/session", "", "{\"user\": 1, \"password\": 2}")).status == 400);
    }
    CHECK(fixture.call("GET", "/healthz").status == 200);
    CHECK(need(fixture.workflow->tasks().draft(fixture.task().id)).revision == 0);
}

TEST_CASE("a route that fails as nobody thought costs its answer, and the server goes on", "[web][R54]")
{
    WebFixture fixture;
    fixture.metrics = []() -> std::string { throw std::bad_alloc(); };
    CHECK(fixture.call("GET", "/metrics").status == 503);
    fixture.metrics = []() -> std::string { throw std::runtime_error("what nobody thought of"); };
    CHECK(fixture.call("GET", "/metrics").status == 503);
    CHECK(fixture.call("GET", "/healthz").status == 200);
}

TEST_CASE("slow clients are hung up on, idle ones too", "[web]")
{
    gateway::WebLimits limits;
    limits.idle = 200ms;
    limits.request = 200ms;
    WebFixture fixture(limits);
    Line silent(fixture.server->port());
    Line halfHeader(fixture.server->port());
    halfHeader.send("GET /healthz HTT");
    Line halfBody(fixture.server->port());
    halfBody.send("POST /api/v1/session HTTP/1.1\r\nContent-Length: 100\r\n\r\n{");
    CHECK(silent.waitForEnd());
    CHECK(halfHeader.waitForEnd());
    CHECK(halfBody.waitForEnd());
}

TEST_CASE("of a stranger no long body is taken in", "[web][R02]")
{
    WebFixture fixture;
    auto const begin = [&](std::string const& header) {
        // Not one byte of the body has to come for the answer.
        return say(fixture, "PUT /api/v1/tasks/1/draft HTTP/1.1\r\n" + header + "\r\n\r\n").status;
    };
    CHECK(begin("Content-Length: 500000") == 401);
    CHECK(begin("Content-Length: 4097\r\nAuthorization: Bearer made-up") == 401);
    CHECK(begin("Transfer-Encoding: chunked") == 401);
    fixture.arrive({});
    fixture.follow();
    auto const token = fixture.tokenOf("wangmin");
    auto const body = "{\"text\": {\"findings\": \"" + std::string(9'000, 'a') +
                      "\", \"impression\": \"\", \"recommendation\": \"\"}, \"revision\": 7}";
    CHECK(say(fixture, requestText("PUT", "/api/v1/tasks/1/draft", token, body)).status != 401);
    auto const chunked = "PUT /api/v1/tasks/1/draft HTTP/1.1\r\nConnection: close\r\nAuthorization: Bearer " + token +
                         "\r\nTransfer-Encoding: chunked\r\n\r\n";
    CHECK(say(fixture, chunked + "2\r\n[]\r\n0\r\n\r\n").status == 400);
    CHECK(say(fixture, chunked + "FFFFFFFFFFFFFFFF\r\n").status >= 400);
    CHECK(say(fixture, chunked + "200000\r\n" + std::string(2 << 20, 'a')).status == 413);
    CHECK(say(fixture, chunked + "xyz\r\n").status == 400);
}

TEST_CASE("connections that nobody has signed in on make room when all are taken", "[web][R15]")
{
    gateway::WebLimits limits;
    limits.connections = 10;
    limits.patience = 200ms;
    WebFixture fixture(limits);
    Line viewer(fixture.server->port());
    viewer.send(requestText("GET", "/api/v1/events", fixture.tokenOf("lihua"), ""));
    REQUIRE(viewer.waitFor("event: hello"));
    std::vector<std::unique_ptr<Line>> silent;
    for (int i = 0; i < 9; ++i) {
        silent.push_back(std::make_unique<Line>(fixture.server->port()));
        silent.back()->send(i % 2 == 0 ? "" : "GET /healthz HTT");
    }
    std::this_thread::sleep_for(300ms);
    for (int i = 0; i < 9; ++i)
        CHECK(fixture.call("GET", "/api/v1/tasks", fixture.tokenOf("lihua")).status == 200);
    fixture.arrive({});
    fixture.runner->onCommitted({});
    CHECK(viewer.waitFor("\"studyUid\":\"1.2.3\""));
}

TEST_CASE("of one person's event streams the oldest goes when there are too many", "[web]")
{
    gateway::WebLimits limits;
    limits.streamsOfPerson = 2;
    WebFixture fixture(limits);
    auto const open = [&](std::string const& person) {
        auto line = std::make_unique<Line>(fixture.server->port());
        line->send(requestText("GET", "/api/v1/events", fixture.tokenOf(person), ""));
        REQUIRE(line->waitFor("event: hello"));
        return line;
    };
    auto const first = open("lihua"), second = open("lihua"), other = open("wangmin"), third = open("lihua");
    CHECK(first->waitForEnd());
    fixture.arrive({});
    fixture.runner->onCommitted({});
    for (auto const* const stays : {&second, &other, &third})
        CHECK((*stays)->waitFor("\"studyUid\":\"1.2.3\""));
}

TEST_CASE("one person has so many connections and no more", "[web][R15]")
{
    gateway::WebLimits limits;
    limits.connectionsOfPerson = 2;
    WebFixture fixture(limits);
    auto const open = [&](std::string const& person) {
        auto line = std::make_unique<Line>(fixture.server->port());
        line->send(requestText("GET", "/api/v1/tasks", fixture.tokenOf(person), "", ""));
        REQUIRE(line->waitFor("200 OK"));
        return line;
    };
    auto const first = open("lihua"), other = open("wangmin"), second = open("lihua"), third = open("lihua");
    CHECK(first->waitForEnd());
    for (auto const* const stays : {&other, &second, &third}) {
        (*stays)->send(requestText("GET", "/nowhere", "", ""));
        CHECK((*stays)->waitFor("404"));
    }
}

TEST_CASE("one person has so many long bodies on their way and no more", "[web][R02]")
{
    gateway::WebLimits limits;
    limits.longBodiesOfPerson = 2;
    WebFixture fixture(limits);
    auto const begin = [&](std::string const& person) {
        auto line = std::make_unique<Line>(fixture.server->port());
        line->send("PUT /api/v1/tasks/1/draft HTTP/1.1\r\nContent-Length: 500000\r\nAuthorization: Bearer " +
                   fixture.tokenOf(person) + "\r\n\r\n");
        std::this_thread::sleep_for(200ms);
        return line;
    };
    auto const first = begin("lihua"), second = begin("lihua"), third = begin("lihua");
    CHECK(third->waitForEnd());
    CHECK(parseAnswer(third->received()).status == 503);
    auto const other = begin("wangmin");
    for (auto const* const taken : {&first, &second, &other}) {
        (*taken)->send(std::string(500'000, 'a'));
        CHECK((*taken)->waitFor("HTTP/1.1 400"));
    }
    auto const next = begin("lihua");
    next->send(std::string(500'000, 'a'));
    CHECK(next->waitFor("HTTP/1.1 400"));
}

TEST_CASE("who is signed in and asks for nothing makes room when all places are taken", "[web][R15]")
{
    gateway::WebLimits limits;
    limits.connections = 3;
    limits.patience = 200ms;
    WebFixture fixture(limits);
    Line stream(fixture.server->port()), idle(fixture.server->port()), idleToo(fixture.server->port());
    stream.send(requestText("GET", "/api/v1/events", fixture.tokenOf("lihua"), ""));
    REQUIRE(stream.waitFor("event: hello"));
    for (auto* const line : {&idle, &idleToo}) {
        line->send(requestText("GET", "/api/v1/tasks", fixture.tokenOf("lihua"), "", ""));
        REQUIRE(line->waitFor("200 OK"));
    }
    std::this_thread::sleep_for(300ms);
    CHECK(fixture.call("GET", "/healthz").status == 200);
    CHECK(idle.waitForEnd());
    fixture.arrive({});
    fixture.runner->onCommitted({});
    CHECK(stream.waitFor("\"studyUid\":\"1.2.3\""));
}

TEST_CASE("who floods the sign-in is told to come later", "[web][R23]")
{
    gateway::WebLimits limits;
    limits.waitingSignIns = 4; // two from one address
    WebFixture fixture(limits);
    std::vector<std::unique_ptr<Line>> flood;
    for (int i = 0; i < 20; ++i) {
        flood.push_back(std::make_unique<Line>(fixture.server->port()));
        flood.back()->send(requestText("POST", "/api/v1/session", "",
                                       "{\"user\": \"u" + std::to_string(i) + "\", \"password\": \"guess\"}"));
    }
    int later = 0, refused = 0;
    for (auto const& line : flood) {
        CHECK(line->waitForEnd());
        auto const status = parseAnswer(line->received()).status;
        later += status == 503;
        refused += status == 401;
    }
    CHECK(later > 0);
    CHECK(refused >= 2);
    CHECK(later + refused == 20);
}

TEST_CASE("who floods the sign-in from many addresses leaves room for those of the house", "[web][R23]")
{
    gateway::WebLimits limits;
    limits.waitingSignIns = 4;
    WebFixture fixture(limits);
    model::User zhao;
    zhao.name = zhao.displayName = "zhao";
    need(fixture.workflow->users().add(zhao, "correct horse"));
    auto const signIn = [](std::string const& name, std::string const& password) {
        return requestText("POST", "/api/v1/session", "",
                           "{\"user\": \"" + name + "\", \"password\": \"" + password + "\"}");
    };
    REQUIRE(say(fixture, signIn("zhao", "correct horse")).status == 200);
    std::vector<std::unique_ptr<Line>> flood;
    for (int i = 0; i < 12; ++i) {
        flood.push_back(std::make_unique<Line>(fixture.server->port(), 2 + i));
        flood.back()->send(signIn("guess", "guess"));
    }
    CHECK(say(fixture, signIn("zhao", "correct horse")).status == 200);
    for (auto const& line : flood)
        CHECK(line->waitForEnd());
}

TEST_CASE("however its address is spelt, a sign-in waits in the line of the sign-ins", "[web]")
{
    gateway::WebLimits limits;
    limits.waitingSignIns = 0; // so that each is turned away before a password costs anything
    WebFixture fixture(limits);
    for (auto const* const path : {"/api/v1/session", "/api/v1/session?", "/api/v1/session?a=b", "/api/v1/%73ession"}) {
        INFO(path);
        CHECK(fixture.call("POST", path, "", {{"user", "wangmin"}, {"password", "guess"}}).status == 503);
    }
}

TEST_CASE("one connection carries many requests, also sent at once", "[web]")
{
    WebFixture fixture;
    Line line(fixture.server->port());
    auto const one = requestText("GET", "/healthz", "", "", "");
    line.send(one + one);
    line.send(requestText("GET", "/nowhere", "", ""));
    CHECK(line.waitForEnd());
    auto const& text = line.received();
    CHECK(text.find("HTTP/1.1 200") == 0);
    CHECK(text.find("HTTP/1.1 200", 10) != std::string::npos);
    CHECK(text.find("HTTP/1.1 404") != std::string::npos);
}

TEST_CASE("no more connections than the limit are served", "[web]")
{
    gateway::WebLimits limits;
    limits.connections = 2;
    WebFixture fixture(limits);
    auto const keepAlive = requestText("GET", "/healthz", "", "", "");
    Line first(fixture.server->port());
    first.send(keepAlive);
    REQUIRE(first.waitFor("ok"));
    Line second(fixture.server->port());
    second.send(keepAlive);
    REQUIRE(second.waitFor("ok"));
    Line third(fixture.server->port());
    third.send(keepAlive);
    CHECK(third.waitForEnd());
    CHECK(third.received().empty());
}

TEST_CASE("HTTPS takes TLS 1.2 and newer only", "[web]")
{
    TemporaryFolder keys;
    auto const made = run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", keys / "web.key",
                           "-out", keys / "web.crt", "-subj", "/CN=localhost", "-days", "2"});
    REQUIRE(made.exitCode == 0);
    gateway::HttpSettings settings;
    settings.certificate = keys / "web.crt";
    settings.key = keys / "web.key";
    WebFixture fixture({}, settings);
    auto const url = fmt::format("https://localhost:{}/healthz", fixture.server->port());
    auto const answered = run({"curl", "-s", "-S", "--cacert", keys / "web.crt", url});
    CHECK(answered.errors == "");
    CHECK(answered.output == "{\"status\":\"ok\"}");
    auto const port = fmt::format("localhost:{}", fixture.server->port());
    auto const old = run({"openssl", "s_client", "-connect", port, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}, "");
    CHECK(old.output.find("Cipher is (NONE)") != std::string::npos);
    auto const current = run({"openssl", "s_client", "-connect", port, "-tls1_2"}, "");
    CHECK(current.output.find("Cipher is (NONE)") == std::string::npos);
    // A renewed certificate counts from the next connection on.
    auto const renewed = run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", keys / "web.key",
                              "-out", keys / "web.crt", "-subj", "/CN=localhost", "-days", "2"});
    REQUIRE(renewed.exitCode == 0);
    CHECK_FALSE(run({"curl", "-s", "--cacert", keys / "web.crt", url}).exitCode == 0);
    need(fixture.server->reloadCertificate(settings));
    CHECK(run({"curl", "-s", "--cacert", keys / "web.crt", url}).output == "{\"status\":\"ok\"}");
    settings.key = keys / "absent.key";
    CHECK(errorOf(fixture.server->reloadCertificate(settings)) == ErrorCode::InvalidInput);
    // Plain HTTP on the TLS port gets nothing.
    Line plain(fixture.server->port());
    plain.send("GET /healthz HTTP/1.1\r\n\r\n");
    CHECK(plain.waitForEnd());
    CHECK(plain.received().find("ok") == std::string::npos);
}

TEST_CASE("a certificate that can't be read stops the start with a sentence", "[web]")
{
    WebFixture fixture;
    gateway::HttpSettings settings;
    settings.port = 0;
    settings.certificate = fixture.folder / "absent.crt";
    settings.key = fixture.folder / "absent.key";
    auto const started = gateway::WebServer::start(
        settings, {*fixture.workflow, *fixture.index, *fixture.issuer, fixture.certificates, *fixture.runner, {}});
    CHECK(errorOf(started) == ErrorCode::InvalidInput);
    gateway::HttpSettings taken;
    taken.port = fixture.server->port();
    auto const second = gateway::WebServer::start(
        taken, {*fixture.workflow, *fixture.index, *fixture.issuer, fixture.certificates, *fixture.runner, {}});
    CHECK(errorOf(second) == ErrorCode::Unavailable);
}
