#include "gateway/cli/output.h"
#include "gateway/cli/study_time.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::gateway::cli;
using namespace std::chrono_literals;

TEST_CASE("how far a clock is off is said as people say it", "[cli][time]")
{
    CHECK(spanForPeople(8h) == "8 h");
    CHECK(spanForPeople(-8h) == "8 h");
    CHECK(spanForPeople(7h + 59min + 20s) == "8 h");
    CHECK(spanForPeople(1h + 59min) == "2 h");
    CHECK(spanForPeople(11min) == "11 min");
    CHECK(spanForPeople(45s) == "45 s");
    CHECK(spanForPeople(47h) == "47 h");
    CHECK(spanForPeople(48h) == "2 d");
    CHECK(spanForPeople(24h * 9461) == "9,461 d");
    CHECK(spanForPeople(24h * 1'234'567) == "1,234,567 d");

    CHECK(clockWords(std::nullopt).empty());
    CHECK(clockWords(10min).empty());
    CHECK(clockWords(-10min).empty());
    CHECK(clockWords(11min) == "device clock 11 min behind, or sent late");
    CHECK(clockWords(-8h) == "device clock 8 h ahead");
}

TEST_CASE("what a study says of an age, and what its birth date says", "[cli][time]")
{
    gateway::StudyRecord study;
    study.firstReceivedAt = *parseIso8601("2026-11-26T04:00:00Z");
    CHECK(ageWords(study).empty());
    study.header.patientBirthDate = "19600312";
    study.header.studyDate = "20261126";
    CHECK(ageWords(study) == "66 y by birth date on the study's date");
    study.header.patientAge = "066Y";
    CHECK(ageWords(study) == "given 066Y; 66 y by birth date on the study's date");
    study.header.patientAge = "45岁";
    CHECK(ageWords(study) == "given 45岁; 66 y by birth date on the study's date: they disagree");
    study.header.patientAge = "066Y";
    study.header.studyDate = "20000101";
    study.clockSkew = 24h * 9826;
    CHECK(ageWords(study) == "given 066Y; 66 y by birth date on the day of receipt");
}

TEST_CASE("the study's own time stands behind its date, as far as it is one", "[cli][time]")
{
    CHECK(dateForPeople("20261126", "101530.5") == "2026-11-26 10:15");
    CHECK(dateForPeople("20261126", "10") == "2026-11-26");
    CHECK(dateForPeople("20261126", "noon") == "2026-11-26");
    CHECK(dateForPeople("", "101530").empty());
    CHECK(missingWords("received=137;expected=350;z=72.5..337.5;series=2;why=count") ==
          "137 of 350 images; missing from 72.5 to 337.5 mm (series 2)");
    CHECK(missingWords("").empty());
}
