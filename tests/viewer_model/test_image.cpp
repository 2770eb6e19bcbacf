// What is read out of a file: names in their character sets, spacings with their origin, look-up tables.
#include "tests/support/support.h"
#include "tests/viewer_model/sample_image.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {

std::shared_ptr<ImageAttributes const> load(std::function<void(DcmDataset&)> const& change)
{
    test::TemporaryFolder const folder;
    test::writeImageFile(folder / "image.dcm", change);
    auto image = loadImageAttributes(folder / "image.dcm");
    INFO((image ? "" : image.error().message));
    REQUIRE(image);
    return *image;
}

} // namespace

TEST_CASE("Names are read in the character set of their object", "[image]")
{
    struct Row {
        char const* file;
        char const* shown;
    };
    for (auto const& row : {Row{"charset/chrX1.dcm", "王小東"}, Row{"charset/chrX2.dcm", "王小东"},
                            Row{"charset/chrH31.dcm", "山田太郎"}, Row{"charset/chrFren.dcm", "Buc Jérôme"}}) {
        auto const path = test::sharedData(row.file);
        if (!path)
            continue;
        INFO(row.file);
        auto const image = loadImageAttributes(*path);
        REQUIRE(image);
        CHECK(displayName((*image)->patient.name) == row.shown);
    }
}

TEST_CASE("A Chinese name is shown without the marks of its parts", "[image]")
{
    CHECK(displayName("Zhang^Bing=张^昞=") == "张昞");
    CHECK(displayName("张^昞") == "张昞");
    CHECK(displayName("ZHANG^BING") == "ZHANG BING");
    // What breaks a line would make two people of one.
    CHECK(displayName("张三\r\n李四") == "张三 李四");
    CHECK(displayName("ZHANG^SAN\xE2\x80\xA8LI^SI") == "ZHANG SAN LI SI");
    CHECK(displayName("ZHANG\xC2\x85SAN\t") == "ZHANG SAN");
    CHECK(displayName("") == "");
}

TEST_CASE("Age is said in the unit a clinician would use", "[image]")
{
    PatientIdentity patient;
    patient.age = "058Y";
    CHECK(displayAge(patient, "") == "58岁");
    patient.age = "";
    patient.birthDate = "20260810";
    CHECK(displayAge(patient, "20261122") == "3个月");
    patient.birthDate = "19681123";
    CHECK(displayAge(patient, "20261122") == "57岁"); // a day before the birthday
    CHECK(displayAge(patient, "") == "");
}

TEST_CASE("A spacing says what it measures", "[image]")
{
    auto const detector = load([](DcmDataset& d) {
        d.putAndInsertString(DCM_Modality, "DX");
        d.putAndInsertString(DCM_ImagerPixelSpacing, "0.2\\0.1");
    });
    REQUIRE(detector->frame(0).spacing);
    CHECK(detector->frame(0).spacing->origin == SpacingOrigin::Detector);
    CHECK(detector->frame(0).pixelAspect == Approx(2));
    auto const calibrated = load([](DcmDataset& d) {
        d.putAndInsertString(DCM_Modality, "DX");
        d.putAndInsertString(DCM_ImagerPixelSpacing, "0.2\\0.2");
        d.putAndInsertString(DCM_PixelSpacing, "0.15\\0.15");
    });
    CHECK(calibrated->frame(0).spacing->origin == SpacingOrigin::Corrected);
    // Millimetres before a ratio that says otherwise: a circle is drawn as round as it is measured.
    auto const both = load([](DcmDataset& d) {
        d.putAndInsertString(DCM_ImagerPixelSpacing, "0.2\\0.1");
        d.putAndInsertString(DCM_PixelAspectRatio, "1\\1");
    });
    CHECK(both->frame(0).pixelAspect == Approx(2));
    auto const none = load([](DcmDataset& d) { d.putAndInsertString(DCM_PixelAspectRatio, "1\\2"); });
    CHECK_FALSE(none->frame(0).spacing);
    CHECK(none->frame(0).pixelAspect == Approx(0.5));
    auto const zero = load([](DcmDataset& d) { d.putAndInsertString(DCM_PixelSpacing, "0\\0"); });
    CHECK_FALSE(zero->frame(0).spacing);
}

TEST_CASE("Windows that can't be drawn are left out, and the others keep their names", "[image]")
{
    auto const image = load([](DcmDataset& d) {
        d.putAndInsertString(DCM_WindowCenter, "40\\-600");
        d.putAndInsertString(DCM_WindowWidth, "400\\1500");
        d.putAndInsertString(DCM_WindowCenterWidthExplanation, "BODY\\LUNG");
        d.putAndInsertString(DCM_VOILUTFunction, "SIGMOID");
    });
    auto const& grey = image->frame(0).grey;
    REQUIRE(grey.windows.size() == 2);
    CHECK(grey.windows[1].center == -600);
    CHECK(grey.windows[1].explanation == "LUNG");
    CHECK(grey.windows[0].function == VoiFunction::Sigmoid);
    auto const empty = load([](DcmDataset& d) {
        d.putAndInsertString(DCM_WindowCenter, "40");
        d.putAndInsertString(DCM_WindowWidth, "0");
    });
    CHECK(empty->frame(0).grey.windows.empty());
}

TEST_CASE("A VOI LUT Sequence is read with a signed first value", "[image]")
{
    auto const image = load([](DcmDataset& d) {
        d.putAndInsertUint16(DCM_PixelRepresentation, 1);
        DcmItem* item = nullptr;
        d.findOrCreateSequenceItem(DCM_VOILUTSequence, item, -2);
        Uint16 const descriptor[] = {3, static_cast<Uint16>(-5), 8};
        item->putAndInsertUint16Array(DCM_LUTDescriptor, descriptor, 3);
        Uint16 const entries[] = {0, 100, 255};
        item->putAndInsertUint16Array(DCM_LUTData, entries, 3);
    });
    auto const& luts = image->frame(0).grey.voiLuts;
    REQUIRE(luts.size() == 1);
    CHECK(luts[0].first == -5);
    CHECK(luts[0].at(-4) == 100);
}

TEST_CASE("A VOI LUT of unsigned pixels begins below nothing where their rescale does", "[image]")
{
    auto const firstWith = [](char const* intercept) {
        auto const image = load([intercept](DcmDataset& d) {
            d.putAndInsertString(DCM_RescaleSlope, "1");
            d.putAndInsertString(DCM_RescaleIntercept, intercept);
            DcmItem* item = nullptr;
            d.findOrCreateSequenceItem(DCM_VOILUTSequence, item, -2);
            Uint16 const descriptor[] = {3, static_cast<Uint16>(-1000), 8}, entries[] = {0, 100, 255};
            item->putAndInsertUint16Array(DCM_LUTDescriptor, descriptor, 3);
            item->putAndInsertUint16Array(DCM_LUTData, entries, 3);
        });
        return image->frame(0).grey.voiLuts.at(0).first;
    };
    CHECK(firstWith("-1024") == -1000);
    CHECK(firstWith("0") == 64'536);
}

TEST_CASE("A Rescale Slope of nothing is none: a picture of one grey", "[image]")
{
    auto const image = load([](DcmDataset& d) {
        d.putAndInsertString(DCM_RescaleSlope, "0");
        d.putAndInsertString(DCM_RescaleIntercept, "-10");
    });
    CHECK(image->frame(0).grey.modality(100) == 90);
}

TEST_CASE("MONOCHROME1 with Presentation LUT Shape INVERSE is one inversion", "[image]")
{
    auto const both = load([](DcmDataset& d) {
        d.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME1");
        d.putAndInsertString(DCM_PresentationLUTShape, "INVERSE");
    });
    CHECK(both->frame(0).grey.inverse);
    auto const identity = load([](DcmDataset& d) { d.putAndInsertString(DCM_PresentationLUTShape, "IDENTITY"); });
    CHECK_FALSE(identity->frame(0).grey.inverse);
    auto const shape = load([](DcmDataset& d) { d.putAndInsertString(DCM_PresentationLUTShape, "INVERSE"); });
    CHECK(shape->frame(0).grey.inverse);
}

TEST_CASE("A range of padding may be said from its upper end", "[image]")
{
    for (auto const& [value, limit] : {std::pair{Uint16{20}, Uint16{60}}, std::pair{Uint16{60}, Uint16{20}}}) {
        auto const image = load([value = value, limit = limit](DcmDataset& d) {
            d.putAndInsertUint16(DCM_PixelPaddingValue, value);
            d.putAndInsertUint16(DCM_PixelPaddingRangeLimit, limit);
        });
        auto const& grey = image->frame(0).grey;
        CHECK(grey.isPadding(20));
        CHECK(grey.isPadding(60));
        CHECK_FALSE(grey.isPadding(19));
        CHECK_FALSE(grey.isPadding(61));
    }
    for (auto const& [value, limit] : {std::pair{-1.5f, -0.5f}, std::pair{-0.5f, -1.5f}}) {
        auto const image = load([value = value, limit = limit](DcmDataset& d) {
            d.putAndInsertUint16(DCM_BitsAllocated, 32);
            d.findAndDeleteElement(DCM_PixelData);
            Float32 const pixels[] = {1, 2, 3, 4};
            d.putAndInsertFloat32Array(DCM_FloatPixelData, pixels, 4);
            d.putAndInsertFloat32(DCM_FloatPixelPaddingValue, value);
            d.putAndInsertFloat32(DCM_FloatPixelPaddingRangeLimit, limit);
        });
        auto const& grey = image->frame(0).grey;
        CHECK(grey.isPadding(-1));
        CHECK_FALSE(grey.isPadding(-2));
        CHECK_FALSE(grey.isPadding(0));
    }
}

TEST_CASE("Frames of an enhanced object have their own places", "[image]")
{
    auto const image = load([](DcmDataset& d) {
        d.putAndInsertString(DCM_NumberOfFrames, "2");
        Uint8 const pixels[8] = {};
        d.putAndInsertUint8Array(DCM_PixelData, pixels, 8);
        DcmItem* groups = nullptr;
        DcmItem* item = nullptr;
        d.findOrCreateSequenceItem(DCM_SharedFunctionalGroupsSequence, groups, -2);
        groups->findOrCreateSequenceItem(DCM_PlaneOrientationSequence, item, -2);
        item->putAndInsertString(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
        groups->findOrCreateSequenceItem(DCM_PixelMeasuresSequence, item, -2);
        item->putAndInsertString(DCM_PixelSpacing, "0.5\\0.5");
        for (char const* position : {"0\\0\\10", "0\\0\\15"}) {
            d.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, groups, -2);
            groups->findOrCreateSequenceItem(DCM_PlanePositionSequence, item, -2);
            item->putAndInsertString(DCM_ImagePositionPatient, position);
        }
    });
    REQUIRE(image->frames.size() == 2);
    REQUIRE(image->frame(1).plane);
    CHECK(image->frame(1).plane->position.z == 15);
    CHECK(image->frame(0).spacing->betweenRows == 0.5);
    auto const studies = arrange({image});
    CHECK(studies[0].series[0].stacks[0].kind == StackKind::Slices);
}

TEST_CASE("A file that is no DICOM says so", "[image]")
{
    test::TemporaryFolder const folder;
    auto const path = folder / "notes.txt";
    REQUIRE(test::run({"sh", "-c", "echo hello > " + path.string()}).exitCode == 0);
    auto const image = loadImageAttributes(path);
    REQUIRE_FALSE(image);
    CHECK(image.error().message.find("notes.txt") != std::string::npos);
}

TEST_CASE("Two people with the same number, or with none, are two patients")
{
    PatientIdentity const zhang{"Zhang^Bing=张^昞", "1", "M", "", ""}, li{"Li^Qi=李^玘", "1", "F", "", ""};
    CHECK(isSamePatient(zhang, zhang));
    CHECK_FALSE(isSamePatient(zhang, li));
    CHECK_FALSE(isSamePatient({"A", "", "", "", ""}, {"B", "", "", "", ""}));
    CHECK_FALSE(isSamePatient({"A", "1", "", "", ""}, {"A", "2", "", "", ""}));
}

TEST_CASE("A table that a small file repeats over many frames is refused before memory is gone")
{
    test::TemporaryFolder const folder;
    test::writeImageFile(folder / "many.dcm", [](DcmDataset& dataSet) {
        constexpr int frames = 4000;
        dataSet.putAndInsertUint16(DCM_Rows, 1);
        dataSet.putAndInsertUint16(DCM_Columns, 1);
        dataSet.putAndInsertString(DCM_NumberOfFrames, "4000");
        std::vector<Uint8> const pixels(frames);
        dataSet.putAndInsertUint8Array(DCM_PixelData, pixels.data(), frames);
        DcmItem* lut = nullptr;
        dataSet.findOrCreateSequenceItem(DCM_ModalityLUTSequence, lut);
        Uint16 const descriptor[] = {0, 0, 16};
        lut->putAndInsertUint16Array(DCM_LUTDescriptor, descriptor, 3);
        std::vector<Uint16> const entries(65536, 7);
        lut->putAndInsertUint16Array(DcmTag(DCM_LUTData, EVR_OW), entries.data(), entries.size());
        for (int frame = 0; frame < frames; ++frame) {
            DcmItem* item = nullptr;
            dataSet.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, item, -2);
        }
    });
    auto const image = loadImageAttributes(folder / "many.dcm");
    REQUIRE_FALSE(image);
    CHECK(image.error().code == ErrorCode::LimitExceeded);
}
