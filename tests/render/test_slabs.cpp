// Slabs, oblique cuts and cuts for the screen, against values worked out by hand or by a slow way of its own.
#include "tests/viewer_model/sample_image.h"
#include "viewer/render/mpr_planes.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {

constexpr std::uint32_t edge = 16;

// A cube of 1 mm voxels, 16 a side; `value` gives each one's.
std::shared_ptr<Volume const> cube(std::function<int(int, int, int)> const& value,
                                   std::optional<PaddingRange> padding = {})
{
    Stack stack{StackKind::Slices, {}};
    std::vector<std::shared_ptr<Pixels const>> slices;
    for (int z = 0; z < static_cast<int>(edge); ++z) {
        auto image = test::makeSlice(z + 1, z);
        image->format.rows = image->format.columns = edge;
        image->frames[0].grey.intercept = -1000;
        image->frames[0].grey.padding = padding;
        std::vector<int> values;
        for (int y = 0; y < static_cast<int>(edge); ++y)
            for (int x = 0; x < static_cast<int>(edge); ++x)
                values.push_back(value(x, y, z) + 1000);
        stack.entries.push_back({image, 0});
        slices.push_back(test::makePixels(edge, edge, values));
    }
    auto const volume = Volume::build(stack, slices);
    REQUIRE(volume);
    return *volume;
}

int sloping(int x, int y, int z)
{
    return 3 * x + 20 * y + 100 * z;
}

double valueAt(MprSlice const& cut, std::uint32_t row, std::uint32_t column)
{
    return cut.attributes.grey.modality(cut.pixels->stored(row, column));
}

bool isOutside(MprSlice const& cut, std::uint32_t row, std::uint32_t column)
{
    return cut.attributes.grey.isPadding(cut.pixels->stored(row, column));
}

MprSlice slab(Volume const& volume, double thickness, SlabMode mode)
{
    Cut cut = straightCut(volume, MprPlane::Axial, {0, 0, 8});
    cut.slab = {thickness, mode};
    return sampleCut(volume, cut);
}

} // namespace

TEST_CASE("A slab shows the brightest, the darkest or the mean of what lies in it", "[mpr]")
{
    // A bright voxel 2 mm above the plane, a dark one 2 mm below it: neither at the slab's face.
    auto const volume = cube([](int x, int y, int z) {
        return x == 4 && y == 5 && z == 10 ? 900 : x == 9 && y == 5 && z == 6 ? -800 : 40;
    });
    CHECK(valueAt(slab(*volume, 6, SlabMode::Maximum), 5, 4) == Approx(900));
    CHECK(valueAt(slab(*volume, 2, SlabMode::Maximum), 5, 4) == Approx(40)); // too thin to hold it
    CHECK(valueAt(slab(*volume, 6, SlabMode::Maximum), 5, 9) == Approx(40));
    CHECK(valueAt(slab(*volume, 6, SlabMode::Minimum), 5, 9) == Approx(-800));
    CHECK(valueAt(slab(*volume, 6, SlabMode::Minimum), 5, 4) == Approx(40));
    CHECK(valueAt(slab(*volume, 0, SlabMode::Maximum), 5, 4) == Approx(40));
    auto const sloped = cube(sloping);
    CHECK(valueAt(slab(*sloped, 8, SlabMode::Average), 5, 4) == Approx(sloping(4, 5, 8)).margin(1));
    CHECK(valueAt(slab(*sloped, 8, SlabMode::Maximum), 5, 4) == Approx(sloping(4, 5, 12)));
    CHECK(valueAt(slab(*sloped, 8, SlabMode::Minimum), 5, 4) == Approx(sloping(4, 5, 4)));
}

TEST_CASE("A slab that leaves the box shows what is in it", "[mpr]")
{
    auto const volume = cube(sloping);
    Cut cut = straightCut(*volume, MprPlane::Axial, {0, 0, 15});
    cut.slab = {40, SlabMode::Minimum};
    CHECK(valueAt(sampleCut(*volume, cut), 5, 4) == Approx(sloping(4, 5, 0)));
    cut.slab = {40, SlabMode::Average}; // less than half of it was measured
    CHECK(isOutside(sampleCut(*volume, cut), 5, 4));
}

TEST_CASE("Padding is neither the darkest nor part of a mean", "[mpr]")
{
    auto const volume = cube([](int x, int, int z) { return x == 3 ? -1000 : 10 * z; }, PaddingRange{0, 0});
    auto const minimum = slab(*volume, 6, SlabMode::Minimum);
    CHECK(isOutside(minimum, 5, 3));
    CHECK(valueAt(minimum, 5, 2) == Approx(50));
    Cut cut = straightCut(*volume, MprPlane::Axial, {0, 0, 8});
    cut.center.x += 0.25; // a quarter of the way to the next column
    auto const between = sampleCut(*volume, cut);
    CHECK(valueAt(between, 5, 2) == Approx(80)); // not drawn down by its padded neighbour
    CHECK(isOutside(between, 5, 3));
}

TEST_CASE("An oblique cut holds the values of its places, and says where they are", "[mpr]")
{
    auto const volume = cube(sloping);
    MprPlanes planes(*volume);
    planes.moveTo(*volume, {7, 8, 6});
    planes.turn(MprPlane::Sagittal, 0.6);
    planes.turn(MprPlane::Axial, 0.3);
    for (MprPlane const plane : {MprPlane::Axial, MprPlane::Coronal, MprPlane::Sagittal}) {
        Cut const& cut = planes.cut(plane);
        CHECK(planes.isOblique(plane));
        auto const sampled = sampleCut(*volume, cut);
        ImagePlane const& shown = *sampled.attributes.plane;
        int inside = 0;
        for (std::uint32_t y = 0; y < sampled.pixels->rows; ++y)
            for (std::uint32_t x = 0; x < sampled.pixels->columns; ++x) {
                Vector3 const at = shown.position + shown.row * (x * cut.pixel) + shown.column * (y * cut.pixel);
                bool const isInside = std::min({at.x, at.y, at.z}) > 0.01 && std::max({at.x, at.y, at.z}) < 14.99;
                bool const isFar = std::min({at.x, at.y, at.z}) < -0.51 || std::max({at.x, at.y, at.z}) > 15.51;
                if (isFar)
                    CHECK(isOutside(sampled, y, x));
                if (!isInside)
                    continue;
                ++inside;
                CHECK(valueAt(sampled, y, x) == Approx(3 * at.x + 20 * at.y + 100 * at.z).margin(0.6));
            }
        CHECK(inside > 60);
        CHECK(std::abs(dot(cut.center - planes.cursor(), cut.into)) < 1e-6); // it goes through the cross-hair
    }
    Vector3 const a = planes.cut(MprPlane::Axial).into, b = planes.cut(MprPlane::Coronal).into;
    CHECK(dot(a, b) == Approx(0).margin(1e-9));
}

TEST_CASE("Turning keeps the cross-hair where it is on the screen, moving keeps the pictures still", "[mpr]")
{
    auto const volume = cube(sloping);
    MprPlanes planes(*volume);
    planes.moveTo(*volume, {4, 9, 6});
    auto const before = pictureOf(planes.cut(MprPlane::Coronal), planes.cursor());
    planes.turn(MprPlane::Axial, 0.7);
    auto const after = pictureOf(planes.cut(MprPlane::Coronal), planes.cursor());
    CHECK(after.x == Approx(before.x));
    CHECK(after.y == Approx(before.y));
    Vector3 const axial = planes.cut(MprPlane::Axial).center;
    planes.moveTo(*volume, {6, 2, 6});
    CHECK(length(planes.cut(MprPlane::Axial).center - axial) == Approx(0).margin(1e-9));
    planes.moveTo(*volume, {-500, 500, 6});
    CHECK(planes.cursor().x == Approx(0));
    CHECK(planes.cursor().y == Approx(15));
    // The line of the coronal plane in the axial picture turned with it.
    auto const line = crossing(planes.cut(MprPlane::Axial), planes.cut(MprPlane::Coronal));
    CHECK(std::abs(line.y / line.x) == Approx(std::tan(0.7)));
}

TEST_CASE("What is drawn for the screen is what a slow way draws", "[mpr]")
{
    auto const volume = cube(sloping);
    MprPlanes planes(*volume);
    planes.turn(MprPlane::Sagittal, 0.4);
    Cut cut = planes.cut(MprPlane::Axial);
    for (double const thickness : {0.0, 5.0}) {
        cut.slab = {thickness, SlabMode::Average};
        ViewState state;
        state.voi = VoiChoice{VoiChoice::Kind::Manual, 0, Window{900, 2000, {}}};
        state.orientation.turnClockwise();
        state.zoom = 5.0;
        state.pan = {7, -11};
        QSize const size(90, 70);
        QImage const image = renderCut(*volume, cut, state, size, CutQuality::Full).image;
        REQUIRE(image.size() == size);
        ViewMapping const mapping(cut.rows, cut.columns, 1, state, size);
        int compared = 0;
        for (int y = 0; y < size.height(); ++y)
            for (int x = 0; x < size.width(); ++x) {
                QPointF const at = mapping.toImage({x + 0.5, y + 0.5});
                Vector3 const place = patientOf(cut, {at.x(), at.y()});
                double const inside = 2.6; // all of the slab
                if (std::min({place.x, place.y, place.z}) < inside ||
                    std::max({place.x, place.y, place.z}) > 15 - inside)
                    continue;
                ++compared;
                double const value = 3 * place.x + 20 * place.y + 100 * place.z;
                double const grey = 255 * applyWindow(value, state.voi.manual, VoiFunction::Linear);
                CHECK(qGray(image.pixel(x, y)) == Approx(grey).margin(1.1));
            }
        CHECK(compared > 300);
    }
}

TEST_CASE("A picture that would take too long is coarser at first, and says so", "[mpr]")
{
    auto const volume = cube(sloping);
    Cut cut = straightCut(*volume, MprPlane::Axial, volume->center());
    cut.slab = {15, SlabMode::Maximum};
    ViewState state;
    state.voi = VoiChoice{VoiChoice::Kind::Manual, 0, Window{900, 2000, {}}};
    QSize const size(900, 700);
    auto const draft = renderCut(*volume, cut, state, size, CutQuality::Draft);
    auto const full = renderCut(*volume, cut, state, size, CutQuality::Full);
    CHECK_FALSE(draft.isFull);
    CHECK(full.isFull);
    CHECK(draft.image.size() == size);
    QPoint const middle(450, 350);
    CHECK(std::abs(qGray(draft.image.pixel(middle)) - qGray(full.image.pixel(middle))) < 8);
    CHECK(renderCut(*volume, cut, state, {40, 40}, CutQuality::Draft).isFull);
}
