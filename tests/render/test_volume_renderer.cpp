// The volume from outside: everything is on the side of the picture where the patient has it, near hides far, and the
// brightest along a ray is the brightest there is.
#include "tests/support/support.h"
#include "tests/support/volume_phantom.h"
#include "tests/viewer_model/sample_image.h"
#include "viewer/decoding/pixel_decoder.h"
#include "viewer/render/grid_sampling.h"
#include "viewer/render/mpr_planes.h"
#include "viewer/render/screen_grid.h"
#include "viewer/render/volume_renderer.h"

#include <catch2/catch.hpp>
#include <random>

using namespace qianli;
using namespace qianli::viewer;
using test::VolumePhantom;

namespace {

constexpr int edge = 32;
constexpr QSize size(160, 120);
std::atomic<bool> const never = false;

// A cube of 1 mm voxels around (15.5, 15.5, 15.5).
std::shared_ptr<Volume const> cube(std::function<int(int, int, int)> const& value)
{
    Stack stack{StackKind::Slices, {}};
    std::vector<std::shared_ptr<Pixels const>> slices;
    for (int z = 0; z < edge; ++z) {
        auto image = test::makeSlice(z + 1, z);
        image->format.rows = image->format.columns = edge;
        image->frames[0].grey.intercept = -1024;
        std::vector<int> values;
        for (int y = 0; y < edge; ++y)
            for (int x = 0; x < edge; ++x)
                values.push_back(value(x, y, z) + 1024);
        stack.entries.push_back({image, 0});
        slices.push_back(test::makePixels(edge, edge, values));
    }
    auto const volume = Volume::build(stack, slices);
    REQUIRE(volume);
    return *volume;
}

RenderPreset const& bone()
{
    return renderPresets(true).front();
}

ViewState windowOf(RenderPreset const& preset)
{
    ViewState state;
    state.voi = VoiChoice{VoiChoice::Kind::Manual, 0, Window{preset.center, preset.width, {}}};
    return state;
}

QImage draw(VolumeRenderer& renderer, Cut const& view, RenderQuality quality = RenderQuality::Full)
{
    return renderer.render(view, bone(), windowOf(bone()), size, quality, never);
}

// How bright the picture is where a point of the patient must be seen.
int brightnessAt(QImage const& image, Cut const& view, Vector3 point)
{
    ViewMapping const mapping(view.rows, view.columns, 1, ViewState(), image.size());
    auto const at = pictureOf(view, point);
    QPointF const seen = mapping.toScreen({at.x, at.y});
    return image.rect().contains(seen.toPoint()) ? qGray(image.pixel(seen.toPoint())) : -1;
}

} // namespace

TEST_CASE("From the front the patient's left is on the right and the head is up", "[volume]")
{
    // On the patient's left, at the back, near the head.
    auto const volume = cube([](int x, int y, int z) { return x > 22 && y > 22 && z > 22 ? 1000 : -1000; });
    VolumeRenderer renderer(volume);
    Cut const view = frontView(*volume);
    QImage const image = draw(renderer, view);
    REQUIRE(image.size() == size);
    int const middleX = size.width() / 2, middleY = size.height() / 2;
    ViewMapping const mapping(view.rows, view.columns, 1, ViewState(), size);
    int const away = static_cast<int>(11 * mapping.zoom());
    CHECK(qGray(image.pixel(middleX + away, middleY - away)) > 60);
    CHECK(qGray(image.pixel(middleX - away, middleY - away)) == 0);
    CHECK(qGray(image.pixel(middleX + away, middleY + away)) == 0);
    CHECK(orientationLetters(view.plane().row) == "L");
    CHECK(orientationLetters(view.plane().column) == "F");
}

TEST_CASE("However it is turned, a point is seen where the picture's plane says", "[volume]")
{
    auto const volume = cube([](int x, int y, int z) {
        return std::abs(x - 25) < 3 && std::abs(y - 8) < 3 && std::abs(z - 20) < 3 ? 1200 : -1000;
    });
    VolumeRenderer renderer(volume);
    Cut view = frontView(*volume);
    for (int turn = 0; turn < 12; ++turn) {
        turnView(view, 0.9, turn % 3 == 0 ? 0.5 : -0.3);
        QImage const image = draw(renderer, view);
        CHECK(brightnessAt(image, view, {25, 8, 20}) > 60);
        CHECK(brightnessAt(image, view, {6, 23, 11}) == 0); // the same on the other side of the middle
        CHECK(dot(view.right, view.down) == Approx(0).margin(1e-9));
    }
}

TEST_CASE("What is near hides what lies behind it", "[volume]")
{
    // A plate at the front, browner than the block behind it.
    auto const volume = cube([](int x, int y, int z) {
        bool const block = x > 10 && x < 21 && z > 10 && z < 21 && y > 24;
        return y < 14 ? 300 : block ? 2500 : -1000;
    });
    VolumeRenderer renderer(volume);
    Cut view = frontView(*volume);
    auto const blueAt = [&](QImage const& image, Vector3 point) {
        ViewMapping const mapping(view.rows, view.columns, 1, ViewState(), image.size());
        auto const at = pictureOf(view, point);
        return qBlue(image.pixel(mapping.toScreen({at.x, at.y}).toPoint()));
    };
    QImage const front = draw(renderer, view);
    Vector3 const onBlock{15.5, 15.5, 15.5}, besideBlock{5, 15.5, 15.5};
    CHECK(std::abs(blueAt(front, onBlock) - blueAt(front, besideBlock)) < 12);
    turnView(view, 3.14159265, 0);
    QImage const back = draw(renderer, view);
    CHECK(blueAt(back, onBlock) > blueAt(back, besideBlock) + 30);
}

TEST_CASE("Known points are seen through tilted, uneven and oblique stacks", "[volume][phantom]")
{
    for (auto const shape : test::allPhantomShapes()) {
        VolumePhantom const phantom(shape);
        INFO(phantom.name());
        test::TemporaryFolder const folder;
        std::vector<std::shared_ptr<ImageAttributes const>> objects;
        for (auto const& file : phantom.write(folder.path()))
            objects.push_back(*loadImageAttributes(file));
        auto const studies = arrange(objects);
        Stack const& stack = studies.at(0).series.at(0).stacks.at(0);
        auto const decoder = makeLocalDecoder();
        std::vector<std::shared_ptr<Pixels const>> slices;
        for (auto const& entry : stack.entries)
            slices.push_back(*preparePixels(*decoder->decode(entry.image->file, entry.frame), *entry.image));
        auto const volume = *Volume::build(stack, slices);
        VolumeRenderer renderer(volume);
        Cut view = frontView(*volume);
        turnView(view, 0.7, 0.4);
        QImage const image = draw(renderer, view);
        for (Vector3 const ball : phantom.balls())
            CHECK(brightnessAt(image, view, ball) > 60);
        int lit = 0;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                lit += qGray(image.pixel(x, y)) > 30 ? 1 : 0;
        CHECK(lit < image.width() * image.height() / 8); // balls, not a fog
    }
}

TEST_CASE("A maximum along the rays is the maximum of the voxels", "[volume]")
{
    auto const value = [](int x, int y, int z) { return (x * 37 + y * 101 + z * 53) % 700; };
    auto const volume = cube(value);
    VolumeRenderer renderer(volume);
    RenderPreset const& maximum = renderPresets(true).back();
    REQUIRE(maximum.isMaximum);
    Cut view = frontView(*volume);
    view.rows = view.columns = edge;
    ViewState state;
    state.voi = VoiChoice{VoiChoice::Kind::Manual, 0, Window{350, 700, {}}};
    QImage const image = renderer.render(view, maximum, state, {edge, edge}, RenderQuality::Full, never);
    for (int row : {0, 7, 16, 31})
        for (int column : {0, 5, 20, 31}) {
            int highest = 0;
            for (int y = 0; y < edge; ++y)
                highest = std::max(highest, value(column, y, edge - 1 - row));
            double const grey = 255 * applyWindow(highest, state.voi.manual, VoiFunction::Linear);
            CHECK(qGray(image.pixel(column, row)) == Approx(grey).margin(1.1));
        }
}

TEST_CASE("What is leapt over along a ray is never brighter than what was looked at", "[volume]")
{
    // Rare peaks in noise: most stretches are left out, and a peak at a block's border must not be.
    std::minstd_rand random(11);
    std::vector<int> values(static_cast<std::size_t>(edge) * edge * edge);
    for (auto& value : values)
        value = static_cast<int>(random() % 200) + (random() % 97 == 0 ? static_cast<int>(random() % 2000) : 0);
    auto const volume =
        cube([&](int x, int y, int z) { return values[static_cast<std::size_t>((z * edge + y) * edge + x)]; });
    VoxelGrid const& grid = volume->grid();
    BlockMap const blocks(grid);
    double belowBound = 0;
    auto const part = [&] { return static_cast<double>(random() % 10'000) / 10'000; };
    for (int line = 0; line < 2000; ++line) {
        GridPoint step{2 * part() - 1, 2 * part() - 1, 2 * part() - 1};
        if (line % 4 == 0)
            step.u = 0;
        if (line % 8 == 0)
            step.w = 0;
        GridPoint const start{edge * part() - 20 * step.u, edge * part() - 20 * step.v, edge * part() - 20 * step.w};
        auto const range = insideBox(grid, start, step, {0, 64});
        std::vector<std::uint16_t> bounds(static_cast<std::size_t>(range.second - range.first + 7) / 8);
        if (bounds.empty())
            continue;
        blocks.boundsAlong(start, step, range, bounds);
        sampleRange<false, false>(grid, start, step, range, [&](int x, float level) {
            float const bound = bounds[static_cast<std::size_t>(x - range.first) / 8];
            REQUIRE(level <= bound + 0.01f);
            belowBound += bound - level;
        });
    }
    CHECK(belowBound > 0);
}

TEST_CASE("From whatever side, a maximum is that of every step of its ray", "[volume]")
{
    std::minstd_rand random(12);
    auto const volume =
        cube([&](int, int, int) { return static_cast<int>(random() % 300) + (random() % 61 == 0 ? 400 : 0); });
    VolumeRenderer renderer(volume);
    ViewState state;
    state.voi = VoiChoice{VoiChoice::Kind::Manual, 0, Window{350, 700, {}}};
    Cut view = frontView(*volume);
    for (int turn = 0; turn < 6; ++turn, turnView(view, 0.7, 0.31)) {
        QImage const image = renderer.render(view, renderPresets(true).back(), state, size, RenderQuality::Full, never);
        VoxelGrid const& grid = volume->grid();
        Vector3 const forward = cross(view.right, view.down);
        double const front = volume->reach(forward).first - view.pixel - dot(view.center, forward);
        GridPoint const offset = grid.along(forward * front), step = grid.along(forward * view.pixel);
        ScreenGrid const screen = gridOfScreen(grid, view, state, size);
        for (int y = 3; y < size.height(); y += 7)
            for (int x = 1; x < size.width(); x += 5) {
                float highest = -1;
                sampleLine(grid, sum(screen.at(x, y), offset), step, 200,
                           [&](int, float level) { highest = std::max(highest, level); });
                double const value = volume->valueOf(std::floor(highest + 0.5f));
                double const grey = 255 * applyWindow(value, state.voi.manual, VoiFunction::Linear);
                CHECK(qGray(image.pixel(x, y)) == Approx(highest < 0 ? 0 : grey).margin(1.1));
            }
    }
}

TEST_CASE("A draft is the same picture, coarser; who no longer wants one gets none", "[volume]")
{
    auto const volume = cube([](int x, int y, int z) {
        double const away = std::hypot(std::hypot(x - 15.5, y - 15.5), z - 15.5);
        return away < 10 ? 900 : -1000;
    });
    VolumeRenderer renderer(volume);
    Cut const view = frontView(*volume);
    QImage const full = draw(renderer, view), draft = draw(renderer, view, RenderQuality::Draft);
    REQUIRE(draft.size() == full.size());
    double difference = 0;
    for (int y = 0; y < size.height(); ++y)
        for (int x = 0; x < size.width(); ++x)
            difference += std::abs(qGray(full.pixel(x, y)) - qGray(draft.pixel(x, y)));
    CHECK(difference / (size.width() * size.height()) < 12); // none at all would be 50
    std::atomic<bool> const cancelled = true;
    CHECK(renderer.render(view, bone(), windowOf(bone()), size, RenderQuality::Full, cancelled).isNull());
}
