// With which slice a stack opens, and with which window where the object has none.
#include "tests/support/support.h"
#include "tests/support/volume_phantom.h"
#include "viewer/ui/main_window.h"

#include <catch2/catch.hpp>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <QLabel>
#include <QTest>

#include <fstream>

using namespace qianli;
using namespace qianli::viewer;
using test::PhantomShape;
using test::VolumePhantom;

namespace {

constexpr std::size_t sliceCount = 24;

// An MR of a head without a window: beside it, in the six slices at either end, there is nothing but a little noise.
void writeMr(std::filesystem::path const& folder, char const* series, char const* window = nullptr)
{
    std::filesystem::create_directories(folder);
    auto const files = VolumePhantom(PhantomShape::Straight).write(folder, [&](DcmItem& data, std::size_t slice) {
        data.putAndInsertString(DCM_Modality, "MR");
        data.putAndInsertString(DCM_SeriesInstanceUID, series);
        data.putAndInsertString(DCM_SOPInstanceUID, (std::string(series) + "." + std::to_string(slice + 1)).c_str());
        data.putAndInsertString(DCM_SOPClassUID, UID_MRImageStorage);
        for (auto const& tag : {DCM_WindowCenter, DCM_WindowWidth, DCM_RescaleIntercept, DCM_RescaleSlope})
            data.findAndDeleteElement(tag);
        if (window != nullptr) {
            data.putAndInsertString(DCM_WindowCenter, "450");
            data.putAndInsertString(DCM_WindowWidth, window);
        }
        std::vector<Uint16> words(std::size_t{VolumePhantom::rows} * VolumePhantom::columns);
        bool const isBeside = slice < 6 || slice >= sliceCount - 6;
        for (std::size_t i = 0; i < words.size(); ++i)
            words[i] = static_cast<Uint16>(isBeside ? i % 5 : 100 + i % 700);
        data.putAndInsertUint16Array(DCM_PixelData, words.data(), words.size());
    });
    REQUIRE(files.size() == sliceCount);
    // By name the last slice is read first.
    for (auto const& file : files) {
        DcmFileFormat read;
        REQUIRE(read.loadFile(file.c_str()).good());
        OFString number;
        read.getDataset()->findAndGetOFString(DCM_InstanceNumber, number);
        std::filesystem::rename(file, folder / ("im" + std::to_string(200 - std::stoi(number.c_str()))));
    }
}

std::unique_ptr<MainWindow> open(std::vector<std::filesystem::path> paths)
{
    StartOptions options;
    options.paths = std::move(paths);
    auto window = std::make_unique<MainWindow>(std::move(options));
    window->resize(1366, 768);
    window->show();
    auto& reading = window->reading();
    REQUIRE(QTest::qWaitFor(
        [&] {
            return !reading.images().studies().empty() && !reading.images().isLoading() &&
                   reading.grid().active().isLoaded() && reading.grid().active().pixels() != nullptr;
        },
        20'000));
    return window;
}

Window windowOf(Viewport& viewport)
{
    return effectiveWindow(viewport.attributes()->grey, viewport.state().voi);
}

} // namespace

SCENARIO("files whose first is beside the body open in the middle, in a window for the body", "[ui][opening]")
{
    test::TemporaryFolder const folder;
    writeMr(folder.path() / "mr", "1.2.3.7");
    auto const window = open({folder.path() / "mr"});
    Viewport& viewport = window->reading().grid().active();
    REQUIRE(viewport.stack().entries.size() == sliceCount);
    CHECK(viewport.state().index >= sliceCount / 4);
    CHECK(viewport.state().index <= sliceCount * 3 / 4);
    CHECK(windowOf(viewport).width > 500);

    WHEN("the reader goes to the end and resets the view there")
    {
        QTest::keyClick(&viewport, Qt::Key_End);
        REQUIRE(QTest::qWaitFor([&] { return viewport.pixels() != nullptr; }, 20'000));
        QTest::keyClick(&viewport, Qt::Key_Backspace);
        CHECK(viewport.state().index == sliceCount - 1);
        CHECK(windowOf(viewport).width > 500);
    }
}

SCENARIO("the device's own window stays, also where a slice beside the body would have none of it", "[ui][opening]")
{
    test::TemporaryFolder const folder;
    writeMr(folder.path() / "mr", "1.2.3.7", "900");
    auto const window = open({folder.path() / "mr"});
    Viewport& viewport = window->reading().grid().active();
    CHECK(viewport.state().voi.kind == VoiChoice::Kind::FileWindow);
    QTest::keyClick(&viewport, Qt::Key_End);
    REQUIRE(QTest::qWaitFor([&] { return viewport.pixels() != nullptr; }, 20'000));
    QTest::keyClick(&viewport, Qt::Key_Backspace);
    CHECK(viewport.state().voi.kind == VoiChoice::Kind::FileWindow);
    CHECK(windowOf(viewport).width == 900);
}

SCENARIO("a series that opens beside the body, where the last one was left, has the window of its middle",
         "[ui][opening]")
{
    test::TemporaryFolder const folder;
    writeMr(folder.path() / "one", "1.2.3.7");
    writeMr(folder.path() / "two", "1.2.3.8");
    auto const window = open({folder.path()});
    auto& reading = window->reading();
    Viewport& viewport = reading.grid().active();
    QTest::keyClick(&viewport, Qt::Key_Home);
    auto const first = viewport.seriesUid();
    QTest::keyClick(&viewport, Qt::Key_BracketRight);
    if (viewport.seriesUid() == first)
        QTest::keyClick(&viewport, Qt::Key_BracketLeft);
    REQUIRE(viewport.seriesUid() != first);
    CHECK(viewport.state().index == 0);

    WHEN("the reader leaves the window as it is")
    {
        REQUIRE(QTest::qWaitFor([&] { return viewport.isLoaded() && viewport.pixels() != nullptr; }, 20'000));
        CHECK(viewport.state().index == 0);
        CHECK(viewport.state().voi.kind == VoiChoice::Kind::Automatic);
        CHECK(windowOf(viewport).width > 500);
    }
    WHEN("the reader chooses one at once")
    {
        viewport.change([](ToolTarget const& target) {
            target.state.voi = {VoiChoice::Kind::Manual, 0, {20, 40, {}, VoiFunction::Linear}};
        });
        REQUIRE(QTest::qWaitFor([&] { return viewport.isLoaded() && viewport.pixels() != nullptr; }, 20'000));
        QTest::qWait(50);
        CHECK(windowOf(viewport).width == 40);
    }
}

SCENARIO("what the reader has turned to stays when the rest has come", "[ui][opening]")
{
    test::TemporaryFolder const folder;
    writeMr(folder.path() / "mr", "1.2.3.7");
    StartOptions options;
    options.paths = {folder.path() / "mr"};
    MainWindow window(std::move(options));
    window.resize(1366, 768);
    window.show();
    Viewport& viewport = window.reading().grid().active();
    REQUIRE(QTest::qWaitFor([&] { return !viewport.isEmpty(); }, 20'000));
    auto const entry = *viewport.entry();
    viewport.change([](ToolTarget const& target) { target.state.zoom = 2; });
    bool const early = window.reading().images().isLoading();
    REQUIRE(QTest::qWaitFor([&] { return !window.reading().images().isLoading(); }, 20'000));
    if (early) // else it was all there before a hand could move
        CHECK(viewport.entry()->image == entry.image);
}

SCENARIO("files of several patients: the window names the one whose picture is looked at", "[ui][opening]")
{
    test::TemporaryFolder const folder;
    for (bool const newer : {false, true}) {
        auto const place = folder / (newer ? "b" : "a");
        std::filesystem::create_directories(place);
        VolumePhantom(PhantomShape::Straight).write(place, [&](DcmItem& data, std::size_t slice) {
            std::string const study = newer ? "1.2.3.91" : "1.2.3.90";
            data.putAndInsertString(DCM_PatientName, newer ? "Newer^Person" : "Older^Person");
            data.putAndInsertString(DCM_PatientID, newer ? "N1" : "O1");
            data.putAndInsertString(DCM_StudyDate, newer ? "20260501" : "20240501");
            data.putAndInsertString(DCM_StudyInstanceUID, study.c_str());
            data.putAndInsertString(DCM_SeriesInstanceUID, (study + ".1").c_str());
            data.putAndInsertString(DCM_SOPInstanceUID, (study + ".1." + std::to_string(slice + 1)).c_str());
            data.putAndInsertString(DCM_FrameOfReferenceUID, (study + ".2").c_str());
        });
    }
    // What shows nothing by itself stands before the pictures of the newer one, and is a newest study of nobody.
    for (bool const isAlone : {false, true}) {
        DcmFileFormat state;
        auto& data = *state.getDataset();
        std::string const study = isAlone ? "1.2.3.92" : "1.2.3.91";
        data.putAndInsertString(DCM_SOPClassUID, UID_GrayscaleSoftcopyPresentationStateStorage);
        data.putAndInsertString(DCM_SOPInstanceUID, (study + ".0.1").c_str());
        data.putAndInsertString(DCM_StudyInstanceUID, study.c_str());
        data.putAndInsertString(DCM_SeriesInstanceUID, (study + ".0").c_str());
        data.putAndInsertString(DCM_SeriesNumber, "0");
        data.putAndInsertString(DCM_Modality, "PR");
        data.putAndInsertString(DCM_StudyDate, isAlone ? "20260601" : "20260501");
        data.putAndInsertString(DCM_PatientName, "Newer^Person");
        data.putAndInsertString(DCM_PatientID, "N1");
        REQUIRE(state.saveFile((folder / (isAlone ? "alone" : "0")).c_str(), EXS_LittleEndianExplicit).good());
    }
    auto const window = open({folder.path()});
    auto& reading = window->reading();
    Viewport& viewport = reading.grid().active();
    auto const header = [&] { return window->findChild<QLabel*>("reading.identity")->text(); };
    auto const title = [&](int number) {
        auto const* label = window->findChild<QLabel*>(QString("series.title.%1").arg(number));
        return label == nullptr ? QString() : label->text();
    };
    CHECK(viewport.entry()->image->patient.id == "N1");
    CHECK(header().contains("Newer"));
    CHECK(viewport.band().kind == ViewportBand::Kind::None);
    CHECK(title(0).startsWith("Newer"));
    CHECK(title(1).startsWith("他人 Older"));

    QTest::keyClick(&viewport, Qt::Key_BracketRight);
    REQUIRE(viewport.entry()->image->patient.id == "O1");
    CHECK(header().contains("Older"));
    CHECK(viewport.band().kind == ViewportBand::Kind::None);
    CHECK(title(0).startsWith("他人 Newer"));
    CHECK(title(1).startsWith("Older"));

    QTest::keyClick(&viewport, Qt::Key_BracketLeft);
    CHECK(viewport.entry()->image->patient.id == "N1");
    CHECK(header().contains("Newer"));
}

SCENARIO("a folder without files, and one without images, say so", "[ui][opening]")
{
    test::TemporaryFolder const folder;
    bool const hasText = GENERATE(false, true);
    CAPTURE(hasText);
    if (hasText)
        std::ofstream(folder / "1.txt") << "no image";
    StartOptions options;
    options.paths = {folder.path()};
    MainWindow window(std::move(options));
    window.resize(1366, 768);
    window.show();
    auto* notice = window.findChild<QWidget*>("reading.notice");
    REQUIRE(QTest::qWaitFor([&] { return notice->isVisible(); }, 20'000));
    QString const words = window.findChild<QLabel*>("reading.notice.text")->text();
    INFO(words.toStdString());
    if (hasText) {
        CHECK(words.startsWith("没有打开任何图像：1 个文件不能读取"));
        CHECK(words.count("1.txt") == 1);
    } else {
        CHECK(words == "这里没有文件可以打开。");
    }
    CHECK(window.reading().grid().active().waitingText() == "没有可显示的图像");
}
