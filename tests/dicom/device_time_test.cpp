#include "common/base/calendar.h"
#include "common/dicom/device_time.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

using namespace qianli;
using namespace qianli::dicom;
using namespace std::chrono_literals;

namespace {

// China has no other hour in summer.
struct InChina {
    InChina() { set("Asia/Shanghai"); }
    ~InChina() { before.empty() ? unset() : set(before.c_str()); }
    static void set(char const* zone)
    {
        ::setenv("TZ", zone, 1);
        ::tzset();
    }
    static void unset()
    {
        ::unsetenv("TZ");
        ::tzset();
    }
    std::string before = std::getenv("TZ") == nullptr ? "" : std::getenv("TZ");
};

InstanceHeader made(std::string date, std::string time, std::string zone = {})
{
    InstanceHeader header;
    header.studyDate = std::move(date);
    header.studyTime = std::move(time);
    header.timezone = std::move(zone);
    return header;
}

std::string fromOf(InstanceHeader const& header)
{
    auto const time = deviceTime(header);
    return time ? toIso8601(time->from) : "";
}

} // namespace

TEST_CASE("a device's time is read in whatever form it has", "[dicom][time]")
{
    InChina const zone;
    CHECK(fromOf(made("20261126", "101530")) == "2026-11-26T02:15:30.000Z");
    CHECK(fromOf(made("2026.11.26", "10:15:30")) == "2026-11-26T02:15:30.000Z");
    CHECK(fromOf(made("2026-11-26 ", "101530.1234 ")) == "2026-11-26T02:15:30.123Z");
    CHECK(fromOf(made("20261126", "101530.5")) == "2026-11-26T02:15:30.500Z");
    CHECK(fromOf(made("20261126", "1015")) == "2026-11-26T02:15:00.000Z");
    CHECK(fromOf(made("20261126", "")) == "2026-11-25T16:00:00.000Z");
    CHECK(fromOf(made("20261126", "noon")) == "2026-11-25T16:00:00.000Z");
    CHECK(fromOf(made("20261126", "250000")) == "2026-11-25T16:00:00.000Z");
    CHECK(fromOf(made("19700101", "075959")) == "1969-12-31T23:59:59.000Z");
    CHECK(fromOf(made("20990101", "000000")) == "2098-12-31T16:00:00.000Z");
    for (char const* const date :
         {"", "00000000", "0000", "20261301", "20260230", "2026", "yesterday", "00010101", "2026.11-26"})
        CHECK(fromOf(made(date, "101530")).empty());
    CHECK(fromOf(made("20261126", "101530", "+0000")) == "2026-11-26T10:15:30.000Z");
    CHECK(fromOf(made("20261126", "101530", "-0530")) == "2026-11-26T15:45:30.000Z");
    CHECK(fromOf(made("20261126", "101530", "+2500")) == "2026-11-26T02:15:30.000Z");

    // The newest of those that make sense.
    auto several = made("20261126", "100000");
    several.seriesDate = "20261126";
    several.seriesTime = "100500";
    several.acquisitionDate = "19700101";
    several.contentDate = "00000000";
    several.contentTime = "235959";
    CHECK(fromOf(several) == "2026-11-26T02:05:00.000Z");
}

TEST_CASE("a clock's skew is the distance to what its digits leave open", "[dicom][time]")
{
    InChina const zone;
    auto const received = *parseIso8601("2026-11-26T02:15:30.400Z");
    CHECK(clockSkew(made("20261126", "101500"), received) == 29'400ms);
    CHECK(clockSkew(made("20261126", "101530"), received) == 0ms);
    CHECK(clockSkew(made("20261126", "10"), received) == 0ms);
    CHECK(clockSkew(made("20261126", ""), received) == 0ms);
    CHECK(clockSkew(made("20261126", "181530"), received) == -8h + 400ms);
    CHECK(clockSkew(made("20261126", "021529"), received) == 8h + 400ms);
    CHECK(clockSkew(made("20261127", ""), received) < -10min);
    CHECK(std::chrono::duration_cast<std::chrono::days>(*clockSkew(made("20000101", "000500"), received)).count() ==
          9826);
    CHECK_FALSE(clockSkew(made("00000000", "101500"), received));
}
