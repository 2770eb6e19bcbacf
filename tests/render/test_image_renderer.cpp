// Drawing small pictures whose every screen pixel is known.
#include "tests/viewer_model/sample_image.h"
#include "viewer/render/image_renderer.h"
#include "viewer/render/picture_graphics.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {

FrameAttributes plain()
{
    return {};
}

ViewState fullRange()
{
    ViewState state;
    state.voi.manual = {128, 256, {}}; // value is grey
    return state;
}

std::vector<int> greys(QImage const& image)
{
    std::vector<int> values;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            values.push_back(qRed(image.pixel(x, y)));
    return values;
}

} // namespace

TEST_CASE("At one screen pixel a pixel nothing is interpolated", "[render]")
{
    auto const pixels = test::makePixels(2, 3, {0, 50, 100, 150, 200, 255});
    CHECK(greys(renderImage(*pixels, plain(), fullRange(), QSize(3, 2))) == std::vector{0, 50, 100, 150, 200, 255});
}

TEST_CASE("Turns and flips move each pixel to its place", "[render]")
{
    auto const pixels = test::makePixels(2, 3, {1, 2, 3, 4, 5, 6});
    auto state = fullRange();
    state.orientation.turnClockwise();
    CHECK(greys(renderImage(*pixels, plain(), state, QSize(2, 3))) == std::vector{4, 1, 5, 2, 6, 3});
    state.orientation.turnClockwise();
    CHECK(greys(renderImage(*pixels, plain(), state, QSize(3, 2))) == std::vector{6, 5, 4, 3, 2, 1});
    state.orientation.turnClockwise();
    CHECK(greys(renderImage(*pixels, plain(), state, QSize(2, 3))) == std::vector{3, 6, 2, 5, 1, 4});
    state.orientation.flipLeftRight();
    CHECK(greys(renderImage(*pixels, plain(), state, QSize(2, 3))) == std::vector{6, 3, 5, 2, 4, 1});
    state.orientation = {};
    state.orientation.flipUpDown();
    CHECK(greys(renderImage(*pixels, plain(), state, QSize(3, 2))) == std::vector{4, 5, 6, 1, 2, 3});
}

TEST_CASE("The picture is where the mapping says", "[render]")
{
    std::vector<int> values(64 * 64, 0);
    values[20 * 64 + 41] = 255;
    auto const pixels = test::makePixels(64, 64, values);
    auto state = fullRange();
    state.interpolation = Interpolation::Nearest;
    state.zoom = 5;
    state.pan = {-30, 12};
    state.orientation.turnCounterclockwise();
    state.orientation.flipLeftRight();
    QSize const target(300, 260);
    QImage const image = renderImage(*pixels, plain(), state, target);
    ViewMapping const mapping(64, 64, 1, state, target);
    for (int y = 0; y < target.height(); ++y)
        for (int x = 0; x < target.width(); ++x) {
            QPointF const at = mapping.toImage({x + 0.5, y + 0.5});
            bool const lit = std::floor(at.x()) == 41 && std::floor(at.y()) == 20;
            if ((qRed(image.pixel(x, y)) == 255) != lit)
                FAIL("pixel " << x << "," << y);
        }
}

TEST_CASE("Minified pictures are averages of the area", "[render]")
{
    auto const pixels = test::makePixels(2, 4, {0, 100, 200, 200, 100, 200, 0, 0});
    CHECK(greys(renderImage(*pixels, plain(), fullRange(), QSize(2, 1))) == std::vector{100, 100});
    // Three columns on two screen pixels: the middle one is shared.
    auto const thirds = test::makePixels(1, 3, {0, 90, 240});
    auto state = fullRange();
    auto const shrunk = greys(renderImage(*thirds, plain(), state, QSize(2, 1)));
    CHECK(shrunk[0] == 30);
    CHECK(shrunk[1] == 190);
}

TEST_CASE("Magnified pictures run from neighbour to neighbour", "[render]")
{
    auto const pixels = test::makePixels(1, 2, {0, 200});
    CHECK(greys(renderImage(*pixels, plain(), fullRange(), QSize(4, 2))) ==
          std::vector{0, 50, 150, 200, 0, 50, 150, 200});
    auto state = fullRange();
    state.interpolation = Interpolation::Nearest;
    CHECK(greys(renderImage(*pixels, plain(), state, QSize(4, 2))) == std::vector{0, 0, 200, 200, 0, 0, 200, 200});
}

TEST_CASE("Eight screen pixels at once are what they are one by one", "[render]")
{
    // Turned upside down, a picture takes the same road; turned a quarter, each pixel is drawn alone.
    std::vector<int> values;
    for (int i = 0; i < 40 * 40; ++i)
        values.push_back(i * 7919 % 256);
    auto const pixels = test::makePixels(40, 40, values);
    for (int const edge : {40, 61, 90, 163}) {
        auto state = fullRange();
        state.zoom = edge / 40.0;
        QSize const screen(edge + 14, edge + 14); // black around it
        QImage const straight = renderImage(*pixels, plain(), state, screen);
        state.orientation.turnClockwise();
        QImage const turned = renderImage(*pixels, plain(), state, screen);
        int worst = 0;
        for (int y = 0; y < screen.height(); ++y)
            for (int x = 0; x < screen.width(); ++x)
                worst = std::max(worst,
                                 std::abs(qRed(straight.pixel(x, y)) - qRed(turned.pixel(screen.height() - 1 - y, x))));
        CHECK(worst <= 1);
        CHECK(qRed(straight.pixel(3, screen.height() / 2)) == 0);
        CHECK(straight.pixel(3, 3) == 0xFF000000u);
    }
}

TEST_CASE("The highest level of all is drawn by its own grey", "[render]")
{
    auto const pixels = std::make_shared<Pixels>();
    pixels->rows = 2;
    pixels->columns = 32;
    pixels->bitsStored = 16;
    for (int i = 0; i < 64; ++i)
        pixels->levels.push_back(static_cast<std::uint16_t>(65535 - i % 32));
    auto state = fullRange();
    state.voi.manual = {65523.5, 24, {}};
    state.interpolation = Interpolation::Nearest;
    QImage const image = renderImage(*pixels, plain(), state, QSize(64, 4));
    for (int x = 0; x < 64; ++x) {
        double const grey = 255 * applyWindow(65535 - x / 2, state.voi.manual, VoiFunction::Linear);
        CHECK(qRed(image.pixel(x, 1)) == Approx(grey).margin(1));
    }
}

TEST_CASE("Padding is black and does not darken its neighbours", "[render]")
{
    auto const pixels = test::makePixels(1, 3, {60000, 100, 100});
    auto attributes = plain();
    attributes.grey.padding = PaddingRange{60000, 60000};
    auto state = fullRange();
    state.zoom = 4;
    auto const drawn = greys(renderImage(*pixels, attributes, state, QSize(12, 1)));
    for (int const grey : drawn)
        CHECK((grey == 0 || grey == 100));
    CHECK(drawn.front() == 0);
    CHECK(drawn.back() == 100);
    state.inversion = Inversion::Inverted;
    auto const inverted = greys(renderImage(*pixels, attributes, state, QSize(12, 1)));
    CHECK(inverted.front() == 0);
    CHECK(inverted.back() == 155);
}

TEST_CASE("Pixels that are twice as high as wide are drawn so", "[render]")
{
    auto const pixels = test::makePixels(2, 2, {10, 20, 30, 40});
    auto attributes = plain();
    attributes.pixelAspect = 2;
    auto state = fullRange();
    state.interpolation = Interpolation::Nearest;
    CHECK(greys(renderImage(*pixels, attributes, state, QSize(2, 4))) == std::vector{10, 20, 10, 20, 30, 40, 30, 40});
}

TEST_CASE("Colours are drawn as they are, and inverted where asked", "[render]")
{
    Pixels pixels;
    pixels.rows = 1;
    pixels.columns = 2;
    pixels.isColour = true;
    pixels.rgb = {0xFF102030, 0xFFFF8000};
    auto state = fullRange();
    QImage image = renderImage(pixels, plain(), state, QSize(2, 1));
    CHECK(image.pixel(0, 0) == 0xFF102030);
    CHECK(image.pixel(1, 0) == 0xFFFF8000);
    state.inversion = Inversion::Inverted;
    CHECK(renderImage(pixels, plain(), state, QSize(2, 1)).pixel(0, 0) == 0xFFEFDFCF);
    // Around the picture it is black, whatever the picture is.
    QImage const wide = renderImage(pixels, plain(), state, QSize(8, 1));
    CHECK(wide.pixel(0, 0) == 0xFF000000);
    CHECK(wide.pixel(7, 0) == 0xFF000000);
    CHECK(wide.pixel(3, 0) == 0xFFEFDFCF);
}

TEST_CASE("Two threads draw what one would", "[render]")
{
    std::vector<int> values;
    for (int i = 0; i < 300 * 200; ++i)
        values.push_back(i % 251);
    auto const pixels = test::makePixels(300, 200, values);
    auto state = fullRange();
    state.zoom = 2;
    QImage const whole = renderImage(*pixels, plain(), state, QSize(400, 600));
    // A strip small enough for one thread, at the same place.
    state.pan = {0, 280};
    QImage const strip = renderImage(*pixels, plain(), state, QSize(400, 40));
    CHECK(whole.copy(0, 0, 400, 40) == strip);
}

TEST_CASE("Nothing is drawn on nothing, and far away is black", "[render]")
{
    auto const pixels = test::makePixels(1, 1, {255});
    CHECK(renderImage(*pixels, plain(), fullRange(), QSize(0, 10)).isNull());
    auto state = fullRange();
    state.pan = {1e6, 1e6};
    CHECK(greys(renderImage(*pixels, plain(), state, QSize(2, 1))) == std::vector{0, 0});
}

TEST_CASE("A thumbnail keeps the picture's shape", "[render]")
{
    auto const pixels = test::makePixels(2, 4, {0, 1, 2, 3, 4, 5, 6, 7});
    ImageAttributes image;
    image.frames = {plain()};
    CHECK(renderThumbnail(*pixels, image, 0, 80).size() == QSize(80, 40));
}
