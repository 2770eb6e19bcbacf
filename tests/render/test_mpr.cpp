// Cuts through a box whose every value says where it lies, and boxes that are none.
#include "tests/viewer_model/sample_image.h"
#include "viewer/render/mpr_planes.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {

constexpr std::uint32_t rows = 4;
constexpr std::uint32_t columns = 5;

struct Series {
    Stack stack{StackKind::Slices, {}};
    std::vector<std::shared_ptr<Pixels const>> slices;
};

// The value of a pixel is 100 * slice + 10 * row + column, minus 1000 by rescale.
Series makeSeries(std::vector<double> const& places, Vector3 shift = {})
{
    Series series;
    for (std::size_t i = 0; i < places.size(); ++i) {
        auto image = test::makeSlice(static_cast<int>(i) + 1, places[i]);
        image->format.rows = rows;
        image->format.columns = columns;
        image->frames[0].plane->position = image->frames[0].plane->position + shift * static_cast<double>(i);
        image->frames[0].grey.intercept = -1000;
        image->frames[0].spacing = PixelSpacing{2, 1, SpacingOrigin::Patient};
        std::vector<int> values;
        for (std::uint32_t y = 0; y < rows; ++y)
            for (std::uint32_t x = 0; x < columns; ++x)
                values.push_back(static_cast<int>(100 * i + 10 * y + x));
        series.stack.entries.push_back({image, 0});
        series.slices.push_back(test::makePixels(rows, columns, values));
    }
    return series;
}

// The cut of this index along a plane's way.
MprSlice sliceOf(Volume const& volume, MprPlane plane, std::size_t index)
{
    Cut cut = straightCut(volume, plane, volume.center());
    cut.center = cut.center + cut.into * wayToCut(volume, cut, index);
    return sampleCut(volume, cut);
}

std::size_t countOf(Volume const& volume, MprPlane plane)
{
    return cutCount(volume, straightCut(volume, plane, volume.center()));
}

std::size_t indexThrough(Volume const& volume, MprPlane plane, Vector3 point)
{
    return cutIndex(volume, straightCut(volume, plane, point));
}

double valueAt(MprSlice const& cut, std::uint32_t row, std::uint32_t column)
{
    return cut.attributes.grey.modality(cut.pixels->stored(row, column));
}

std::string refusal(Series const& series)
{
    auto const checked = Volume::check(series.stack);
    return checked ? "" : checked.error().message;
}

} // namespace

TEST_CASE("Axial, coronal and sagittal cuts hold the values of their places", "[mpr]")
{
    auto const series = makeSeries({0, 3, 6});
    auto const volume = Volume::build(series.stack, series.slices);
    REQUIRE(volume);
    CHECK(countOf(**volume, MprPlane::Axial) == 3);
    CHECK(countOf(**volume, MprPlane::Coronal) == 4);
    CHECK(countOf(**volume, MprPlane::Sagittal) == 5);

    auto const axial = sliceOf(**volume, MprPlane::Axial, 1);
    CHECK(axial.pixels->columns == 5);
    CHECK(axial.pixels->rows == 7); // 6 mm at the finest spacing, 1 mm
    CHECK(valueAt(axial, 0, 0) == Approx(100 - 1000));
    CHECK(valueAt(axial, 6, 4) == Approx(134 - 1000));
    CHECK(valueAt(axial, 1, 0) == Approx(105 - 1000)); // half way between two rows

    auto const coronal = sliceOf(**volume, MprPlane::Coronal, 2); // y = 4 mm: row 2
    CHECK(valueAt(coronal, 0, 0) == Approx(220 - 1000));          // the head is up: slice 2
    CHECK(valueAt(coronal, 6, 4) == Approx(24 - 1000));           // the feet are down: slice 0

    auto const sagittal = sliceOf(**volume, MprPlane::Sagittal, 3); // x = 3 mm: column 3
    CHECK(valueAt(sagittal, 0, 0) == Approx(203 - 1000));           // the front is on the left
    CHECK(valueAt(sagittal, 6, 6) == Approx(33 - 1000));
    REQUIRE(sagittal.attributes.plane);
    CHECK(orientationLetters(sagittal.attributes.plane->row) == "P");
    CHECK(orientationLetters(sagittal.attributes.plane->column) == "F");
}

TEST_CASE("A series scanned from the head down gives the same box", "[mpr]")
{
    auto const up = makeSeries({0, 3, 6});
    auto down = up;
    std::reverse(down.stack.entries.begin(), down.stack.entries.end());
    std::reverse(down.slices.begin(), down.slices.end());
    auto const one = sliceOf(**Volume::build(up.stack, up.slices), MprPlane::Coronal, 1);
    auto const other = sliceOf(**Volume::build(down.stack, down.slices), MprPlane::Coronal, 1);
    CHECK(one.pixels->levels == other.pixels->levels);
}

TEST_CASE("A point of the patient finds its cuts", "[mpr]")
{
    auto const series = makeSeries({0, 3, 6});
    auto const volume = *Volume::build(series.stack, series.slices);
    CHECK(indexThrough(*volume, MprPlane::Axial, {0, 0, 5}) == 2);
    CHECK(indexThrough(*volume, MprPlane::Sagittal, {2.2, 0, 0}) == 2);
    CHECK(indexThrough(*volume, MprPlane::Coronal, {0, 1000, 0}) == 3); // outside: the last
    CHECK(volume->center().z == Approx(3));
}

TEST_CASE("What is no box is refused with its reason", "[mpr]")
{
    CHECK(refusal(makeSeries({0, 3, 6})).empty());
    CHECK(refusal(makeSeries({0, 3})).find("three") != std::string::npos);
    CHECK(refusal(makeSeries({0, 3, 7})).empty());     // uneven: placed where it is
    CHECK(refusal(makeSeries({0, 3, 6, 12})).empty()); // one is missing: nothing there
    CHECK(refusal(makeSeries({0, 3, 3, 6})).find("place of slice") != std::string::npos);
    CHECK(refusal(makeSeries({0, 3, 6}, {0, 0.9, 0})).empty()); // a gantry's tilt: straightened
    CHECK(refusal(makeSeries({0, 3, 6}, {0, 9, 0})).find("no gantry") != std::string::npos);
    auto huge = makeSeries({0, 3, 6});
    for (auto& entry : huge.stack.entries) {
        auto image = std::make_shared<ImageAttributes>(*entry.image);
        image->format.rows = image->format.columns = 40000;
        image->frames[0].spacing->betweenRows = image->frames[0].spacing->betweenColumns = 0.05;
        entry.image = image;
    }
    CHECK(refusal(huge).find("MB") != std::string::npos);
    auto other = makeSeries({0, 3, 6});
    auto odd = std::make_shared<ImageAttributes>(*other.stack.entries[1].image);
    odd->frames[0].spacing->betweenRows = 3;
    other.stack.entries[1].image = odd;
    CHECK(refusal(other).find("spacing") != std::string::npos);
}

TEST_CASE("No picture of a cut is larger than a screen can use, however fine a header says that it is", "[mpr]")
{
    auto series = makeSeries({0, 1900, 3800});
    for (auto& entry : series.stack.entries) {
        auto image = std::make_shared<ImageAttributes>(*entry.image);
        image->frames.front().spacing = PixelSpacing{0.002, 0.001, SpacingOrigin::Patient};
        entry.image = image;
    }
    auto const volume = Volume::build(series.stack, series.slices);
    REQUIRE(volume);
    for (MprPlane const plane : {MprPlane::Axial, MprPlane::Coronal, MprPlane::Sagittal}) {
        Cut const cut = straightCut(**volume, plane, (*volume)->center());
        CHECK(cut.rows <= 8192);
        CHECK(cut.columns <= 8192);
        auto const [low, high] = (*volume)->reach(cut.down);
        CHECK(cut.pixel * cut.rows >= high - low);
    }
}

TEST_CASE("A sheared stack is straightened by the place of each slice", "[mpr]")
{
    // Each slice lies 1.5 mm, three quarters of a row, further back than the one below.
    auto const series = makeSeries({0, 3, 6}, {0, 1.5, 0});
    auto const volume = *Volume::build(series.stack, series.slices);
    auto const cut = sampleCut(*volume, straightCut(*volume, MprPlane::Sagittal, {2, 0, 0}));
    auto const at = [&](double y, double z) {
        auto const place = pictureOf(straightCut(*volume, MprPlane::Sagittal, {2, 0, 0}), {2, y, z});
        return valueAt(cut, static_cast<std::uint32_t>(place.y), static_cast<std::uint32_t>(place.x));
    };
    CHECK(at(4, 0) == Approx(22 - 1000));                         // row 2 of slice 0
    CHECK(at(4, 3) == Approx(100 + 12.5 + 2 - 1000).margin(0.5)); // 2.5 mm behind its first row
    CHECK(at(4, 6) == Approx(200 + 5 + 2 - 1000));                // 1 mm behind
}

TEST_CASE("Uneven slices are interpolated at their true places", "[mpr]")
{
    auto const series = makeSeries({0, 2, 5, 8, 10.5});
    auto const volume = *Volume::build(series.stack, series.slices);
    Cut const plane = straightCut(*volume, MprPlane::Coronal, {0, 2, 0});
    Cut fine = plane;
    fine.center.z = 5;
    fine.pixel = 0.5;
    fine.rows = 21;
    auto const finer = sampleCut(*volume, fine);
    auto const value = [&](double z) {
        auto const place = pictureOf(fine, {3, 2, z});
        return valueAt(finer, static_cast<std::uint32_t>(place.y), static_cast<std::uint32_t>(place.x));
    };
    CHECK(value(1) == Approx(50 + 10 + 3 - 1000));
    CHECK(value(2) == Approx(100 + 10 + 3 - 1000));
    CHECK(value(3.5) == Approx(150 + 10 + 3 - 1000));
    CHECK(value(9) == Approx(340 + 10 + 3 - 1000));
}

TEST_CASE("Slices that mean different things by their levels make one volume", "[mpr]")
{
    auto series = makeSeries({0, 3, 6});
    auto image = std::make_shared<ImageAttributes>(*series.stack.entries[1].image);
    image->frames[0].grey.slope = 2; // as in MR and PET, from slice to slice
    series.stack.entries[1].image = image;
    auto const volume = *Volume::build(series.stack, series.slices);
    CHECK(valueAt(sliceOf(*volume, MprPlane::Axial, 0), 0, 3) == Approx(3 - 1000));
    CHECK(valueAt(sliceOf(*volume, MprPlane::Axial, 1), 0, 3) == Approx(2 * 103 - 1000));
}

TEST_CASE("Padding stays outside the picture in every cut", "[mpr]")
{
    auto series = makeSeries({0, 3, 6});
    for (auto& entry : series.stack.entries) {
        auto image = std::make_shared<ImageAttributes>(*entry.image);
        image->frames[0].grey.padding = PaddingRange{0, 5};
        entry.image = image;
    }
    auto const volume = *Volume::build(series.stack, series.slices);
    auto const cut = sliceOf(*volume, MprPlane::Axial, 0);
    CHECK(cut.attributes.grey.isPadding(static_cast<std::int64_t>(cut.pixels->stored(0, 0))));
    CHECK_FALSE(cut.attributes.grey.isPadding(static_cast<std::int64_t>(cut.pixels->stored(6, 4))));
}

TEST_CASE("A small turn leaves every cut looking the way it looked", "[mpr]")
{
    auto const series = makeSeries({0, 3, 6});
    auto const volume = *Volume::build(series.stack, series.slices);
    for (MprPlane const seenIn : {MprPlane::Axial, MprPlane::Coronal, MprPlane::Sagittal}) {
        MprPlanes planes(*volume);
        planes.turn(seenIn, 0.01);
        for (MprPlane const plane : {MprPlane::Axial, MprPlane::Coronal, MprPlane::Sagittal}) {
            INFO(static_cast<int>(seenIn) << " " << static_cast<int>(plane));
            Cut const before = straightCut(*volume, plane, volume->center()), after = planes.cut(plane);
            CHECK(dot(before.right, after.right) > 0.9999);
            CHECK(dot(before.down, after.down) > 0.9999);
            CHECK(dot(before.into, after.into) > 0.9999); // scrolling must not change its way
        }
    }
}
