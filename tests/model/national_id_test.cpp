#include "common/model/national_id.h"
#include "common/model/patient_key.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::model;

TEST_CASE("a national ID is valid by its date and check digit", "[model][identity]")
{
    for (auto const& [text, number, birthDate, sex] :
         {std::tuple("500101196001011236", "500101196001011236", "19600101", 'M'),
          std::tuple(" 50010119600101121x ", "50010119600101121X", "19600101", 'M'),
          std::tuple("11010519491231002X", "11010519491231002X", "19491231", 'F'), // the example of GB 11643
          std::tuple("500101600101123", "500101196001011236", "19600101", 'M')}) {
        INFO(text);
        auto const id = nationalId(text);
        REQUIRE(id);
        CHECK(id->number == number);
        CHECK(id->birthDate == birthDate);
        CHECK(id->sex == sex);
        CHECK(nationalIdFault(text).empty());
    }
    for (auto const* text : {"", "000123", "500101196001011237", "11010519491231002", "110105194912310021",
                             "500101196013011236", "500101196002301232", "500101600231123", "990101600101123",
                             "50010119600101123６", "5001011960010112X6", "500101196001011236 7"}) {
        INFO(text);
        CHECK_FALSE(nationalId(text));
    }
    CHECK(nationalIdFault("500101196001011237") == "its check digit would be 6");
    CHECK(nationalIdFault("500101196013011236") == "19601301 is no date");
    // Each wrong digit and each pair changed round is noticed.
    std::string const right = "500101196001011236";
    for (std::size_t i = 0; i < right.size(); ++i)
        for (char digit = '0'; digit <= '9'; ++digit) {
            std::string wrong = right;
            wrong[i] = digit;
            CHECK(nationalId(wrong).has_value() == (wrong == right));
        }
}

TEST_CASE("what looks like a national ID is masked, nothing else", "[model][identity]")
{
    CHECK(maskedId("500101196001011236") == "500101********1236");
    CHECK(maskedId("500101196001011237") == "500101********1237");
    CHECK(maskedId("50010119600101121x") == "500101********121x");
    CHECK(maskedId("500101600101123") == "500101*****1123");
    for (auto const* text : {"", "000123", "1234567890123", "50010119600101123", "5001011960010112361",
                             "A00101196001011236", "张三", "50010119600101123Y"})
        CHECK(maskedId(text) == text);
}

TEST_CASE("a patient's key is read as it is written", "[model][identity]")
{
    for (auto const& [text, key] : {std::pair("puzi/000123", PatientKey{{"puzi"}, "000123", 0, ""}),
                                    std::pair("puzi/000123#1", PatientKey{{"puzi"}, "000123", 1, ""}),
                                    std::pair("puzi/A/7", PatientKey{{"puzi"}, "A/7", 0, ""}),
                                    std::pair("puzi/A#7#0", PatientKey{{"puzi"}, "A#7", 0, ""}),
                                    std::pair("puzi/A#7b", PatientKey{{"puzi"}, "A#7b", 0, ""}),
                                    std::pair("puzi/study:1.2.3", PatientKey{{"puzi"}, "", 0, "1.2.3"}),
                                    std::pair("puzi/study:1.2.3#2", PatientKey{{"puzi"}, "", 2, "1.2.3"})}) {
        INFO(text);
        CHECK(toText(key) == text);
        auto const read = parsePatientKey(text);
        REQUIRE(read);
        CHECK(*read == key);
    }
    for (auto const* text : {"", "puzi", "/000123", "puzi/"})
        CHECK_FALSE(parsePatientKey(text));
}
