// Where slices lie: the phantom in all shapes, and stacks that are no volume.
#include "tests/support/support.h"
#include "tests/support/volume_phantom.h"
#include "tests/viewer_model/sample_image.h"
#include "viewer/decoding/pixel_decoder.h"
#include "viewer/model/stack_geometry.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace qianli;
using namespace qianli::viewer;
using test::PhantomShape;
using test::VolumePhantom;

namespace {

Stack stackOf(std::vector<std::filesystem::path> const& files)
{
    std::vector<std::shared_ptr<ImageAttributes const>> objects;
    for (auto const& file : files) {
        auto image = loadImageAttributes(file);
        REQUIRE(image);
        objects.push_back(*image);
    }
    auto const studies = arrange(objects);
    REQUIRE(studies.size() == 1);
    REQUIRE(studies[0].series.size() == 1);
    REQUIRE(studies[0].series[0].stacks.size() == 1);
    return studies[0].series[0].stacks[0];
}

Stack phantomStack(PhantomShape shape, VolumePhantom::Change const& change = {})
{
    test::TemporaryFolder const folder;
    return stackOf(VolumePhantom(shape).write(folder.path(), change));
}

// The largest difference between what is at a voxel and what is in the patient where the stack says the voxel lies.
double worstError(VolumePhantom const& phantom, Stack const& stack, StackGeometry const& geometry)
{
    double worst = 0;
    auto const decoder = makeLocalDecoder();
    for (std::size_t slice = 0; slice < stack.entries.size(); ++slice) {
        auto const& entry = stack.entries[slice];
        auto const& frame = entry.attributes();
        auto const decoded = decoder->decode(entry.image->file, entry.frame);
        REQUIRE(decoded);
        auto const pixels = preparePixels(*decoded, *entry.image);
        REQUIRE(pixels);
        Vector3 const corner = geometry.origin + geometry.step * (geometry.offsets[slice] / geometry.spacing);
        for (std::uint32_t y = 0; y < VolumePhantom::rows; ++y)
            for (std::uint32_t x = 0; x < VolumePhantom::columns; ++x) {
                Vector3 const place = corner + frame.plane->row * (frame.spacing->betweenColumns * x) +
                                      frame.plane->column * (frame.spacing->betweenRows * y);
                worst =
                    std::max(worst, std::abs(frame.grey.modality((*pixels)->stored(y, x)) - phantom.valueAt(place)));
            }
    }
    return worst;
}

Stack slicesAt(std::vector<Vector3> const& positions)
{
    Stack stack{StackKind::Slices, {}};
    for (std::size_t i = 0; i < positions.size(); ++i) {
        auto image = test::makeSlice(static_cast<int>(i) + 1, 0);
        image->frames[0].plane->position = positions[i];
        stack.entries.push_back({image, 0});
    }
    return stack;
}

std::shared_ptr<ImageAttributes> changed(StackEntry& entry)
{
    auto copy = std::make_shared<ImageAttributes>(*entry.image);
    entry.image = copy;
    return copy;
}

std::string reason(Stack const& stack)
{
    return analyseGeometry(stack).notAVolume;
}

} // namespace

TEST_CASE("user-pains A6: each voxel of the phantom is found in its place of the patient, in every shape", "[geometry]")
{
    for (auto const shape : test::allPhantomShapes()) {
        VolumePhantom const phantom(shape);
        INFO(phantom.name());
        test::TemporaryFolder const folder;
        auto const stack = stackOf(phantom.write(folder.path()));
        REQUIRE(stack.kind == StackKind::Slices);
        REQUIRE(stack.entries.size() == phantom.slices());
        auto const geometry = analyseGeometry(stack);
        CHECK(geometry.notAVolume.empty());
        double const whole = phantom.offsets().back();
        for (std::size_t slice = 0; slice < phantom.slices(); ++slice) {
            std::size_t const truth = phantom.runsBackwards() ? phantom.slices() - 1 - slice : slice;
            double const expected =
                phantom.runsBackwards() ? whole - phantom.offsets()[truth] : phantom.offsets()[truth];
            CHECK(geometry.offsets[slice] == Approx(expected).margin(1e-4));
            Vector3 const place = phantom.place(static_cast<double>(truth), 0, 0);
            CHECK(length(stack.entries[slice].attributes().plane->position - place) < 1e-4);
        }
        // Half a voxel would be hundreds of HU on a ball's slope; rounding is half of one.
        CHECK(worstError(phantom, stack, geometry) < 2);
    }
}

TEST_CASE("user-pains A4: gantry tilt is found from the positions, whether it is declared or not", "[geometry]")
{
    for (auto const shape : {PhantomShape::TiltedDeclared, PhantomShape::TiltedFound, PhantomShape::EnhancedTilted}) {
        auto const geometry = analyseGeometry(phantomStack(shape));
        INFO(VolumePhantom(shape).name());
        CHECK(geometry.isTilted());
        CHECK(geometry.tiltDegrees == Approx(VolumePhantom::tiltDegrees).margin(0.01));
        CHECK(geometry.tiltDeclared == (shape != PhantomShape::TiltedFound));
        CHECK_FALSE(geometry.unplacedTilt);
        CHECK(geometry.spacing == Approx(VolumePhantom::betweenSlices).margin(1e-4));
    }
    CHECK_FALSE(analyseGeometry(phantomStack(PhantomShape::Oblique)).isTilted());
    CHECK_FALSE(analyseGeometry(phantomStack(PhantomShape::Reversed)).isTilted());
}

TEST_CASE("A tilt that is declared and found nowhere is told", "[geometry]")
{
    auto const geometry = analyseGeometry(phantomStack(PhantomShape::Straight, [](DcmItem& dataSet, std::size_t) {
        dataSet.putAndInsertString(DCM_GantryDetectorTilt, "-12");
    }));
    REQUIRE(geometry.unplacedTilt);
    CHECK(*geometry.unplacedTilt == Approx(12));
    CHECK_FALSE(geometry.tiltDeclared);
    CHECK(geometry.isVolume());
}

TEST_CASE("Missing slices and uneven distances are found where they are", "[geometry]")
{
    auto const gaps = analyseGeometry(phantomStack(PhantomShape::WithGaps));
    REQUIRE(gaps.gaps.size() == 2);
    CHECK(gaps.gaps[0].after == 8);
    CHECK(gaps.gaps[0].missing() == 1);
    CHECK(gaps.gaps[1].after == 13);
    CHECK(gaps.gaps[1].missing() == 2);
    CHECK(gaps.gaps[1].distance == Approx(6));
    CHECK(gaps.spacing == Approx(2));
    CHECK_FALSE(gaps.uneven);

    auto const uneven = analyseGeometry(phantomStack(PhantomShape::Uneven));
    CHECK(uneven.uneven);
    CHECK(uneven.gaps.empty());

    auto const even = analyseGeometry(phantomStack(PhantomShape::Misnumbered));
    CHECK(even.gaps.empty());
    CHECK_FALSE(even.uneven);
}

TEST_CASE("Positions rounded to a tenth of a millimetre are no uneven slices and no tilt", "[geometry]")
{
    // 0.625 mm, as it is written.
    auto const geometry =
        analyseGeometry(slicesAt({{0, 0, 0}, {0, 0, 0.6}, {0, 0, 1.3}, {0, 0, 1.9}, {0, 0, 2.5}, {0, 0, 3.1}}));
    CHECK_FALSE(geometry.uneven);
    CHECK(geometry.gaps.empty());
    CHECK(geometry.spacing == Approx(0.62));
}

TEST_CASE("Slices a kilometre apart are no patient's", "[geometry]")
{
    auto const geometry = analyseGeometry(slicesAt({{0, 0, 0}, {0, 0, 1e5}, {0, 0, 2e5}}));
    CHECK(geometry.notAVolume == "no volume: the images reach farther than any patient");
}

TEST_CASE("A slice that is lost where slices overlap leaves a hole", "[geometry]")
{
    auto stack = slicesAt({{0, 0, 0}, {0, 0, 2.5}, {0, 0, 5}, {0, 0, 10}, {0, 0, 12.5}, {0, 0, 15}});
    for (auto& entry : stack.entries)
        changed(entry)->frames[0].sliceThickness = 5;
    auto const geometry = analyseGeometry(stack);
    REQUIRE(geometry.gaps.size() == 1);
    CHECK(geometry.gaps.front().after == 2);
    CHECK(geometry.gaps.front().missing() == 1);
}

TEST_CASE("Thick slices after thin ones leave nothing out", "[geometry]")
{
    auto stack = slicesAt({{0, 0, 0}, {0, 0, 5}, {0, 0, 10}, {0, 0, 15}, {0, 0, 25}, {0, 0, 35}});
    for (std::size_t i = 0; i < stack.entries.size(); ++i)
        changed(stack.entries[i])->frames[0].sliceThickness = i < 3 ? 5 : 10;
    auto const geometry = analyseGeometry(stack);
    CHECK(geometry.gaps.empty());
    CHECK(geometry.uneven);
    for (auto& entry : stack.entries)
        changed(entry)->frames[0].sliceThickness = 5;
    CHECK(analyseGeometry(stack).gaps.size() == 2);
}

TEST_CASE("What is no volume says why", "[geometry]")
{
    CHECK(reason(slicesAt({{0, 0, 0}, {0, 0, 3}, {0, 0, 6}})).empty());
    CHECK(reason(slicesAt({{0, 0, 0}, {0, 0, 3}})).find("three parallel") != std::string::npos);
    CHECK(reason({}).find("three parallel") != std::string::npos);
    CHECK(reason(slicesAt({{0, 0, 0}, {0, 0, 3}, {0, 0, 3}, {0, 0, 6}})).find("place of slice 2") != std::string::npos);
    CHECK(reason(slicesAt({{0, 0, 0}, {0, 0, 0}, {0, 0, 0}})).find("one place") != std::string::npos);
    CHECK(reason(slicesAt({{0, 0, 0}, {5, 0, 3}, {0, 0, 6}})).find("shifted") != std::string::npos);
    CHECK(reason(slicesAt({{0, 0, 0}, {0, 4, 3}, {0, 8, 6}})).find("sheared") != std::string::npos);

    auto const with = [](std::function<void(ImageAttributes&)> const& change) {
        auto stack = slicesAt({{0, 0, 0}, {0, 0, 3}, {0, 0, 6}});
        change(*changed(stack.entries[1]));
        return reason(stack);
    };
    CHECK(with([](auto& image) { image.frames[0].spacing->betweenRows = 1.01; }).find("spacing") != std::string::npos);
    CHECK(with([](auto& image) { image.frames[0].spacing.reset(); }).find("pixels are") != std::string::npos);
    CHECK(with([](auto& image) { image.frames[0].plane.reset(); }).find("where it lies") != std::string::npos);
    CHECK(with([](auto& image) { image.format.rows = 3; }).find("matrix") != std::string::npos);
    CHECK(with([](auto& image) { image.format.samplesPerPixel = 3; }).find("colour") != std::string::npos);
    CHECK(with([](auto& image) { image.frameOfReferenceUid = dicom::Uid::ofKnown("1.2"); }).find("reference") !=
          std::string::npos);
    CHECK(with([](auto& image) { image.frames[0].inPatient = false; }).find("transducer") != std::string::npos);
    CHECK(with([](auto& image) {
              image.frames[0].plane->row = {0.9998, 0.02, 0};
              image.frames[0].plane->column = {-0.02, 0.9998, 0};
          }).find("parallel") != std::string::npos);
}
