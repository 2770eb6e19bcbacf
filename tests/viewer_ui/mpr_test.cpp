// The cross-hair and the volume from outside, in the reading window: what a hand on mouse and keyboard does to them.
#include "tests/support/support.h"
#include "tests/support/volume_phantom.h"
#include "viewer/ui/crosshair_layer.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/rendered_view.h"

#include <catch2/catch.hpp>

#include <QTest>

using namespace qianli;
using namespace qianli::viewer;

namespace {

struct OpenedPhantom {
    test::TemporaryFolder folder;
    std::unique_ptr<MainWindow> window;

    explicit OpenedPhantom(test::PhantomShape shape)
    {
        test::VolumePhantom(shape).write(folder.path());
        StartOptions options;
        options.paths = {folder.path()};
        window = std::make_unique<MainWindow>(std::move(options));
        window->resize(1366, 768);
        window->show();
        auto& reading = window->reading();
        REQUIRE(QTest::qWaitFor(
            [&] { return !reading.images().isLoading() && reading.grid().active().pixels() != nullptr; }, 20'000));
    }
    Viewport& at(std::size_t index) { return *window->reading().grid().viewports()[index]; }
    MprView& cut(std::size_t index) { return *qobject_cast<MprView*>(at(index).volumeView()); }
    void press(int key) { QTest::keyClick(&window->reading().grid().active(), static_cast<Qt::Key>(key)); }
    void openMpr()
    {
        press(Qt::Key_M);
        REQUIRE(QTest::qWaitFor([&] { return at(2).showsPlane(); }, 20'000));
        QTest::qWait(1); // laid out
    }
};

void send(QWidget& widget, QEvent::Type type, QPointF at, Qt::KeyboardModifiers modifiers = {})
{
    bool const moves = type == QEvent::MouseMove;
    QMouseEvent event(type, at, widget.mapToGlobal(at), moves ? Qt::NoButton : Qt::LeftButton,
                      type == QEvent::MouseButtonRelease ? Qt::NoButton : Qt::LeftButton, modifiers);
    QApplication::sendEvent(&widget, &event);
}

// From one place to another, in the widget's coordinates.
void drag(QWidget& widget, QPointF from, QPointF to)
{
    send(widget, QEvent::MouseButtonPress, from);
    send(widget, QEvent::MouseMove, (from + to) / 2);
    send(widget, QEvent::MouseMove, to);
    send(widget, QEvent::MouseButtonRelease, to);
}

void wheel(QWidget& widget, int steps, Qt::KeyboardModifiers modifiers = {})
{
    QPointF const at(widget.rect().center());
    QWheelEvent event(at, widget.mapToGlobal(at), {}, {0, steps * 120}, Qt::NoButton, modifiers, Qt::NoScrollPhase,
                      false);
    QApplication::sendEvent(&widget, &event);
}

// Where the cross-hair's middle is in a viewport. The picture's area begins at (1, 1).
QPointF middleIn(Viewport& viewport, MprView const& seen)
{
    auto const at = pictureOf(seen.model().cut(seen.plane()), seen.model().cursor());
    return viewport.layerView()->mapping.toScreen({at.x, at.y}) + QPointF(1, 1);
}

} // namespace

SCENARIO("the cross-hair of three planes is dragged, turned, hidden and put back", "[ui][mpr]")
{
    OpenedPhantom opened(test::PhantomShape::TiltedFound);
    opened.openMpr();
    MprModel& model = opened.cut(0).model();
    Vector3 const start = model.cursor();
    QPointF const middle = middleIn(opened.at(0), opened.cut(0));

    WHEN("its middle is dragged in the axial plane")
    {
        auto const coronal = opened.at(1).state().index, axial = opened.at(0).state().index;
        drag(opened.at(0), middle, middle + QPointF(50, 40));
        double const zoom = opened.at(0).layerView()->mapping.zoom();
        double const pixel = model.cut(MprPlane::Axial).pixel;
        CHECK(model.cursor().x == Approx(start.x + 50 / zoom * pixel));
        CHECK(model.cursor().y == Approx(start.y + 40 / zoom * pixel));
        CHECK(model.cursor().z == Approx(start.z));
        CHECK(opened.at(1).state().index > coronal); // further back
        CHECK(opened.at(0).state().index == axial);
        CHECK_FALSE(model.isOblique(MprPlane::Coronal));
    }
    WHEN("one line is dragged")
    {
        // The sagittal plane's line runs down the axial picture.
        drag(opened.at(0), middle + QPointF(0, 40), middle + QPointF(30, 47));
        CHECK(model.cursor().x > start.x + 1);
        CHECK(model.cursor().y == Approx(start.y));
    }
    WHEN("the end of a line is dragged")
    {
        QPointF const end =
            CrosshairLayer::endOf(opened.cut(0), MprPlane::Coronal, *opened.at(0).layerView()) + QPointF(1, 1);
        double const way = end.x() - middle.x();
        drag(opened.at(0), end, middle + QPointF(way * std::cos(0.4), way * std::sin(0.4)));
        CHECK(model.isOblique(MprPlane::Coronal));
        CHECK(model.isOblique(MprPlane::Sagittal));
        CHECK_FALSE(model.isOblique(MprPlane::Axial));
        CHECK(length(model.cursor() - start) == Approx(0).margin(1e-9));
        CHECK(dot(model.cut(MprPlane::Coronal).right, {1, 0, 0}) == Approx(std::cos(0.4)).margin(0.02));
        CHECK(opened.at(1).annotation().right == "LP"); // and the letters follow
        CHECK(opened.at(1).entry()->image->series.description.find("斜切") != std::string::npos);
        QTest::keyClick(&opened.at(1), Qt::Key_Backspace);
        CHECK_FALSE(model.isOblique(MprPlane::Coronal));
        CHECK(opened.at(1).annotation().right == "L");
    }
    WHEN("it is hidden")
    {
        QTest::keyClick(&opened.at(0), Qt::Key_X);
        CHECK_FALSE(model.showsLines());
        auto const before = effectiveWindow(opened.at(0).attributes()->grey, opened.at(0).state().voi);
        drag(opened.at(0), middle, middle + QPointF(50, 40));
        CHECK(length(model.cursor() - start) == 0); // the drag was the window's
        auto const after = effectiveWindow(opened.at(0).attributes()->grey, opened.at(0).state().voi);
        CHECK(after.width != before.width);
        auto const other = effectiveWindow(opened.at(2).attributes()->grey, opened.at(2).state().voi);
        CHECK(other.width == after.width); // one window for one volume
    }
    WHEN("the wheel turns, and turns with Shift")
    {
        auto const index = opened.at(1).state().index;
        wheel(opened.at(1), -3);
        CHECK(opened.at(1).state().index == index + 3);
        CHECK(model.cursor().y > start.y + 2);
        wheel(opened.at(1), 5, Qt::ShiftModifier);
        CHECK(model.slab().thickness == Approx(5));
        CHECK(opened.at(2).attributes()->sliceThickness == Approx(5));
        CHECK(opened.window->findChild<QDoubleSpinBox*>("mpr.thickness")->value() == Approx(5));
        opened.window->findChild<QComboBox*>("mpr.mode")->setCurrentIndex(1);
        CHECK(model.slab() == Slab{5, SlabMode::Minimum});
    }
    WHEN("it rests")
    {
        CHECK(QTest::qWaitFor([&] { return opened.at(1).pixels() != nullptr; }, 5000)); // values to measure
        CHECK(opened.at(1).pixels()->columns == model.cut(MprPlane::Coronal).columns);
    }
    WHEN("the series is looked at again")
    {
        QTest::keyClick(&opened.at(0), Qt::Key_M);
        CHECK_FALSE(opened.at(0).showsPlane());
        CHECK_FALSE(opened.window->findChild<QWidget*>("mprBar")->isVisible());
        QTest::keyClick(&opened.at(0), Qt::Key_X); // nothing to hide
    }
}

TEST_CASE("missing slices, tilt and uneven distances are said over every cut", "[ui][mpr]")
{
    auto const said = [](test::PhantomShape shape) {
        OpenedPhantom opened(shape);
        opened.openMpr();
        CHECK(opened.cut(2).remarks().size() == opened.cut(0).remarks().size());
        return opened.cut(0).remarks();
    };
    auto const gaps = said(test::PhantomShape::WithGaps);
    REQUIRE(gaps.size() == 1);
    CHECK(gaps[0].isWarning);
    CHECK(gaps[0].words.contains("缺约 3 层（2 处）"));
    auto const tilted = said(test::PhantomShape::TiltedFound);
    REQUIRE(tilted.size() == 1);
    CHECK_FALSE(tilted[0].isWarning);
    CHECK(tilted[0].words.contains("15.0°"));
    CHECK(said(test::PhantomShape::Uneven).size() == 1);
    CHECK(said(test::PhantomShape::Straight).empty());
}

TEST_CASE("A drawn cut is the same as a slow one of the same state", "[ui][mpr]")
{
    OpenedPhantom opened(test::PhantomShape::TiltedDeclared);
    opened.openMpr();
    QTest::keyClick(&opened.at(0), Qt::Key_X);
    Viewport& viewport = opened.at(1);
    MprView& seen = opened.cut(1);
    QImage const grabbed = viewport.grab().toImage();
    auto const view = viewport.layerView();
    QSize const area(static_cast<int>(view->size.width()), static_cast<int>(view->size.height()));
    QImage const slow =
        renderCut(*seen.model().volume(), seen.model().cut(seen.plane()), viewport.state(), area, CutQuality::Full)
            .image;
    QRect const middle(area.width() / 2 - 20, area.height() / 2 - 20, 40, 40);
    CHECK(grabbed.copy(middle.translated(1, 1)).convertToFormat(QImage::Format_RGB32) == slow.copy(middle));
}

SCENARIO("a volume is seen from outside, beside its planes", "[ui][mpr]")
{
    OpenedPhantom opened(test::PhantomShape::Straight);
    opened.press(Qt::Key_D);
    Viewport& place = opened.at(3);
    REQUIRE(QTest::qWaitFor([&] { return place.showsPlane(); }, 20'000));
    auto* const view = qobject_cast<RenderedView*>(place.volumeView());
    REQUIRE(view != nullptr);
    REQUIRE(QTest::qWaitFor([&] { return view->isFull(); }, 20'000));
    CHECK(place.annotation().right == "L");
    CHECK(place.annotation().top == "H");
    CHECK_FALSE(place.annotation().topLeft.isEmpty()); // whose it is

    WHEN("it is turned by the mouse")
    {
        QImage const before = place.grab().toImage();
        QPointF const middle(place.rect().center());
        drag(place, middle, middle + QPointF(place.height() / 4.0, 0)); // about 45 degrees
        REQUIRE(QTest::qWaitFor([&] { return place.annotation().right.size() == 2; }, 20'000));
        REQUIRE(QTest::qWaitFor([&] { return view->isFull(); }, 20'000));
        CHECK(place.grab().toImage() != before);
        wheel(place, 2);
        CHECK(place.state().zoom.has_value());
    }
    WHEN("it is looked at from behind")
    {
        auto const look = [&](char const* button) {
            QTest::mouseClick(opened.window->findChild<QToolButton*>(button), Qt::LeftButton);
        };
        auto const seen = [&](char const* right, char const* bottom) {
            return QTest::qWaitFor(
                [&] { return place.annotation().right == right && place.annotation().bottom == bottom; }, 20'000);
        };
        look("render.back");
        // The picture from the front is still there, under its own letters.
        CHECK(place.annotation().right == "L");
        CHECK(seen("R", "F"));
        look("render.left");
        CHECK(seen("P", "F"));
        look("render.head");
        CHECK(seen("L", "A"));
        look("render.feet");
        CHECK(seen("L", "P"));
    }
    WHEN("another preset is chosen")
    {
        auto* const presets = opened.window->findChild<QComboBox*>("render.preset");
        CHECK(presets->count() == 6);
        presets->setCurrentIndex(3);
        CHECK(effectiveWindow(place.attributes()->grey, place.state().voi).center == -600);
        CHECK(opened.at(0).state().voi.manual.center != -600); // the planes keep theirs
    }
    WHEN("it is closed")
    {
        QTest::keyClick(&opened.at(0), Qt::Key_D);
        CHECK_FALSE(place.showsPlane());
        CHECK(opened.at(0).showsPlane());
    }
}

SCENARIO("three planes open where the reader was looking, and the way back leads there", "[ui][mpr]")
{
    for (auto const shape : {test::PhantomShape::Straight, test::PhantomShape::Reversed,
                             test::PhantomShape::TiltedDeclared, test::PhantomShape::Oblique}) {
        CAPTURE(static_cast<int>(shape));
        OpenedPhantom opened(shape);
        Viewport& viewport = opened.at(0);
        opened.press(Qt::Key_Home);
        wheel(viewport, -3);
        opened.press(Qt::Key_H);
        opened.press(Qt::Key_I);
        wheel(viewport, 2, Qt::ControlModifier);
        viewport.change([](ToolTarget const& target) {
            target.state.voi = {VoiChoice::Kind::Manual, 0, {321, 654, {}, VoiFunction::Linear}};
        });
        REQUIRE(QTest::qWaitFor([&] { return viewport.pixels() != nullptr; }, 20'000));
        ViewState const before = viewport.state();
        REQUIRE(before.index == 3);
        REQUIRE(before.zoom);
        ImagePlane const plane = *viewport.attributes()->plane;

        opened.openMpr();
        // The cross-hair lies in the slice; of a straight one the first plane is that slice.
        auto const& model = opened.cut(0).model();
        double const off = dot(model.cursor() - plane.position, plane.normal());
        CHECK(std::abs(off) < 0.01);
        Viewport& source = opened.at(3);
        CHECK(source.state().index == 3);
        CHECK(source.state().voi.manual.center == 321);
        CHECK(source.state().orientation == before.orientation);
        CHECK(source.state().inversion == Inversion::Inverted);
        CHECK_FALSE(source.state().zoom.has_value());

        opened.press(Qt::Key_M);
        REQUIRE(QTest::qWaitFor([&] { return !viewport.showsPlane() && viewport.pixels() != nullptr; }, 20'000));
        CHECK(viewport.state().index == 3);
        CHECK(viewport.state().voi.kind == VoiChoice::Kind::Manual);
        CHECK(viewport.state().voi.manual.width == 654);
        CHECK(viewport.state().orientation == before.orientation);
        CHECK(viewport.state().inversion == before.inversion);
        CHECK(viewport.state().zoom == before.zoom);
    }
}
