// When a site is silent, and when it only has lunch.
#include "gateway/upkeep/local_time.h"
#include "gateway/upkeep/silent_sites.h"
#include "gateway/upkeep/traffic_findings.h"

#include <catch2/catch.hpp>
#include <random>

using namespace qianli;
using namespace qianli::gateway;

namespace {

constexpr int monday = 20780; // 2026-11-23

TimePoint at(int day, int minute)
{
    using namespace std::chrono;
    // Local time, found from UTC by what localMoment() says of it.
    TimePoint const guess = sys_days(days(day)) + minutes(minute);
    auto const said = localMoment(guess);
    return guess + minutes((day - said.day) * 1440 + minute - said.minute);
}

AlarmSettings const settings;

// A site that has sent at these minutes on the days of `weekdays` (0: Sunday) of eight weeks before `monday`.
SiteActivity siteThatSends(std::vector<int> const& minutes, std::vector<int> const& weekdays = {1, 2, 3, 4, 5})
{
    SiteActivity activity;
    for (int day = monday - 56; day < monday; ++day)
        if (std::ranges::find(weekdays, LocalMoment{day}.weekday()) != weekdays.end()) {
            for (int const minute : minutes)
                activity.minutes[day].push_back(static_cast<std::uint16_t>(minute));
            activity.studies[day] = static_cast<std::uint32_t>(minutes.size());
            activity.lastSeen = at(day, minutes.back());
        }
    return activity;
}

void sends(SiteActivity& activity, int day, int minute)
{
    activity.minutes[day].push_back(static_cast<std::uint16_t>(minute));
    ++activity.studies[day];
    activity.lastSeen = at(day, minute);
}

constexpr int hour(int hours, int minutes = 0)
{
    return hours * 60 + minutes;
}

std::vector<int> const eightADay{hour(8, 30), hour(9, 30), hour(10, 30), hour(11, 30),
                                 hour(13),    hour(14),    hour(15),     hour(16)};

bool isSilent(SiteActivity const& activity, int day, int minute)
{
    return judgeSilence(activity, at(day, minute), settings).state == Silence::State::Silent;
}

} // namespace

TEST_CASE("days of the week are counted from a known one", "[silent]")
{
    CHECK(LocalMoment{monday}.weekday() == 1);
    CHECK(LocalMoment{monday - 1}.weekday() == 0);
    CHECK(LocalMoment{0}.weekday() == 4);
    CHECK(localMoment(at(monday, 600)).day == monday);
    CHECK(localMoment(at(monday, 600)).minute == 600);
}

TEST_CASE("a site of eight studies a day is silent after two hours of working time without one", "[silent][C2]")
{
    auto activity = siteThatSends(eightADay);
    sends(activity, monday, hour(8, 30));
    CHECK_FALSE(isSilent(activity, monday, hour(10, 29)));
    auto const silence = judgeSilence(activity, at(monday, hour(10, 30)), settings);
    REQUIRE(silence.state == Silence::State::Silent);
    CHECK(silence.usualDays == 40);
    CHECK(silence.empty == 0);
    CHECK(silence.studiesPerDay == 8);
    CHECK(inWords(silence).find("on 40 of its last 40 usual days something came between 08:30 and 10:30") !=
          std::string::npos);
    // The first study ends it.
    sends(activity, monday, hour(10, 31));
    CHECK_FALSE(isSilent(activity, monday, hour(10, 31)));
}

TEST_CASE("a silence goes on through the night, until something comes", "[silent]")
{
    auto activity = siteThatSends(eightADay);
    sends(activity, monday, hour(8, 30));
    CHECK(isSilent(activity, monday, hour(23)));
    CHECK(isSilent(activity, monday + 1, hour(3)));
    CHECK(isSilent(activity, monday + 1, hour(8, 10)));
    CHECK(isSilent(activity, monday + 20, hour(12)));
    sends(activity, monday + 1, hour(8, 12));
    CHECK_FALSE(isSilent(activity, monday + 1, hour(9)));
}

TEST_CASE("lunch, evenings and free days are no silence", "[silent]")
{
    // Nothing from 11:30 to 14:00, and it stops at 16:00.
    std::vector<int> busy;
    for (int minute = hour(8); minute <= hour(16); minute += 10)
        if (minute <= hour(11, 30) || minute >= hour(14))
            busy.push_back(minute);
    auto activity = siteThatSends(busy);
    for (int const minute : busy)
        if (minute <= hour(11, 30))
            sends(activity, monday, minute);
    CHECK_FALSE(isSilent(activity, monday, hour(13, 59)));
    CHECK(isSilent(activity, monday, hour(14, 1)));
    for (int const minute : busy)
        if (minute > hour(11, 30))
            sends(activity, monday, minute);
    CHECK_FALSE(isSilent(activity, monday, hour(23, 59)));
    for (int const day : {monday + 1, monday + 2, monday + 3, monday + 4})
        for (int const minute : busy)
            sends(activity, day, minute);
    CHECK_FALSE(isSilent(activity, monday + 5, hour(15))); // Saturday
    CHECK_FALSE(isSilent(activity, monday + 6, hour(15))); // Sunday
    CHECK_FALSE(isSilent(activity, monday + 7, hour(10, 29)));
    CHECK(isSilent(activity, monday + 7, hour(10, 31))); // on Monday it is missed, when that is longer than lunch
}

TEST_CASE("a free afternoon of one weekday is learned", "[silent]")
{
    auto activity = siteThatSends(eightADay, {1, 2, 3, 4});
    for (int week = 1; week <= 8; ++week) // Fridays end at noon
        for (int const minute : {hour(8, 30), hour(9, 30), hour(10, 30), hour(11, 30)}) {
            activity.minutes[monday - 7 * week + 4].push_back(static_cast<std::uint16_t>(minute));
            activity.lastSeen = at(monday - 3, minute);
        }
    int const friday = monday + 4;
    for (int day = monday; day < friday; ++day)
        for (int const minute : eightADay)
            sends(activity, day, minute);
    sends(activity, friday, hour(11, 30));
    CHECK_FALSE(isSilent(activity, friday, hour(16)));
}

TEST_CASE("a site that sends once a week, or is new, is never silent", "[silent]")
{
    auto const weekly = siteThatSends({hour(10)}, {2});
    for (int day = monday; day < monday + 14; ++day)
        for (int minute = 0; minute < 1440; minute += 30)
            REQUIRE_FALSE(isSilent(weekly, day, minute));
    SiteActivity fresh;
    for (int day = monday - 7; day < monday; ++day)
        for (int const minute : eightADay)
            sends(fresh, day, minute);
    CHECK(judgeSilence(fresh, at(monday, hour(15)), settings).state == Silence::State::TooLittle);
    CHECK(judgeSilence(SiteActivity{}, at(monday, hour(15)), settings).state == Silence::State::TooLittle);
}

TEST_CASE("a site that sends at random hardly ever gives a false alarm", "[silent]")
{
    // 21 townships of eight a day, patients coming when they like: as irregular as it gets.
    std::mt19937_64 random(7);
    std::exponential_distribution<double> gap(8.0 / (10 * 60));
    int falseAlarms = 0, days = 0;
    for (int site = 0; site < 21; ++site) {
        SiteActivity activity;
        for (int day = monday - 56; day < monday + 28; ++day) {
            if (LocalMoment{day}.weekday() % 6 == 0)
                continue;
            days += day >= monday ? 1 : 0;
            bool alarmed = false;
            for (double minute = hour(8) + gap(random); minute < hour(18); minute += gap(random)) {
                alarmed = alarmed || (day >= monday && isSilent(activity, day, static_cast<int>(minute)));
                sends(activity, day, static_cast<int>(minute));
            }
            falseAlarms += alarmed ? 1 : 0;
        }
    }
    INFO(falseAlarms << " on " << days << " days of sites");
    CHECK(falseAlarms * 8 < days);
}

TEST_CASE("a broken scanner and a week of holidays don't make a silence usual", "[silent]")
{
    auto activity = siteThatSends(eightADay);
    for (int day = monday - 14; day < monday - 7; ++day) {
        activity.minutes.erase(day);
        activity.studies.erase(day);
    }
    sends(activity, monday, hour(8, 30));
    CHECK(isSilent(activity, monday, hour(11)));
}

TEST_CASE("when most sites are silent it is one matter", "[silent]")
{
    auto const many = [](int silent, int sending) {
        std::vector<Silence> result(static_cast<std::size_t>(silent + sending));
        for (std::size_t i = 0; i < result.size(); ++i)
            result[i].state = static_cast<int>(i) < silent ? Silence::State::Silent : Silence::State::Sending;
        return result;
    };
    CHECK(isSilentAsAWhole(many(21, 0)));
    CHECK(isSilentAsAWhole(many(15, 6)));
    CHECK_FALSE(isSilentAsAWhole(many(9, 12)));
    CHECK_FALSE(isSilentAsAWhole(many(2, 0)));
}
