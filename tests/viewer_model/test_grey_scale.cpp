// The grey-scale pipeline against values computed by hand from the formulas of PS3.3 C.11.
#include "tests/viewer_model/sample_image.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace qianli;
using namespace qianli::viewer;

namespace {

GreyTable tableOf(Pixels const& pixels, GreyScale const& grey, VoiChoice const& choice,
                  Inversion inversion = Inversion::None)
{
    GreyTable table;
    fillGreyTable(table, pixels, grey, choice, inversion);
    return table;
}

VoiChoice manual(double center, double width)
{
    return {VoiChoice::Kind::Manual, 0, {center, width, {}}};
}

} // namespace

TEST_CASE("The linear window is that of the standard's formula, half a value low", "[grey]")
{
    // The notes of C.11.2.1.2.1: centre 2048 and width 4096 map 0…4095 to the whole range, and 4096/2048.5 would not.
    Window const whole{2048, 4096, {}};
    CHECK(applyWindow(0, whole, VoiFunction::Linear) == 0);
    CHECK(applyWindow(4095, whole, VoiFunction::Linear) == Approx(1));
    CHECK(applyWindow(1, whole, VoiFunction::Linear) == Approx(1 / 4095.0));
    Window const even{0, 100, {}};
    CHECK(applyWindow(-50, even, VoiFunction::Linear) == 0);
    CHECK(applyWindow(49.01, even, VoiFunction::Linear) == 1);
    CHECK(applyWindow(0, even, VoiFunction::Linear) == Approx(0.5 / 99 + 0.5));
    Window const threshold{100, 1, {}};
    CHECK(applyWindow(99, threshold, VoiFunction::Linear) == 0);
    CHECK(applyWindow(100, threshold, VoiFunction::Linear) == 1);
}

TEST_CASE("Linear exact and sigmoid follow their own formulas", "[grey]")
{
    Window const window{2048, 4096, {}};
    CHECK(applyWindow(0, window, VoiFunction::LinearExact) == 0);
    CHECK(applyWindow(4096, window, VoiFunction::LinearExact) == 1);
    CHECK(applyWindow(1024, window, VoiFunction::LinearExact) == Approx(0.25));
    Window const narrow{0.5, 0.01, {}};
    CHECK(applyWindow(0.5, narrow, VoiFunction::LinearExact) == Approx(0.5));
    CHECK(applyWindow(0.506, narrow, VoiFunction::LinearExact) == 1);
    CHECK(applyWindow(2048, window, VoiFunction::Sigmoid) == Approx(0.5));
    CHECK(applyWindow(3072, window, VoiFunction::Sigmoid) == Approx(1 / (1 + std::exp(-1.0))));
}

TEST_CASE("Signed and unsigned values of 8 to 16 bits keep their order as levels", "[grey]")
{
    auto const frame = test::makeFrame(1, 4, {-2048, -1, 0, 2047}, Signedness::Signed, 12);
    auto const pixels = *preparePixels(frame, {});
    CHECK(pixels->base == -2048);
    CHECK(pixels->stored(0, 0) == -2048);
    CHECK(pixels->stored(0, 1) == -1);
    CHECK(pixels->stored(0, 3) == 2047);
    // Old devices keep overlays in the bits above: they are no part of the value.
    auto const overlaid = *preparePixels(test::makeFrame(1, 2, {0xF005, 0x1FFF}, Signedness::Unsigned, 12), {});
    CHECK(overlaid->stored(0, 0) == 5);
    CHECK(overlaid->stored(0, 1) == 4095);
}

TEST_CASE("A high bit above the stored bits shifts the value down", "[grey]")
{
    auto frame = test::makeFrame(1, 2, {0x7FF0, 0x0010}, Signedness::Unsigned, 12);
    frame.format.highBit = 15;
    auto const pixels = *preparePixels(frame, {});
    CHECK(pixels->stored(0, 0) == 0x7FF);
    CHECK(pixels->stored(0, 1) == 1);
}

TEST_CASE("32-bit values are spread over 65,536 levels", "[grey]")
{
    DecodedFrame frame;
    frame.format = {1, 2, 1, 32, 32, 31, Signedness::Unsigned, "MONOCHROME2"};
    frame.values = {0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF};
    auto const pixels = *preparePixels(frame, {});
    CHECK(pixels->stored(0, 0) == 0);
    CHECK(pixels->stored(0, 1) == Approx(4294967295.0));
}

TEST_CASE("Rescale turns stored values into Hounsfield units before the window", "[grey]")
{
    auto const pixels = test::makePixels(1, 3, {984, 1064, 1103});
    GreyScale grey;
    grey.intercept = -1024;
    auto const table = tableOf(*pixels, grey, manual(40, 80));
    CHECK(table[984] == 0);    // -40 HU
    CHECK(table[1024] == 0);   // 0 HU is the window's lower end
    CHECK(table[1064] == 129); // 40 HU: (40 - 39.5) / 79 + 0.5 = 0.5063 of 255
    CHECK(table[1103] == 255); // 79 HU
    CHECK(table[1102] == 252); // 78 HU: 0.98734
}

TEST_CASE("MONOCHROME1 and Presentation LUT Shape INVERSE invert exactly once", "[grey]")
{
    auto const pixels = test::makePixels(1, 1, {0});
    GreyScale grey;
    grey.inverse = true;
    auto const shown = tableOf(*pixels, grey, manual(128, 256));
    CHECK(shown[0] == 255);
    CHECK(shown[255] == 0);
    auto const invertedByReader = tableOf(*pixels, grey, manual(128, 256), Inversion::Inverted);
    CHECK(invertedByReader[0] == 0);
    CHECK(invertedByReader[255] == 255);
}

TEST_CASE("Modality LUT and VOI LUT clamp below their first and above their last entry", "[grey]")
{
    auto const pixels = test::makePixels(1, 1, {0});
    GreyScale grey;
    grey.modalityLut = {10, 16, {100, 200, 300}, {}};
    CHECK(grey.modality(0) == 100);
    CHECK(grey.modality(11) == 200);
    CHECK(grey.modality(999) == 300);
    grey.voiLuts = {{200, 8, {0, 255}, {}}};
    auto const table = tableOf(*pixels, grey, {VoiChoice::Kind::FileLut, 0, {}});
    CHECK(table[10] == 0);   // 100 lies below the first input, 200
    CHECK(table[11] == 0);   // 200
    CHECK(table[12] == 255); // 300 lies above the last
}

TEST_CASE("A VOI LUT that 16 bits describe is scaled to the screen", "[grey]")
{
    auto const pixels = test::makePixels(1, 1, {0});
    GreyScale grey;
    grey.voiLuts = {{0, 12, {0, 2048, 4095}, {}}};
    auto const table = tableOf(*pixels, grey, {VoiChoice::Kind::FileLut, 0, {}});
    CHECK(table[1] == 128); // 2048 / 4095 * 255 = 127.53
    CHECK(table[2] == 255);
}

TEST_CASE("Padding is black however the picture is inverted, and no part of the automatic window", "[grey]")
{
    auto const frame = test::makeFrame(1, 6, {-2000, -2000, -1999, 100, 150, 200}, Signedness::Signed, 16);
    auto const pixels = *preparePixels(frame, {});
    GreyScale grey;
    grey.padding = PaddingRange{-2000, -1999};
    grey.inverse = true;
    auto const table = tableOf(*pixels, grey, manual(150, 100));
    CHECK(table[static_cast<std::size_t>(32768 - 2000)] == 0);
    CHECK(table[static_cast<std::size_t>(32768 - 1999)] == 0);
    CHECK(table[static_cast<std::size_t>(32768 - 1998)] == 255);
    auto const window = automaticWindow(*pixels, grey, "MR");
    CHECK(window.center - window.width / 2 == Approx(100).margin(1));
    CHECK(window.center + window.width / 2 == Approx(200).margin(1.5));
}

TEST_CASE("The first picture takes the object's LUT, else its window, else an automatic one", "[grey]")
{
    auto const pixels = test::makePixels(1, 2, {0, 4000});
    GreyScale grey;
    CHECK(initialVoi(*pixels, grey, "MR").kind == VoiChoice::Kind::Automatic);
    grey.intercept = -1024;
    CHECK(initialVoi(*pixels, grey, "CT").manual.width == 400);
    grey.windows = {{50, 350, {}}};
    CHECK(initialVoi(*pixels, grey, "CT").kind == VoiChoice::Kind::FileWindow);
    grey.voiLuts = {{0, 8, {0, 255}, {}}};
    CHECK(initialVoi(*pixels, grey, "CT").kind == VoiChoice::Kind::FileLut);
    // A LUT does not lock the window: dragging starts from the inputs it spans.
    auto const start = effectiveWindow(grey, {VoiChoice::Kind::FileLut, 0, {}});
    CHECK(start.width > 0);
}

TEST_CASE("A mask of one bit is black and white", "[grey]")
{
    auto const pixels = *preparePixels(test::makeFrame(1, 2, {0, 1}, Signedness::Unsigned, 1), {});
    auto const table = tableOf(*pixels, {}, initialVoi(*pixels, {}, "SEG"));
    CHECK(table[0] == 0);
    CHECK(table[1] == 255);
}

TEST_CASE("YBR, palette and 16-bit RGB become screen colours", "[grey][colour]")
{
    DecodedFrame frame;
    frame.format = {1, 2, 3, 8, 8, 7, Signedness::Unsigned, "YBR_FULL"};
    frame.values = {76, 85, 255, 255, 128, 128};
    auto const ybr = *preparePixels(frame, {});
    CHECK((ybr->rgb[0] >> 16 & 0xFF) >= 253); // red
    CHECK((ybr->rgb[0] & 0xFFFF) <= 0x0101);
    CHECK(ybr->rgb[1] == 0xFFFFFFFF);

    frame.format = {1, 1, 3, 16, 16, 15, Signedness::Unsigned, "RGB"};
    frame.values = {0xFF, 0xFF, 0x00, 0x80, 0x00, 0x00};
    CHECK((*preparePixels(frame, {}))->rgb[0] == 0xFFFF8000);

    ImageAttributes image;
    image.palette.red = {5, 16, {0x0000, 0xFF00}, {}};
    image.palette.green = {5, 16, {0x8000, 0x0000}, {}};
    image.palette.blue = {5, 16, {0x0000, 0x1200}, {}};
    frame.format = {1, 3, 1, 8, 8, 7, Signedness::Unsigned, "PALETTE COLOR"};
    frame.values = {0, 6, 200};
    auto const palette = *preparePixels(frame, image);
    CHECK(palette->rgb == PictureVector<std::uint32_t>{0xFF008000, 0xFFFF0012, 0xFFFF0012});
    CHECK_FALSE(preparePixels(frame, {}).has_value()); // without its palette it can't be shown
}

TEST_CASE("A Presentation LUT is looked up from its first entry, whatever it is called", "[grey]")
{
    GreyScale grey;
    grey.presentationLut.bits = 8;
    grey.presentationLut.entries = {0, 255};
    grey.presentationLut.first = GENERATE(0, 100);
    auto const pixels = test::makePixels(1, 2, {0, 10});
    GreyTable table;
    fillGreyTable(table, *pixels, grey, VoiChoice{VoiChoice::Kind::Manual, 0, Window{5.5, 11, {}}}, Inversion::None);
    CHECK(table[0] == 0);
    CHECK(table[10] == 255);
}
