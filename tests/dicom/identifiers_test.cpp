#include "common/base/file.h"
#include "common/dicom/instance_header.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"
#include "common/dicom/uid.h"
#include "tests/dicom/data_set_bytes.h"
#include "tests/support/support.h"

#include <array>
#include <catch2/catch.hpp>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fstream>
#include <set>

using namespace qianli;
using namespace qianli::dicom;

TEST_CASE("UIDs of peers pass unless they are unusable", "[uid]")
{
    CHECK(Uid::fromPeer(std::string_view("1.2.840\0", 8)).value().value() == "1.2.840");
    CHECK(Uid::fromPeer("1.2.3 ").value().value() == "1.2.3");
    CHECK(Uid::fromPeer("1.02.ABC").has_value());
    CHECK(Uid::fromPeer(std::string(128, '1')).has_value());
    CHECK_FALSE(Uid::fromPeer(std::string(129, '1')));
    for (char const* const bad : {"", " ", "1.2\\1.3", "1.2\n", "1.2\x80", "1.\x7F", "1.2 .3"})
        CHECK_FALSE(Uid::fromPeer(bad));
}

TEST_CASE("conformance of UIDs", "[uid]")
{
    CHECK(Uid::ofKnown("1.2.840.10008.1.1").isConformant());
    CHECK(Uid::ofKnown("0.0").isConformant());
    for (char const* const bad : {"", "1.02", "1..2", "1.2.", ".1", "1.a", "1 2"})
        CHECK_FALSE(Uid::ofKnown(bad).isConformant());
    CHECK(Uid::ofKnown(std::string(64, '1')).isConformant());
    CHECK_FALSE(Uid::ofKnown(std::string(65, '1')).isConformant());
}

TEST_CASE("new UIDs are conformant, all different; derived ones stay", "[uid]")
{
    std::set<Uid> made;
    for (int i = 0; i < 1000; ++i) {
        Uid const uid = Uid::generate();
        CHECK(uid.isConformant());
        CHECK(uid.value().starts_with("2.25."));
        made.insert(uid);
    }
    CHECK(made.size() == 1000);
    CHECK(Uid::derivedFrom("a") == Uid::derivedFrom("a"));
    CHECK(Uid::derivedFrom("a") != Uid::derivedFrom("b"));
    CHECK(Uid::derivedFrom("").isConformant());
    CHECK(implementationClassUid().isConformant());
}

TEST_CASE("our meta header is what DCMTK reads", "[part10]")
{
    FileMeta const meta{Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2"), Uid::ofKnown("1.2.3"),
                        Uid::ofKnown(transfer::explicitLittle), "PUZI_CT"};
    std::string const bytes = encodeFileMeta(meta);
    CHECK(bytes == encodeFileMeta(meta));
    CHECK(bytes.substr(0, 132) == std::string(128, '\0') + "DICM");
    test::TemporaryFolder folder;
    std::string const dataSet = test::DataSetBytes().element(tag::modality, "CS", "CT").text();
    std::ofstream(folder / "a.dcm") << bytes << dataSet;

    DcmFileFormat file;
    REQUIRE(file.loadFile((folder / "a.dcm").c_str()).good());
    OFString value;
    CHECK(file.getMetaInfo()->findAndGetOFString(DCM_MediaStorageSOPInstanceUID, value).good());
    CHECK(value == "1.2.3");
    CHECK(file.getMetaInfo()->findAndGetOFString(DCM_SourceApplicationEntityTitle, value).good());
    CHECK(value == "PUZI_CT");
    Uint32 length = 0;
    CHECK(file.getMetaInfo()->findAndGetUint32(DCM_FileMetaInformationGroupLength, length).good());
    CHECK(length == bytes.size() - 144);

    auto const layout = readPart10Layout(folder / "a.dcm");
    REQUIRE(layout);
    CHECK(layout->meta.sopClassUid == meta.sopClassUid);
    CHECK(layout->meta.sopInstanceUid == meta.sopInstanceUid);
    CHECK(layout->meta.transferSyntaxUid == meta.transferSyntaxUid);
    CHECK(layout->meta.sourceAeTitle == "PUZI_CT");
    CHECK(layout->dataSetOffset == bytes.size());
    CHECK(layout->fileSize == bytes.size() + dataSet.size());
}

TEST_CASE("files without a preamble are read where they show what they are", "[part10]")
{
    test::TemporaryFolder folder;
    auto const layoutOf = [&](std::string const& bytes) {
        std::ofstream(folder / "a.dcm", std::ios::trunc) << bytes;
        return readPart10Layout(folder / "a.dcm");
    };
    test::DataSetBytes implicit;
    implicit.implicitElement(tag::modality, "CT");
    test::DataSetBytes big(test::Order::Big);
    big.element(tag::modality, "CS", "CT");
    CHECK(layoutOf(implicit.text()).value().meta.transferSyntaxUid.value() == transfer::implicitLittle);
    CHECK(layoutOf(test::DataSetBytes().element(tag::modality, "CS", "CT").text())
              .value()
              .meta.transferSyntaxUid.value() == transfer::explicitLittle);
    CHECK(layoutOf(big.text()).value().meta.transferSyntaxUid.value() == transfer::explicitBig);

    FileMeta const meta{Uid::ofKnown("1.2"), Uid::ofKnown("1.3"), Uid::ofKnown("1.2.840.10008.1.2.4.70"), ""};
    std::string const whole = encodeFileMeta(meta);
    CHECK(layoutOf(whole.substr(132)).value().meta.transferSyntaxUid == meta.transferSyntaxUid);
    CHECK(layoutOf(whole).value().dataSetOffset == whole.size());
    for (std::size_t const length : {140u, 150u, 200u})
        CHECK_THAT(layoutOf(whole.substr(0, length)).error().message,
                   Catch::Contains("ends in the middle of its meta header"));
    for (std::string const& bytes :
         {std::string(), std::string("x"), std::string("just some text, no DICOM at all"), std::string(1000, '\0')})
        CHECK_THAT(layoutOf(bytes).error().message, Catch::Contains("no DICOM file"));
    CHECK(readPart10Layout(folder / "missing.dcm").error().code == ErrorCode::NotFound);
    CHECK(readPart10Layout(folder.path()).error().code == ErrorCode::InvalidInput);
}

TEST_CASE("a large private element in the meta header is passed over", "[part10]")
{
    test::TemporaryFolder folder;
    FileMeta const meta{Uid::ofKnown("1.2"), Uid::ofKnown("1.3"), Uid::ofKnown(transfer::explicitLittle), ""};
    std::string const bytes =
        encodeFileMeta(meta) + test::DataSetBytes().element({0x0002, 0x0102}, "OB", std::string(100'000, 'x')).text();
    std::ofstream(folder / "a.dcm") << bytes << test::DataSetBytes().element(tag::modality, "CS", "CT").text();
    CHECK(readPart10Layout(folder / "a.dcm").value().dataSetOffset == bytes.size());
}

TEST_CASE("storage classes: DCMTK's list is in ours, other services are not", "[sop]")
{
    for (int i = 0; i < numberOfDcmAllStorageSOPClassUIDs; ++i) {
        CAPTURE(dcmAllStorageSOPClassUIDs[i]);
        std::string const uid = dcmAllStorageSOPClassUIDs[i];
        auto const all = storageClasses();
        CHECK(std::any_of(all.begin(), all.end(), [&](StorageClass const& one) { return one.uid == uid; }));
    }
    std::set<std::string_view> uids;
    for (StorageClass const& one : storageClasses()) {
        CAPTURE(one.uid);
        CHECK(uids.insert(one.uid).second);
        CHECK(Uid::ofKnown(one.uid).isConformant());
        CHECK(isStorageAbstractSyntax(Uid::ofKnown(one.uid)));
    }
    for (char const* const uid :
         {sop::verification, sop::patientRootFind, sop::studyRootMove, sop::studyRootGet, "1.2.840.10008.1.20.1",
          "1.2.840.10008.5.1.4.31", "1.2.840.10008.3.1.2.3.3", "1.2.840.10008.5.1.1.9", "1.2.840.10008.5.1.4.34.6.1",
          "1.2.840.10008.5.1.4.1.1.200.4", "1.2.840.10008.1.3.10", "1.2.840.10008.1.2.1", "1.2.840.10008.5.1.4.38.2",
          ""})
        CHECK_FALSE(isStorageAbstractSyntax(Uid::ofKnown(uid)));
    // A private class, and one that a later standard may bring.
    CHECK(isStorageAbstractSyntax(Uid::ofKnown("1.3.12.2.1107.5.9.1")));
    CHECK(isStorageAbstractSyntax(Uid::ofKnown("1.2.840.10008.5.1.4.1.1.999.1")));
}

TEST_CASE("images and other objects", "[sop]")
{
    for (char const* const uid : {"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.1.1", sop::secondaryCapture,
                                  "1.2.840.10008.5.1.4.1.1.12.3", "1.2.840.10008.5.1.4.1.1.66.4"})
        CHECK(isImageStorage(Uid::ofKnown(uid)));
    for (char const* const uid : {sop::basicTextSr, sop::encapsulatedPdf, "1.2.840.10008.5.1.4.1.1.11.1",
                                  "1.2.840.10008.5.1.4.1.1.88.59", "1.2.840.10008.5.1.4.1.1.9.1.1", sop::verification})
        CHECK_FALSE(isImageStorage(Uid::ofKnown(uid)));
}

TEST_CASE("transfer syntaxes that hold their own pixels", "[sop]")
{
    for (char const* const uid :
         {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99",
          "1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.203",
          "1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.8.1", "1.2.840.113619.5.2", "1.2.3"})
        CHECK(isAcceptedTransferSyntax(Uid::ofKnown(uid)));
    for (char const* const uid :
         {"1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.204", "1.2.840.10008.1.2.4.205",
          "1.2.840.10008.1.2.7.1", "1.2.840.10008.1.2.6.1", "1.2.840.10008.1.20", "1.2.840.10008.1.1", ""})
        CHECK_FALSE(isAcceptedTransferSyntax(Uid::ofKnown(uid)));
    CHECK(isEncapsulated(Uid::ofKnown("1.2.840.10008.1.2.4.50")));
    CHECK(isEncapsulated(Uid::ofKnown("1.2.840.10008.1.2.5")));
    CHECK_FALSE(isEncapsulated(Uid::ofKnown("1.2.840.10008.1.2.1")));
    CHECK_FALSE(isEncapsulated(Uid::ofKnown("1.2.840.10008.1.2.1.99")));
}

TEST_CASE("what the index needs is read from a scanned header", "[header]")
{
    test::DataSetBytes bytes(test::Order::Big);
    bytes.element(tag::specificCharacterSet, "CS", "ISO_IR 100")
        .element(tag::sopClassUid, "UI", std::string("1.2.840.10008.5.1.4.1.1.2\0", 26))
        .element(tag::sopInstanceUid, "UI", "1.3.1")
        .element(tag::patientName, "PN", "\xD5\xC5\x95\x5C ")
        .element(tag::studyInstanceUid, "UI", "1.1.1 ")
        .element(tag::seriesInstanceUid, "UI", "1.2.1")
        .element(tag::imageLaterality, "CS", "L ")
        .element(tag::rows, "US", std::string("\x02\x01", 2))
        .element(tag::columns, "IS", "640 ");
    auto const read = [&](test::DataSetBytes const& dataSet) -> Result<InstanceHeader> {
        DataSetScanner scanner(Uid::ofKnown(transfer::explicitBig), instanceHeaderTags());
        QIANLI_TRY(scanner.feed(dataSet.bytes()));
        QIANLI_ASSIGN(auto const header, scanner.finish());
        return toInstanceHeader(header, Uid::ofKnown(transfer::explicitBig), "");
    };
    auto const instance = read(bytes);
    REQUIRE(instance);
    CHECK(instance->patientName == "张昞");
    CHECK(instance->charset.rule == 5);
    CHECK(instance->charset.declared == "ISO_IR 100");
    CHECK(instance->studyUid.value() == "1.1.1");
    CHECK(instance->rows == "513");
    CHECK(instance->columns == "640");
    CHECK(instance->laterality == "L");
    CHECK(instance->transferSyntaxUid == transfer::explicitBig);

    test::DataSetBytes without(test::Order::Big);
    without.element(tag::sopClassUid, "UI", "1.2")
        .element(tag::studyInstanceUid, "UI", "")
        .element(tag::seriesInstanceUid, "UI", "1.2.1");
    CHECK(read(without).error().message == "Study Instance UID (0020,000D): the UID is empty");
    without = test::DataSetBytes(test::Order::Big);
    without.element(tag::studyInstanceUid, "UI", "1.2").element(tag::seriesInstanceUid, "UI", "1.2\\1.3");
    CHECK(read(without).error().message.starts_with("Series Instance UID (0020,000E): the UID '1.2\\1.3'"));
}
