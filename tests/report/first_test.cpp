#include "tests/report/sample_report.h"
#include "viewer/report/report_files.h"
#include <catch2/catch.hpp>
using namespace qianli;
TEST_CASE("look", "[.look]")
{
    auto report = test::sampleReport();
    auto files = viewer::writeReportFiles(report, test::sampleKeyImages(2), test::signers().key, report.signedAt, "/tmp/e2/out");
    if (!files) FAIL(files.error().message);
    auto v = crypto::verifyReportFiles({files->structuredReport, files->encapsulatedPdf}, test::signers().trust());
    if (!v) FAIL(v.error().message);
    std::filesystem::copy_file(test::signers().authorityFile(), "/tmp/e2/out/ca.crt", std::filesystem::copy_options::overwrite_existing);
    report.text.findings = test::longFindings();
    auto more = viewer::writeReportFiles(report, test::sampleKeyImages(4), test::signers().key, report.signedAt, "/tmp/e2/out2");
    if (!more) FAIL(more.error().message);
}
