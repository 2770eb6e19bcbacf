// What the reading window says of stacks: which of several it is, what is missing between its slices.
#include "tests/support/support.h"
#include "tests/support/volume_phantom.h"
#include "viewer/ui/main_window.h"

#include <catch2/catch.hpp>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <QLabel>
#include <QPushButton>
#include <QTest>

using namespace qianli;
using namespace qianli::viewer;
using test::PhantomShape;
using test::VolumePhantom;

namespace {

std::unique_ptr<MainWindow> open(std::filesystem::path const& folder)
{
    StartOptions options;
    options.paths = {folder};
    auto window = std::make_unique<MainWindow>(std::move(options));
    window->resize(1366, 768);
    window->show();
    auto& reading = window->reading();
    REQUIRE(QTest::qWaitFor(
        [&] { return !reading.images().isLoading() && reading.grid().active().pixels() != nullptr; }, 20'000));
    return window;
}

int pixelsOf(QImage const& image, QColor const& colour, QRect const& within)
{
    int count = 0;
    for (int y = within.top(); y <= within.bottom(); ++y)
        for (int x = within.left(); x <= within.right(); ++x)
            count += image.pixelColor(x, y) == colour ? 1 : 0;
    return count;
}

QColor const notch(0xE0, 0x52, 0x52);

// Whole notches on the scroll bar, which are nine pixels wide and three high.
int notches(Viewport& viewport)
{
    QImage const image = viewport.grab().toImage();
    return pixelsOf(image, notch, {image.width() - 10, 1, 9, image.height() - 2}) / 27;
}

QString tile(MainWindow& window, char const* name)
{
    auto const* button = window.findChild<QAbstractButton*>(name);
    return button == nullptr ? QString() : button->accessibleName();
}

} // namespace

SCENARIO("slices are missing: the picture, the scroll bar and one sentence say so", "[ui][stacks]")
{
    test::TemporaryFolder const folder;
    VolumePhantom(PhantomShape::WithGaps).write(folder.path());
    auto const window = open(folder.path());
    Viewport& viewport = window->reading().grid().active();
    auto* const notice = window->findChild<QWidget*>("reading.notice");
    REQUIRE(QTest::qWaitFor([&] { return notice->isVisible(); }, 5'000));
    CHECK(window->findChild<QLabel*>("reading.notice.text")->text() ==
          "这个序列约缺 3 层：第 9–10、14–15 层之间，滚动条上有红色缺口。");
    CHECK(viewport.annotation().bottomLeft.contains("缺层：9–10、14–15 之间"));
    CHECK(notches(viewport) == 2);

    QTest::mouseClick(window->findChild<QPushButton*>("reading.notice.dismiss"), Qt::LeftButton);
    QTest::keyClick(&viewport, Qt::Key_Down);
    QTest::keyClick(&viewport, Qt::Key_Down);
    CHECK_FALSE(notice->isVisible()); // once is enough; the corner goes on saying it
    CHECK(viewport.annotation().bottomLeft.contains("缺层：9–10、14–15 之间"));

    // Opened again it is another reading.
    std::vector<std::filesystem::path> files;
    for (auto const& file : std::filesystem::directory_iterator(folder.path()))
        files.push_back(file.path());
    window->reading().openFiles(files, {});
    CHECK(QTest::qWaitFor([&] { return notice->isVisible(); }, 20'000));
}

TEST_CASE("a whole series says nothing of gaps, a tilted one its tilt", "[ui][stacks]")
{
    test::TemporaryFolder const folder;
    VolumePhantom(PhantomShape::TiltedFound).write(folder.path());
    auto const window = open(folder.path());
    Viewport& viewport = window->reading().grid().active();
    CHECK_FALSE(window->findChild<QWidget*>("reading.notice")->isVisible());
    CHECK(viewport.annotation().bottomLeft.contains("机架倾斜 15°"));
    CHECK(notches(viewport) == 0);
}

TEST_CASE("a tilt that is declared and lies nowhere is warned of", "[ui][stacks]")
{
    test::TemporaryFolder const folder;
    VolumePhantom(PhantomShape::Straight).write(folder.path(), [](DcmItem& dataSet, std::size_t) {
        dataSet.putAndInsertString(DCM_GantryDetectorTilt, "12");
    });
    auto const window = open(folder.path());
    CHECK(window->findChild<QLabel*>("reading.notice.text")->text().startsWith("设备写着机架倾斜 12°"));
}

SCENARIO("two phases of one series are two stacks with names, and each stays on the screen as itself", "[ui][stacks]")
{
    test::TemporaryFolder const folder;
    for (char const* phase : {"1", "2"}) {
        auto const place = folder / phase;
        std::filesystem::create_directory(place);
        VolumePhantom(PhantomShape::Straight).write(place, [phase](DcmItem& dataSet, std::size_t slice) {
            dataSet.putAndInsertString(DCM_TemporalPositionIdentifier, phase);
            dataSet.putAndInsertString(DCM_SOPInstanceUID,
                                       ("1.2.3." + std::string(phase) + "." + std::to_string(slice)).c_str());
        });
    }
    auto const window = open(folder.path());
    Viewport& viewport = window->reading().grid().active();
    CHECK(tile(*window, "series.0.0.0").endsWith("期相 1/2 · 24 幅"));
    CHECK(tile(*window, "series.0.0.1").endsWith("期相 2/2 · 24 幅"));
    QTest::mouseClick(window->findChild<QAbstractButton*>("series.0.0.1"), Qt::LeftButton);
    CHECK(viewport.annotation().topRight.contains("期相 2/2"));
    CHECK(viewport.entry()->attributes().description.temporalPosition == 2);
    QTest::keyClick(&viewport, Qt::Key_Home);
    QTest::keyClick(&viewport, Qt::Key_Down);
    QTest::keyClick(&viewport, Qt::Key_BracketLeft); // to the stack before, at the same place of the patient
    CHECK(viewport.annotation().topRight.contains("期相 1/2"));
    CHECK(viewport.state().index == 1);
    QTest::keyClick(&viewport, Qt::Key_BracketRight);
    CHECK(viewport.annotation().topRight.contains("期相 2/2"));
}

TEST_CASE("another study of the same day is named for what it is", "[ui][stacks]")
{
    struct Row {
        char const *time, *title, *band;
    };
    for (Row const& row :
         {Row{"081500", "既往 同日 08:15", "既往（同日 08:15）"}, Row{"", "同日另一检查", "同日另一检查"}}) {
        CAPTURE(row.time);
        test::TemporaryFolder const folder;
        for (std::string const study : {"2.25.811", "2.25.812"}) {
            std::filesystem::create_directories(folder / study);
            std::string const time = study == "2.25.811" ? "103000" : row.time;
            VolumePhantom(PhantomShape::Straight).write(folder / study, [&](DcmItem& dataSet, std::size_t slice) {
                dataSet.putAndInsertString(DCM_StudyInstanceUID, study.c_str());
                dataSet.putAndInsertString(DCM_SeriesInstanceUID, (study + ".1").c_str());
                dataSet.putAndInsertString(DCM_SOPInstanceUID, (study + ".1." + std::to_string(slice)).c_str());
                dataSet.putAndInsertString(DCM_StudyDate, "20261126");
                dataSet.putAndInsertString(DCM_StudyTime, time.c_str());
            });
        }
        auto const window = open(folder.path());
        REQUIRE(window->reading().images().studies().size() == 2);
        REQUIRE(window->reading().images().study()->identity.uid.value() == "2.25.811");
        auto* title = window->findChild<QLabel*>("series.title.1");
        REQUIRE(title != nullptr);
        CHECK(title->text() == row.title);
        QTest::mouseClick(window->findChild<QAbstractButton*>("series.1.0.0"), Qt::LeftButton);
        CHECK(window->reading().grid().active().band().words.startsWith(row.band));
    }
}
