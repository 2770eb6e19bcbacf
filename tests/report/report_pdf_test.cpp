// The report on paper: all of its words can be read back, on every page whose it is, nothing is cut.
#include "tests/report/sample_report.h"

#include "common/base/text.h"
#include "common/crypto/pdf_page_text.h"

#include <catch2/catch.hpp>
#include <sstream>

using namespace qianli;
using Catch::Contains;

namespace {

// pdftotext's pages, with the white space taken out: where a line breaks is layout.
std::vector<std::string> pagesOf(std::filesystem::path const& pdf)
{
    auto const result = test::run({"pdftotext", pdf, "-"});
    REQUIRE(result.exitCode == 0);
    std::vector<std::string> pages;
    for (std::string const& page : text::split(result.output, '\f')) {
        std::string dense;
        for (char const c : page) {
            if (c != ' ' && c != '\n')
                dense += c;
        }
        pages.push_back(dense);
    }
    pages.pop_back();
    return pages;
}

std::string dense(std::string text)
{
    std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
    return text;
}

} // namespace

SCENARIO("pdftotext reads the Chinese of a report right", "[report][pdf]")
{
    test::TemporaryFolder const folder;
    model::Report const report = test::sampleReport();
    auto const written = viewer::writeReportPdf(report, test::sampleKeyImages(2), folder / "report.pdf");
    INFO((written ? std::string() : written.error().message));
    REQUIRE(written);
    CHECK(written->count == 1);
    auto const pages = pagesOf(folder / "report.pdf");
    REQUIRE(pages.size() == 1);

    for (std::string const& text : {report.hospital,
                                    std::string("影像诊断报告单"),
                                    std::string("普子乡卫生院"),
                                    std::string("欧阳清"),
                                    std::string("姓名"),
                                    std::string("65岁"),
                                    report.subject.patientId,
                                    report.subject.accessionNumber,
                                    std::string("胸部CT平扫"),
                                    std::string("2026-04-1513:14"),
                                    report.method,
                                    report.text.findings,
                                    report.text.impression,
                                    report.text.recommendation,
                                    std::string("检查所见"),
                                    std::string("影像诊断"),
                                    std::string("报告医师：王敏"),
                                    std::string("审核医师：未经审核"),
                                    std::string("第1页共1页"),
                                    std::string("本报告供临床医师参考"),
                                    report.srUid,
                                    std::string("序列2图像40肺窗")})
        CHECK_THAT(pages[0], Contains(dense(text)));

    THEN("every font is embedded, and each can be mapped back to text")
    {
        std::istringstream fonts(test::run({"pdffonts", folder / "report.pdf"}).output);
        int count = 0;
        for (std::string line; std::getline(fonts, line);) {
            if (count++ >= 2)
                CHECK_THAT(line, Contains("yes no  yes"));
        }
        CHECK(count > 2);
    }
}

SCENARIO("a long report flows over pages, and each says whose it is", "[report][pdf]")
{
    test::TemporaryFolder const folder;
    model::Report report = test::sampleReport();
    report.text.findings = test::longFindings();
    int const images = GENERATE(0, 1, 4);
    auto const written = viewer::writeReportPdf(report, test::sampleKeyImages(images), folder / "report.pdf");
    REQUIRE(written);
    REQUIRE(written->count >= 3);
    auto const pages = pagesOf(folder / "report.pdf");
    REQUIRE(pages.size() == static_cast<std::size_t>(written->count));
    std::string all;
    for (std::size_t i = 0; i < pages.size(); ++i) {
        CHECK_THAT(pages[i], Contains("欧阳清") && Contains(report.subject.patientId) && Contains(report.srUid));
        CHECK_THAT(pages[i], Contains("第" + std::to_string(i + 1) + "页共" + std::to_string(pages.size()) + "页"));
        all += pages[i];
    }
    for (int i = 1; i <= 40; ++i)
        CHECK_THAT(all, Contains("第" + std::to_string(i) + "段：双侧胸廓对称"));
    CHECK_THAT(pages.back(), Contains("审核医师：未经审核") && Contains("报告医师：王敏"));
    CHECK_THAT(pages.front(), !Contains("审核医师"));
}

SCENARIO("the gateway finds the UID on each page without a PDF library", "[report][pdf]")
{
    test::TemporaryFolder const folder;
    model::Report report = test::sampleReport();
    report.text.findings = test::longFindings();
    REQUIRE(viewer::writeReportPdf(report, test::sampleKeyImages(1), folder / "report.pdf"));
    auto const own = crypto::pdfPageTexts(test::readAll(folder / "report.pdf"));
    INFO((own ? std::string() : own.error().message));
    REQUIRE(own);
    auto const pages = pagesOf(folder / "report.pdf");
    REQUIRE(own->size() == pages.size());
    for (std::size_t i = 0; i < pages.size(); ++i) {
        CHECK(crypto::holdsUid((*own)[i], report.srUid));
        CHECK_FALSE(crypto::holdsUid((*own)[i], report.srUid.substr(0, report.srUid.size() - 1)));
        CHECK_THAT(dense((*own)[i]), Contains("欧阳清") && Contains("第" + std::to_string(i + 1) + "页共"));
    }
    THEN("anything else is refused with a reason, never misread")
    {
        std::string const pdf = test::readAll(folder / "report.pdf");
        CHECK_FALSE(crypto::pdfPageTexts(""));
        CHECK_FALSE(crypto::pdfPageTexts("%PDF-1.4 startxref 5"));
        CHECK_FALSE(crypto::pdfPageTexts(pdf.substr(0, pdf.size() / 2)));
        CHECK_FALSE(crypto::pdfPageTexts("%PDF-1.5\nxref\n0 99999999999\nstartxref\n9\n%%EOF"));
    }
}

SCENARIO("what can't be printed is refused, not printed as a box", "[report][pdf]")
{
    test::TemporaryFolder const folder;
    model::Report report = test::sampleReport();
    THEN("more than four key images")
    {
        auto const written = viewer::writeReportPdf(report, test::sampleKeyImages(5), folder / "report.pdf");
        REQUIRE_FALSE(written);
        CHECK(written.error().code == ErrorCode::LimitExceeded);
    }
    THEN("a character of no font")
    {
        report.subject.patientName = "王\U000E0041"; // a tag character: in no font
        auto const written = viewer::writeReportPdf(report, {}, folder / "report.pdf");
        REQUIRE_FALSE(written);
        CHECK(written.error().code == ErrorCode::Refused);
        CHECK_THAT(written.error().message, Contains("U+E0041") && Contains("patient's name"));
    }
}

SCENARIO("a name with a rare character is printed and can be searched", "[report][pdf]")
{
    test::TemporaryFolder const folder;
    model::Report report = test::sampleReport();
    report.subject.patientName = "𠮷^㛃𠀀"; // extension B, extension A
    report.text.findings = "患者𠮷㛃𠀀胸部未见异常，𪚥𠮷。";
    REQUIRE(viewer::writeReportPdf(report, {}, folder / "report.pdf"));
    auto const pages = pagesOf(folder / "report.pdf");
    REQUIRE(pages.size() == 1);
    CHECK_THAT(pages[0], Contains("𠮷㛃𠀀"));
    CHECK_THAT(pages[0], Contains("患者𠮷㛃𠀀胸部未见异常，𪚥𠮷。"));
    auto const own = crypto::pdfPageTexts(test::readAll(folder / "report.pdf"));
    REQUIRE(own);
    CHECK(crypto::holdsUid(own->front(), report.srUid));
}
