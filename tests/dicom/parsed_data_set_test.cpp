#include "common/dicom/parsed_data_set.h"
#include "common/dicom/sop_class.h"
#include "tests/dicom/data_set_bytes.h"
#include "tests/support/support.h"

#include <catch2/catch.hpp>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fstream>

using namespace qianli;
using namespace qianli::dicom;

namespace {

std::filesystem::path writeFile(test::TemporaryFolder const& folder, test::DataSetBytes const& dataSet,
                                std::string_view syntax = transfer::explicitLittle)
{
    FileMeta const meta{Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2"), Uid::ofKnown("1.2.3"), Uid::ofKnown(syntax), "A"};
    std::ofstream(folder / "a.dcm", std::ios::trunc) << encodeFileMeta(meta) << dataSet.text();
    return folder / "a.dcm";
}

} // namespace

TEST_CASE("attributes of a file come out as text in UTF-8 and as numbers", "[parsed]")
{
    test::TemporaryFolder folder;
    test::DataSetBytes bytes;
    bytes.element(tag::specificCharacterSet, "CS", "ISO_IR 100")
        .element(tag::imageType, "CS", "ORIGINAL\\PRIMARY ")
        .element(tag::patientName, "PN", "\xD5\xC5\x95\x5C=X ") // its second byte is a backslash
        .element(tag::studyInstanceUid, "UI", std::string("1.2.3.4\0", 8))
        .element(tag::instanceNumber, "IS", "-12 ")
        .element(tag::imagePosition, "DS", "-1.5\\+2\\3e1 ")
        .element(tag::rows, "US", std::string("\x00\x02", 2))
        .element({0x0028, 0x0106}, "SS", "\xFE\xFF")
        .element({0x0028, 0x0030}, "DS", "abc ");
    auto const parsed = loadScanned(writeFile(folder, bytes));
    REQUIRE(parsed);
    CHECK(parsed->text(tag::patientName) == "张昞=X");
    CHECK(parsed->characterSet().rule == 5);
    CHECK(parsed->texts(tag::imageType) == std::vector<std::string>{"ORIGINAL", "PRIMARY"});
    CHECK(parsed->uid(tag::studyInstanceUid).value() == "1.2.3.4");
    CHECK(parsed->integer(tag::instanceNumber) == -12);
    CHECK(parsed->integer(tag::rows) == 512);
    CHECK(parsed->integer({0x0028, 0x0106}) == -2);
    CHECK(parsed->numbers(tag::imagePosition) == std::vector<double>{-1.5, 2, 30});
    CHECK(parsed->number(tag::imagePosition, 2) == 30.0);
    CHECK_FALSE(parsed->number(tag::imagePosition, 3));
    CHECK(parsed->numbers({0x0028, 0x0030}).empty());
    CHECK_FALSE(parsed->integer(tag::imagePosition));
    CHECK(parsed->has(tag::rows));
    CHECK_FALSE(parsed->has(tag::patientId));
    CHECK(parsed->text(tag::patientId).empty());
    CHECK(parsed->texts(tag::patientId).empty());
    CHECK(parsed->uid(tag::patientId).empty());
    CHECK(parsed->layout().meta.sopInstanceUid.value() == "1.2.3");
}

TEST_CASE("undeclared text of a file without a site is read as Chinese consoles mean it", "[parsed]")
{
    test::TemporaryFolder folder;
    test::DataSetBytes bytes;
    bytes
        .element(tag::patientName, "PN", "\xF1\x55\xF1\x56") // "ñUñV" as well
        .element(tag::studyInstanceUid, "UI", std::string("1.2.3.4\0", 8));
    auto const parsed = loadScanned(writeFile(folder, bytes));
    REQUIRE(parsed);
    CHECK(parsed->text(tag::patientName) == "馯馰");
    CHECK(parsed->characterSet().rule == 6);
}

TEST_CASE("DCMTK never sees what the scan refuses or what may be read differently", "[parsed]")
{
    test::TemporaryFolder folder;
    test::DataSetBytes deep;
    for (int i = 0; i < 20'000; ++i)
        deep.elementWithLength({0x0040, 0xA730}, "SQ", test::undefinedLength).item();
    CHECK(loadScanned(writeFile(folder, deep)).error().code == ErrorCode::LimitExceeded);
    test::DataSetBytes pixels, inside;
    pixels.elementWithLength(tag::pixelData, "SQ", test::undefinedLength)
        .item(static_cast<std::uint32_t>(deep.text().size()))
        .raw(deep.text())
        .sequenceEnd();
    inside.elementWithLength({0x0040, 0xA730}, "SQ", test::undefinedLength).item().raw(pixels.text());
    CHECK(loadScanned(writeFile(folder, pixels)).error().code == ErrorCode::LimitExceeded);
    CHECK(loadScanned(writeFile(folder, inside.itemEnd().sequenceEnd())).error().code == ErrorCode::LimitExceeded);

    test::DataSetBytes mixed;
    mixed.elementWithLength({0x0009, 0x1001}, "SQ", test::undefinedLength)
        .item()
        .implicitElement(tag::patientName, "A^B ")
        .itemEnd()
        .sequenceEnd();
    CHECK_THAT(loadScanned(writeFile(folder, mixed)).error().message, Catch::Contains("no value representations"));
    CHECK(loadScanned(folder / "missing.dcm").error().code == ErrorCode::NotFound);
}

namespace {

// How deep DCMTK finds sequences in bytes that the scan takes; 0 where it is kept away from them.
unsigned depthForParser(std::string const& bytes, std::string_view syntax)
{
    DataSetScanner scanner(Uid::ofKnown(syntax), {}, {});
    if (!scanner.feed(test::DataSetBytes::asBytes(bytes)))
        return 0;
    auto const scanned = scanner.finish();
    if (!scanned || scanned->ambiguous)
        return 0;
    DcmInputBufferStream stream;
    stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    stream.setEos();
    DcmDataset parsed;
    parsed.transferInit();
    static_cast<void>(parsed.read(stream, DcmXfer(std::string(syntax).c_str()).getXfer(), EGL_noChange));
    parsed.transferEnd();
    unsigned deepest = 0;
    std::vector<std::pair<DcmItem*, unsigned>> open{{&parsed, 0}};
    while (!open.empty()) {
        auto const [item, depth] = open.back();
        open.pop_back();
        deepest = std::max(deepest, depth);
        for (unsigned long i = 0; i < item->card(); ++i) {
            auto* const sequence = dynamic_cast<DcmSequenceOfItems*>(item->getElement(i));
            for (unsigned long j = 0; sequence != nullptr && j < sequence->card(); ++j)
                open.emplace_back(sequence->getItem(j), depth + 1);
        }
    }
    return deepest;
}

std::string tower(int depth, bool implicit)
{
    test::DataSetBytes bytes;
    for (int i = 0; i < depth; ++i)
        (implicit ? bytes.implicitWithLength({0x0040, 0xA730}, test::undefinedLength)
                  : bytes.elementWithLength({0x0040, 0xA730}, "SQ", test::undefinedLength))
            .item();
    for (int i = 0; i < depth; ++i)
        bytes.itemEnd().sequenceEnd();
    return bytes.text();
}

} // namespace

TEST_CASE("no VR hides sequences from the scan that DCMTK finds", "[parsed]")
{
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    constexpr unsigned limit = 64; // of ScanLimits
    auto const inner = tower(80, false);
    auto const size = static_cast<std::uint32_t>(inner.size());
    for (Tag const tag : {tag::pixelData, Tag{0x0040, 0xA730}, Tag{0x6000, 0x3000}, Tag{0x0028, 0x3010},
                          Tag{0x0009, 0x1001}, tag::patientName}) {
        for (int letters = 0; letters < 26 * 26; ++letters) {
            std::string const vr{static_cast<char>('A' + letters / 26), static_cast<char>('A' + letters % 26)};
            CAPTURE(toString(tag), vr);
            for (bool const known : {true, false}) {
                test::DataSetBytes element;
                if (known)
                    element.elementWithLength(tag, vr, size + 16);
                else
                    element.elementWithLength(tag, vr, test::undefinedLength);
                element.item(size).raw(inner).sequenceEnd();
                test::DataSetBytes inside;
                inside.elementWithLength({0x0008, 0x1115}, "SQ", test::undefinedLength).item().raw(element.text());
                REQUIRE(depthForParser(element.text(), transfer::explicitLittle) <= limit);
                REQUIRE(depthForParser(inside.itemEnd().sequenceEnd().text(), transfer::explicitLittle) <= limit);
            }
        }
    }
}

TEST_CASE("no private element without VR hides sequences from the scan that DCMTK finds", "[parsed]")
{
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    constexpr unsigned limit = 64; // of ScanLimits
    auto const content = tower(80, true);
    auto const size = static_cast<std::uint32_t>(content.size());
    for (std::uint32_t length = 1; length < size + 24; length += length < 24 ? 1 : 8) {
        for (std::uint32_t const announced : {test::undefinedLength, 8u, size, size + 8, size + 24, 0x1000u}) {
            CAPTURE(length, announced);
            test::DataSetBytes bytes; // a sequence in DCMTK's dictionary
            bytes.implicitElement({0x0009, 0x0010}, "DCMTK_ANONYMIZER")
                .implicitWithLength({0x0009, 0x1000}, length)
                .item(announced)
                .raw(content)
                .raw(std::string(0x2000, '\0'));
            REQUIRE(depthForParser(bytes.text(), transfer::implicitLittle) <= limit);
        }
    }
}

TEST_CASE("a data set in a private transfer syntax is parsed in the byte order in which it was scanned", "[parsed]")
{
    test::TemporaryFolder folder;
    // In big endian a short value of (0008,0005), and sequences behind it.
    test::DataSetBytes bytes, hidden(test::Order::Big);
    for (int i = 0; i < 80; ++i)
        hidden.elementWithLength({0x0040, 0xA730}, "SQ", test::undefinedLength).item();
    std::string value = std::string(0x2000, ' ') + hidden.text();
    value.resize(0x0020'0000, ' ');
    bytes.element({0x0800, 0x0500}, "UT", value).element({0x0801, 0x0010}, "LO", "AB");
    auto const parsed = loadScanned(writeFile(folder, bytes, "1.3.6.1.4.1.99999.1"));
    INFO((parsed ? std::string() : parsed.error().message));
    REQUIRE(parsed);
    CHECK(parsed->text({0x0801, 0x0010}) == "AB");

    test::DataSetBytes implicit;
    implicit.implicitElement(tag::patientId, "P1");
    CHECK(loadScanned(writeFile(folder, implicit, "1.3.6.1.4.1.99999.1"))->text(tag::patientId) == "P1");
}

TEST_CASE("a meta header that nests sequences or lies about its length takes DCMTK nowhere", "[parsed]")
{
    test::TemporaryFolder folder;
    auto const write = [&](Uid const& syntax, std::string const& more, std::string const& dataSet) {
        auto meta = encodeFileMeta({Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2"), Uid::ofKnown("1.2.3"), syntax, "A"});
        std::ofstream(folder / "a.dcm", std::ios::trunc) << meta << more << dataSet;
        return folder / "a.dcm";
    };
    test::DataSetBytes deep, wholesome;
    for (int i = 0; i < 100'000; ++i)
        deep.item().elementWithLength({0x0040, 0xA730}, "SQ", test::undefinedLength);
    wholesome.element(tag::patientId, "LO", "P1");
    auto const explicitLittle = Uid::ofKnown(transfer::explicitLittle);

    // For us a value of many bytes, for a parser a tower of sequences.
    test::DataSetBytes tower;
    tower.element({0x0002, 0x0102}, "SQ", deep.text());
    auto const nested = loadScanned(write(explicitLittle, tower.text(), wholesome.text()));
    REQUIRE(nested);
    CHECK(nested->text(tag::patientId) == "P1");

    // The same as data set: in implicit VR one value, whose length a parser that takes it for explicit VR reads as
    // "SQ".
    test::DataSetBytes hidden;
    auto document = "\xff\xff\xff\xff" + deep.text();
    document.resize(0x0020'5153);
    hidden.implicitElement({0x0042, 0x0011}, document).implicitElement(tag::patientId, "P1");
    auto const file = write(Uid::ofKnown(transfer::implicitLittle), {}, hidden.text());
    std::fstream(file).seekp(128 + 4 + 8) << std::string("\xff\xff\xff\x7f", 4);
    auto const lying = loadScanned(file);
    INFO((lying ? std::string() : lying.error().message));
    REQUIRE(lying);
    CHECK(lying->text(tag::patientId) == "P1");
}

TEST_CASE("what the scan passes, DCMTK reads", "[parsed][shared]")
{
    for (char const* const name : {"ct", "xray", "us", "compressed", "sr-pdf-pr", "charset", "ecg", "luts-overlays"}) {
        auto const folder = test::sharedData(name);
        if (!folder)
            return;
        for (auto const& entry : std::filesystem::recursive_directory_iterator(*folder)) {
            if (!entry.is_regular_file())
                continue;
            CAPTURE(entry.path().filename());
            if (entry.path().filename() == "SC_rgb_jpeg.dcm")
                continue; // implicit VR inside of a JPEG transfer syntax
            auto const parsed = loadScanned(entry.path());
            if (!parsed)
                FAIL_CHECK(parsed.error().message);
        }
    }
}
