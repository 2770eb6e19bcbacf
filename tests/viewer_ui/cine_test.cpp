// Clips, and what devices drew over their pictures, in the reading window.
#include "tests/support/support.h"
#include "tests/viewer_model/sample_image.h"
#include "viewer/ui/cine_bar.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/window_menu.h"

#include <catch2/catch.hpp>

#include <QTest>

using namespace qianli;
using namespace qianli::viewer;

namespace {

std::unique_ptr<MainWindow> openFiles(std::filesystem::path const& path)
{
    StartOptions options;
    options.paths = {path};
    auto window = std::make_unique<MainWindow>(std::move(options));
    window->resize(1366, 768);
    window->show();
    return window;
}

bool waitForPicture(Viewport& viewport)
{
    return QTest::qWaitFor([&] { return viewport.pixels() != nullptr; }, 20'000);
}

QString rateText(Viewport const& viewport)
{
    return viewport.cine()->findChild<QLabel*>("cine.rate")->text();
}

} // namespace

SCENARIO("a clip stands still until it is asked to play, and stops where the reader goes", "[ui][cine]")
{
    auto const path = test::sharedData("us/examples_ybr_color.dcm");
    if (!path)
        return;
    auto const window = openFiles(*path);
    Viewport& viewport = window->reading().grid().active();
    REQUIRE(waitForPicture(viewport));
    CineBar* const cine = viewport.cine();
    REQUIRE(cine != nullptr);
    REQUIRE(cine->isVisible());
    CHECK_FALSE(cine->isPlaying());
    CHECK(viewport.state().index == 0);
    CHECK(cine->framesPerSecond() > 0);
    // It lies under the picture, not over it.
    CHECK(viewport.layerView()->size.height() <= cine->geometry().top());

    QTest::keyClick(&viewport, Qt::Key_E);
    REQUIRE(cine->isPlaying());
    std::size_t before = viewport.state().index;
    REQUIRE(QTest::qWaitFor([&] { return viewport.state().index != before; }, 20'000));
    QTest::keyClick(&viewport, Qt::Key_E);
    CHECK_FALSE(cine->isPlaying());
    before = viewport.state().index;
    QTest::qWait(150);
    CHECK(viewport.state().index == before);

    double const rate = cine->framesPerSecond();
    QTest::keyClick(&viewport, Qt::Key_Comma);
    CHECK(cine->framesPerSecond() < rate);
    CHECK(rateText(viewport).contains("×"));
    QTest::keyClick(&viewport, Qt::Key_Period);
    CHECK(cine->framesPerSecond() == rate);

    QTest::keyClick(&viewport, Qt::Key_E);
    QTest::keyClick(&viewport, viewport.state().index == 0 ? Qt::Key_End : Qt::Key_Home);
    CHECK_FALSE(cine->isPlaying());
}

SCENARIO("a single picture has no clip's bar", "[ui][cine]")
{
    auto const path = test::sharedData("us/examples_rgb_color.dcm");
    if (!path)
        return;
    auto const window = openFiles(*path);
    Viewport& viewport = window->reading().grid().active();
    REQUIRE(waitForPicture(viewport));
    CHECK((viewport.cine() == nullptr || viewport.cine()->isHidden()));
}

SCENARIO("a frame that is not decoded yet is waited for, and the clock goes on", "[ui][cine]")
{
    auto image = std::make_shared<ImageAttributes>();
    image->cine.framesPerSecond = 100;
    Stack clip{StackKind::Cine, {}};
    for (std::uint32_t frame = 0; frame < 50'000; ++frame) // it does not begin anew while a busy machine lets us wait
        clip.entries.push_back({image, frame});
    REQUIRE(isClip(clip));
    std::size_t index = 0;
    bool isDecoded = false;
    CineBar bar({[&] { return index; }, [&](std::size_t frame) { index = frame; },
                 [&](std::size_t) { return isDecoded; }, [] { return true; }, [] {}},
                nullptr);
    bar.setClip(clip);
    bar.play();
    QTest::qWait(60);
    CHECK(index == 0);
    CHECK(bar.isPlaying());
    isDecoded = true;
    REQUIRE(QTest::qWaitFor([&] { return index != 0; }, 20'000));
    // The frames of the time that was waited are left out, not made up for.
    CHECK(index > 3);
}

SCENARIO("a device's overlay can be put aside, and the picture then says so", "[ui][graphics]")
{
    auto const path = test::sharedData("luts-overlays/MR-SIEMENS-DICOM-WithOverlays.dcm");
    if (!path)
        return;
    auto const window = openFiles(*path);
    Viewport& viewport = window->reading().grid().active();
    REQUIRE(waitForPicture(viewport));
    auto const coloured = [&](QRgb colour) {
        QImage const image = viewport.grab().toImage();
        int count = 0;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                count += image.pixel(x, y) == colour ? 1 : 0;
        return count;
    };
    constexpr QRgb graphics = 0xFF7FD6FF, amber = 0xFFD9A441;
    CHECK(coloured(graphics) > 100);
    int const amberBefore = coloured(amber);
    QTest::keyClick(&viewport, Qt::Key_B);
    CHECK(coloured(graphics) == 0);
    CHECK(coloured(amber) > amberBefore);
    QTest::keyClick(&viewport, Qt::Key_B);
    CHECK(coloured(graphics) > 100);
}

TEST_CASE("The menu of windows begins with the object's own", "[ui]")
{
    FrameAttributes attributes;
    attributes.grey.windows = {{40, 400, "ABDOMEN"}, {-600, 1500, "LUNG"}};
    attributes.grey.voiLuts = {{0, 8, {0, 255}, "NORMAL"}};
    Pixels pixels;
    pixels.levels = {0, 100};
    QMenu menu;
    VoiChoice chosen;
    fillWindowMenu(menu, &attributes, &pixels, "CR", {VoiChoice::Kind::FileWindow, 1, {}},
                   [&](VoiChoice const& choice) { chosen = choice; });
    auto const actions = menu.actions();
    REQUIRE(actions.size() == 3 + 1 + 1 + 9); // own, automatic, a line, presets
    CHECK(actions[0]->text().contains("NORMAL"));
    CHECK(actions[1]->text() == "W400 L40 ABDOMEN");
    CHECK(actions[2]->isChecked());
    CHECK_FALSE(actions[1]->isChecked());
    actions[1]->trigger();
    CHECK(chosen.kind == VoiChoice::Kind::FileWindow);
    CHECK(chosen.index == 0);
    actions.last()->trigger();
    CHECK(chosen.kind == VoiChoice::Kind::Manual);
    CHECK(chosen.manual.width == 600);
}

SCENARIO("an angiogram is seen without its mask, and as it was again", "[ui][cine]")
{
    auto const path = test::sharedData("xray/I_000000.dcm");
    if (!path)
        return;
    auto const window = openFiles(*path);
    Viewport& viewport = window->reading().grid().active();
    REQUIRE(waitForPicture(viewport));
    REQUIRE(QTest::qWaitFor([&] { return viewport.isLoaded(); }, 60'000));
    auto const plain = viewport.pixels();
    auto const window0 = effectiveWindow(viewport.attributes()->grey, viewport.state().voi);
    QTest::keyClick(&viewport, Qt::Key_U);
    auto* const mask = viewport.cine()->findChild<QLabel*>("cine.mask");
    CHECK(mask->text().contains("1"));
    // The mask is the frame on the screen: nothing is left of it.
    REQUIRE(viewport.pixels() != plain);
    CHECK(viewport.pixels()->stored(100, 100) == 0);
    CHECK(viewport.pixels()->stored(300, 200) == 0);
    QTest::keyClick(&viewport, Qt::Key_End);
    REQUIRE(waitForPicture(viewport));
    double change = 0;
    for (std::uint32_t row = 0; row < viewport.pixels()->rows; row += 16)
        for (std::uint32_t column = 0; column < viewport.pixels()->columns; column += 16)
            change += std::abs(viewport.pixels()->stored(row, column));
    CHECK(change > 0);
    QTest::keyClick(&viewport, Qt::Key_Home);
    QTest::keyClick(&viewport, Qt::Key_U);
    CHECK(mask->text().isEmpty());
    CHECK(viewport.pixels() == plain);
    CHECK(effectiveWindow(viewport.attributes()->grey, viewport.state().voi).width == window0.width);
}

SCENARIO("of two runs in one clip each is seen without its own mask, never without the other's", "[ui][cine]")
{
    test::TemporaryFolder const folder;
    test::writeImageFile(folder / "clip.dcm", [](DcmDataset& d) {
        d.putAndInsertString(DCM_SOPClassUID, UID_XRayAngiographicImageStorage);
        d.putAndInsertString(DCM_Modality, "XA");
        d.putAndInsertString(DCM_NumberOfFrames, "6");
        std::vector<Uint8> pixels;
        for (Uint8 frame = 1; frame <= 6; ++frame)
            pixels.insert(pixels.end(), 4, static_cast<Uint8>(10 * frame));
        d.putAndInsertUint8Array(DCM_PixelData, pixels.data(), pixels.size());
        for (Uint16 const first : {Uint16(1), Uint16(3)}) { // the last two frames are of no run
            DcmItem* item = nullptr;
            d.findOrCreateSequenceItem(DCM_MaskSubtractionSequence, item, -2);
            item->putAndInsertString(DCM_MaskOperation, "AVG_SUB");
            Uint16 const range[] = {first, static_cast<Uint16>(first + 1)};
            item->putAndInsertUint16Array(DCM_ApplicableFrameRange, range, 2);
            item->putAndInsertUint16Array(DCM_MaskFrameNumbers, &first, 1);
        }
    });
    auto const window = openFiles(folder.path());
    Viewport& viewport = window->reading().grid().active();
    REQUIRE(waitForPicture(viewport));
    REQUIRE(QTest::qWaitFor([&] { return viewport.isLoaded(); }, 60'000));
    auto const at = [&](std::size_t frame) {
        viewport.change([frame](ToolTarget const& target) { target.state.index = frame; });
        return viewport.pixels()->stored(0, 0);
    };
    auto* const mask = viewport.cine()->findChild<QLabel*>("cine.mask");
    CHECK(at(0) == 10);
    QTest::keyClick(&viewport, Qt::Key_U);
    CHECK(at(0) == 0);
    CHECK(at(1) == 10);
    CHECK(at(2) == 0); // less itself, not less the first run's mask
    CHECK(mask->text().contains("3"));
    CHECK(at(3) == 10);
    CHECK(at(0) == 0);
    CHECK(mask->text().contains("1"));
    CHECK(at(5) == 60);
    CHECK(mask->text().isEmpty());
}

SCENARIO("a subtraction that is not the file's says so", "[ui][cine]")
{
    test::TemporaryFolder const folder;
    test::writeImageFile(folder / "clip.dcm", [](DcmDataset& d) {
        d.putAndInsertString(DCM_SOPClassUID, UID_XRayAngiographicImageStorage);
        d.putAndInsertString(DCM_Modality, "XA");
        d.putAndInsertString(DCM_NumberOfFrames, "3");
        std::vector<Uint8> const pixels(12, 7);
        d.putAndInsertUint8Array(DCM_PixelData, pixels.data(), pixels.size());
        DcmItem* item = nullptr;
        d.findOrCreateSequenceItem(DCM_MaskSubtractionSequence, item, -2);
        item->putAndInsertString(DCM_MaskOperation, "REV_TID");
    });
    auto const window = openFiles(folder.path());
    Viewport& viewport = window->reading().grid().active();
    REQUIRE(waitForPicture(viewport));
    REQUIRE(QTest::qWaitFor([&] { return viewport.isLoaded(); }, 60'000));
    QTest::keyClick(&viewport, Qt::Key_U);
    auto* const mask = viewport.cine()->findChild<QLabel*>("cine.mask");
    CHECK(mask->text() == QString("减影，蒙片 1；文件指定的 REV_TID 没有采用"));
    QTest::keyClick(&viewport, Qt::Key_U);
    CHECK(mask->text().isEmpty());
}

SCENARIO("two radiographs of one series: each with a window that shows it", "[ui]")
{
    test::TemporaryFolder const folder;
    for (int number : {1, 2})
        test::writeImageFile(folder / (std::to_string(number) + ".dcm"), [&](DcmDataset& d) {
            d.putAndInsertString(DCM_SOPInstanceUID, ("1.2.3.4." + std::to_string(number)).c_str());
            d.putAndInsertString(DCM_InstanceNumber, std::to_string(number).c_str());
            d.putAndInsertString(DCM_Modality, "DX");
            d.putAndInsertUint16(DCM_BitsAllocated, 16);
            d.putAndInsertUint16(DCM_BitsStored, 14);
            d.putAndInsertUint16(DCM_HighBit, 13);
            Uint16 const pixels[] = {3000, 5000, 7000, 9000};
            d.putAndInsertUint16Array(DCM_PixelData, pixels, 4);
            d.putAndInsertString(DCM_WindowCenter, number == 1 ? "6000" : "600"); // a zero is missing
            d.putAndInsertString(DCM_WindowWidth, number == 1 ? "6000" : "600");
        });
    auto const window = openFiles(folder.path());
    Viewport& viewport = window->reading().grid().active();
    REQUIRE(QTest::qWaitFor([&] { return viewport.stack().entries.size() == 2 && viewport.isLoaded(); }, 20'000));
    QTest::keyClick(&viewport, Qt::Key_Home);
    CHECK(viewport.state().voi.kind == VoiChoice::Kind::FileWindow);
    QTest::keyClick(&viewport, Qt::Key_End);
    CHECK(viewport.state().voi.kind == VoiChoice::Kind::Automatic);
    CHECK(viewport.annotation().bottomRight.join(" ").contains("文件窗位不合理"));
    QTest::keyClick(&viewport, Qt::Key_Home);
    CHECK(viewport.state().voi.kind == VoiChoice::Kind::FileWindow);
    // No Hounsfield units: the windows of a CT would make it black.
    QTest::keyClick(&viewport, Qt::Key_1);
    CHECK(viewport.state().voi.kind == VoiChoice::Kind::FileWindow);
    // What the reader sets stays.
    viewport.change([](ToolTarget const& target) {
        target.state.voi = VoiChoice{VoiChoice::Kind::Manual, 0, Window{40, 350, {}, VoiFunction::Linear}};
    });
    QTest::keyClick(&viewport, Qt::Key_End);
    CHECK(viewport.state().voi.manual.width == 350);
}
