// Not run by itself: `test_report "[.look]"` leaves reports in build/…/report-look for the eye.
#include "tests/report/sample_report.h"

#include "viewer/report/report_files.h"

#include <catch2/catch.hpp>

using namespace qianli;

TEST_CASE("write reports to look at", "[.look]")
{
    auto const folder = test::programFolder() / "../report-look";
    model::Report report = test::sampleReport();
    auto const write = [&](char const* name, int images) {
        auto const files = viewer::writeReportFiles(report, test::sampleKeyImages(images), test::signers().key,
                                                    report.signedAt, folder / name);
        INFO((files ? std::string() : files.error().message));
        CHECK(files);
    };
    write("usual", 2);
    report.subject.patientName = "𠮷^㛃𠀀";
    report.subject.siteName = "重庆市云阳县普安恐龙地质公园管理委员会普安乡中心卫生院";
    report.subject.studyDescription = "胸部、上腹部CT平扫加增强扫描（三期）及三维重建";
    report.hospital = "重庆医科大学附属第三医院云阳县人民医院远程影像诊断中心";
    write("rare-and-long-names", 3);
    report = test::sampleReport();
    report.text.findings = test::longFindings();
    write("long", 4);
}
