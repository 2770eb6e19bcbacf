// What must be true before a report may be signed.
#include "tests/report/sample_report.h"

#include "viewer/report/report_checks.h"
#include "viewer/report/report_files.h"
#include "viewer/report/report_format.h"

#include <catch2/catch.hpp>

using namespace qianli;
using Catch::Contains;

SCENARIO("signing is refused when the images read, the task and the report are not about the same", "[report][checks]")
{
    model::ReportSubject const subject = test::sampleReport().subject;
    REQUIRE(viewer::checkIdentity(subject, subject, subject));
    struct Case {
        char const* field;
        void (*change)(model::ReportSubject&);
    };
    for (Case const& differing : {Case{"Study Instance UID", [](model::ReportSubject& s) { s.studyUid += ".1"; }},
                                  Case{"patient name", [](model::ReportSubject& s) { s.patientName = "欧阳^青"; }},
                                  Case{"patient ID", [](model::ReportSubject& s) { s.patientId = "PZ1"; }},
                                  Case{"site", [](model::ReportSubject& s) { s.site.value = "lushan"; }}}) {
        model::ReportSubject other = subject;
        differing.change(other);
        for (auto const& result :
             {viewer::checkIdentity(other, subject, subject), viewer::checkIdentity(subject, other, subject),
              viewer::checkIdentity(subject, subject, other)}) {
            REQUIRE_FALSE(result);
            CHECK(result.error().code == ErrorCode::Refused);
            CHECK_THAT(result.error().message, Contains(std::string(differing.field) + " differs"));
        }
    }
    THEN("two empty values are no agreement")
    {
        model::ReportSubject nameless = subject;
        nameless.patientId = " ";
        CHECK_FALSE(viewer::checkIdentity(nameless, nameless, nameless));
    }
    THEN("a national ID is told masked, also where only what is masked differs")
    {
        model::ReportSubject one = subject, other = subject;
        one.patientId = "500101196001011236";
        for (auto const& [id, said] : {std::pair("500101196002021236", "patient ID differs where it is masked"),
                                       std::pair("500101196002025678", "500101********5678")}) {
            other.patientId = id;
            auto const result = viewer::checkIdentity(one, other, one);
            REQUIRE_FALSE(result);
            CHECK_THAT(result.error().message, Contains(said));
            CHECK_THAT(result.error().message, !Contains(one.patientId) && !Contains(id));
        }
        CHECK(viewer::checkIdentity(one, one, one));
    }
    THEN("padding is no difference")
    {
        model::ReportSubject padded = subject;
        padded.patientId += " ";
        CHECK(viewer::checkIdentity(padded, subject, subject));
    }
}

SCENARIO("an unfinished report is not signed", "[report][checks]")
{
    model::Report report = test::sampleReport();
    REQUIRE(viewer::checkBeforeSigning(report));
    struct Case {
        char const* what;
        void (*change)(model::Report&);
    };
    for (Case const& wrong :
         {Case{"diagnosis", [](model::Report& r) { r.text.impression = " \n"; }},
          Case{"findings", [](model::Report& r) { r.text.findings = ""; }},
          Case{"author", [](model::Report& r) { r.author = ""; }}, Case{"UIDs", [](model::Report& r) { r.srUid = ""; }},
          Case{"patient's name", [](model::Report& r) { r.subject.patientName = "王\U0010FFFF"; }},
          Case{"not UTF-8", [](model::Report& r) { r.text.findings = "\xB0\xA1"; }}}) {
        model::Report changed = report;
        wrong.change(changed);
        auto const result = viewer::checkBeforeSigning(changed);
        REQUIRE_FALSE(result);
        CHECK_THAT(result.error().message, Contains(wrong.what));
        test::TemporaryFolder const folder;
        CHECK_FALSE(viewer::writeReportFiles(changed, {}, test::signers().key, test::sampleTime(), folder / "out"));
    }
}

TEST_CASE("which characters no font has", "[report][checks]")
{
    CHECK(viewer::charactersWithoutFont("张三\n王敏 abc 12×34㎜ 〇㐂").empty());
    CHECK(viewer::charactersWithoutFont("𠮷𠀀𪚥").empty());
    CHECK(viewer::charactersWithoutFont("a\U000E0041b\U000E0041\U0010FFFD") ==
          std::vector<char32_t>{U'\U000E0041', U'\U0010FFFD'});
}

TEST_CASE("UIDs are fixed once", "[report][checks]")
{
    model::Report report;
    viewer::fixReportUids(report);
    CHECK(report.srUid.starts_with("2.25."));
    CHECK(report.srUid != report.pdfUid);
    model::Report const before = report;
    viewer::fixReportUids(report);
    CHECK(report.srUid == before.srUid);
    CHECK(report.pdfSeriesUid == before.pdfSeriesUid);
}

TEST_CASE("DICOM's forms as a Chinese report prints them", "[report][format]")
{
    CHECK(viewer::printedName("Zhang^San=张^三") == "张三");
    CHECK(viewer::printedName("张三") == "张三");
    CHECK(viewer::printedName("SMITH^JOHN") == "SMITH JOHN");
    CHECK(viewer::printedName("Zhang^San= ") == "Zhang San");
    CHECK(viewer::printedSex("M") == "男");
    CHECK(viewer::printedSex("F ") == "女");
    CHECK(viewer::printedSex("") == "");
    CHECK(viewer::printedDateTime("20260415", "131422.5") == "2026-04-15 13:14");
    CHECK(viewer::printedDateTime("20260415", "") == "2026-04-15");
    CHECK(viewer::printedDateTime("spring", "") == "spring");
    CHECK(viewer::printedBodyPart("chest ") == "胸部");
    CHECK(viewer::printedBodyPart("左膝") == "左膝");
    model::ReportSubject subject;
    subject.age = "018M";
    CHECK(viewer::printedAge(subject) == "18月");
    subject.age = "";
    subject.birthDate = "20000416";
    subject.studyDate = "20260415";
    CHECK(viewer::printedAge(subject) == "25岁");
    subject.birthDate = "20250416";
    CHECK(viewer::printedAge(subject) == "11月");
    subject.birthDate = "";
    CHECK(viewer::printedAge(subject).empty());
}

TEST_CASE("an age that does not go with the date beside it says which one does", "[report][format]")
{
    model::ReportSubject subject;
    subject.birthDate = "19790408";
    subject.studyDate = "20040826";
    subject.age = "047Y"; // of the day of arrival
    CHECK(viewer::printedAge(subject) == "47岁（按检查日期 25岁）");
    for (char const* same : {"025Y", "026Y", "024Y"}) {
        subject.age = same;
        CAPTURE(same);
        CHECK(viewer::printedAge(subject).find("检查日期") == std::string::npos);
    }
    subject.birthDate = "20030601";
    for (char const* same : {"014M", "001Y", "015M"}) {
        subject.age = same;
        CAPTURE(same);
        CHECK(viewer::printedAge(subject).find("检查日期") == std::string::npos);
    }
    subject.age = "003M";
    CHECK(viewer::printedAge(subject) == "3月（按检查日期 14个月）");
    subject.studyDate = "";
    CHECK(viewer::printedAge(subject) == "3月");
}
