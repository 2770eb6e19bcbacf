// The map between picture and screen, and the words in the corners.
#include "tests/viewer_model/sample_image.h"
#include "viewer/model/corner_text.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {

bool near(QPointF a, QPointF b)
{
    return std::abs(a.x() - b.x()) < 1e-6 && std::abs(a.y() - b.y()) < 1e-6;
}

CornerText cornersOf(ViewState const& state)
{
    Stack stack{StackKind::Slices, {{test::makeSlice(1, 10), 0}}};
    return cornerText(stack, state, nullptr, QSizeF(100, 100), {}, Language::Chinese);
}

} // namespace

TEST_CASE("Every point comes back from the screen in all eight orientations", "[view]")
{
    for (int turns = 0; turns < 4; ++turns)
        for (bool const mirrored : {false, true}) {
            ViewState state;
            if (mirrored)
                state.orientation.flipLeftRight();
            for (int i = 0; i < turns; ++i)
                state.orientation.turnClockwise();
            state.pan = {13, -7};
            ViewMapping const mapping(200, 100, 1.5, state, QSizeF(640, 480));
            for (QPointF const point : {QPointF(0, 0), QPointF(33.5, 150.25), QPointF(100, 200)})
                CHECK(near(mapping.toImage(mapping.toScreen(point)), point));
        }
}

TEST_CASE("A picture that fits touches the nearer edges, turned or not", "[view]")
{
    ViewState state;
    ViewMapping const upright(200, 100, 1, state, QSizeF(400, 400));
    CHECK(upright.zoom() == Approx(2));
    CHECK(near(upright.toScreen({0, 0}), {100, 0}));
    state.orientation.turnClockwise();
    ViewMapping const turned(200, 100, 1, state, QSizeF(400, 400));
    CHECK(near(turned.toScreen({0, 0}), {400, 100})); // the first pixel is at the upper right now
}

TEST_CASE("Flips are as seen on the screen, also after a turn", "[view]")
{
    ViewState state;
    state.orientation.turnClockwise();
    QSizeF const viewport(100, 100);
    QPointF const before = ViewMapping(10, 10, 1, state, viewport).toScreen({2, 3});
    auto flipped = state;
    flipped.orientation.flipLeftRight();
    CHECK(near(ViewMapping(10, 10, 1, flipped, viewport).toScreen({2, 3}), {100 - before.x(), before.y()}));
    flipped = state;
    flipped.orientation.flipUpDown();
    CHECK(near(ViewMapping(10, 10, 1, flipped, viewport).toScreen({2, 3}), {before.x(), 100 - before.y()}));
    flipped.orientation.flipUpDown();
    CHECK(flipped.orientation == state.orientation);
}

TEST_CASE("Zooming keeps the point under the cursor", "[view]")
{
    ViewState state;
    state.orientation.turnCounterclockwise();
    QSizeF const viewport(300, 200);
    ViewMapping const before(64, 64, 1, state, viewport);
    QPointF const cursor(120, 55);
    auto const zoomed = zoomedAt(state, before, cursor, viewport, before.zoom() * 3);
    ViewMapping const after(64, 64, 1, zoomed, viewport);
    CHECK(near(after.toImage(cursor), before.toImage(cursor)));
}

TEST_CASE("Orientation letters turn and flip with the picture", "[view]")
{
    ViewState state;
    auto text = cornersOf(state);
    CHECK((text.left == "R" && text.right == "L" && text.top == "A" && text.bottom == "P"));
    state.orientation.turnClockwise();
    text = cornersOf(state);
    CHECK((text.top == "R" && text.right == "A" && text.bottom == "L" && text.left == "P"));
    state.orientation = {};
    state.orientation.flipLeftRight();
    text = cornersOf(state);
    CHECK((text.left == "L" && text.right == "R" && text.top == "A"));
    state.orientation.flipUpDown();
    text = cornersOf(state);
    CHECK((text.left == "L" && text.right == "R" && text.top == "P"));
}

TEST_CASE("Oblique directions carry their letters in falling order", "[view]")
{
    CHECK(orientationLetters({1, 0, 0}) == "L");
    CHECK(orientationLetters({0.8, -0.6, 0}) == "LA");
    CHECK(orientationLetters({0.05, 0.05, -0.99}) == "F");
    CHECK(orientationLetters({0, 0, 0}) == "");
}

TEST_CASE("The corners name patient, slice and window", "[view]")
{
    auto image = test::makeSlice(7, 12.5);
    image->patient = {"Zhang^Bing=张^昞", "P001", "M", "", "058Y"};
    image->study.date = "20261122";
    image->study.time = "123105";
    Stack const stack{StackKind::Slices, {{image, 0}, {image, 0}}};
    auto const pixels = test::makePixels(2, 2, {0, 1, 2, 3});
    ViewState state;
    state.voi.manual = {40, 80, {}};
    auto const text = cornerText(stack, state, pixels.get(), QSizeF(200, 200),
                                 KnownOfCase{QStringLiteral("普子乡卫生院"), {}}, Language::Chinese);
    CHECK(text.topLeft == QStringList{"张昞", "P001", "男 58岁", "普子乡卫生院"});
    CHECK(text.topRight.first() == "2026-11-22 12:31");
    CHECK(text.bottomLeft.first() == "1/2");
    CHECK(text.bottomRight == QStringList{"W80 L40", "10000%"});
}

TEST_CASE("Keys one to nine are nine different windows", "[view]")
{
    auto const presets = windowPresets();
    REQUIRE(presets.size() == 9);
    for (std::size_t i = 0; i < presets.size(); ++i)
        CHECK(presets[i].key == static_cast<int>(i) + 1);
    CHECK((presets[0].chinese == "脑窗" && presets[0].width == 80 && presets[0].center == 40));
}
