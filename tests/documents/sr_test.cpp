// Structured reports as pages: all words right, numbers with units, how final it is, and no end of nested items.
#include "common/dicom/character_set.h"
#include "tests/documents/sample_documents.h"
#include "tests/support/support.h"
#include "viewer/render/sr_pages.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {
Result<std::shared_ptr<SrDocument const>> written(std::string const& charset, test::Change const& fill)
{
    test::TemporaryFolder const folder;
    test::writeReport(folder / "sr.dcm", charset, fill);
    return loadSrDocument(folder / "sr.dcm");
}

QString textOf(std::shared_ptr<SrDocument const> document, Language language = Language::Chinese)
{
    return SrPages(std::move(document), language).text();
}

DcmItem& addNumber(DcmItem& parent, char const* name, char const* value, char const* unit)
{
    DcmItem& item = test::addItem(parent, "CONTAINS", "NUM", name);
    DcmItem* measured = nullptr;
    item.findOrCreateSequenceItem(DCM_MeasuredValueSequence, measured, -2);
    measured->putAndInsertString(DCM_NumericValue, value);
    test::addCode(*measured, DCM_MeasurementUnitsCodeSequence, unit, "UCUM", "a unit");
    return item;
}
} // namespace

TEST_CASE("the words of a report are read in the set that they are written in, whatever is declared", "[sr]")
{
    std::string const finding = "右肺上叶见直径约 8 mm 结节。";
    struct Way {
        char const* declared;
        char const* written;
    };
    auto const way = GENERATE(values<Way>({{"ISO_IR 192", "ISO_IR 192"},
                                           {"GB18030", "GB18030"},
                                           {"ISO_IR 100", "GB18030"}, // a device that lies
                                           {"", "GB18030"}}));
    auto const bytes = dicom::encodeText(finding, way.written);
    auto const topic = dicom::encodeText("影像所见", way.written);
    REQUIRE((bytes && topic));
    auto const read = written(way.declared, [&](DcmDataset& dataSet) {
        DcmItem& section = test::addItem(dataSet, "CONTAINS", "CONTAINER", *topic);
        test::addItem(section, "CONTAINS", "TEXT", *topic).putAndInsertString(DCM_TextValue, bytes->c_str());
    });
    REQUIRE(read);
    SrItem const& section = (*read)->root.items.at(0);
    CHECK(section.topic == "影像所见");
    CHECK(section.items.at(0).value == finding);
    QString const text = textOf(*read);
    CHECK(text.contains(QString::fromStdString(finding)));
    CHECK(text.contains("Diagnostic imaging report"));
    CHECK(text.contains("已完成，未审核"));
}

TEST_CASE("each kind of content is shown as what it is", "[sr]")
{
    auto const read = written("ISO_IR 192", [](DcmDataset& dataSet) {
        dataSet.putAndInsertString(DCM_VerificationFlag, "VERIFIED");
        DcmItem* verifier = nullptr;
        dataSet.findOrCreateSequenceItem(DCM_VerifyingObserverSequence, verifier, -2);
        verifier->putAndInsertString(DCM_VerifyingObserverName, "Chen^Qiang=陈^强");
        verifier->putAndInsertString(DCM_VerifyingOrganization, "县医院");
        verifier->putAndInsertString(DCM_VerificationDateTime, "20261126093015+0800");
        addNumber(dataSet, "面积", "1.7", "cm2");
        addNumber(dataSet, "DLP", "312.5", "mGy.cm");
        addNumber(dataSet, "比值", "0.48", "1");
        DcmItem& missing = test::addItem(dataSet, "CONTAINS", "NUM", "未测");
        test::addCode(missing, DCM_NumericValueQualifierCodeSequence, "114000", "DCM", "Not a number");
        test::addCode(test::addItem(dataSet, "CONTAINS", "CODE", "部位"), DCM_ConceptCodeSequence, "T-28000", "SRT",
                      "肺");
        test::addItem(dataSet, "CONTAINS", "PNAME", "医师").putAndInsertString(DCM_PersonName, "Wang^Min=王^敏");
        test::addItem(dataSet, "CONTAINS", "DATE", "日期").putAndInsertString(DCM_Date, "20261126");
        DcmItem& image = test::addItem(dataSet, "CONTAINS", "IMAGE", "图像");
        DcmItem* reference = nullptr;
        image.findOrCreateSequenceItem(DCM_ReferencedSOPSequence, reference, -2);
        reference->putAndInsertString(DCM_ReferencedSOPClassUID, UID_CTImageStorage);
        reference->putAndInsertString(DCM_ReferencedSOPInstanceUID, "1.2.840.77");
        reference->putAndInsertString(DCM_ReferencedFrameNumber, "3\\5");
        test::addItem(dataSet, "CONTAINS", "SCOORD", "区域").putAndInsertString(DCM_GraphicType, "CIRCLE");
        DcmItem& again = test::addItem(dataSet, "INFERRED FROM", "", "");
        again.findAndDeleteElement(DCM_ConceptNameCodeSequence);
        again.findAndDeleteElement(DCM_ValueType);
        Uint32 const place[] = {1, 1};
        again.putAndInsertUint32Array(DCM_ReferencedContentItemIdentifier, place, 2);
        test::addItem(dataSet, "CONTAINS", "HOLOGRAM", "新的");
    });
    REQUIRE(read);
    QString const text = textOf(*read);
    for (char const* words :
         {"已完成，已审核", "陈强  县医院  2026-11-26 09:30:15", "面积：1.7 cm²", "DLP：312.5 mGy·cm", "比值：0.48",
          "未测：Not a number", "部位：肺", "医师：王敏", "日期：2026-11-26", "图像：CT 对象 第 3、5 帧", "1.2.840.77",
          "区域：圆", "见：面积 1.7 cm²", "这个版本不能显示的内容：HOLOGRAM"}) {
        INFO(words);
        CHECK(text.contains(QString::fromUtf8(words)));
    }
    CHECK_FALSE(text.contains("0.48 1"));
    CHECK(textOf(*read, Language::English).contains("complete, verified"));
}

TEST_CASE("a report that is too deep or too long is cut, and says so", "[sr]")
{
    bool const deep = GENERATE(true, false);
    auto const read = written("ISO_IR 192", [deep](DcmDataset& dataSet) {
        if (!deep)
            dataSet.putAndInsertString(DCM_CompletionFlag, "PARTIAL");
        DcmItem* parent = &dataSet;
        for (int i = 0; i < (deep ? 55 : 20'100); ++i) {
            DcmItem& item = deep ? test::addItem(*parent, "CONTAINS", "CONTAINER", "level " + std::to_string(i))
                                 : test::addItem(*parent, "CONTAINS", "TEXT", "t");
            parent = deep ? &item : parent;
        }
    });
    REQUIRE(read);
    CHECK((*read)->cut);
    CHECK((*read)->itemCount <= 20'000);
    if (deep) {
        QString const text = textOf(*read);
        CHECK(text.contains("后面的内容没有显示"));
        CHECK(text.contains("level 30"));
        CHECK_FALSE(text.contains("level 50"));
    }
}

TEST_CASE("an object that has no content is refused with a sentence", "[sr]")
{
    auto const read =
        written("", [](DcmDataset& dataSet) { dataSet.findAndDeleteElement(DCM_ConceptNameCodeSequence); });
    REQUIRE_FALSE(read);
    CHECK_THAT(read.error().message, Catch::Contains("no content"));
}

TEST_CASE("a long report has pages, and each of them has words on it", "[sr]")
{
    auto const read = written("ISO_IR 192", [](DcmDataset& dataSet) {
        for (int i = 0; i < 120; ++i)
            test::addItem(dataSet, "CONTAINS", "TEXT", "所见").putAndInsertString(DCM_TextValue, "肺纹理清晰。");
    });
    REQUIRE(read);
    SrPages const pages(*read, Language::Chinese);
    REQUIRE(pages.count() >= 3);
    for (std::size_t page = 0; page < pages.count(); ++page) {
        auto const image = drawPage(pages, page, 4);
        REQUIRE(image);
        int ink = 0;
        for (int y = 0; y < image->height() - 40; ++y) // above the page's number
            for (int x = 0; x < image->width(); ++x)
                ink += qGray(image->pixel(x, y)) < 100 ? 1 : 0;
        INFO(page);
        CHECK(ink > 200);
    }
}

TEST_CASE("images of which nothing is said are counted, a few are named", "[sr]")
{
    int const count = GENERATE(3, 10);
    auto const read = written("ISO_IR 192", [count](DcmDataset& dataSet) {
        for (int i = 0; i < count; ++i) {
            DcmItem& image = test::addItem(dataSet, "CONTAINS", "IMAGE", "");
            image.findAndDeleteElement(DCM_ConceptNameCodeSequence);
            DcmItem* reference = nullptr;
            image.findOrCreateSequenceItem(DCM_ReferencedSOPSequence, reference, -2);
            reference->putAndInsertString(DCM_ReferencedSOPClassUID, UID_CTImageStorage);
            reference->putAndInsertString(DCM_ReferencedSOPInstanceUID, ("1.2.840.7." + std::to_string(i)).c_str());
        }
    });
    REQUIRE(read);
    QString const text = textOf(*read);
    CHECK(text.contains("CT 对象 × 10") == (count == 10));
    CHECK(text.contains("1.2.840.7.2") == (count == 3));
}

TEST_CASE("units as one writes them", "[sr]")
{
    struct Unit {
        char const *scheme, *code, *meaning, *shown;
    };
    for (Unit const& unit : {Unit{"UCUM", "mm", "millimeter", "mm"}, Unit{"UCUM", "cm3", "cubic centimeter", "cm³"},
                             Unit{"UCUM", "1", "no units", ""}, Unit{"UCUM", "[hnsf'U]", "Hounsfield unit", "HU"},
                             Unit{"UCUM", "{ratio}", "ratio", ""}, Unit{"UCUM", "{SUVbw}g/ml", "SUV", "SUV"},
                             Unit{"UCUM", "um", "micrometer", "µm"}, Unit{"99", "cm", "厘米", "厘米"},
                             Unit{"UCUM", "%", "percent", "%"}}) {
        INFO(unit.code);
        CHECK(shownUnit(unit.scheme, unit.code, unit.meaning) == unit.shown);
    }
}

TEST_CASE("a word longer than a line goes on in the next one", "[sr]")
{
    auto const read = written("ISO_IR 192", [](DcmDataset& dataSet) {
        test::addItem(dataSet, "CONTAINS", "TEXT", "t")
            .putAndInsertString(DCM_TextValue, std::string(400, 'W').c_str());
    });
    REQUIRE(read);
    SrPages const pages(*read, Language::Chinese);
    auto const image = drawPage(pages, 0, 4);
    REQUIRE(image);
    auto const inkFrom = [&](int left, int right) {
        int ink = 0;
        for (int y = 0; y < image->height(); ++y)
            for (int x = left; x < right; ++x)
                ink += qGray(image->pixel(x, y)) < 100 ? 1 : 0;
        return ink;
    };
    CHECK(inkFrom(image->width() - 36, image->width()) == 0); // the margin
    CHECK(inkFrom(image->width() / 2, image->width() - 36) > 1000);
}

TEST_CASE("dates and times say no more than they are", "[sr]")
{
    CHECK(shownDateTime("20010213184746.5+0800") == "2001-02-13 18:47:46 +08:00");
    CHECK(shownDateTime("20010213184746-0330") == "2001-02-13 18:47:46 -03:30");
    CHECK(shownDateTime("200102131847") == "2001-02-13 18:47");
    CHECK(shownDateTime("20010213") == "2001-02-13");
    CHECK(shownDateTime("200102") == "2001-02"); // not two minutes past eight
    CHECK(shownDateTime("2001") == "2001");
    CHECK(shownDateTime("2001.02.13") == "2001.02.13");
    CHECK(shownTime("184746.25") == "18:47:46");
    CHECK(shownTime("1847") == "18:47");
    CHECK(shownTime("18") == "18");
}

TEST_CASE("a number that has a reservation keeps it", "[sr]")
{
    auto const read = written("ISO_IR 192", [](DcmDataset& dataSet) {
        test::addCode(addNumber(dataSet, "流速", "400", "cm/s"), DCM_NumericValueQualifierCodeSequence, "114009", "DCM",
                      "Value out of range");
    });
    REQUIRE(read);
    CHECK(textOf(*read).contains("流速：400 cm/s（Value out of range）"));
}

TEST_CASE("an item that names a character set of its own is read in it", "[sr]")
{
    auto const read = written("ISO_IR 192", [&](DcmDataset& dataSet) {
        test::addItem(dataSet, "CONTAINS", "TEXT", "所见").putAndInsertString(DCM_TextValue, "心影增大");
        DcmItem& item = test::addItem(dataSet, "CONTAINS", "TEXT", "comment");
        item.putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 144");
        item.putAndInsertString(DCM_TextValue, "\xC0\xD0\xDA"); // of odd length: no Hanzi either
    });
    REQUIRE(read);
    CHECK((*read)->root.items.at(0).value == "心影增大");
    CHECK((*read)->root.items.at(1).value == "Рак");
}

TEST_CASE("no value of a report is endless", "[sr]")
{
    auto const read = written("ISO_IR 192", [](DcmDataset& dataSet) {
        std::string const endless(3u << 20, 'x');
        dataSet.putAndInsertString(DCM_InstitutionName, endless.c_str());
        test::addItem(dataSet, "CONTAINS", "UIDREF", "u").putAndInsertString(DCM_UID, endless.c_str());
        test::addItem(dataSet, "CONTAINS", "TEXT", "t").putAndInsertString(DCM_TextValue, endless.c_str());
    });
    REQUIRE(read);
    CHECK((*read)->cut);
    CHECK((*read)->institution.size() <= 256u << 10);
    for (auto const& item : (*read)->root.items)
        CHECK(item.value.size() <= 256u << 10);
    // Nor does it take the square of its length to set: a word without an end is no word.
    auto const lines = textOf(*read).split('\n');
    CHECK(std::all_of(lines.begin(), lines.end(), [](QString const& line) { return line.size() <= 1100; }));
}

TEST_CASE("the shared reports are read", "[sr]")
{
    for (char const* name : {"reportsi.dcm", "reportsi_with_empty_number_tags.dcm", "test-SR.dcm", "sr.dcm",
                             "sr_document.dcm", "sr_document_with_multiple_groups.dcm", "real0X.ko.dcm"}) {
        auto const file = test::sharedData(std::string("sr-pdf-pr/") + name);
        if (!file)
            return;
        INFO(name);
        auto const read = loadSrDocument(*file);
        REQUIRE(read);
        CHECK_FALSE((*read)->cut);
        CHECK((*read)->itemCount > 5);
        if (std::string(name) == "sr_document.dcm")
            CHECK(textOf(*read).contains("Area of defined region：1.7 cm²"));
        if (std::string(name) == "test-SR.dcm")
            CHECK(textOf(*read).contains("Diameter：3 Length Unit"));
    }
}
