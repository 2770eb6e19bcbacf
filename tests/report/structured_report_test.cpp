// The structured report and the PDF object as other people's tools read them.
#include "tests/report/sample_report.h"

#include "viewer/report/encapsulated_pdf.h"
#include "viewer/report/structured_report.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <set>
#include <sstream>

using namespace qianli;
using Catch::Contains;

namespace {

// What dciodvfy says about our objects, word for word, each with the reason why it is no fault. A line not listed fails
// the test.
std::set<std::string> const explained{
    // Prints the name of the IOD it found.
    "BasicTextSR", "EncapsulatedPDF",
    // It takes a person name of one component, without '^', for the old form of names. Chinese display names have one
    // component, and
    // PS3.5 6.2.1.1 allows it.
    "Warning - Value dubious for this VR - (0x0008,0x0090) PN Referring Physician's Name  PN [1] = <李医生> - Retired "
    "Person Name form",
    "Warning - Value dubious for this VR - (0x0040,0xa075) PN Verifying Observer Name  PN [1] = <王敏> - Retired "
    "Person Name form",
    "Warning - Value dubious for this VR - (0x0040,0xa123) PN Person Name  PN [1] = <王敏> - Retired Person Name form",
    // Its table ends at SHA1; SHA256 is a defined term of PS3.3 C.12.1.1.3 (MAC Algorithm).
    "Warning - Unrecognized defined term <SHA256> for value 1 of attribute <MAC Algorithm>"};

std::set<std::string> unexplained(std::filesystem::path const& file)
{
    auto const result = test::run({"dciodvfy", file});
    std::set<std::string> found;
    std::istringstream lines(result.output + result.errors);
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty() && !explained.contains(line))
            found.insert(line);
    }
    CHECK(result.output.find("Error") == std::string::npos);
    CHECK(result.errors.find("Error") == std::string::npos);
    return found;
}

} // namespace

SCENARIO("other people's tools read the structured report", "[report][sr]")
{
    test::TemporaryFolder const folder;
    model::Report const report = test::sampleReport();
    test::writeAll(folder / "sr.dcm", test::signedStructuredReport(report));

    THEN("dciodvfy finds no error, and no warning that is not explained")
    {
        CHECK(unexplained(folder / "sr.dcm") == std::set<std::string>{});
    }
    THEN("dsrdump understands the tree and reads the Chinese")
    {
        auto const dump = test::run({"dsrdump", "+U8", "+Pl", "+Pc", folder / "sr.dcm"});
        INFO(dump.errors);
        REQUIRE(dump.exitCode == 0);
        CHECK_THAT(dump.output,
                   Contains("Basic Text SR Document") && Contains("欧阳^清 (F, 1961-03-07, #PZ20260415007)"));
        CHECK_THAT(dump.output, Contains("王敏, 云阳县人民医院") && Contains("VERIFIED") && Contains("COMPLETE"));
        CHECK_THAT(dump.output, Contains("CONTAINER:(18748-4,LN,\"Diagnostic Imaging Report\")"));
        CHECK_THAT(
            dump.output,
            Contains("(121049,DCM,\"Language of Content Item and Descendants\")=(zh-CN,RFC5646,\"Chinese (China)\")"));
        CHECK_THAT(dump.output, Contains("CONTAINER:(121070,DCM,\"Findings\")") &&
                                    Contains("CONTAINER:(121072,DCM,\"Impressions\")") &&
                                    Contains("CONTAINER:(121074,DCM,\"Recommendations\")"));
        CHECK_THAT(dump.output,
                   Contains("双侧胸廓对称。右肺上叶尖段见一磨玻璃结节，大小约8mm×6mm") && Contains("胸膜无增厚。"));
        CHECK_THAT(dump.output, Contains("1. 右肺上叶磨玻璃结节，建议随访。") && Contains("3个月后复查胸部CT薄层扫描"));
        CHECK_THAT(dump.output, Contains("送检机构：普子乡卫生院"));
    }
    THEN("dcmdump shows UTF-8 declared, the study kept, and the images as evidence")
    {
        auto const dump = test::run({"dcmdump", "-q", "+L", folder / "sr.dcm"}).output;
        CHECK_THAT(dump, Contains("(0008,0005) CS [ISO_IR 192]") && Contains("[" + report.subject.studyUid + "]"));
        CHECK_THAT(dump,
                   Contains("(0010,0010) PN [Ouyang^Qing=欧阳^清]") && Contains("(0008,0080) LO [云阳县人民医院]"));
        CHECK_THAT(dump, Contains("(0008,0201)") && Contains("CurrentRequestedProcedureEvidenceSequence"));
        for (auto const& image : report.evidence)
            CHECK_THAT(dump, Contains(image.sopInstanceUid));
    }
    THEN("a reader of UTF-8 gets the text as it was written")
    {
        auto const xml = test::run({"dsr2xml", "-q", folder / "sr.dcm"});
        INFO(xml.errors);
        CHECK_THAT(xml.output, Contains("主动脉壁见钙化。"));
    }
}

SCENARIO("other people's tools read the PDF object", "[report][pdf]")
{
    test::TemporaryFolder const folder;
    model::Report const report = test::sampleReport();
    test::writeAll(folder / "pdf.dcm", test::signedPdfObject(report, test::sampleKeyImages(2)));

    THEN("dciodvfy finds no error, and no warning that is not explained")
    {
        CHECK(unexplained(folder / "pdf.dcm") == std::set<std::string>{});
    }
    THEN("it names its SR, its study and its type")
    {
        auto const dump = test::run({"dcmdump", "-q", "+L", folder / "pdf.dcm"}).output;
        CHECK_THAT(dump, Contains("(0042,0013) SQ") && Contains("(0008,1150) UI =BasicTextSRStorage") &&
                             Contains("[" + report.srUid + "]"));
        CHECK_THAT(dump, Contains("[application/pdf]") && Contains("(0028,0301) CS [YES]") &&
                             Contains("[" + report.subject.studyUid + "]"));
        CHECK_THAT(dump, Contains("(0042,0010) ST [影像诊断报告单]") && Contains("(0008,0060) CS [DOC]"));
    }
    THEN("dcm2pdf gives the very file that was put in, and pdftotext reads it")
    {
        REQUIRE(test::run({"dcm2pdf", folder / "pdf.dcm", folder / "out.pdf"}).exitCode == 0);
        CHECK_THAT(test::run({"pdftotext", folder / "out.pdf", "-"}).output, Contains("右肺上叶尖段见一磨玻璃结节"));
    }
    THEN("both parities of a PDF's length are kept")
    {
        for (std::string const& content : {std::string("%PDF-1.4\n%"), std::string("%PDF-1.4\n%%")}) {
            test::writeAll(folder / "tiny.pdf", content);
            REQUIRE(viewer::writeEncapsulatedPdf(report, folder / "tiny.pdf", folder / "tiny.dcm"));
            DcmFileFormat format;
            REQUIRE(format.loadFile((folder / "tiny.dcm").c_str()).good());
            Uint32 length = 0;
            format.getDataset()->findAndGetUint32(DCM_EncapsulatedDocumentLength, length);
            CHECK(length == content.size());
            DcmElement* element = nullptr;
            format.getDataset()->findAndGetElement(DCM_EncapsulatedDocument, element);
            REQUIRE(element != nullptr);
            CHECK(element->getLength() == content.size() + content.size() % 2);
        }
        test::writeAll(folder / "no.pdf", "MZ");
        CHECK_FALSE(viewer::writeEncapsulatedPdf(report, folder / "no.pdf", folder / "no.dcm"));
    }
}

TEST_CASE("a report that lacks what makes it a report is not written", "[report][sr]")
{
    test::TemporaryFolder const folder;
    struct Case {
        char const* what;
        std::string model::Report::*field;
    };
    for (Case const& missing :
         {Case{"SOP Instance UID", &model::Report::srUid}, Case{"Series Instance UID", &model::Report::srSeriesUid},
          Case{"author", &model::Report::author}, Case{"issuing hospital", &model::Report::hospital}}) {
        model::Report report = test::sampleReport();
        report.*missing.field = "";
        auto const done = viewer::writeStructuredReport(report, folder / "sr.dcm");
        REQUIRE_FALSE(done);
        CHECK_THAT(done.error().message, Contains(missing.what));
        CHECK_FALSE(std::filesystem::exists(folder / "sr.dcm"));
    }
    model::Report report = test::sampleReport();
    report.text.findings = "\xC4\xE3\xBA\xC3"; // GBK
    auto const done = viewer::writeStructuredReport(report, folder / "sr.dcm");
    REQUIRE_FALSE(done);
    CHECK_THAT(done.error().message, Contains("not UTF-8"));
}
