// The copy at a collector, over real TLS.
#include "gateway/audit/syslog_forwarder.h"
#include "tests/audit/collector.h"
#include "tests/audit/trail_fixture.h"

#include <set>
#include <thread>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

namespace {

SyslogSettings settingsOf(TrailFixture& fixture, std::uint16_t port)
{
    SyslogSettings settings;
    settings.folder = fixture.folder / "audit";
    settings.keys = fixture.folder / "keys";
    settings.host = "127.0.0.1";
    settings.port = port;
    settings.tls.trust = fixture.folder / "tls/ca.crt";
    settings.source = {"QIANLI", "hub"};
    settings.alarms = &fixture.alarms;
    settings.retry = settings.longestRetry = std::chrono::milliseconds(20);
    settings.settle = std::chrono::milliseconds(300);
    settings.awayFor = std::chrono::milliseconds(100);
    return settings;
}

std::uint64_t numberOf(std::string const& message)
{
    constexpr std::string_view before = "[chain@32473 n=\"";
    auto const at = message.find(before);
    REQUIRE(at != std::string::npos);
    return std::stoull(message.substr(at + before.size()));
}

bool eventually(std::function<bool()> const& condition)
{
    for (int i = 0; i < 1000; ++i) {
        if (condition())
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

} // namespace

TEST_CASE("a collector gets every entry in order, and after it was killed goes on without a gap", "[audit][R42]")
{
    TrailFixture fixture;
    makeCertificates(fixture.folder / "tls", "IP:127.0.0.1");
    fixture.fill(20);
    auto const port = freePort();
    Collector first(fixture.folder / "tls", port);
    first.start();
    ChainedTrail trail(fixture.settings(), fixture.clock);
    {
        SyslogForwarder forwarder(settingsOf(fixture, port));
        REQUIRE(first.waitFor(24)); // 20 and their seals, from before it was there
        for (int i = 0; i < 500; ++i)
            trail.record(eventOf("before" + std::to_string(i)));
        REQUIRE(first.waitFor(100));
        first.kill();
        for (int i = 0; i < 500; ++i)
            trail.record(eventOf("away" + std::to_string(i)));
        REQUIRE(trail.flush());
        CHECK(eventually([&] { return fixture.alarms.stands("audit", "collector"); }));
        first.start();
        CHECK(eventually([&] {
            auto const messages = first.messages();
            return !messages.empty() && numberOf(messages.back()) == 1024;
        }));
        CHECK(eventually([&] { return !fixture.alarms.stands("audit", "collector"); }));
        CHECK(eventually([&] { return forwarder.collected() == 1024; }));
    }
    // In order, but for the step back where the connection broke; nothing between is missing.
    std::uint64_t last = 0;
    int stepsBack = 0;
    for (auto const& message : first.messages()) {
        auto const number = numberOf(message);
        CHECK(number <= last + 1);
        stepsBack += number <= last ? 1 : 0;
        last = number;
    }
    CHECK(stepsBack <= 1);
    CHECK(last == 1024);

    // The mark outlives the process: nothing comes again.
    auto const had = first.messages().size();
    {
        SyslogForwarder forwarder(settingsOf(fixture, port));
        trail.record(eventOf("later"));
        CHECK(first.waitFor(had + 1));
    }
    CHECK(first.messages().size() == had + 1);
    CHECK(numberOf(first.messages().back()) == 1025);
}

TEST_CASE("a collector that hangs holds nothing up, and gets everything from another connection", "[audit][R42]")
{
    TrailFixture fixture;
    makeCertificates(fixture.folder / "tls", "IP:127.0.0.1");
    auto const port = freePort();
    Collector collector(fixture.folder / "tls", port);
    collector.start();
    ChainedTrail trail(fixture.settings(), fixture.clock);
    auto settings = settingsOf(fixture, port);
    settings.settle = std::chrono::hours(1);
    SyslogForwarder forwarder(settings);
    trail.record(eventOf("first"));
    REQUIRE(collector.waitFor(1));
    collector.hang();
    for (int i = 0; i < 200; ++i)
        trail.record(eventOf("hung" + std::to_string(i)));
    REQUIRE(trail.flush());
    collector.kill();
    collector.start();
    CHECK(eventually([&] {
        auto const messages = collector.messages();
        return messages.size() > 1 && numberOf(messages.back()) == 201;
    }));
    std::set<std::uint64_t> numbers;
    for (auto const& message : collector.messages())
        numbers.insert(numberOf(message));
    CHECK(numbers.size() == 201);
}

TEST_CASE("nobody but the collector gets the trail: its certificate must hold and name it", "[audit][R42]")
{
    TrailFixture fixture;
    makeCertificates(fixture.folder / "tls", "IP:127.0.0.1");
    makeCertificates(fixture.folder / "other", "IP:127.0.0.1");
    makeCertificates(fixture.folder / "name", "DNS:elsewhere");
    fixture.fill(5);
    auto const port = freePort();
    auto const which = GENERATE("other", "name");
    Collector impostor(fixture.folder / which, port);
    impostor.start();
    auto settings = settingsOf(fixture, port);
    if (std::string(which) == "name")
        settings.tls.trust = fixture.folder / "name/ca.crt";
    SyslogForwarder forwarder(settings);
    CHECK(eventually([&] { return fixture.alarms.stands("audit", "collector"); }));
    CHECK(impostor.messages().empty());
    CHECK(forwarder.collected() == 0);
}

TEST_CASE("a mark beyond the trail, or of another one, silences no collector", "[audit][R42]")
{
    TrailFixture fixture;
    makeCertificates(fixture.folder / "tls", "IP:127.0.0.1");
    fixture.fill(20);
    auto const real = fixture.entries()[9].hash;
    auto const mark = GENERATE_COPY(std::string("999999 ") + noHash, "12 " + real);
    std::ofstream(fixture.folder / "keys/syslog.mark") << mark << "\n";
    // Where it was, and where whoever writes the trail can write.
    std::ofstream(fixture.folder / "audit/syslog.mark") << "999999\n";
    auto const port = freePort();
    Collector collector(fixture.folder / "tls", port);
    collector.start();
    SyslogForwarder forwarder(settingsOf(fixture, port));
    REQUIRE(collector.waitFor(24));
    CHECK(numberOf(collector.messages().front()) == 1);
    CHECK(fixture.alarms.stands("audit", "mark"));
}

TEST_CASE("a mark of an entry whose time is over goes on behind it", "[audit][R42]")
{
    TrailFixture fixture;
    makeCertificates(fixture.folder / "tls", "IP:127.0.0.1");
    TrailWriter writer(fixture.place());
    for (int day = 0; day < 3; ++day) {
        TimedEvent const timed{eventOf("day" + std::to_string(day)), fixture.clock.now()};
        REQUIRE(writer.append({&timed, 1}));
        fixture.clock.advance(std::chrono::hours(24));
    }
    auto const last = fixture.entries()[1]; // the seal at the end of the first file
    std::ofstream(fixture.folder / "keys/syslog.mark") << last.sequence << " " << last.hash << "\n";
    REQUIRE(writer.trim(std::chrono::hours(40), last.sequence, fixture.clock.now()));
    REQUIRE(fixture.entries().front().sequence == last.sequence + 1);
    auto const port = freePort();
    Collector collector(fixture.folder / "tls", port);
    collector.start();
    SyslogForwarder forwarder(settingsOf(fixture, port));
    REQUIRE(collector.waitFor(1));
    CHECK(numberOf(collector.messages().front()) == last.sequence + 1);
    CHECK_FALSE(fixture.alarms.stands("audit", "mark"));
}
