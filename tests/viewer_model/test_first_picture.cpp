// The first picture as a radiologist wants it: neither too dark, too white nor inverted (user-pains A3), and honest
// where the object's own window is no use.
#include "tests/support/support.h"
#include "tests/viewer_model/sample_image.h"
#include "viewer/model/window_text.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {

std::shared_ptr<ImageAttributes const> load(std::function<void(DcmDataset&)> const& change)
{
    test::TemporaryFolder const folder;
    std::filesystem::path const path = folder / "image.dcm";
    test::writeImageFile(path, change);
    auto image = loadImageAttributes(path);
    REQUIRE(image);
    return *image;
}

// A radiograph's pixels: 2300 to 8000.
std::shared_ptr<Pixels const> radiograph()
{
    std::vector<int> values;
    for (int i = 0; i < 400; ++i)
        values.push_back(2300 + i * 5700 / 399);
    return test::makePixels(20, 20, values);
}

GreyTable tableOf(Pixels const& pixels, GreyScale const& grey, VoiChoice const& choice)
{
    GreyTable table;
    fillGreyTable(table, pixels, grey, choice, Inversion::None);
    return table;
}

} // namespace

TEST_CASE("A3: a window with a missing zero does not make the first picture white", "[first]")
{
    auto const pixels = radiograph();
    GreyScale grey;
    grey.windows = {{515, 570, "CHEST"}}; // 5150/5700 was meant
    auto const choice = initialVoi(*pixels, grey, "DX");
    CHECK(choice.kind == VoiChoice::Kind::Automatic);
    auto const table = tableOf(*pixels, grey, choice);
    CHECK(table[2400] < 20);
    CHECK(table[7900] > 235);
    // It says so, and that is not what it says where the file has no window.
    CHECK(windowText(grey, choice, Language::Chinese).contains("文件窗位不合理"));
    CHECK_FALSE(windowText({}, choice, Language::Chinese).contains("不合理"));
    CHECK(windowText({}, choice, Language::Chinese).contains("自动"));
    // The next one of the file may be right.
    grey.windows.push_back({5150, 5700, "CHEST"});
    CHECK(initialVoi(*pixels, grey, "DX").kind == VoiChoice::Kind::FileWindow);
    CHECK(initialVoi(*pixels, grey, "DX").index == 1);
}

TEST_CASE("A3: a window over 16 bits on pixels of 12 does not make the first picture black", "[first]")
{
    std::vector<int> values;
    for (int i = 0; i < 400; ++i)
        values.push_back(i * 10);
    auto const pixels = test::makePixels(20, 20, values);
    GreyScale grey;
    grey.windows = {{32768, 65535, {}}};
    auto const choice = initialVoi(*pixels, grey, "MR");
    CHECK(choice.kind == VoiChoice::Kind::Automatic);
    CHECK(tableOf(*pixels, grey, choice)[3800] > 220);
}

TEST_CASE("A3: a CT's own window holds on a slice of air too", "[first]")
{
    auto const pixels = *preparePixels(test::makeFrame(2, 2, {-1000, -998, -996, -1001}, Signedness::Signed, 16), {});
    GreyScale grey;
    grey.windows = {{40, 400, {}}};
    CHECK(initialVoi(*pixels, grey, "CT").kind == VoiChoice::Kind::FileWindow);
    // Nobody means this one.
    grey.windows = {{40000, 400, {}}};
    auto const choice = initialVoi(*pixels, grey, "CT");
    CHECK(choice.kind == VoiChoice::Kind::Automatic);
    CHECK(choice.manual.center == 40);
    CHECK(choice.manual.width == 400);
}

TEST_CASE("A3: a window of no width is left out, counted and said", "[first]")
{
    auto const image = load([](DcmDataset& d) {
        d.putAndInsertString(DCM_WindowCenter, "0");
        d.putAndInsertString(DCM_WindowWidth, "0");
    });
    auto const& grey = image->frame(0).grey;
    CHECK(grey.windows.empty());
    CHECK(grey.brokenWindows == 1);
    auto const pixels = test::makePixels(1, 2, {0, 255});
    CHECK(windowText(grey, initialVoi(*pixels, grey, "US"), Language::Chinese).contains("不合理"));
}

TEST_CASE("A3: a VOI LUT is applied, does not lock the window, and is left alone where it shows nothing", "[first]")
{
    auto const pixels = radiograph();
    GreyScale grey;
    LookupTable lut{2000, 12, {}, "NORMAL"};
    for (int i = 0; i < 6500; ++i)
        lut.entries.push_back(static_cast<std::uint16_t>(i * 4095 / 6499));
    grey.voiLuts = {lut};
    auto const choice = initialVoi(*pixels, grey, "DX");
    REQUIRE(choice.kind == VoiChoice::Kind::FileLut);
    CHECK(tableOf(*pixels, grey, choice)[2000 + 3250] == 127); // 2047 of 4095
    CHECK(windowText(grey, choice, Language::Chinese) == "VOI LUT 1 NORMAL");
    auto const start = effectiveWindow(grey, choice);
    CHECK(start.center == Approx(5250).margin(10));
    grey.voiLuts[0].entries.assign(6500, 4095);
    CHECK(initialVoi(*pixels, grey, "DX").kind == VoiChoice::Kind::Automatic);
}

TEST_CASE("A3: MONOCHROME1 is inverted once, also where Presentation LUT Shape says INVERSE", "[first]")
{
    for (char const* const shape : {"", "INVERSE"}) {
        auto const image = load([&](DcmDataset& d) {
            d.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME1");
            if (*shape != 0)
                d.putAndInsertString(DCM_PresentationLUTShape, shape);
            d.putAndInsertString(DCM_WindowCenter, "128");
            d.putAndInsertString(DCM_WindowWidth, "256");
        });
        auto const& grey = image->frame(0).grey;
        auto const table = tableOf(*test::makePixels(1, 1, {0}), grey, {VoiChoice::Kind::FileWindow, 0, {}});
        CHECK(table[10] == 245);
        CHECK(table[255] == 0);
    }
}

TEST_CASE("A picture without a window of that number takes the one of the picture before", "[first]")
{
    auto const pixels = radiograph();
    GreyScale with;
    with.windows = {{5150, 5700, {}}};
    auto const choice = initialVoi(*pixels, with, "DX");
    auto const table = tableOf(*pixels, {}, choice);
    CHECK(table[5150] == 128);
    CHECK(needsItsOwnVoi(choice, {}));
    CHECK_FALSE(needsItsOwnVoi(choice, with));
}

TEST_CASE("Where there is no window, the modality says what is shown", "[first]")
{
    std::vector<int> hot(10000, 10);
    hot[7] = 5000;
    hot[8] = 5000;
    auto const emission = test::makePixels(100, 100, hot);
    // The few hot pixels are what was looked for; for a radiograph they are dead ones.
    CHECK(automaticWindow(*emission, {}, "NM").width > 4900);
    CHECK(automaticWindow(*emission, {}, "DX").width < 10);
    CHECK(endsOf(automaticWindow(*emission, {}, "PT")).low <= 0);
    auto const screen =
        *preparePixels(test::makeFrame(1, 2, {100, 120}, Signedness::Unsigned, 8), {}); // ultrasound, a screen's copy
    CHECK(automaticWindow(*screen, {}, "US").width == 256);
    CHECK(automaticWindow(*screen, {}, "MR").width == 21);
    // CT in Hounsfield units without an intercept: its air tells.
    auto const ct = *preparePixels(test::makeFrame(1, 4, {-1000, -1000, 40, 60}, Signedness::Signed, 16), {});
    CHECK(automaticWindow(*ct, {}, "CT").width == 400);
}

TEST_CASE("A sigmoid stays one while its window is dragged", "[first]")
{
    GreyScale grey;
    grey.windows = {{2000, 1000, {}, VoiFunction::Sigmoid}};
    auto const pixels = test::makePixels(1, 2, {0, 4095});
    Window const dragged = effectiveWindow(grey, {VoiChoice::Kind::FileWindow, 0, {}});
    auto const table = tableOf(*pixels, grey, {VoiChoice::Kind::Manual, 0, dragged});
    CHECK(table[2500] == 225); // 1 / (1 + e^-2) = 0.8808
    CHECK(table[0] == 0);
    CHECK(table[65535] == 255);
}

TEST_CASE("A presentation LUT comes behind the window", "[first]")
{
    GreyScale grey;
    grey.presentationLut = {0, 8, {0, 10, 255}, {}};
    auto const table = tableOf(*test::makePixels(1, 1, {0}), grey, {VoiChoice::Kind::Manual, 0, {128, 256, {}}});
    CHECK(table[0] == 0);
    CHECK(table[128] == 10);
    CHECK(table[255] == 255);
}

TEST_CASE("A window of a fraction is said with its digits", "[first]")
{
    CHECK(windowNumbers({40, 400, {}}) == "W400 L40");
    CHECK(windowNumbers({0.0125, 0.025, {}}) == "W0.025 L0.0125");
    CHECK(windowNumbers({-600.5, 1500, {}}) == "W1500 L-600.5");
}
