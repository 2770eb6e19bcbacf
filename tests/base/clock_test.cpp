#include "common/base/clock.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

using namespace qianli;
using namespace std::chrono_literals;

TEST_CASE("times are written and read back to the millisecond", "[clock]")
{
    for (char const* const written : {"2026-11-22T04:31:05.123Z", "1970-01-01T00:00:00.000Z",
                                      "1969-12-31T23:59:59.999Z", "2024-02-29T12:00:00.000Z"}) {
        auto const time = parseIso8601(written);
        REQUIRE(time);
        CHECK(toIso8601(*time) == written);
    }
    CHECK(toIso8601(parseIso8601("2026-11-22T04:31:05Z").value()) == "2026-11-22T04:31:05.000Z");
    for (char const* const bad : {"", "2026-11-22", "2026-13-22T04:31:05Z", "2026-02-30T04:31:05Z",
                                  "2026-11-22T24:00:00Z", "2026-11-22T04:31:05", "2026-11-22T04:31:05+08:00",
                                  "2026-11-22T04:31:05.1Z", "2026-11-22 04:31:05Z", "2026-11-22T04:31:05.123Zx"}) {
        CAPTURE(bad);
        auto const refused = parseIso8601(bad);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::InvalidInput);
    }
}

TEST_CASE("people see local time, files carry the offset", "[clock]")
{
    char const* const before = std::getenv("TZ");
    std::string const kept = before ? before : "";
    setenv("TZ", "CST-8", 1); // China, without the time zone database
    tzset();
    auto const time = parseIso8601("2026-11-21T20:31:05.123Z").value();
    CHECK(toLocalText(time) == "2026-11-22 04:31");
    CHECK(toLocalText(time, TimePrecision::Seconds) == "2026-11-22 04:31:05");
    CHECK(toDicomDate(time) == "20261122");
    CHECK(toDicomTime(time) == "043105.123");
    CHECK(toDicomOffset(time) == "+0800");
    setenv("TZ", "XST3:30", 1);
    tzset();
    CHECK(toDicomOffset(time) == "-0330");
    if (before)
        setenv("TZ", kept.c_str(), 1);
    else
        unsetenv("TZ");
    tzset();
}

TEST_CASE("a manual clock stands until it is told", "[clock]")
{
    ManualClock clock(TimePoint{1000ms});
    CHECK(clock.now() == TimePoint{1000ms});
    clock.advance(500ms);
    CHECK(clock.now() == TimePoint{1500ms});
    clock.set(TimePoint{3ms});
    CHECK(clock.now() == TimePoint{3ms});
}
