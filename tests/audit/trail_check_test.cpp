// The daily look at the whole trail.
#include "gateway/audit/trail_check.h"
#include "tests/audit/trail_fixture.h"

#include <thread>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

namespace {

TrailCheckSettings settingsOf(TrailFixture& trail)
{
    TrailCheckSettings settings;
    settings.place = trail.place();
    settings.bytesPerSecond = 0;
    settings.alarms = &trail.alarms;
    return settings;
}

void alter(TrailFixture const& trail, std::size_t line, char how = 'q')
{
    auto lines = trail.lines();
    lines.at(line).replace(lines.at(line).find("\"person\":\""), 11, std::string("\"person\":\"") + how);
    trail.write(lines);
}

} // namespace

TEST_CASE("a change far back in the trail is found without anybody asking, and told once", "[audit][R42]")
{
    TrailFixture trail;
    trail.fill(20);
    TrailCheck check(settingsOf(trail));
    check.look();
    CHECK(trail.alarms.standing().empty());

    alter(trail, 2);
    check.look();
    check.look();
    REQUIRE(trail.alarms.stands("audit", "verify"));
    CHECK(trail.alarms.standing()[0].text.find("altered: entry 3 is altered") != std::string::npos);

    AlarmBoard later(trail.clock);
    auto settings = settingsOf(trail);
    settings.alarms = &later;
    TrailCheck next(settings);
    auto const say = [&] {
        auto const place = trail.place();
        auto const judgement = verifyTrail({place.folder, place.keys / "audit.pub", place.keys / "audit.head"});
        REQUIRE(judgement);
        REQUIRE(noteSeen(place, *judgement));
    };
    SECTION("no restart ends it, but a person's word does")
    {
        next.look();
        CHECK(later.stands("audit", "verify"));
        say();
        next.look();
        CHECK(later.standing().empty());
        // Something new is told.
        alter(trail, 8);
        next.look();
        REQUIRE(later.stands("audit", "verify"));
        CHECK(later.standing()[0].text.find("entry 9 is altered") != std::string::npos);
        CHECK(later.standing()[0].text.find("and 1 more") == std::string::npos);
    }
    SECTION("the same entry changed once more is something new")
    {
        say();
        next.look();
        CHECK(later.standing().empty());
        alter(trail, 2, 'r');
        next.look();
        CHECK(later.stands("audit", "verify"));
    }
    SECTION("the running gateway hears the word without looking at the whole trail again")
    {
        settings.first = settings.glance = std::chrono::milliseconds(1);
        TrailCheck running(settings);
        running.start();
        auto const waits = [&](bool stands) {
            for (int i = 0; i < 3000 && later.stands("audit", "verify") != stands; ++i)
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
            return later.stands("audit", "verify") == stands;
        };
        CHECK(waits(true));
        say();
        CHECK(waits(false));
    }
    SECTION("who puts back what was there ends it")
    {
        auto lines = trail.lines();
        lines[2].replace(lines[2].find("\"person\":\"q"), 11, "\"person\":\"p");
        trail.write(lines);
        check.look();
        CHECK(trail.alarms.standing().empty());
    }
}

TEST_CASE("the daily look comes by itself, and ends when it is told to", "[audit]")
{
    TrailFixture trail;
    trail.fill(20);
    alter(trail, 2);
    auto settings = settingsOf(trail);
    settings.first = std::chrono::milliseconds(1);
    SECTION("it looks")
    {
        TrailCheck check(settings);
        check.start();
        for (int i = 0; i < 3000 && !trail.alarms.stands("audit", "verify"); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        CHECK(trail.alarms.stands("audit", "verify"));
    }
    SECTION("it is stopped while it waits")
    {
        settings.first = std::chrono::hours(1);
        TrailCheck check(settings);
        check.start();
        check.stop();
        CHECK(trail.alarms.standing().empty());
    }
}

TEST_CASE("a trail that was never written is no alarm", "[audit]")
{
    TrailFixture trail;
    TrailCheck check(settingsOf(trail));
    check.look();
    CHECK(trail.alarms.standing().empty());
}
