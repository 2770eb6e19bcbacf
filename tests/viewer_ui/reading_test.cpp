// The reading window over real files: what a hand on mouse and keyboard changes, and what is on the screen then.
#include "tests/support/support.h"
#include "tests/support/volume_phantom.h"
#include "viewer/ui/main_window.h"

#include <catch2/catch.hpp>

#include <QTest>

using namespace qianli;
using namespace qianli::viewer;

namespace {
std::unique_ptr<MainWindow> openFiles(std::filesystem::path const& path, QSize size = {1366, 768})
{
    StartOptions options;
    options.paths = {path};
    auto window = std::make_unique<MainWindow>(std::move(options));
    window->resize(size);
    window->show();
    return window;
}

bool waitForPicture(Viewport& viewport)
{
    return QTest::qWaitFor([&] { return viewport.pixels() != nullptr; }, 20'000);
}

bool waitForAll(MainWindow& window)
{
    return QTest::qWaitFor(
        [&] { return !window.reading().images().isLoading() && !window.reading().images().studies().empty(); }, 20'000);
}

void wheel(QWidget& widget, int steps, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
{
    QPointF const at(widget.rect().center());
    QWheelEvent event(at, widget.mapToGlobal(at), {}, {0, steps * 120}, Qt::NoButton, modifiers, Qt::NoScrollPhase,
                      false);
    QApplication::sendEvent(&widget, &event);
}

void drag(QWidget& widget, Qt::MouseButton button, QPoint way)
{
    QPoint const from = widget.rect().center();
    QTest::mousePress(&widget, button, {}, from);
    QTest::mouseMove(&widget, from + way / 2);
    QTest::mouseMove(&widget, from + way);
    // The offscreen platform has no pointer that holds buttons: the move is sent by hand.
    QMouseEvent move(QEvent::MouseMove, QPointF(from + way), widget.mapToGlobal(QPointF(from + way)), Qt::NoButton,
                     button, Qt::NoModifier);
    QApplication::sendEvent(&widget, &move);
    QTest::mouseRelease(&widget, button, {}, from + way);
}

// The share of pixels that are not black in the middle of a viewport.
double lit(QWidget& widget)
{
    QImage const image = widget.grab().toImage();
    QRect const middle(image.width() / 4, image.height() / 4, image.width() / 2, image.height() / 2);
    int count = 0;
    for (int y = middle.top(); y < middle.bottom(); ++y)
        for (int x = middle.left(); x < middle.right(); ++x)
            count += qGray(image.pixel(x, y)) > 24 ? 1 : 0;
    return static_cast<double>(count) / (middle.width() * middle.height());
}
} // namespace

SCENARIO("a folder of CT slices is opened without a gateway and read", "[ui]")
{
    auto const folder = test::sharedData("ct/siemens-abdomen-49");
    if (!folder)
        return;
    auto const window = openFiles(*folder);
    Viewport& viewport = window->reading().grid().active();
    REQUIRE(waitForAll(*window));
    REQUIRE(waitForPicture(viewport)); // the middle one
    REQUIRE(viewport.stack().entries.size() == 49);
    CHECK(lit(viewport) > 0.3);
    CHECK_FALSE(window->findChild<QWidget*>("report")->isVisible());

    WHEN("the wheel turns")
    {
        auto const before = viewport.state().index;
        wheel(viewport, -3);
        CHECK(viewport.state().index == before + 3);
        wheel(viewport, 1);
        CHECK(viewport.state().index == before + 2);
        REQUIRE(waitForPicture(viewport));
    }
    WHEN("Home and End are pressed")
    {
        QTest::keyClick(&viewport, Qt::Key_End);
        CHECK(viewport.state().index == 48);
        wheel(viewport, -5);
        CHECK(viewport.state().index == 48);
        QTest::keyClick(&viewport, Qt::Key_Home);
        CHECK(viewport.state().index == 0);
    }
    WHEN("the right button drags")
    {
        auto const index = viewport.state().index;
        auto const before = effectiveWindow(viewport.attributes()->grey, viewport.state().voi);
        drag(viewport, Qt::RightButton, {60, 40});
        auto const after = effectiveWindow(viewport.attributes()->grey, viewport.state().voi);
        CHECK(after.width > before.width);
        CHECK(after.center > before.center);
        CHECK(viewport.state().index == index);
    }
    WHEN("a preset's key is pressed, then reset")
    {
        auto const before = effectiveWindow(viewport.attributes()->grey, viewport.state().voi);
        QTest::keyClick(&viewport, Qt::Key_3);
        auto const preset = effectiveWindow(viewport.attributes()->grey, viewport.state().voi);
        CHECK((preset.center != before.center || preset.width != before.width));
        QTest::keyClick(&viewport, Qt::Key_Backspace);
        CHECK(effectiveWindow(viewport.attributes()->grey, viewport.state().voi).center == before.center);
    }
    WHEN("the picture is enlarged, moved, turned, mirrored and inverted")
    {
        wheel(viewport, 4, Qt::ControlModifier);
        REQUIRE(viewport.state().zoom.has_value());
        drag(viewport, Qt::MiddleButton, {30, -20});
        CHECK(viewport.state().pan != QPointF());
        QTest::keyClick(&viewport, Qt::Key_R);
        CHECK(viewport.state().orientation.quarterTurns() == 1);
        QTest::keyClick(&viewport, Qt::Key_H);
        CHECK(viewport.state().orientation.mirrored());
        double const before = lit(viewport);
        QTest::keyClick(&viewport, Qt::Key_I);
        CHECK(viewport.state().inversion == Inversion::Inverted);
        CHECK(lit(viewport) != before);
        QTest::keyClick(&viewport, Qt::Key_F);
        CHECK_FALSE(viewport.state().zoom.has_value());
        CHECK(viewport.state().pan == QPointF());
    }
    WHEN("three planes are asked for")
    {
        QTest::keyClick(&viewport, Qt::Key_M);
        auto const& views = window->reading().grid().viewports();
        REQUIRE(QTest::qWaitFor([&] { return views[2]->showsPlane(); }, 30'000));
        CHECK(views[1]->showsPlane());
        CHECK_FALSE(views[3]->showsPlane());
        CHECK(lit(*views[1]) > 0.005); // forty millimetres of body: a thin strip
        auto const before = views[1]->state().index;
        wheel(*views[1], -2);
        CHECK(views[1]->state().index == before + 2);
        QTest::keyClick(views[1], Qt::Key_M);
        CHECK_FALSE(views[0]->showsPlane());
        CHECK(window->reading().grid().layoutKind() == ViewportGrid::Layout::One);
    }
    WHEN("four viewports are shown and one is maximised")
    {
        QTest::mouseClick(window->findChild<QToolButton*>("layout.four"), Qt::LeftButton);
        auto const& views = window->reading().grid().viewports();
        CHECK(views[3]->isVisible());
        QTest::keyClick(&viewport, Qt::Key_Space);
        CHECK(&window->reading().grid().active() == views[1]);
        QTest::mouseDClick(views[0], Qt::LeftButton);
        CHECK(views[0]->isVisible());
        CHECK_FALSE(views[3]->isVisible());
        QTest::mouseDClick(views[0], Qt::LeftButton);
        CHECK(views[3]->isVisible());
    }
}

TEST_CASE("the same state is drawn the same way", "[ui]")
{
    auto const folder = test::sharedData("ct/ge-head-64px-93");
    if (!folder)
        return;
    auto const window = openFiles(*folder);
    Viewport& viewport = window->reading().grid().active();
    REQUIRE(waitForAll(*window));
    REQUIRE(waitForPicture(viewport));
    auto loaded = [&] {
        return std::all_of(viewport.stack().entries.begin(), viewport.stack().entries.end(),
                           [&](auto const& entry) { return entry.image != nullptr; });
    };
    REQUIRE(loaded());
    QImage const first = viewport.render({256, 256});
    QTest::keyClick(&viewport, Qt::Key_I);
    CHECK(viewport.render({256, 256}) != first);
    QTest::keyClick(&viewport, Qt::Key_I);
    CHECK(viewport.render({256, 256}) == first);
}

TEST_CASE("marks on a picture leave the picture to be seen", "[ui]")
{
    auto const image = test::sharedData("xray/RG1_J2KI.dcm");
    if (!image)
        return;
    auto const window = openFiles(*image);
    Viewport& viewport = window->reading().grid().active();
    REQUIRE(waitForAll(*window));
    REQUIRE(waitForPicture(viewport));
    QImage const before = viewport.grab().toImage();
    viewport.setKeyImage(true);
    QImage const marked = viewport.grab().toImage();
    QRect const middle(before.width() / 4, before.height() / 4, before.width() / 2, before.height() / 2);
    CHECK(marked != before);
    CHECK(marked.copy(middle) == before.copy(middle));
}

TEST_CASE("a series that is no box gives a sentence instead of three wrong planes", "[ui]")
{
    test::TemporaryFolder const folder;
    auto const files = test::VolumePhantom(test::PhantomShape::Straight).write(folder.path());
    for (std::size_t i = 2; i < files.size(); ++i)
        std::filesystem::remove(files[i]);
    auto const window = openFiles(folder.path());
    Viewport& viewport = window->reading().grid().active();
    REQUIRE(waitForAll(*window));
    REQUIRE(waitForPicture(viewport));
    QTest::keyClick(&viewport, Qt::Key_M);
    auto* notice = window->findChild<QWidget*>("reading.notice");
    CHECK(notice->isVisible());
    CHECK(
        window->findChild<QLabel*>("reading.notice.text")->text().startsWith("这个序列不能做三平面重建：不是至少三层"));
    CHECK_FALSE(window->reading().grid().viewports()[1]->showsPlane());
    // It stays until it is dismissed, and never lies over the picture.
    CHECK_FALSE(notice->geometry().intersects(QRect(viewport.mapTo(&window->reading(), QPoint()), viewport.size())));
    QTest::mouseClick(window->findChild<QPushButton*>("reading.notice.dismiss"), Qt::LeftButton);
    CHECK_FALSE(notice->isVisible());
}

TEST_CASE("two patients on screen: the one whom the header does not name is marked", "[ui]")
{
    auto const first = test::sharedData("xray/RG1_J2KI.dcm"), second = test::sharedData("ct/ge-head-64px-93");
    if (!first || !second)
        return;
    StartOptions options;
    options.paths = {*first, *second};
    MainWindow window(std::move(options));
    window.resize(1366, 768);
    window.show();
    REQUIRE(waitForAll(window));
    auto const& studies = window.reading().images().studies();
    REQUIRE(studies.size() == 2);
    auto& grid = window.reading().grid();
    grid.setLayoutKind(ViewportGrid::Layout::Two);
    auto const isMarked = [&](std::size_t index) {
        QImage const image = grid.viewports()[index]->grab().toImage();
        return image.pixelColor(image.width() / 2, 12) == QColor(0xF2, 0xC2, 0x30);
    };
    for (std::size_t index : {0u, 1u}) {
        grid.activate(grid.viewports()[index]);
        QTest::mouseClick(window.findChild<QAbstractButton*>(index == 0 ? "series.0.0.0" : "series.1.0.0"),
                          Qt::LeftButton);
        REQUIRE(waitForPicture(*grid.viewports()[index]));
    }
    CHECK(isMarked(0));
    CHECK_FALSE(isMarked(1));
    grid.activate(grid.viewports()[0]); // the reader turns to the other one
    CHECK_FALSE(isMarked(0));
    CHECK(isMarked(1));
}

TEST_CASE("broken files are named, the rest is shown", "[ui]")
{
    auto const folder = test::sharedData("broken");
    if (!folder)
        return;
    auto const window = openFiles(*folder);
    CHECK(QTest::qWaitFor([&] { return window->findChild<QWidget*>("reading.notice")->isVisible(); }, 20'000));
    // One of them has no Study UID; the case is still the one that the header names.
    auto const& images = window->reading().images();
    REQUIRE_FALSE(images.studies().empty());
    CHECK(images.study() == &images.studies().front());
}

TEST_CASE("a path that leads nowhere is named in the window", "[ui]")
{
    auto const window = openFiles("/nonexistent/a-study");
    auto* notice = window->findChild<QLabel*>("reading.notice.text");
    CHECK(QTest::qWaitFor([&] { return notice->text().contains("a-study"); }, 10'000));
}
