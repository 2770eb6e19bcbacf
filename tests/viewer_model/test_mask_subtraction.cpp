// A mask subtracted from a clip leaves what changed, and nothing of what did not.
#include "tests/support/support.h"
#include "tests/viewer_model/sample_image.h"
#include "viewer/model/mask_subtraction.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {
// Frames of four pixels.
void setFrames(DcmDataset& d, unsigned count)
{
    d.putAndInsertString(DCM_NumberOfFrames, std::to_string(count).c_str());
    std::vector<Uint8> const pixels(std::size_t{4} * count, 7);
    d.putAndInsertUint8Array(DCM_PixelData, pixels.data(), pixels.size());
}
} // namespace

TEST_CASE("The average of the mask frames is subtracted", "[mask]")
{
    auto const mask =
        Mask::average({test::makePixels(1, 3, {100, 200, 1000}), test::makePixels(1, 3, {100, 202, 1000})}, false);
    REQUIRE(mask);
    auto const left = mask->subtractFrom(*test::makePixels(1, 3, {100, 151, 1100}));
    REQUIRE(left);
    CHECK(left->stored(0, 0) == 0);
    CHECK(left->stored(0, 1) == -50);
    CHECK(left->stored(0, 2) == 100);
    // What has not changed is in the middle of the greys.
    Window const window = Mask::windowOf(*left);
    CHECK(applyWindow(0, window, window.function) == Approx(0.5));
    CHECK(applyWindow(-50, window, window.function) < 0.3);
    CHECK_FALSE(mask->subtractFrom(*test::makePixels(1, 2, {1, 2})));
    CHECK_FALSE(Mask::average({}, false));
}

TEST_CASE("Where pixels follow the beam, a vessel is the same over thin and thick parts", "[mask]")
{
    // The agent halves what comes through, over 1000 and over 100.
    auto const mask = Mask::average({test::makePixels(1, 2, {1000, 100})}, true);
    auto const left = mask->subtractFrom(*test::makePixels(1, 2, {500, 50}));
    REQUIRE(left);
    CHECK(left->stored(0, 0) == Approx(left->stored(0, 1)).epsilon(0.02));
    CHECK(left->stored(0, 0) < -1000);
}

TEST_CASE("An object says which frames are its mask", "[mask]")
{
    test::TemporaryFolder const folder;
    std::filesystem::path const path = folder / "clip.dcm";
    test::writeImageFile(path, [](DcmDataset& d) {
        setFrames(d, 3);
        d.putAndInsertString(DCM_PixelIntensityRelationship, "LIN");
        DcmItem* item = nullptr;
        REQUIRE(d.findOrCreateSequenceItem(DCM_MaskSubtractionSequence, item, -2).good());
        item->putAndInsertString(DCM_MaskOperation, "TID");
        REQUIRE(d.findOrCreateSequenceItem(DCM_MaskSubtractionSequence, item, -2).good());
        item->putAndInsertString(DCM_MaskOperation, "AVG_SUB");
        Uint16 const frames[] = {2, 3, 9};
        item->putAndInsertUint16Array(DCM_MaskFrameNumbers, frames, 3);
    });
    auto const mask = readMaskFrames(path, 0);
    REQUIRE(mask);
    CHECK(mask->frames == std::vector<std::uint32_t>{1, 2});
    CHECK(mask->isLinear);
    test::writeImageFile(path);
    CHECK(readMaskFrames(path, 0)->frames.empty());
}

TEST_CASE("What an object asks for and nobody does is named", "[mask]")
{
    test::TemporaryFolder const folder;
    auto const said = [&](char const* operation, Uint16 averaged, Uint16 last) {
        std::filesystem::path const path = folder / "clip.dcm";
        test::writeImageFile(path, [&](DcmDataset& d) {
            setFrames(d, 6);
            DcmItem* item = nullptr;
            REQUIRE(d.findOrCreateSequenceItem(DCM_MaskSubtractionSequence, item, -2).good());
            item->putAndInsertString(DCM_MaskOperation, operation);
            Uint16 const range[] = {2, last}, frame = 1;
            item->putAndInsertUint16Array(DCM_ApplicableFrameRange, range, 2);
            item->putAndInsertUint16Array(DCM_MaskFrameNumbers, &frame, 1);
            item->putAndInsertUint16(DCM_ContrastFrameAveraging, averaged);
            item->putAndInsertSint16(DCM_TIDOffset, 1);
        });
        auto const mask = readMaskFrames(path, 3); // the fourth frame
        REQUIRE(mask);
        return *mask;
    };
    for (char const* const operation : {"TID", "REV_TID"}) {
        CHECK(said(operation, 1, 6).otherMethod == operation);
        CHECK(said(operation, 1, 6).frames.empty()); // the mask of an average is none of another method
        CHECK(said(operation, 1, 3).otherMethod.empty());
    }
    CHECK(said("<b>X", 1, 6).otherMethod == "?");
    CHECK(said("NONE", 1, 6).otherMethod.empty());
    CHECK(said("", 1, 6).otherMethod.empty());
    CHECK(said("NONE", 1, 6).frames.empty());
    CHECK(said("AVG_SUB", 4, 6).contrastFrames == 4);
    CHECK(said("AVG_SUB", 1, 6).contrastFrames == 1);
    CHECK(said("AVG_SUB", 0, 6).contrastFrames == 1);
    CHECK(said("AVG_SUB", 1, 6).otherMethod.empty());
}

TEST_CASE("Each run of a clip has the mask that is its own", "[mask]")
{
    test::TemporaryFolder const folder;
    std::filesystem::path const path = folder / "clip.dcm";
    test::writeImageFile(path, [](DcmDataset& d) {
        setFrames(d, 8);
        for (Uint16 const first : {Uint16(1), Uint16(4)}) {
            DcmItem* item = nullptr;
            REQUIRE(d.findOrCreateSequenceItem(DCM_MaskSubtractionSequence, item, -2).good());
            item->putAndInsertString(DCM_MaskOperation, "AVG_SUB");
            Uint16 const range[] = {first, static_cast<Uint16>(first + 2)};
            item->putAndInsertUint16Array(DCM_ApplicableFrameRange, range, 2);
            item->putAndInsertUint16Array(DCM_MaskFrameNumbers, &first, 1);
        }
    });
    CHECK(readMaskFrames(path, 2)->frames == std::vector<std::uint32_t>{0});
    CHECK(readMaskFrames(path, 3)->frames == std::vector<std::uint32_t>{3});
    CHECK(readMaskFrames(path, 7)->frames.empty()); // of no run
    auto const mask = Mask::average({test::makePixels(1, 1, {5})}, false, readMaskFrames(path, 3)->appliesTo);
    REQUIRE(mask);
    CHECK_FALSE(mask->appliesTo(2));
    CHECK(mask->appliesTo(3));
    CHECK(mask->appliesTo(5));
    CHECK_FALSE(mask->appliesTo(6));
    CHECK(Mask::average({test::makePixels(1, 1, {5})}, false)->appliesTo(1000));
}

TEST_CASE("A mask that the object moves is subtracted where it belongs", "[mask]")
{
    test::TemporaryFolder const folder;
    std::filesystem::path const path = folder / "clip.dcm";
    test::writeImageFile(path, [](DcmDataset& d) {
        setFrames(d, 3);
        DcmItem* item = nullptr;
        REQUIRE(d.findOrCreateSequenceItem(DCM_MaskSubtractionSequence, item, -2).good());
        item->putAndInsertString(DCM_MaskOperation, "AVG_SUB");
        Uint16 const frame = 1;
        item->putAndInsertUint16Array(DCM_MaskFrameNumbers, &frame, 1);
        Float32 const shift[] = {1, 0.5};
        item->putAndInsertFloat32Array(DCM_MaskSubPixelShift, shift, 2);
    });
    auto const said = readMaskFrames(path, 0);
    REQUIRE(said);
    CHECK(said->shift.down == 1);
    CHECK(said->shift.left == 0.5);
    // Down by a row and to the left by half a pixel; what comes in is the edge's.
    auto const mask =
        Mask::average({test::makePixels(3, 3, {0, 100, 200, 10, 110, 210, 20, 120, 220})}, false, {}, said->shift);
    REQUIRE(mask);
    auto const left = mask->subtractFrom(*test::makePixels(3, 3, {0, 0, 0, 0, 0, 0, 0, 0, 0}));
    REQUIRE(left);
    double const moved[3][3] = {{50, 150, 200}, {50, 150, 200}, {60, 160, 210}};
    for (std::uint32_t row = 0; row < 3; ++row)
        for (std::uint32_t column = 0; column < 3; ++column)
            CHECK(left->stored(row, column) == -moved[row][column]);
    // Beyond all bounds: the picture's corner is everywhere.
    auto const corner = [](MaskShift shift) {
        auto const far = Mask::average({test::makePixels(2, 2, {3, 4, 5, 6})}, false, {}, shift);
        REQUIRE(far);
        auto const rest = far->subtractFrom(*test::makePixels(2, 2, {0, 0, 0, 0}));
        REQUIRE(rest);
        for (std::size_t i = 1; i < 4; ++i)
            CHECK(rest->levels[i] == rest->levels[0]);
        return -rest->stored(0, 0);
    };
    CHECK(corner({1e300, 1e300}) == 4);
    CHECK(corner({1e300, -1e300}) == 3);
    CHECK(corner({-1e300, 1e300}) == 6);
    CHECK(corner({-1e300, -1e300}) == 5);
}

TEST_CASE("The greatest difference is shown and measured as what it is", "[mask]")
{
    auto const of = [](std::vector<int> const& mask, std::vector<int> const& frame, bool isLinear) {
        auto const columns = static_cast<std::uint32_t>(frame.size());
        auto const average = Mask::average({test::makePixels(1, columns, mask)}, isLinear);
        REQUIRE(average);
        auto const left = average->subtractFrom(*test::makePixels(1, columns, frame));
        REQUIRE(left);
        return left;
    };
    auto const up = of({0, 500}, {60000, 500}, false), down = of({60000, 500}, {0, 500}, false);
    CHECK(up->stored(0, 0) == 60000);
    CHECK(down->stored(0, 0) == -60000);
    CHECK(up->stored(0, 1) == 0); // what has not changed is nothing, however coarse the step
    CHECK(down->stored(0, 1) == 0);
    CHECK(applyWindow(0, Mask::windowOf(*up), VoiFunction::Linear) == Approx(0.5).margin(0.001));
    CHECK(applyWindow(20000, Mask::windowOf(*up), VoiFunction::Linear) < 0.7);
    // A quarter of it needs no coarser step, a half of it stays a whole number.
    CHECK(of({0, 1}, {16383, 1}, false)->step == 0.5);
    CHECK(of({0, 3}, {30001, 4}, false)->stored(0, 1) == 1);
    // Where pixels follow the beam: a factor of 100.
    CHECK(of({30000}, {300}, true)->stored(0, 0) == Approx(-18407).margin(2));
    CHECK(of({100}, {40000}, true)->stored(0, 0) == Approx(23926).margin(2));
}

TEST_CASE("What has not changed is no padding, whatever the object's padding value", "[mask]")
{
    GreyScale grey;
    grey.padding = PaddingRange{0, 0};
    auto const mask = Mask::average({test::makePixels(1, 2, {500, 600})}, false);
    REQUIRE(mask);
    auto const left = mask->subtractFrom(*test::makePixels(1, 2, {500, 650}));
    REQUIRE(left);
    CHECK(left->stored(0, 0) == 0);
    CHECK(left->stored(0, 1) == 50);
    CHECK_FALSE(isPaddingLevel(*left, grey, left->levels[0]));
    // Nor where differences go by whole numbers, as stored values do.
    auto const whole = mask->subtractFrom(*test::makePixels(1, 2, {500, 30000}));
    REQUIRE(whole);
    CHECK(whole->step == 1);
    CHECK_FALSE(isPaddingLevel(*whole, grey, whole->levels[0]));
}
