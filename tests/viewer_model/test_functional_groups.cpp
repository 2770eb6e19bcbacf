// What the functional groups of enhanced objects say of each frame, read from files.
#include "tests/support/support.h"
#include "tests/viewer_model/sample_image.h"

#include <catch2/catch.hpp>

#include <memory>
#include <span>

using namespace qianli;
using namespace qianli::viewer;

namespace {

using Frames = std::vector<std::function<void(DcmItem&)>>;

DcmItem& itemOf(DcmItem& in, DcmTagKey const& sequence, long index = 0)
{
    DcmItem* item = nullptr;
    REQUIRE(in.findOrCreateSequenceItem(sequence, item, index).good());
    return *item;
}

void put(DcmItem& item, DcmTagKey const& tag, char const* value)
{
    REQUIRE(item.putAndInsertString(tag, value).good());
}

void put(DcmItem& item, DcmTagKey const& tag, std::span<double const> values)
{
    auto element = std::make_unique<DcmFloatingPointDouble>(DcmTag(tag));
    REQUIRE(element->putFloat64Array(values.data(), values.size()).good());
    REQUIRE(item.insert(element.release(), true).good());
}

// An object of as many frames as there are per-frame groups; `shared` fills in the shared ones.
std::shared_ptr<ImageAttributes const> enhanced(std::function<void(DcmItem&)> const& shared, Frames const& frames,
                                                std::function<void(DcmDataset&)> const& top = {})
{
    test::TemporaryFolder const folder;
    test::writeImageFile(folder / "a.dcm", [&](DcmDataset& dataSet) {
        put(dataSet, DCM_NumberOfFrames, std::to_string(frames.size()).c_str());
        std::vector<Uint8> const pixels(4 * frames.size());
        dataSet.putAndInsertUint8Array(DCM_PixelData, pixels.data(), pixels.size());
        shared(itemOf(dataSet, DCM_SharedFunctionalGroupsSequence));
        for (std::size_t i = 0; i < frames.size(); ++i)
            frames[i](itemOf(dataSet, DCM_PerFrameFunctionalGroupsSequence, static_cast<long>(i)));
        if (top)
            top(dataSet);
    });
    auto image = loadImageAttributes(folder / "a.dcm");
    REQUIRE(image);
    REQUIRE((*image)->frames.size() == frames.size());
    return *image;
}

void straight(DcmItem& shared)
{
    put(itemOf(shared, DCM_PlaneOrientationSequence), DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
    put(itemOf(shared, DCM_PixelMeasuresSequence), DCM_PixelSpacing, "0.5\\0.5");
}

void at(DcmItem& frame, double z)
{
    put(itemOf(frame, DCM_PlanePositionSequence), DCM_ImagePositionPatient, ("0\\0\\" + std::to_string(z)).c_str());
}

std::vector<Stack> stacksOf(std::shared_ptr<ImageAttributes const> const& image)
{
    return arrange({image})[0].series[0].stacks;
}

} // namespace

TEST_CASE("An enhanced MR object of two echoes is two stacks in the order of their places", "[groups]")
{
    Frames frames;
    for (int i = 0; i < 8; ++i)
        frames.push_back([i](DcmItem& frame) {
            at(frame, (7 - i / 2) * 4.0);
            itemOf(frame, DCM_MREchoSequence).putAndInsertFloat64(DCM_EffectiveEchoTime, i % 2 == 0 ? 90 : 14.5);
            put(itemOf(frame, DCM_MRImageFrameTypeSequence), DCM_FrameType, "ORIGINAL\\PRIMARY\\M\\NONE");
            auto& content = itemOf(frame, DCM_FrameContentSequence);
            put(content, DCM_StackID, "1");
            content.putAndInsertUint32(DCM_InStackPositionNumber, static_cast<Uint32>(i / 2 + 1));
            content.putAndInsertUint32(DCM_TemporalPositionIndex, 3);
            content.putAndInsertUint16(DCM_FrameAcquisitionNumber, 7);
        });
    auto const image = enhanced(
        [](DcmItem& shared) {
            straight(shared);
            itemOf(shared, DCM_MRTimingAndRelatedParametersSequence).putAndInsertFloat64(DCM_RepetitionTime, 2500);
            itemOf(shared, DCM_MRDiffusionSequence).putAndInsertFloat64(DCM_DiffusionBValue, 800);
        },
        frames);
    auto const& description = image->frame(1).description;
    CHECK(description.echoTime == 14.5);
    CHECK(description.repetitionTime == 2500.0);
    CHECK(description.bValue == 800.0);
    CHECK(description.frameType == "ORIGINAL\\PRIMARY\\M\\NONE");
    CHECK(description.stackId == "1");
    CHECK(description.inStackPosition == 1);
    CHECK(description.temporalPosition == 3);
    CHECK(description.acquisitionNumber == 7);

    auto const stacks = stacksOf(image);
    REQUIRE(stacks.size() == 2);
    CHECK(stacks[0].label.chinese == "TE 14.5");
    CHECK(stacks[1].label.chinese == "TE 90");
    for (auto const& stack : stacks) {
        REQUIRE(stack.entries.size() == 4);
        for (std::size_t i = 1; i < 4; ++i) // the way the in-stack positions run: to the feet
            CHECK(stack.entries[i].attributes().plane->position.z <
                  stack.entries[i - 1].attributes().plane->position.z);
    }
}

TEST_CASE("An object converted from single pictures keeps what they said", "[groups]")
{
    auto const unassigned = [](double z, char const* kernel, char const* time) {
        return [=](DcmItem& frame) {
            at(frame, z);
            auto& item = itemOf(frame, DCM_UnassignedPerFrameConvertedAttributesSequence);
            put(item, DCM_ConvolutionKernel, kernel);
            put(item, DCM_AcquisitionTime, time);
        };
    };
    auto const image = enhanced(
        [](DcmItem& shared) {
            straight(shared);
            auto& item = itemOf(shared, DCM_UnassignedSharedConvertedAttributesSequence);
            put(item, DCM_KVP, "120");
            put(item, DCM_GantryDetectorTilt, "-15");
        },
        {unassigned(0, "B30", "101010"), unassigned(5, "B30", "101011"), unassigned(0, "B60", "101010"),
         unassigned(5, "B60", "101011")});
    CHECK(image->frame(0).description.kvp == 120.0);
    CHECK(image->frame(0).description.gantryTilt == -15.0);
    CHECK(image->frame(3).description.kernel == "B60");
    CHECK(image->frame(3).description.acquisitionTime == "101011");
    auto const stacks = stacksOf(image);
    REQUIRE(stacks.size() == 2);
    CHECK(stacks[1].label.chinese == "B60");
}

TEST_CASE("A dimension that only the dimension index knows tells stacks apart", "[groups]")
{
    Frames frames;
    for (Uint32 i = 0; i < 6; ++i)
        frames.push_back([i](DcmItem& frame) {
            at(frame, 3.0 * (i / 2));
            Uint32 const values[] = {i / 2 + 1, i % 2 + 5};
            auto indices = std::make_unique<DcmUnsignedLong>(DcmTag(DCM_DimensionIndexValues));
            REQUIRE(indices->putUint32Array(values, 2).good());
            REQUIRE(itemOf(frame, DCM_FrameContentSequence).insert(indices.release(), true).good());
        });
    auto const image = enhanced(straight, frames, [](DcmDataset& dataSet) {
        auto const dimension = [&](long index, DcmTagKey const& pointer) {
            auto attribute = std::make_unique<DcmAttributeTag>(DcmTag(DCM_DimensionIndexPointer));
            REQUIRE(attribute->putTagVal(pointer).good());
            REQUIRE(itemOf(dataSet, DCM_DimensionIndexSequence, index).insert(attribute.release(), true).good());
        };
        dimension(0, DCM_InStackPositionNumber);
        dimension(1, DCM_LUTLabel);
    });
    CHECK(image->frame(3).description.dimensions == std::vector<std::uint32_t>{6});
    CHECK(stacksOf(image).size() == 2);
}

TEST_CASE("Frames of an enhanced fluoroscopy, which lie nowhere, are a film", "[groups]")
{
    auto const frame = [](DcmItem& groups) {
        put(itemOf(groups, DCM_FrameContentSequence), DCM_FrameAcquisitionDateTime, "20240501101010");
    };
    auto const stacks = stacksOf(enhanced([](DcmItem&) {}, {frame, frame, frame}));
    REQUIRE(stacks.size() == 1);
    CHECK(stacks[0].kind == StackKind::Cine);
    CHECK(stacks[0].entries.size() == 3);
}

TEST_CASE("An ultrasound volume lies in its own space, not in the patient", "[groups]")
{
    auto const frame = [](double z) {
        return [z](DcmItem& groups) {
            auto& item = itemOf(groups, DCM_PlanePositionVolumeSequence);
            double const position[] = {0, 0, z};
            put(item, DCM_ImagePositionVolume, position);
        };
    };
    auto const image = enhanced(
        [](DcmItem& shared) {
            auto& item = itemOf(shared, DCM_PlaneOrientationVolumeSequence);
            double const axes[] = {1, 0, 0, 0, 1, 0};
            put(item, DCM_ImageOrientationVolume, axes);
            put(itemOf(shared, DCM_PixelMeasuresSequence), DCM_PixelSpacing, "0.5\\0.5");
        },
        {frame(6), frame(0), frame(3)});
    CHECK_FALSE(image->frame(0).inPatient);
    auto const stacks = stacksOf(image);
    REQUIRE(stacks.size() == 1);
    CHECK(stacks[0].kind == StackKind::Slices);
    CHECK(stacks[0].entries[1].frame == 2);
}

TEST_CASE("Frames behind the last per-frame item are nowhere, and have only what all share", "[groups]")
{
    test::TemporaryFolder const folder;
    test::writeImageFile(folder / "a.dcm", [](DcmDataset& d) {
        d.putAndInsertString(DCM_NumberOfFrames, "3");
        Uint8 const pixels[12] = {};
        d.putAndInsertUint8Array(DCM_PixelData, pixels, 12);
        DcmItem* groups = nullptr;
        DcmItem* item = nullptr;
        d.findOrCreateSequenceItem(DCM_SharedFunctionalGroupsSequence, groups, -2);
        groups->findOrCreateSequenceItem(DCM_PlaneOrientationSequence, item, -2);
        item->putAndInsertString(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
        groups->findOrCreateSequenceItem(DCM_PixelMeasuresSequence, item, -2);
        item->putAndInsertString(DCM_SliceThickness, "4");
        d.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, groups, -2);
        groups->findOrCreateSequenceItem(DCM_PlanePositionSequence, item, -2);
        item->putAndInsertString(DCM_ImagePositionPatient, "0\\0\\10");
        groups->findOrCreateSequenceItem(DCM_PixelMeasuresSequence, item, -2);
        item->putAndInsertString(DCM_PixelSpacing, "0.5\\0.5");
        groups->findOrCreateSequenceItem(DCM_FrameVOILUTSequence, item, -2);
        item->putAndInsertString(DCM_WindowCenter, "40");
        item->putAndInsertString(DCM_WindowWidth, "400");
        groups->findOrCreateSequenceItem(DCM_PixelValueTransformationSequence, item, -2);
        item->putAndInsertString(DCM_RescaleSlope, "2");
        item->putAndInsertString(DCM_RescaleIntercept, "-1000");
        item->putAndInsertString(DCM_RescaleType, "HU");
    });
    auto const image = loadImageAttributes(folder / "a.dcm").value();
    REQUIRE(image->frames.size() == 1);
    REQUIRE(image->frameCount == 3);
    auto const& first = image->frame(0);
    CHECK((first.plane && first.spacing && first.grey.slope == 2 && first.grey.windows.size() == 1));
    for (std::uint32_t frame : {1u, 2u}) {
        auto const& unknown = image->frame(frame);
        CHECK_FALSE(unknown.plane);
        CHECK_FALSE(unknown.spacing);
        CHECK(unknown.grey.slope == 1);
        CHECK(unknown.grey.windows.empty());
        CHECK(unknown.sliceThickness == 4);
    }
    // It was cut: its pictures are looked through in their order, and make no volume.
    auto const studies = arrange({image});
    REQUIRE(studies[0].series[0].stacks.size() == 1);
    CHECK(studies[0].series[0].stacks[0].entries.size() == 3);
    CHECK(studies[0].series[0].stacks[0].kind != StackKind::Slices);
}

TEST_CASE("What a group says of the grey scale stands in place of what the object says", "[groups]")
{
    auto const table = [](DcmItem& item, std::vector<Uint16> const& descriptor) {
        std::vector<Uint16> const entries{7, 8, 9};
        item.putAndInsertUint16Array(DCM_LUTDescriptor, descriptor.data(), descriptor.size());
        item.putAndInsertUint16Array(DCM_LUTData, entries.data(), entries.size());
    };
    auto const rescaled = [](DcmItem& frame) {
        auto& rescale = itemOf(frame, DCM_PixelValueTransformationSequence);
        put(rescale, DCM_RescaleSlope, "2");
        put(rescale, DCM_RescaleIntercept, "-1000");
    };
    auto const image = enhanced(straight,
                                {[&](DcmItem& frame) {
                                     rescaled(frame);
                                     table(itemOf(itemOf(frame, DCM_FrameVOILUTSequence), DCM_VOILUTSequence),
                                           {3, static_cast<Uint16>(-500), 8});
                                 },
                                 [](DcmItem& frame) { at(frame, 1); }},
                                [&](DcmDataset& d) {
                                    table(itemOf(d, DCM_ModalityLUTSequence), {3, 0, 8});
                                });
    CHECK(image->frame(0).grey.modality(600) == 200); // the frame's rescale
    CHECK(image->frame(1).grey.modality(600) == 9);   // the object's table
    CHECK(image->frame(0).grey.voiLuts.at(0).first == -500);
    CHECK(image->frame(1).grey.voiLuts.empty());
}

TEST_CASE("A frame that says no place has none, not that of the frame before", "[groups]")
{
    auto const image = enhanced(straight, {[](DcmItem& frame) { at(frame, 10); }, [](DcmItem&) {},
                                           [](DcmItem& frame) {
                                               at(frame, 30);
                                               put(itemOf(frame, DCM_PlaneOrientationSequence),
                                                   DCM_ImageOrientationPatient, "0\\1\\0\\0\\0\\-1");
                                           },
                                           [](DcmItem& frame) { at(frame, 40); }});
    REQUIRE(image->frame(0).plane);
    CHECK(image->frame(0).plane->position.z == 10);
    CHECK_FALSE(image->frame(1).plane);
    REQUIRE(image->frame(2).plane);
    CHECK(image->frame(2).plane->row.y == 1);
    REQUIRE(image->frame(3).plane);
    CHECK(image->frame(3).plane->position.z == 40);
    CHECK(image->frame(3).plane->row.x == 1); // nor its orientation
}
