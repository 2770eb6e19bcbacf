#include "common/base/file.h"
#include "gateway/workflow/sign_in_guard.h"
#include "tests/workflow/workflow_fixture.h"

using namespace qianli;
using namespace qianli::test;
using namespace std::chrono_literals;

namespace {

model::User person(std::string const& name)
{
    model::User user;
    user.name = name;
    user.displayName = "赵医生";
    return user;
}

// Whether any file of the database holds the bytes.
bool isStored(WorkflowFixture const& fixture, std::string const& bytes)
{
    for (auto const& entry : std::filesystem::directory_iterator(fixture.folder.path())) {
        auto const content = readFile(entry.path(), 1 << 26);
        if (content && content->find(bytes) != std::string::npos)
            return true;
    }
    return false;
}

} // namespace

SCENARIO("people sign in with their password and out again", "[workflow]")
{
    WorkflowFixture fixture;
    auto& users = fixture.workflow->users();
    auto& sessions = fixture.workflow->sessions();
    need(users.add(person("zhao"), "correct horse"));

    CHECK(errorOf(users.add(person("zhao"), "another one")) == ErrorCode::Conflict);
    CHECK(errorOf(users.add(person("zhao qian"), "another one")) == ErrorCode::InvalidInput);
    CHECK(errorOf(users.add(person("short"), "1234567")) == ErrorCode::InvalidInput);
    auto ofSite = person("clerk");
    ofSite.role = model::Role::Site;
    CHECK(errorOf(users.add(ofSite, "another one")) == ErrorCode::InvalidInput);

    auto const user = need(users.authenticate("zhao", "correct horse", "10.0.0.1"));
    auto const session = need(sessions.begin(user));
    CHECK(need(sessions.userOfToken(session.token)).displayName == "赵医生");
    CHECK_FALSE(isStored(fixture, session.token));
    CHECK_FALSE(isStored(fixture, "correct horse"));
    CHECK(errorOf(sessions.userOfToken("")) == ErrorCode::Refused);
    CHECK(errorOf(sessions.userOfToken("0000")) == ErrorCode::Refused);

    SECTION("a session ends by itself")
    {
        fixture.clock.set(session.expiresAt - 1ms);
        CHECK(sessions.userOfToken(session.token));
        fixture.clock.set(session.expiresAt);
        CHECK(errorOf(sessions.userOfToken(session.token)) == ErrorCode::Refused);
    }
    SECTION("signing out ends it")
    {
        need(sessions.end(session.token));
        CHECK(errorOf(sessions.userOfToken(session.token)) == ErrorCode::Refused);
    }
    SECTION("a new password ends it")
    {
        need(users.setPassword("zhao", "battery staple"));
        CHECK(errorOf(sessions.userOfToken(session.token)) == ErrorCode::Refused);
        CHECK(errorOf(users.authenticate("zhao", "correct horse", "10.0.0.1")) == ErrorCode::Refused);
        CHECK(users.authenticate("zhao", "battery staple", "10.0.0.1"));
    }
}

SCENARIO("guessing passwords becomes slow, for the one who guesses", "[workflow]")
{
    WorkflowFixture fixture;
    auto& users = fixture.workflow->users();
    need(users.add(person("zhao"), "correct horse"));
    for (int i = 0; i < 3; ++i)
        CHECK(errorOf(users.authenticate("zhao", "wrong", "10.6.6.6")) == ErrorCode::Refused);
    // Even the right one has to wait now, from there.
    CHECK(errorOf(users.authenticate("zhao", "correct horse", "10.6.6.6")) == ErrorCode::Refused);
    CHECK(users.authenticate("zhao", "correct horse", "10.0.0.1"));
    fixture.clock.advance(1s);
    CHECK(users.authenticate("zhao", "correct horse", "10.6.6.6"));
}

SCENARIO("who signed in somewhere waits there for nobody's guesses, also after a restart", "[workflow][R23]")
{
    WorkflowFixture fixture;
    need(fixture.workflow->users().add(person("zhao"), "correct horse"));
    REQUIRE(fixture.workflow->users().authenticate("zhao", "correct horse", "10.0.0.1"));
    fixture.clock.advance(std::chrono::hours(30));
    auto const afterRestart = fixture.open();
    auto& users = afterRestart->users();
    for (int i = 0; i <= gateway::SignInGuard::ofName.free; ++i)
        CHECK(errorOf(users.authenticate("zhao", "wrong", "10.6.6." + std::to_string(i))) == ErrorCode::Refused);
    CHECK(errorOf(users.authenticate("zhao", "correct horse", "10.7.7.7")) == ErrorCode::Refused);
    CHECK(users.authenticate("zhao", "correct horse", "10.0.0.1"));

    // Not for ever, and not from any number of places.
    fixture.clock.advance(std::chrono::hours(24 * 181));
    auto const muchLater = fixture.open();
    for (int i = 0; i <= gateway::SignInGuard::ofName.free; ++i)
        CHECK(errorOf(muchLater->users().authenticate("zhao", "wrong", "10.6.6." + std::to_string(i))) ==
              ErrorCode::Refused);
    CHECK(errorOf(muchLater->users().authenticate("zhao", "correct horse", "10.0.0.1")) == ErrorCode::Refused);
}

TEST_CASE("a place that could not be written down is written down with the next sign-in", "[workflow][R23]")
{
    WorkflowFixture fixture;
    need(fixture.workflow->users().add(person("zhao"), "correct horse"));
    auto const execute = [&](char const* sql) {
        need(fixture.workflow->database().write([&](sqlite::Database& database) { return database.execute(sql); }));
    };
    execute("CREATE TRIGGER full BEFORE INSERT ON sign_in_places BEGIN SELECT raise(ABORT, 'no room'); END");
    REQUIRE(fixture.workflow->users().authenticate("zhao", "correct horse", "10.0.0.1"));
    execute("DROP TRIGGER full");
    REQUIRE(fixture.workflow->users().authenticate("zhao", "correct horse", "10.0.0.1"));
    auto const afterRestart = fixture.open();
    for (int i = 0; i <= gateway::SignInGuard::ofName.free; ++i)
        CHECK(errorOf(afterRestart->users().authenticate("zhao", "wrong", "10.6.6." + std::to_string(i))) ==
              ErrorCode::Refused);
    CHECK(afterRestart->users().authenticate("zhao", "correct horse", "10.0.0.1"));
}

TEST_CASE("who guesses can neither forget an alarm nor change addresses for it", "[workflow][R23]")
{
    SystemClock const clock;
    gateway::AlarmBoard alarms(clock);
    gateway::SignInGuard guard({&alarms, nullptr});
    using Person = gateway::SignInGuard::Person;
    auto now = clock.now();
    SECTION("one machine's IPv6 addresses count as one")
    {
        auto const address = [](int i) { return "2001:db8:0:1::" + std::to_string(i); };
        for (int i = 0; i < gateway::SignInGuard::ofAddress.free; ++i) {
            CHECK(guard.mayTry("guess" + std::to_string(i), address(i), now));
            guard.failed("guess" + std::to_string(i), address(i), Person::Unknown, now);
        }
        CHECK_FALSE(guard.mayTry("another", address(99), now));
        CHECK(guard.mayTry("another", "2001:db8:0:2::1", now));
        guard.succeeded("zhao", address(1), now);
        CHECK(guard.mayTry("zhao", address(2), now));
    }
    SECTION("many addresses don't push out the one with an alarm")
    {
        for (int i = 0; i < 4 * gateway::SignInGuard::failuresOfAlarm; ++i)
            guard.failed("guess", "10.6.6.6", Person::Unknown, now);
        REQUIRE(alarms.stands("sign-in", "*@10.6.6.6"));
        for (std::size_t i = 0; i <= gateway::SignInGuard::mostRemembered; ++i) {
            now += 1ms;
            guard.failed("guess", "172." + std::to_string(i >> 8) + ".0." + std::to_string(i & 255), Person::Unknown,
                         now);
        }
        CHECK(alarms.stands("sign-in", "*@10.6.6.6"));
        now += gateway::SignInGuard::forgotten;
        guard.look(now);
        CHECK(alarms.standing().empty());
    }
}

SCENARIO("guessing is slow however it is spread, told of, and locks nobody out", "[workflow][R23]")
{
    WorkflowFixture fixture;
    struct Trail final : gateway::AuditTrail {
        void record(gateway::AuditEvent event) override { events.push_back(std::move(event)); }
        std::vector<gateway::AuditEvent> events;
    } trail;
    gateway::AlarmBoard alarms(fixture.clock);
    gateway::WorkflowSettings settings;
    settings.file = fixture.folder / "workflow.db";
    settings.observers = {&alarms, &trail};
    auto const workflow = need(gateway::Workflow::open(settings, fixture.clock));
    auto& users = workflow->users();
    need(users.add(person("zhao"), "correct horse"));
    REQUIRE(users.authenticate("zhao", "correct horse", "10.0.0.1")); // at the usual place
    std::string const hospital = "10.0.0.1";
    auto const wrong = [&](std::string const& name, std::string const& address) {
        CHECK(errorOf(users.authenticate(name, "wrong", address)) == ErrorCode::Refused);
    };
    auto const mustWait = [&](std::string const& name, std::string const& address) {
        auto const tried = users.authenticate(name, "correct horse", address);
        return !tried && tried.error().message.find("too many failed sign-ins") != std::string::npos;
    };
    GIVEN("one name tried from many addresses")
    {
        for (int i = 0; i < 10; ++i)
            wrong("zhao", "10.6.6." + std::to_string(i));
        THEN("it waits wherever it is new, not where it belongs; an alarm and the record tell of it")
        {
            CHECK(mustWait("zhao", "10.6.6.77"));
            CHECK(users.authenticate("zhao", "correct horse", hospital));
            CHECK(alarms.stands("sign-in", "zhao"));
            REQUIRE(trail.events.size() == 10);
            CHECK(trail.events[3].kind == gateway::AuditEventKind::UserLogin);
            CHECK(trail.events[3].outcome == gateway::AuditOutcome::MinorFailure);
            CHECK(trail.events[3].person == "zhao");
            CHECK(trail.events[3].address == "10.6.6.3");
            fixture.clock.advance(1s);
            CHECK(users.authenticate("zhao", "correct horse", "10.6.6.77"));
            CHECK(alarms.stands("sign-in", "zhao")); // it may have been guessed
            fixture.clock.advance(29min);
            users.lookAfterFailures();
            CHECK(alarms.stands("sign-in", "zhao"));
            fixture.clock.advance(1min);
            users.lookAfterFailures();
            CHECK_FALSE(alarms.stands("sign-in", "zhao"));
        }
        THEN("the wait grows, and has an end")
        {
            for (int i = 0; i < 10; ++i) {
                fixture.clock.advance(64s);
                wrong("zhao", "10.7.7." + std::to_string(i));
            }
            fixture.clock.advance(63s);
            CHECK(mustWait("zhao", "10.6.6.77"));
            fixture.clock.advance(1s);
            CHECK(users.authenticate("zhao", "correct horse", "10.6.6.77"));
        }
    }
    GIVEN("many names tried from the hospital's own address")
    {
        for (int i = 0; i < 20; ++i)
            wrong("guess" + std::to_string(i), hospital);
        THEN("the next guess waits, those who work there don't, and it is no alarm yet")
        {
            CHECK(mustWait("guess20", hospital));
            CHECK(users.authenticate("zhao", "correct horse", hospital));
            CHECK(alarms.standing().empty());
        }
        AND_WHEN("it goes on")
        {
            for (int i = 20; i < 40; ++i) {
                fixture.clock.advance(64s);
                wrong("guess" + std::to_string(i), hospital);
            }
            THEN("that is one alarm, not one for each name")
            {
                CHECK(alarms.stands("sign-in", "*@" + hospital));
                CHECK(alarms.standing().size() == 1);
                CHECK(users.authenticate("zhao", "correct horse", hospital));
            }
        }
    }
    GIVEN("a name that holds a line break and an escape sequence")
    {
        wrong("a\nb\x1b[2J", hospital);
        CHECK(trail.events.back().person == "a\\nb\\x1b[2J");
    }
}

SCENARIO("a person who is disabled is out at once", "[workflow]")
{
    WorkflowFixture fixture;
    auto& users = fixture.workflow->users();
    auto authority = need(crypto::CertificateAuthority::open(fixture.folder / "keys", fixture.clock));
    auto const request = need(crypto::makeKeyRequest("wangmin", "123456"));
    need(authority.issue(request.requestPem, "wangmin", "王敏"));
    auto const before = need(authority.revocationListPem());
    auto const session = need(fixture.workflow->sessions().begin(fixture.user("wangmin")));
    auto const id = fixture.claimedTask().id;
    need(fixture.workflow->tasks().saveDraft(id, fixture.user("wangmin"), {"text", "", ""}, 0));

    need(users.disable("wangmin", authority));

    CHECK(errorOf(fixture.workflow->sessions().userOfToken(session.token)) == ErrorCode::Refused);
    CHECK(errorOf(fixture.workflow->sessions().begin(fixture.user("wangmin"))) == ErrorCode::Refused);
    CHECK(fixture.task().claimedBy.empty());
    CHECK(need(fixture.workflow->tasks().draft(id)).text.findings == "text");
    CHECK(need(authority.revocationListPem()) != before);
    CHECK(users.disable("wangmin", authority)); // what failed halfway is done by doing it again
    CHECK(errorOf(users.disable("nobody", authority)) == ErrorCode::NotFound);
}
