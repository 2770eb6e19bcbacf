#include "gateway/audit/direct_trail.h"
#include "tests/audit/trail_fixture.h"

#include <csignal>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

TEST_CASE("an entry says when, with the zone, who, from where, what and how it ended", "[audit][R41]")
{
    TrailFixture fixture;
    AuditEvent event;
    event.kind = AuditEventKind::InstancesTransferred;
    event.outcome = AuditOutcome::MinorFailure;
    event.person = "wangmin";
    event.callingAe = "PUZI_CT";
    event.calledAe = "QIANLI";
    event.address = "10.8.3.7";
    event.certificateSubject = "CN=puzi";
    event.site = "puzi";
    event.studies = {"1.2.3"};
    event.objects = {"1.2.3.4", "1.2.3.5"};
    event.objectCount = 7;
    event.sent = true;
    event.patient = "puzi/000123";
    event.detail = "line\nbreak";
    {
        ChainedTrail trail(fixture.settings(), fixture.clock);
        trail.record(event);
    }
    auto const entries = fixture.entries();
    REQUIRE(entries.size() == 2); // and the seal of the end
    auto const& read = entries[0];
    CHECK(read.timeText.size() == 29);
    CHECK(parseIso8601WithOffset(read.timeText).value() == fixture.clock.now());
    CHECK(read.event.kind == event.kind);
    CHECK(read.event.outcome == event.outcome);
    CHECK(read.event.person == event.person);
    CHECK(read.event.callingAe == event.callingAe);
    CHECK(read.event.calledAe == event.calledAe);
    CHECK(read.event.address == event.address);
    CHECK(read.event.certificateSubject == event.certificateSubject);
    CHECK(read.event.site == event.site);
    CHECK(read.event.studies == event.studies);
    CHECK(read.event.objects == event.objects);
    CHECK(read.event.objectCount == event.objectCount);
    CHECK(read.event.sent == event.sent);
    CHECK(read.event.patient == event.patient);
    CHECK(read.event.detail == event.detail);
    CHECK(entries[1].seal);
    CHECK(fixture.lines().size() == 2); // whatever an event's text holds
}

TEST_CASE("a time with its zone is the same moment in every zone", "[audit][R41]")
{
    auto const text =
        GENERATE("2026-11-22T12:31:05.123+08:00", "2026-11-22T04:31:05.123+00:00", "2026-11-21T22:01:05.123-06:30");
    CHECK(toIso8601(parseIso8601WithOffset(text).value()) == "2026-11-22T04:31:05.123Z");
    CHECK_FALSE(parseIso8601WithOffset("2026-11-22T12:31:05.123Z"));
}

TEST_CASE("what must be kept is kept when record() returns", "[audit]")
{
    TrailFixture fixture;
    auto settings = fixture.settings();
    settings.groupTime = std::chrono::hours(1);
    ChainedTrail trail(settings, fixture.clock);
    trail.record(eventOf("someone"));
    trail.record(eventOf("admin", AuditEventKind::StudyDeleted));
    auto const entries = fixture.entries();
    REQUIRE(entries.size() == 2);
    CHECK(entries[1].event.person == "admin");
}

TEST_CASE("several programs append to one chain at the same time", "[audit][R42]")
{
    TrailFixture fixture;
    constexpr int programs = 3, each = 40;
    std::vector<pid_t> children;
    for (int p = 0; p < programs; ++p) {
        pid_t const child = ::fork();
        if (child == 0) {
            DirectTrail trail(fixture.place(), fixture.clock, [](Error const&) { ::_exit(1); });
            for (int i = 0; i < each; ++i)
                trail.record(eventOf("program" + std::to_string(p)));
            ::_exit(0);
        }
        children.push_back(child);
    }
    {
        ChainedTrail trail(fixture.settings(), fixture.clock);
        for (int i = 0; i < each; ++i)
            trail.record(eventOf("daemon"));
        for (pid_t const child : children) {
            int status = -1;
            ::waitpid(child, &status, 0);
            CHECK(status == 0);
        }
    }
    auto const judgement = fixture.verify();
    CHECK(judgement.good());
    CHECK(judgement.unsealed == 0);
    std::map<std::string, int> by;
    for (auto const& entry : fixture.entries())
        if (!entry.seal)
            ++by[entry.event.person];
    CHECK(by.size() == programs + 1);
    for (auto const& [who, count] : by)
        CHECK(count == each);
}

TEST_CASE("a line that a kill tore is removed and said; the chain goes on", "[audit][R42]")
{
    TrailFixture fixture;
    fixture.fill(7);
    {
        std::ofstream out(fixture.file(), std::ios::app | std::ios::binary);
        out << "{\"n\":9,\"t\":\"2026-11-22T" << std::string(100, '\0');
    }
    // Beside a gateway that is down, nothing is wrong: nobody was promised this entry.
    CHECK(fixture.verify().good());
    CHECK(fixture.verify().torn == 123);
    {
        ChainedTrail trail(fixture.settings(), fixture.clock);
        trail.record(eventOf("next"));
    }
    auto const judgement = fixture.verify();
    CHECK(judgement.good());
    CHECK(judgement.torn == 0);
    auto const entries = fixture.entries();
    REQUIRE(entries.size() == 11); // 7, a seal, what was torn, the next, a seal
    CHECK(entries[8].event.kind == AuditEventKind::SecurityAlert);
    CHECK(entries[8].event.detail.find("123 bytes") != std::string::npos);
    CHECK(entries[9].event.person == "next");
}

TEST_CASE("the chain goes on behind an entry that somebody destroyed, which stays named", "[audit][R42]")
{
    TrailFixture fixture;
    fixture.fill(7);
    auto lines = fixture.lines();
    lines.back() = "rubbish";
    fixture.write(lines);
    {
        ChainedTrail trail(fixture.settings(), fixture.clock);
        trail.record(eventOf("next"));
    }
    auto const judgement = fixture.verify();
    REQUIRE(judgement.faults.size() == 1);
    CHECK(judgement.faults[0].kind == TrailFault::Kind::Altered);
    CHECK(judgement.faults[0].sequence == 8);
    CHECK(judgement.last == 11);
}

TEST_CASE("while the trail can't be written there is an alarm; events wait and none is lost", "[audit][R45]")
{
    TrailFixture fixture;
    auto settings = fixture.settings();
    settings.stopOnFailure = GENERATE(true, false);
    // A file where the folder must be: the disk refuses, whoever we are.
    std::ofstream(fixture.folder / "audit") << "x";
    ChainedTrail trail(settings, fixture.clock);
    for (int i = 0; i < 50; ++i)
        trail.record(eventOf("p" + std::to_string(i)));
    CHECK_FALSE(trail.flush());
    CHECK(fixture.alarms.stands("audit", ""));
    CHECK(trail.mustStop() == settings.stopOnFailure);

    std::filesystem::remove(fixture.folder / "audit");
    for (int i = 0; i < 500 && fixture.alarms.stands("audit", ""); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK_FALSE(fixture.alarms.stands("audit", ""));
    CHECK_FALSE(trail.mustStop());
    trail.stop();
    CHECK(fixture.verify().good());
    auto const entries = fixture.entries();
    REQUIRE(entries.size() >= 51);
    for (std::size_t i = 0; i < 50; ++i)
        CHECK(entries[i].event.person == "p" + std::to_string(i));
}

TEST_CASE("a trail that can't be sealed is written all the same: one alarm, and none of the other kind", "[audit][R45]")
{
    TrailFixture fixture;
    fixture.fill(5);
    auto settings = fixture.settings();
    settings.stopOnFailure = true;
    settings.sealTime = settings.retryTime = std::chrono::milliseconds(1);
    auto const which = GENERATE("audit.key", "audit.head");
    auto const broken = fixture.folder / "keys" / which;
    auto const kept = readFile(broken, 1 << 20).value();
    std::filesystem::remove(broken);
    std::filesystem::create_directory(broken);
    std::atomic<int> changes{0};
    auto const eventually = [](auto const& condition) {
        for (int i = 0; i < 500 && !condition(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return condition();
    };
    {
        std::atomic<ChainedTrail*> to{nullptr};
        fixture.alarms.addListener([&](Alarm const& alarm, AlarmBoard::Change) {
            ++changes;
            if (auto* const there = to.load())
                there->record(eventOf("alarm " + alarm.subject, AuditEventKind::AlarmRaised));
        });
        ChainedTrail trail(settings, fixture.clock);
        to = &trail;
        trail.record(eventOf("first"));
        REQUIRE(eventually([&] { return fixture.alarms.stands("audit", "seal"); }));
        int const before = changes;
        // Each of these is written, sealing is tried, and fails.
        for (int i = 0; i < 40; ++i) {
            trail.record(eventOf("more"));
            CHECK(trail.flush());
            CHECK_FALSE(trail.mustStop());
        }
        CHECK(changes == before);
        CHECK(fixture.alarms.stands("audit", "seal"));
        CHECK_FALSE(fixture.alarms.stands("audit", ""));
        std::filesystem::remove(broken);
        REQUIRE(writeFileDurably(broken, kept, 0600));
        CHECK(eventually([&] { return !fixture.alarms.stands("audit", "seal"); }));
    }
    auto const entries = fixture.entries();
    // Ever more seldom, and not with each event.
    CHECK(std::ranges::count_if(entries, [](AuditEntry const& entry) { return entry.seal.has_value(); }) < 20);
    CHECK(fixture.verify().good());
}

TEST_CASE("a writer that hangs is one that can't write", "[audit][R45]")
{
    TrailFixture fixture;
    auto settings = fixture.settings();
    settings.stopOnFailure = true;
    settings.hungTime = std::chrono::milliseconds(50);
    fixture.fill(5);
    std::optional<TrailLock> other =
        TrailLock::take(fixture.folder / "audit", TrailLock::Kind::Exclusive, Duration{}).value();
    SECTION("the lock is held for longer than anybody waits")
    {
        settings.place.patience = std::chrono::milliseconds(20);
        settings.hungTime = std::chrono::hours(1);
    }
    SECTION("nothing comes back at all")
    {
        settings.place.patience = std::chrono::hours(1);
    }
    ChainedTrail trail(settings, fixture.clock);
    auto const eventually = [](auto const& condition) {
        for (int i = 0; i < 500 && !condition(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return condition();
    };
    trail.record(eventOf("waits"));
    CHECK(eventually([&] { return trail.mustStop(); }));
    CHECK(eventually([&] { return fixture.alarms.stands("audit", ""); }));
    other.reset();
    CHECK(eventually([&] { return !trail.mustStop() && !fixture.alarms.stands("audit", ""); }));
    trail.stop();
    CHECK(fixture.verify().good());
    CHECK(std::ranges::any_of(fixture.entries(), [](auto const& entry) { return entry.event.person == "waits"; }));
}

TEST_CASE("a clock that was set ahead before the start removes nothing", "[audit][R44]")
{
    TrailFixture fixture;
    auto place = fixture.place();
    {
        TrailWriter writer(place);
        for (int day = 0; day < 3; ++day) {
            TimedEvent const timed{eventOf("day" + std::to_string(day)), fixture.clock.now()};
            REQUIRE(writer.append({&timed, 1}));
            fixture.clock.advance(std::chrono::hours(24));
        }
    }
    REQUIRE(segmentsIn(place.folder).value().size() == 3);
    auto const keep = std::chrono::hours(24 * 400);
    fixture.clock.advance(std::chrono::hours(24 * 500));
    TrailWriter writer(place);
    TimedEvent const start{eventOf("start"), fixture.clock.now()};
    REQUIRE(writer.append({&start, 1}));
    REQUIRE(writer.trim(keep, 1000, fixture.clock.now()));
    CHECK(fixture.entries().front().event.person == "day0");
}

TEST_CASE("what doesn't fit into memory while the disk refuses is counted, and the count is on record", "[audit][R45]")
{
    TrailFixture fixture;
    auto settings = fixture.settings();
    settings.mostWaiting = 10;
    std::ofstream(fixture.folder / "audit") << "x";
    ChainedTrail trail(settings, fixture.clock);
    trail.record(eventOf("first"));
    CHECK_FALSE(trail.flush());
    for (int i = 0; i < 29; ++i)
        trail.record(eventOf("more"));
    std::filesystem::remove(fixture.folder / "audit");
    for (int i = 0; i < 500 && fixture.alarms.stands("audit", ""); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    trail.stop();
    auto const entries = fixture.entries();
    bool const said = std::ranges::any_of(entries, [](AuditEntry const& entry) {
        return entry.event.detail == "20 events are not on record: the trail could not be written";
    });
    CHECK(said);
    CHECK(fixture.verify().good());
}

TEST_CASE("a new file begins behind a seal, and the chain goes through all of them", "[audit][R44]")
{
    TrailFixture fixture;
    auto place = fixture.place();
    place.segmentBytes = 2000;
    TrailWriter writer(place);
    for (int i = 0; i < 40; ++i) {
        TimedEvent const timed{eventOf("p" + std::to_string(i)), fixture.clock.now()};
        REQUIRE(writer.append({&timed, 1}));
    }
    auto const segments = segmentsIn(place.folder).value();
    CHECK(segments.size() > 3);
    auto const judgement = fixture.verify();
    CHECK(judgement.good());
    CHECK(judgement.seals == segments.size() - 1);
    CHECK(fixture.entries().size() == 40 + judgement.seals);
}

TEST_CASE("files whose time is over go, with a note that the chain begins later; nothing else does", "[audit][R44]")
{
    TrailFixture fixture;
    auto place = fixture.place();
    TrailWriter writer(place);
    for (int day = 0; day < 10; ++day) {
        TimedEvent const timed{eventOf("day" + std::to_string(day)), fixture.clock.now()};
        REQUIRE(writer.append({&timed, 1}));
        fixture.clock.advance(std::chrono::hours(24));
    }
    REQUIRE(segmentsIn(place.folder).value().size() == 10);
    // What the collector has not got yet stays.
    REQUIRE(writer.trim(std::chrono::hours(24 * 6), 3, fixture.clock.now()));
    CHECK(fixture.entries().front().event.person == "day1");
    REQUIRE(writer.trim(std::chrono::hours(24 * 6), 1000, fixture.clock.now()));
    auto const entries = fixture.entries();
    CHECK(entries.front().event.person == "day3"); // its file ends with the seal of the fourth day
    CHECK(fixture.verify().good());
    CHECK(std::ranges::count_if(entries, [](AuditEntry const& entry) { return entry.beginning.has_value(); }) == 2);
    // One file more, and it is a cut.
    std::filesystem::remove(segmentsIn(place.folder).value().front().file);
    auto const cut = fixture.verify();
    REQUIRE_FALSE(cut.good());
    CHECK(cut.faults[0].kind == TrailFault::Kind::Cut);
}

TEST_CASE("a killed program loses no more than its last group, and the trail is whole", "[audit][R42]")
{
    TrailFixture fixture;
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid_t const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ChainedTrail trail(fixture.settings(), fixture.clock);
        for (int i = 0;; ++i) {
            trail.record(eventOf("p" + std::to_string(i)));
            if (i % 100 == 99 && trail.flush())
                static_cast<void>(::write(ends[1], "x", 1) == 1);
        }
    }
    std::size_t promised = 0;
    for (char one = 0; promised < 500 && ::read(ends[0], &one, 1) == 1;)
        promised += 100;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(fixture.verify().good());
    {
        ChainedTrail trail(fixture.settings(), fixture.clock);
        trail.record(eventOf("after"));
    }
    CHECK(fixture.verify().good());
    std::size_t kept = 0;
    for (auto const& entry : fixture.entries())
        if (entry.event.person == "p" + std::to_string(kept))
            ++kept;
    CHECK(kept >= promised);
}

TEST_CASE("a flood from one address is on record as a number, and hides nobody else", "[audit]")
{
    TrailFixture fixture;
    ChainedTrail trail(fixture.settings(), fixture.clock);
    auto refused = eventOf("", AuditEventKind::AssociationRefused);
    refused.outcome = AuditOutcome::MinorFailure;
    refused.address = "10.0.0.66";
    for (int i = 0; i < 10'000; ++i)
        trail.record(refused);
    auto other = refused;
    other.address = "10.0.0.7";
    trail.record(other);
    trail.record(eventOf("admin", AuditEventKind::StudyDeleted));
    trail.stop();
    std::map<std::string, int> by;
    std::string said;
    for (auto const& entry : fixture.entries()) {
        ++by[entry.event.address];
        if (entry.event.detail.starts_with("and "))
            said = entry.event.detail;
    }
    CHECK(by["10.0.0.66"] == 61);
    CHECK(by["10.0.0.7"] == 1);
    CHECK(by["127.0.0.1"] == 1);
    CHECK(said.starts_with("and 9940 more of these within a minute"));
}
