// What objects draw over their pictures, pixel by pixel: planes at any size and turn, shutters of any shape.
#include "tests/viewer_model/sample_image.h"
#include "viewer/render/image_renderer.h"
#include "viewer/render/picture_graphics.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {

ImageAttributes imageOf(std::uint32_t rows, std::uint32_t columns)
{
    ImageAttributes image;
    image.format.rows = rows;
    image.format.columns = columns;
    image.frames.resize(1);
    return image;
}

OverlayPlane planeOf(std::uint32_t rows, std::uint32_t columns, std::vector<std::size_t> const& set)
{
    OverlayPlane plane;
    plane.rows = rows;
    plane.columns = columns;
    std::vector<std::uint8_t> bits((std::size_t{rows} * columns + 7) / 8);
    for (auto const pixel : set)
        bits[pixel / 8] = static_cast<std::uint8_t>(bits[pixel / 8] | 1 << (pixel % 8));
    plane.bits = std::make_shared<std::vector<std::uint8_t> const>(std::move(bits));
    return plane;
}

std::vector<bool> opaque(QImage const& image)
{
    std::vector<bool> values;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            values.push_back(qAlpha(image.pixel(x, y)) != 0);
    return values;
}

QTransform mapped(ImageAttributes const& image, ViewState const& state, QSize target)
{
    return ViewMapping(image.format.rows, image.format.columns, image.frame(0).pixelAspect, state, target).transform();
}

} // namespace

TEST_CASE("A plane's bits lie on their pixels, turned and mirrored with them", "[graphics]")
{
    auto image = imageOf(2, 3);
    image.overlays = {planeOf(2, 3, {0, 5})};
    ViewState state;
    CHECK(opaque(drawGraphics(image, 0, nullptr, mapped(image, state, {3, 2}), {3, 2})) ==
          std::vector<bool>{true, false, false, false, false, true});
    state.orientation.flipLeftRight();
    CHECK(opaque(drawGraphics(image, 0, nullptr, mapped(image, state, {3, 2}), {3, 2})) ==
          std::vector<bool>{false, false, true, true, false, false});
    state.orientation = {};
    state.orientation.turnClockwise(); // 0 1 2 / 3 4 5 becomes 3 0 / 4 1 / 5 2
    CHECK(opaque(drawGraphics(image, 0, nullptr, mapped(image, state, {2, 3}), {2, 3})) ==
          std::vector<bool>{false, true, false, false, true, false});
}

TEST_CASE("A plane may begin outside the picture or inside it", "[graphics]")
{
    auto image = imageOf(2, 2);
    image.overlays = {planeOf(2, 2, {3}), planeOf(1, 1, {0})};
    image.overlays[0].top = 0;
    image.overlays[0].left = 0;
    image.overlays[1].top = 2;
    image.overlays[1].left = 2;
    CHECK(opaque(drawGraphics(image, 0, nullptr, mapped(image, {}, {2, 2}), {2, 2})) ==
          std::vector<bool>{true, false, false, true});
}

TEST_CASE("A line one pixel thin is still there when the picture is a tenth of its size", "[graphics]")
{
    auto image = imageOf(1000, 1000);
    std::vector<std::size_t> line;
    for (std::size_t row = 0; row < 1000; ++row)
        line.push_back(row * 1000 + 333);
    image.overlays = {planeOf(1000, 1000, line)};
    QImage const drawn = drawGraphics(image, 0, nullptr, mapped(image, {}, {100, 100}), {100, 100});
    for (int y = 0; y < 100; ++y)
        CHECK(qAlpha(drawn.pixel(33, y)) == 255);
}

TEST_CASE("What a shutter covers has its colour, and what it leaves open is seen", "[graphics]")
{
    auto image = imageOf(10, 10);
    image.shutter.emplace();
    image.shutter->rgb = 0xFF404040;
    image.shutter->rectangle = DisplayShutter::Rectangle{3, 8, 2, 9}; // columns 3 to 8, rows 2 to 9
    QImage drawn = drawGraphics(image, 0, nullptr, mapped(image, {}, {10, 10}), {10, 10});
    CHECK(drawn.pixel(1, 4) == 0xFF404040);
    CHECK(drawn.pixel(8, 4) == 0xFF404040);
    CHECK(qAlpha(drawn.pixel(2, 1)) == 0);
    CHECK(qAlpha(drawn.pixel(7, 8)) == 0);
    CHECK(drawn.pixel(4, 0) == 0xFF404040);
    // Of two shapes what both leave open.
    image.shutter->circle = DisplayShutter::Circle{5, 5, 2};
    drawn = drawGraphics(image, 0, nullptr, mapped(image, {}, {10, 10}), {10, 10});
    CHECK(qAlpha(drawn.pixel(4, 4)) == 0);
    CHECK(drawn.pixel(7, 8) == 0xFF404040);
    image.shutter->circle.reset();
    image.shutter->rectangle.reset();
    image.shutter->polygon = {{0, 0}, {0, 11}, {11, 0}}; // the upper left half
    drawn = drawGraphics(image, 0, nullptr, mapped(image, {}, {10, 10}), {10, 10});
    CHECK(qAlpha(drawn.pixel(1, 1)) == 0);
    CHECK(drawn.pixel(9, 9) == 0xFF404040);
}

TEST_CASE("A circle is one also where pixels are twice as high as wide", "[graphics]")
{
    auto image = imageOf(20, 40);
    image.frames[0].pixelAspect = 2;
    image.shutter.emplace();
    image.shutter->circle = DisplayShutter::Circle{10, 20, 10};
    QImage const drawn = drawGraphics(image, 0, nullptr, mapped(image, {}, {40, 40}), {40, 40});
    CHECK(qAlpha(drawn.pixel(20, 11)) == 0);
    CHECK(qAlpha(drawn.pixel(20, 7)) == 255);
    CHECK(qAlpha(drawn.pixel(11, 19)) == 0);
    CHECK(qAlpha(drawn.pixel(7, 19)) == 255);
}

TEST_CASE("A bitmap shutter covers its set bits, and is no graphic besides", "[graphics]")
{
    auto image = imageOf(1, 3);
    image.overlays = {planeOf(1, 3, {0}), planeOf(1, 3, {2})};
    image.overlays[1].group = 0x6002;
    image.shutter.emplace();
    image.shutter->overlayGroup = 0x6000;
    QImage const drawn = drawGraphics(image, 0, nullptr, mapped(image, {}, {3, 1}), {3, 1});
    CHECK(drawn.pixel(0, 0) == 0xFF000000);
    CHECK(qAlpha(drawn.pixel(1, 0)) == 0);
    CHECK(qAlpha(drawn.pixel(2, 0)) == 255);
    CHECK(drawn.pixel(2, 0) != 0xFF000000);
}

TEST_CASE("Pictures for files, thumbnails and reports have their graphics", "[graphics]")
{
    auto const pixels = test::makePixels(2, 2, {0, 0, 0, 0});
    auto image = imageOf(2, 2);
    image.overlays = {planeOf(2, 2, {1})};
    ViewState state;
    state.voi.manual = {128, 256, {}};
    QImage const drawn = renderPicture(*pixels, image, 0, state, {2, 2});
    CHECK(drawn.pixel(0, 0) == 0xFF000000);
    CHECK(drawn.pixel(1, 0) != 0xFF000000);
    CHECK(renderThumbnail(*pixels, image, 0, 2).pixel(1, 0) == drawn.pixel(1, 0));
    image.overlays.clear();
    CHECK(drawGraphics(image, 0, pixels.get(), mapped(image, {}, {2, 2}), {2, 2}).isNull());
}

TEST_CASE("A picture with a supplemental palette is grey below and coloured above", "[graphics]")
{
    Pixels pixels;
    pixels.rows = 1;
    pixels.columns = 2;
    pixels.levelCount = 256;
    pixels.levels = {100, 200};
    pixels.supplementFrom = 200;
    pixels.supplement.assign(56, 0xFFFF0000);
    ViewState state;
    state.voi.manual = {128, 256, {}};
    QImage drawn = renderImage(pixels, {}, state, QSize(2, 1));
    CHECK(drawn.pixel(0, 0) == 0xFF646464);
    CHECK(drawn.pixel(1, 0) == 0xFFFF0000);
    // Between them their colours mix: no level between 100 and 200 is looked up.
    drawn = renderImage(pixels, {}, state, QSize(4, 2));
    CHECK(qRed(drawn.pixel(1, 0)) == Approx(139).margin(1));
    CHECK(qGreen(drawn.pixel(1, 0)) == Approx(75).margin(1));
}
