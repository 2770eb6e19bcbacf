// The watch over a real archive and workflow, with a clock that is set.
#include "gateway/upkeep/disk_forecast.h"
#include "gateway/upkeep/local_time.h"
#include "gateway/upkeep/stuck_queues.h"
#include "gateway/upkeep/watch.h"
#include "tests/support/gateway_fixture.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;
using namespace std::chrono_literals;

namespace {

struct WatchFixture : GatewayFixture {
    WatchFixture()
    {
        WorkflowSettings ofWorkflow;
        ofWorkflow.file = folder / "workflow.db";
        auto opened = Workflow::open(std::move(ofWorkflow), clock);
        if (!opened)
            FAIL(opened.error().message);
        workflow = *std::move(opened);
        alarms.addListener([this](Alarm const& alarm, AlarmBoard::Change change) {
            heard.push_back((change == AlarmBoard::Change::Raised ? "+" : "-") + alarm.code + " " + alarm.subject);
        });
    }
    std::unique_ptr<Watch> watch()
    {
        return std::make_unique<Watch>(Watch::Parts{store(),
                                                    index(),
                                                    *workflow,
                                                    clock,
                                                    {&alarms, nullptr},
                                                    settings,
                                                    30min,
                                                    reserve,
                                                    [this] { return sites; },
                                                    [this] { return uptime; },
                                                    [this] { return server; }});
    }
    // A study of a site at the clock's present time.
    void study(std::string const& site)
    {
        auto const uid = "2.25." + std::to_string(++studies);
        mustSend(GatewayFixture::site(site), SyntheticObject(uid, uid + ".1", uid + ".1.1").pixels(1000, 1));
    }
    // To that minute of the local day.
    void setClock(int day, int minute)
    {
        auto const now = localMoment(clock.now());
        auto const passes = std::chrono::minutes((day - now.day) * 1440 + minute - now.minute);
        clock.advance(passes);
        uptime += passes;
    }
    void usualWeeks(std::string const& site, int weeks)
    {
        int const today = localMoment(clock.now()).day;
        for (int day = today; day < today + 7 * weeks; ++day)
            for (int minute = 510; minute <= 930; minute += 60) {
                setClock(day, minute);
                study(site);
            }
    }

    std::unique_ptr<Workflow> workflow;
    AlarmBoard alarms{clock};
    AlarmSettings settings;
    std::vector<model::Site> sites;
    std::vector<std::string> heard;
    Duration uptime{};
    TimeServer server = TimeServer::Followed;
    std::uint64_t reserve = 0;
    int studies = 0;
};

model::Site named(std::string id)
{
    model::Site site;
    site.id = {std::move(id)};
    return site;
}

Delivery delivery(std::string peer, DeliveryState state, TimePoint created)
{
    Delivery result;
    result.destination = std::move(peer);
    result.state = state;
    result.createdAt = result.patienceFrom = created;
    result.outcome = "Connection refused";
    return result;
}

} // namespace

TEST_CASE_METHOD(WatchFixture,
                 "C2: a silent site is one alarm, comes back after a restart and ends with the first study",
                 "[watch][C2]")
{
    sites = {named("puzi"), named("sunjia")};
    settings.diskDays = 0;
    usualWeeks("puzi", 2);
    int const today = localMoment(clock.now()).day + 1;
    setClock(today, 510);
    study("puzi");
    study("sunjia"); // once in a while: never missed
    auto watching = watch();
    watching->look();
    CHECK(heard.empty());
    setClock(today, 640);
    for (int i = 0; i < 5; ++i) {
        watching->look();
        clock.advance(1min);
        uptime += 1min;
    }
    CHECK(heard == std::vector<std::string>{"+silent-site puzi"});
    REQUIRE(alarms.standing().size() == 1);
    CHECK(alarms.standing()[0].text.find("between 08:30 and 10:4") != std::string::npos);

    // The gateway is started again: nothing was kept but the archive.
    AlarmBoard fresh(clock);
    Watch again(Watch::Parts{store(),
                             index(),
                             *workflow,
                             clock,
                             {&fresh, nullptr},
                             settings,
                             30min,
                             0,
                             [this] { return sites; },
                             [this] { return uptime; },
                             [this] { return server; }});
    again.look();
    CHECK(fresh.stands("silent-site", "puzi"));

    study("puzi");
    watching->look();
    CHECK(heard == std::vector<std::string>{"+silent-site puzi", "-silent-site puzi"});
    // From the first look on, what came is counted by site.
    auto const received = watching->history().received();
    CHECK(received.at({"puzi"}).objects == 1);
    CHECK(received.at({"puzi"}).bytes > 1000);
    CHECK(received.at({"sunjia"}).objects == 0);
}

TEST_CASE_METHOD(WatchFixture, "all sites silent at once are one alarm that names them", "[watch]")
{
    settings.diskDays = 0;
    for (auto const* id : {"a", "b", "c"})
        sites.push_back(named(id));
    int const first = localMoment(clock.now()).day;
    for (int day = first; day < first + 15; ++day)
        for (int const minute : {540, 660, 780}) {
            setClock(day, minute);
            for (auto const& site : sites)
                study(site.id.value);
        }
    setClock(first + 15, 700);
    auto watching = watch();
    watching->look();
    CHECK(heard == std::vector<std::string>{"+silent-site "});
    CHECK(alarms.standing()[0].text == "3 of 3 sites that usually send at this time are silent: a, b, c");
    study("b");
    watching->look(); // two of three: still the same matter is told site by site
    CHECK(alarms.stands("silent-site", "a"));
    CHECK_FALSE(alarms.stands("silent-site", "b"));
    CHECK_FALSE(alarms.stands("silent-site", ""));
}

TEST_CASE_METHOD(WatchFixture, "the days until the disk is full are told when they are few", "[watch]")
{
    sites = {named("puzi")};
    settings.siteSilentAfter = 24h;
    usualWeeks("puzi", 1);
    setClock(localMoment(clock.now()).day + 1, 600);
    auto watching = watch();
    watching->look();
    CHECK(heard.empty()); // this disk has room for more than a few kilobytes
    reserve = 1ull << 60;
    auto full = watch();
    full->look();
    REQUIRE(alarms.stands("disk-forecast", ""));
    CHECK(alarms.standing()[0].text.find("is full in 0 days") != std::string::npos);
    CHECK(heard.size() == 1);
}

TEST_CASE("the forecast goes by usual weeks", "[watch]")
{
    std::map<int, std::uint64_t> days;
    CHECK_FALSE(forecastDisk(days, 100, 1000));
    for (int day = 70; day < 100; ++day)
        days[day] = day % 7 < 5 ? 70 : 0;
    // 350 a week, weekends included.
    auto const usual = forecastDisk(days, 100, 1000);
    REQUIRE(usual);
    CHECK(usual->bytesPerDay == 50);
    CHECK(usual->daysLeft == 20);
    days[95] += 1'000'000; // a day of catching up
    CHECK(forecastDisk(days, 100, 1000)->bytesPerDay < 60);
    // A gateway of three days can't tell.
    std::map<int, std::uint64_t> const fresh{{98, 1000}, {99, 1000}, {100, 1000}};
    CHECK_FALSE(forecastDisk(fresh, 100, 1000));
}

TEST_CASE("a queue is stuck when a report was given up, or waits for more than an hour", "[watch]")
{
    TimePoint const now = std::chrono::sys_days(std::chrono::days(20000)) + 12h;
    std::vector<Delivery> const waiting{delivery("A", DeliveryState::Waiting, now - 50min),
                                        delivery("B", DeliveryState::Waiting, now - 61min),
                                        delivery("B", DeliveryState::Waiting, now - 90min)};
    std::vector<Delivery> const givenUp{delivery("C", DeliveryState::GivenUp, now - 200h)};
    auto const queues = stuckQueues(waiting, givenUp, now, deliveryPatience(30min));
    REQUIRE(queues.size() == 2);
    CHECK(queues[0].peer == "B");
    CHECK(queues[0].waiting == 2);
    CHECK(queues[0].oldest == now - 90min);
    CHECK(inWords(queues[0]).find("2 reports have not got through to B since") != std::string::npos);
    CHECK(inWords(queues[1]) == "1 to C was given up: Connection refused");
    CHECK(deliveryPatience(2h) == 4h);
}

TEST_CASE_METHOD(WatchFixture, "a clock that is set, or that nobody keeps, is an alarm", "[watch]")
{
    settings.diskDays = 0;
    auto watching = watch();
    auto const pass = [&](Duration wall, Duration real) {
        clock.advance(wall);
        uptime += real;
        watching->look();
    };
    watching->look();
    pass(1min, 1min);
    pass(1min + 30s, 1min); // below the offset of a minute
    CHECK(heard.empty());
    pass(8h, 1min);
    CHECK(heard == std::vector<std::string>{"+clock "});
    CHECK(alarms.standing()[0].text.find("was set forward by 7 h at") != std::string::npos);
    pass(61min, 61min);
    CHECK(heard == std::vector<std::string>{"+clock ", "-clock "});
    server = TimeServer::Missing;
    pass(1min, 1min);
    CHECK(heard.size() == 3);
    server = TimeServer::Followed;
    pass(1min, 1min);
    CHECK(heard.size() == 4);
}

TEST_CASE_METHOD(WatchFixture, "a machine that just started is given time to find its time server", "[watch]")
{
    server = TimeServer::Missing;
    auto watching = watch();
    watching->look();
    CHECK(heard.empty());
    clock.advance(16min);
    uptime += 16min;
    watching->look();
    CHECK(heard == std::vector<std::string>{"+clock "});
}

TEST_CASE("devices that are ahead of us show that our clock is behind", "[watch]")
{
    TimePoint const now = std::chrono::sys_days(std::chrono::days(20000));
    auto const device = [&](std::optional<Duration> skew, Duration ago = 1h) {
        DeviceRecord record;
        record.medianSkew = skew;
        record.lastReceivedAt = now - ago;
        return record;
    };
    using Sites = std::vector<std::vector<DeviceRecord>>;
    CHECK(behindDevices(Sites{{device(-10min)}, {device(-11min), device(2min)}}, now, 60s) == 11min);
    // One site, or less than most, may be wrong itself; what came late says nothing.
    CHECK_FALSE(behindDevices(Sites{{device(-10min), device(-10min)}}, now, 60s));
    CHECK_FALSE(behindDevices(Sites{{device(-10min)}, {device(-10min)}, {device(0s), device(0s)}}, now, 60s));
    CHECK_FALSE(behindDevices(Sites{{device(30min)}, {device(40min)}}, now, 60s));
    CHECK_FALSE(behindDevices(Sites{{device(-30s)}, {device(-30s)}}, now, 60s));
    CHECK_FALSE(behindDevices(Sites{{device(-10min, 24h * 8)}, {device(-10min, 24h * 8)}}, now, 60s));
}
