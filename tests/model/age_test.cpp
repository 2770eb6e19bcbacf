#include "common/model/age.h"

#include <catch2/catch.hpp>
#include <tuple>

using namespace qianli;
using namespace qianli::model;
using Unit = Age::Unit;

TEST_CASE("ages are read as consoles write them", "[model][age]")
{
    for (auto const& [text, count, unit] :
         std::initializer_list<std::tuple<char const*, int, Unit>>{{"045Y", 45, Unit::Years},
                                                                   {"45", 45, Unit::Years},
                                                                   {"45Y", 45, Unit::Years},
                                                                   {"45y ", 45, Unit::Years},
                                                                   {"45岁", 45, Unit::Years},
                                                                   {"45 周岁", 45, Unit::Years},
                                                                   {"0Y", 0, Unit::Years},
                                                                   {"000Y", 0, Unit::Years},
                                                                   {"3月", 3, Unit::Months},
                                                                   {"3个月", 3, Unit::Months},
                                                                   {"10M", 10, Unit::Months},
                                                                   {"120D", 120, Unit::Days},
                                                                   {"20天", 20, Unit::Days},
                                                                   {"2W", 2, Unit::Weeks},
                                                                   {"2周", 2, Unit::Weeks},
                                                                   {"3岁2月", 38, Unit::Months},
                                                                   {"1Y06M", 18, Unit::Months}}) {
        INFO(text);
        auto const age = parseAge(text);
        REQUIRE(age);
        CHECK(*age == Age{count, unit});
    }
    for (char const* const text :
         {"", " ", "Y", "岁", "成人", "45Q", "-5Y", "45Y3", "3月2岁", "999Y", "20260101", "12 34"}) {
        INFO(text);
        CHECK_FALSE(parseAge(text));
    }
}

TEST_CASE("an age is derived from the birth date", "[model][age]")
{
    auto const at = [](char const* birth, char const* date) {
        auto const age = ageAt(birth, date);
        return age ? ageTextChinese(*age) : std::string();
    };
    CHECK(at("19600312", "20261126") == "66岁");
    CHECK(at("19601127", "20261126") == "65岁");
    CHECK(at("19601126", "20261126") == "66岁");
    CHECK(at("20240229", "20270228") == "35个月");
    CHECK(at("20240229", "20270301") == "3岁");
    CHECK(at("20261101", "20261126") == "25天");
    CHECK(at("20261026", "20261126") == "1个月");
    CHECK(at("20261126", "20261126") == "0天");
    CHECK(at("1960.03.12", "2026-11-26") == "66岁");
    for (auto const& [birth, date] : {std::pair{"", "20261126"},
                                      {"19600312", ""},
                                      {"00000000", "20261126"},
                                      {"19600231", "20261126"},
                                      {"20261127", "20261126"},
                                      {"1960", "20261126"},
                                      {"18500101", "20261126"}}) {
        INFO(birth << " " << date);
        CHECK(at(birth, date).empty());
    }
    CHECK(ageText({12, Unit::Days}) == "12 d");
}

TEST_CASE("a given age that the birth date contradicts is pointed out, at a date that can be trusted", "[model][age]")
{
    AgeFacts facts{"19600312", "066Y", "20261126", *parseIso8601("2026-11-26T04:00:00Z"), Duration(0)};
    CHECK_FALSE(judgeAge(facts).disagree);
    CHECK(judgeAge(facts).derived == Age{66, Unit::Years});
    for (char const* const given : {"65", "67岁", "067Y"}) { // counted otherwise
        facts.given = given;
        CHECK_FALSE(judgeAge(facts).disagree);
    }
    for (char const* const given : {"64", "45岁", "6月", "66D"}) {
        facts.given = given;
        CHECK(judgeAge(facts).disagree);
    }
    facts.given = "unknown";
    CHECK_FALSE(judgeAge(facts).disagree);
    CHECK_FALSE(judgeAge(facts).given);

    SECTION("where the device's clock says the year 2000, at the day of receipt")
    {
        facts.given = "066Y";
        facts.studyDate = "20000101";
        facts.clockSkew = std::chrono::hours(24 * 9826);
        auto const judged = judgeAge(facts);
        CHECK(judged.atReceipt);
        CHECK(judged.derived == Age{66, Unit::Years});
        CHECK_FALSE(judged.disagree);
    }
    SECTION("an old study that is sent today has the age of then")
    {
        facts.given = "039Y";
        facts.studyDate = "20000101";
        facts.clockSkew = std::chrono::hours(24 * 9826);
        auto const judged = judgeAge(facts);
        CHECK_FALSE(judged.atReceipt);
        CHECK(judged.derived == Age{39, Unit::Years});
        CHECK_FALSE(judged.disagree);
    }
    SECTION("without a study date, at the day of receipt")
    {
        facts.given = "";
        facts.studyDate = "00000000";
        auto const judged = judgeAge(facts);
        CHECK(judged.atReceipt);
        CHECK(judged.derived == Age{66, Unit::Years});
        CHECK_FALSE(judged.disagree);
    }
}
