// Known points of the patient through every way in which slices may lie: each ball of the phantom is where it is,
// within half a voxel, in the three planes and in oblique ones.
#include "tests/support/support.h"
#include "tests/support/volume_phantom.h"
#include "viewer/decoding/pixel_decoder.h"
#include "viewer/render/mpr_planes.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace qianli;
using namespace qianli::viewer;
using test::PhantomShape;
using test::VolumePhantom;

namespace {

constexpr double half = 0.5 * VolumePhantom::betweenColumns; // of the smallest voxel edge, mm

std::shared_ptr<Volume const> volumeOf(VolumePhantom const& phantom)
{
    test::TemporaryFolder const folder;
    std::vector<std::shared_ptr<ImageAttributes const>> objects;
    for (auto const& file : phantom.write(folder.path())) {
        auto const object = loadImageAttributes(file);
        REQUIRE(object);
        objects.push_back(*object);
    }
    auto const studies = arrange(objects);
    REQUIRE(studies.size() == 1);
    Stack const& stack = studies[0].series.at(0).stacks.at(0);
    auto const decoder = makeLocalDecoder();
    std::vector<std::shared_ptr<Pixels const>> slices;
    for (auto const& entry : stack.entries) {
        auto const frame = decoder->decode(entry.image->file, entry.frame);
        REQUIRE(frame);
        auto const pixels = preparePixels(*frame, *entry.image);
        REQUIRE(pixels);
        slices.push_back(*pixels);
    }
    auto const volume = Volume::build(stack, slices);
    REQUIRE(volume);
    return *volume;
}

// The centre of gravity of what is bright around a point of the patient, in the cut.
Vector3 centreOfGravity(MprSlice const& cut, Cut const& plane, Vector3 around)
{
    Vector3 sum;
    double weights = 0;
    for (std::uint32_t y = 0; y < cut.pixels->rows; ++y)
        for (std::uint32_t x = 0; x < cut.pixels->columns; ++x) {
            Vector3 const place = patientOf(plane, {x + 0.5, y + 0.5});
            double const value = cut.attributes.grey.modality(cut.pixels->stored(y, x));
            if (length(place - around) > 3 * VolumePhantom::ballSigma || value < 20)
                continue;
            sum = sum + place * value;
            weights += value;
        }
    REQUIRE(weights > 0);
    return sum * (1 / weights);
}

void checkCut(std::shared_ptr<Volume const> const& volume, Cut const& plane, Vector3 ball)
{
    auto const cut = sampleCut(*volume, plane);
    auto const at = pictureOf(plane, ball);
    auto const x = static_cast<std::uint32_t>(at.x), y = static_cast<std::uint32_t>(at.y);
    CHECK(cut.attributes.grey.modality(cut.pixels->stored(y, x)) > 0.6 * VolumePhantom::peak); // it is in this plane
    CHECK(length(centreOfGravity(cut, plane, ball) - ball) < half);
}

} // namespace

TEST_CASE("Known points lie where they are within half a voxel, however the slices lie", "[mpr][phantom]")
{
    for (PhantomShape const shape : test::allPhantomShapes()) {
        VolumePhantom const phantom(shape);
        INFO(phantom.name());
        auto const volume = volumeOf(phantom);
        for (Vector3 const ball : phantom.balls()) {
            MprPlanes planes(*volume);
            planes.moveTo(*volume, ball);
            for (MprPlane const plane : {MprPlane::Axial, MprPlane::Coronal, MprPlane::Sagittal})
                checkCut(volume, planes.cut(plane), ball);
            planes.turn(MprPlane::Axial, 0.5);
            planes.turn(MprPlane::Coronal, -0.35);
            for (MprPlane const plane : {MprPlane::Axial, MprPlane::Coronal, MprPlane::Sagittal})
                checkCut(volume, planes.cut(plane), ball);
        }
    }
}

TEST_CASE("A volume reaches as far as its outermost voxels, however the slices lie", "[mpr][phantom]")
{
    for (PhantomShape const shape : test::allPhantomShapes()) {
        VolumePhantom const phantom(shape);
        INFO(phantom.name());
        auto const volume = volumeOf(phantom);
        double const row = (VolumePhantom::rows - 1) / 2.0, column = (VolumePhantom::columns - 1) / 2.0;
        auto const last = static_cast<double>(phantom.slices() - 1);
        Vector3 const middle = (phantom.place(0, row, column) + phantom.place(last, row, column)) * 0.5;
        CHECK(length(volume->center() - middle) < 0.01);
        for (Vector3 const axis : {Vector3{1, 0, 0}, Vector3{0, 1, 0}, Vector3{0, 0, 1}}) {
            double low = 1e9, high = -1e9;
            for (double const slice : {0.0, last})
                for (double const y : {0.0, 2 * row})
                    for (double const x : {0.0, 2 * column}) {
                        double const at = dot(phantom.place(slice, y, x), axis);
                        low = std::min(low, at);
                        high = std::max(high, at);
                    }
            auto const reach = volume->reach(axis);
            CHECK(reach.first == Approx(low).margin(0.01));
            CHECK(reach.second == Approx(high).margin(0.01));
        }
    }
}

TEST_CASE("Between the slices on both sides of missing ones nothing is made up", "[mpr][phantom]")
{
    VolumePhantom const phantom(PhantomShape::WithGaps);
    auto const volume = volumeOf(phantom);
    Cut const plane = straightCut(*volume, MprPlane::Coronal, volume->center());
    auto const cut = sampleCut(*volume, plane);
    auto const isNothing = [&](double offset) {
        auto const at = pictureOf(plane, phantom.place(0, 20, 24) + phantom.normal() * offset);
        return cut.pixels
                   ->levels[static_cast<std::size_t>(at.y) * cut.pixels->columns + static_cast<std::size_t>(at.x)] == 0;
    };
    // Slices 15 and 16 of 24 are missing: 28 and 34 mm are there, each with its half of a usual distance.
    CHECK_FALSE(isNothing(28));
    CHECK_FALSE(isNothing(28.6));
    CHECK(isNothing(30));
    CHECK(isNothing(32));
    CHECK_FALSE(isNothing(33.4));
    CHECK_FALSE(isNothing(34));
    CHECK(volume->geometry().gaps.size() == 2);
}
