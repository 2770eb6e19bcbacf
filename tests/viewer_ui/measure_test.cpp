// Measuring by hand: keys, clicks and drags in the real window, and what is on the screen then.
#include "tests/measure/phantom.h"
#include "viewer/model/corner_text.h"
#include "viewer/model/measurement_text.h"
#include "viewer/ui/key_picture.h"
#include "viewer/ui/main_window.h"

#include <catch2/catch.hpp>

#include <QApplication>
#include <QLineEdit>
#include <QTest>
#include <QToolButton>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

namespace {

struct Bench {
    TemporaryFolder folder;
    std::unique_ptr<MainWindow> window;
    Viewport* viewport = nullptr;
    MeasureBoard* board = nullptr;

    explicit Bench(PhantomWish const& wish, int slices = 1)
    {
        for (int slice = 1; slice <= slices; ++slice) {
            auto one = wish;
            one.change = [&wish, slice](DcmDataset& data) {
                data.putAndInsertString(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
                data.putAndInsertString(DCM_ImagePositionPatient, ("0\\0\\" + std::to_string(slice * 5)).c_str());
                if (wish.change)
                    wish.change(data);
            };
            writePhantom(one, folder / (std::to_string(slice) + ".dcm"), slice);
        }
        StartOptions options;
        options.paths = {folder.path()};
        window = std::make_unique<MainWindow>(std::move(options));
        window->resize(1366, 768);
        window->show();
        viewport = &window->reading().grid().active();
        board = &window->reading().measurements();
        REQUIRE(QTest::qWaitFor(
            [&] {
                return !window->reading().images().isLoading() && viewport->pixels() != nullptr &&
                       viewport->stack().entries.size() == static_cast<std::size_t>(slices);
            },
            20'000));
    }

    QPoint at(QPointF image) const
    {
        return (viewport->layerView()->mapping.toScreen(image) + QPointF(1, 1)).toPoint();
    }
    // The offscreen platform has no pointer that holds buttons: moves are sent by hand.
    void send(QEvent::Type type, QPointF image, Qt::MouseButtons held)
    {
        QPointF const where = at(image);
        Qt::MouseButton const button = type == QEvent::MouseMove ? Qt::NoButton : Qt::LeftButton;
        QMouseEvent event(type, where, viewport->mapToGlobal(where), button, held, Qt::NoModifier);
        QApplication::sendEvent(viewport, &event);
    }
    void click(QPointF image)
    {
        send(QEvent::MouseMove, image, Qt::NoButton);
        send(QEvent::MouseButtonPress, image, Qt::LeftButton);
        send(QEvent::MouseButtonRelease, image, Qt::NoButton);
    }
    void drag(QPointF from, QPointF to)
    {
        send(QEvent::MouseMove, from, Qt::NoButton);
        send(QEvent::MouseButtonPress, from, Qt::LeftButton);
        send(QEvent::MouseMove, (from + to) / 2, Qt::LeftButton);
        send(QEvent::MouseMove, to, Qt::LeftButton);
        send(QEvent::MouseButtonRelease, to, Qt::NoButton);
    }
    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
    {
        QTest::keyClick(viewport, key, modifiers);
    }
    std::string words(std::size_t index) const
    {
        StackEntry const& entry = *viewport->entry();
        auto const& measurement = board->all().at(index);
        auto const values = measure(measurement, *entry.image, viewport->pixels().get(),
                                    ownSpacing(board->all(), *entry.image, entry.frame));
        QString const unit = QString::fromStdString(valueUnit(*entry.image, entry.attributes().grey));
        return measurementText(measurement, values, unit, Language::Chinese).join('\n').toStdString();
    }
    // Pixels in the colours of a measurement: the yellow of its lines or the green of the selected one.
    int ink() const { return inkOf(viewport->grab().toImage()); }
    static int inkOf(QImage const& image)
    {
        int count = 0;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x) {
                QColor const colour = image.pixelColor(x, y);
                bool const yellow = colour.red() > 200 && colour.green() > 170 && colour.blue() < 170;
                bool const green = colour.green() > 190 && colour.blue() > 170 && colour.red() < 130;
                count += yellow || green ? 1 : 0;
            }
        return count;
    }
};

PhantomWish section()
{
    return {.rows = 128,
            .columns = 128,
            .stored = [](int column, int) { return column < 64 ? 0 : 40; },
            .change =
                [](DcmDataset& data) {
                    data.putAndInsertString(DCM_PixelSpacing, "0.5\\0.5");
                    data.putAndInsertString(DCM_RescaleSlope, "1");
                    data.putAndInsertString(DCM_RescaleIntercept, "0");
                    data.putAndInsertString(DCM_RescaleType, "HU");
                }};
}

PhantomWish chest()
{
    return {.sopClass = UID_DigitalXRayImageStorageForPresentation,
            .modality = "DX",
            .rows = 300,
            .columns = 300,
            .change = [](DcmDataset& data) { data.putAndInsertString(DCM_ImagerPixelSpacing, "1\\1"); }};
}

// "24.9 mm …" is near 25: a screen pixel is not an image pixel.
double firstNumber(std::string const& words)
{
    return QString::fromStdString(words).split(' ').first().toDouble();
}

} // namespace

SCENARIO("C13: the tool stays in hand after a measurement, and each goes away and comes back by a key",
         "[ui][measure][C13]")
{
    Bench bench(section());
    bench.key(Qt::Key_L);
    CHECK(bench.board->tool() == MeasurementKind::Length);
    CHECK(bench.window->findChild<QToolButton*>("measure.length")->isChecked());
    CHECK_FALSE(bench.window->findChild<QToolButton*>("tool.window")->isChecked());
    int const before = bench.ink();
    auto const window = effectiveWindow(bench.viewport->attributes()->grey, bench.viewport->state().voi);
    bench.drag({20, 20}, {70, 20});
    REQUIRE(bench.board->all().size() == 1);
    CHECK(firstNumber(bench.words(0)) == Approx(25).margin(0.3));
    CHECK(bench.words(0).find("mm (患者平面)") != std::string::npos);
    CHECK(bench.ink() > before + 100);
    // The drag was the tool's, not the window's.
    CHECK(effectiveWindow(bench.viewport->attributes()->grey, bench.viewport->state().voi).width == window.width);
    // Two clicks do as well as a drag.
    CHECK(bench.board->tool() == MeasurementKind::Length);
    bench.click({20, 60});
    bench.click({60, 90});
    REQUIRE(bench.board->all().size() == 2);
    CHECK(firstNumber(bench.words(1)) == Approx(25).margin(0.4));
    bench.key(Qt::Key_Delete);
    CHECK(bench.board->all().size() == 1);
    bench.key(Qt::Key_Z, Qt::ControlModifier);
    CHECK(bench.board->all().size() == 2);
    bench.key(Qt::Key_Z, Qt::ControlModifier);
    bench.key(Qt::Key_Z, Qt::ControlModifier);
    CHECK(bench.board->all().empty());
    CHECK(std::abs(bench.ink() - before) < 20);
    bench.key(Qt::Key_Y, Qt::ControlModifier);
    CHECK(bench.board->all().size() == 1);
    bench.key(Qt::Key_L);
    CHECK_FALSE(bench.board->tool());
    CHECK(bench.window->findChild<QToolButton*>("tool.window")->isChecked());
}

SCENARIO("a measurement is corrected by its ends, moved by its line, and its words by themselves", "[ui][measure]")
{
    Bench bench(section());
    bench.key(Qt::Key_L);
    bench.drag({20, 40}, {60, 40});
    bench.drag({60, 40}, {100, 40}); // its end, though the tool is in hand
    REQUIRE(bench.board->all().size() == 1);
    CHECK(firstNumber(bench.words(0)) == Approx(40).margin(0.3));
    bench.key(Qt::Key_L);
    bench.drag({50, 40}, {50, 80});
    CHECK(bench.board->all().front().points[0].y() == Approx(80).margin(1));
    CHECK(bench.board->all().front().points[1].y() == Approx(80).margin(1));
    CHECK(firstNumber(bench.words(0)) == Approx(40).margin(0.3));
    bench.key(Qt::Key_Z, Qt::ControlModifier);
    CHECK(bench.board->all().front().points[0].y() == Approx(40).margin(1));
    // Nothing lies outside the picture.
    bench.key(Qt::Key_L);
    bench.drag({100, 100}, {400, -300});
    CHECK(bench.board->all().back().points[1] == QPointF(128, 0));
}

SCENARIO("a measurement lies on its own slice, and undoing shows what it changes", "[ui][measure]")
{
    Bench bench(section(), 3);
    bench.key(Qt::Key_Home);
    REQUIRE(QTest::qWaitFor([&] { return bench.viewport->pixels() != nullptr; }, 10'000));
    int const before = bench.ink();
    bench.key(Qt::Key_O);
    bench.drag({20, 20}, {50, 60});
    REQUIRE(bench.board->all().size() == 1);
    CHECK(bench.words(0).find("0 HU ± 0") == 0);
    int const with = bench.ink();
    CHECK(with > before + 100);
    bench.key(Qt::Key_End);
    REQUIRE(QTest::qWaitFor([&] { return bench.viewport->pixels() != nullptr; }, 10'000));
    CHECK(std::abs(bench.ink() - before) < with - before - 60);
    CHECK(bench.viewport->state().index == 2);
    bench.key(Qt::Key_Z, Qt::ControlModifier);
    CHECK(bench.viewport->state().index == 0);
    CHECK(bench.board->all().empty());
}

SCENARIO("C14: a cardiothoracic ratio by six points, Cobb by two lines; Esc lets go", "[ui][measure][C14]")
{
    Bench bench(chest());
    bench.key(Qt::Key_T);
    bench.click({150, 20});
    bench.click({150, 280});
    bench.click({110, 180});
    bench.key(Qt::Key_Escape);
    CHECK(bench.board->all().empty());
    for (QPointF const point :
         {QPointF(150, 20), QPointF(150, 280), QPointF(110, 180), QPointF(230, 210), QPointF(30, 200)})
        bench.click(point);
    CHECK(bench.board->all().empty());
    bench.click({270, 220});
    REQUIRE(bench.board->all().size() == 1);
    CHECK(bench.words(0).find("心胸比 0.50\n") == 0);
    // In three drags as well.
    bench.drag({150, 10}, {150, 290});
    bench.drag({110, 150}, {230, 160});
    bench.drag({30, 120}, {270, 120});
    REQUIRE(bench.board->all().size() == 2);
    CHECK(bench.words(1).find("心胸比 0.50\n") == 0);
    bench.key(Qt::Key_C);
    bench.drag({40, 250}, {100, 230});
    bench.drag({40, 270}, {100, 290});
    REQUIRE(bench.board->all().size() == 3);
    CHECK(bench.words(2).find("Cobb ") == 0);
    CHECK(QString::fromStdString(bench.words(2)).mid(5).chopped(1).toDouble() == Approx(36.87).margin(1));
}

SCENARIO("A1: a known length calibrates the picture, and is refused where the object knows better", "[ui][measure][A1]")
{
    Bench bench(chest());
    auto* const button = bench.window->findChild<QToolButton*>("measure.calibrate");
    button->click();
    bench.drag({50, 50}, {150, 50});
    CHECK(bench.board->all().empty());
    auto* const length = bench.viewport->findChild<QLineEdit*>("calibration.length");
    REQUIRE(length != nullptr);
    CHECK(length->isVisible());
    QTest::keyClicks(length, "abc");
    QTest::keyClick(length, Qt::Key_Return);
    CHECK(bench.board->all().empty());
    length->clear();
    QTest::keyClicks(length, "50");
    QTest::keyClick(length, Qt::Key_Return);
    REQUIRE(bench.board->all().size() == 1);
    CHECK_FALSE(length->isVisible());
    bench.drag({50, 200}, {250, 200});
    REQUIRE(bench.board->all().size() == 2);
    CHECK(firstNumber(bench.words(1)) == Approx(100).margin(1));
    CHECK(bench.words(1).find("自定标") != std::string::npos);

    Bench tomogram(section());
    tomogram.window->findChild<QToolButton*>("measure.calibrate")->click();
    tomogram.drag({20, 20}, {90, 20});
    CHECK_FALSE(tomogram.board->waiting());
    CHECK(tomogram.window->findChild<QWidget*>("reading.notice")->isVisible());
}

SCENARIO("A1: turned and mirrored on the screen, a hand measures the same", "[ui][measure][A1]")
{
    Bench bench(section());
    bench.key(Qt::Key_R);
    bench.key(Qt::Key_H);
    bench.key(Qt::Key_L);
    bench.drag({20, 30}, {20, 110});
    REQUIRE(bench.board->all().size() == 1);
    CHECK(firstNumber(bench.words(0)) == Approx(40).margin(0.3));
    CHECK(bench.board->all().front().points[1].y() == Approx(110).margin(1));
}

TEST_CASE("a stray click leaves no measurement without a size", "[ui][measure]")
{
    using Points = std::vector<QPointF>;
    struct Row {
        MeasurementKind kind;
        Points nothing, something;
    };
    for (Row const& row :
         {Row{MeasurementKind::Length, {{5, 5}, {5.2, 5.1}}, {{5, 5}, {6, 5}}},
          Row{MeasurementKind::Angle, {{5, 5}, {9, 9}, {9, 9.1}}, {{5, 5}, {9, 9}, {9, 12}}},
          Row{MeasurementKind::Cobb, {{5, 5}, {9, 9}, {20, 20}, {20, 20}}, {{5, 5}, {9, 9}, {20, 20}, {25, 20}}},
          Row{MeasurementKind::Ellipse, {{5, 5}, {40, 5.3}}, {{5, 5}, {40, 9}}},
          Row{MeasurementKind::CardiothoracicRatio,
              {{50, 0}, {50, 90}, {30, 50}, {30, 50}, {5, 60}, {95, 60}},
              {{50, 0}, {50, 90}, {30, 50}, {70, 50}, {5, 60}, {95, 60}}}}) {
        CAPTURE(static_cast<int>(row.kind));
        MeasureBoard board;
        for (Points const& points : {row.nothing, row.something}) {
            Measurement measurement;
            measurement.kind = row.kind;
            measurement.points = points;
            board.setPending(MeasureBoard::Pending{measurement, points.size()});
            board.finishPending();
            CHECK_FALSE(board.pending());
        }
        REQUIRE(board.all().size() == 1);
        CHECK(board.all().front().points == row.something);
    }
}

TEST_CASE("a key image carries what was measured on it", "[ui][measure]")
{
    auto const phantom = makePhantom(section());
    StackEntry const entry{phantom.image, 0};
    auto const line = onPhantom(phantom, MeasurementKind::Length, {{20, 100}, {100, 100}});
    auto elsewhere = line;
    elsewhere.sopInstanceUid = "2.25.99";
    auto const bare = drawKeyPicture(entry, *phantom.pixels, {}, std::vector{elsewhere});
    auto const drawn = drawKeyPicture(entry, *phantom.pixels, {}, std::vector{line, elsewhere});
    CHECK(Bench::inkOf(bare) == 0);
    CHECK(Bench::inkOf(drawn) > 500);
    CHECK(bare.size() == drawn.size());
}

TEST_CASE("a key image says which side is which, however it was turned when it was marked", "[ui][measure]")
{
    auto const phantom = makePhantom(section());
    auto image = std::make_shared<ImageAttributes>(*phantom.image);
    image->series.laterality = "R";
    image->frames.front().plane = ImagePlane{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}};
    image->frames.front().inPatient = true;
    StackEntry const entry{image, 0};
    ViewState look;
    look.voi = initialVoi(*phantom.pixels, entry.attributes().grey, "CT");
    auto const plain = keyPictureText(entry, look, *phantom.pixels, Language::Chinese);
    CHECK(plain.left == "R");
    CHECK(plain.right == "L");
    CHECK(plain.topRight == QStringList{"R"});
    CHECK(plain.bottomRight.filter("翻转").isEmpty());
    look.orientation.flipLeftRight();
    look.inversion = Inversion::Inverted;
    auto const flipped = keyPictureText(entry, look, *phantom.pixels, Language::Chinese);
    CHECK(flipped.left == "L");
    CHECK(flipped.right == "R");
    CHECK(flipped.bottomRight.filter("反相").size() == 1);
    CHECK(flipped.bottomRight.contains("左右翻转"));

    // And it is in the picture: the same pixels without the letters are other ones.
    image->frames.front().inPatient = false;
    auto const nameless = drawKeyPicture(entry, *phantom.pixels, look, {});
    image->frames.front().inPatient = true;
    auto const drawn = drawKeyPicture(entry, *phantom.pixels, look, {});
    REQUIRE(nameless.size() == drawn.size());
    auto const changedIn = [&](QRect const& area) {
        int changed = 0;
        for (int y = area.top(); y <= area.bottom(); ++y)
            for (int x = area.left(); x <= area.right(); ++x)
                changed += nameless.pixel(x, y) != drawn.pixel(x, y);
        return changed;
    };
    int const w = drawn.width(), h = drawn.height();
    CHECK(changedIn({0, h / 3, w / 10, h / 3}) > 20);
    CHECK(changedIn({w - w / 10, h / 3, w / 10, h / 3}) > 20);
    CHECK(changedIn({w / 3, h / 3, w / 3, h / 3}) == 0);

    look.orientation.turnClockwise();
    CHECK(drawKeyPicture(entry, *phantom.pixels, look, {}).size() == drawn.size().transposed());
}

TEST_CASE("how a picture was turned is said in words", "[ui][measure]")
{
    ScreenOrientation turned;
    CHECK(turnedText(turned, Language::Chinese).isEmpty());
    turned.turnClockwise();
    CHECK(turnedText(turned, Language::Chinese) == "顺时针转 90°");
    turned.flipLeftRight();
    turned.flipLeftRight();
    CHECK(turnedText(turned, Language::English) == "turned 90° clockwise");
    ScreenOrientation upsideDown;
    upsideDown.flipUpDown();
    CHECK(turnedText(upsideDown, Language::Chinese) == "上下翻转");
    ScreenOrientation both;
    both.flipLeftRight();
    CHECK(turnedText(both, Language::Chinese) == "左右翻转");
    both.turnCounterclockwise();
    CHECK(turnedText(both, Language::Chinese) == "左右翻转后顺时针转 270°");
}

TEST_CASE("a copy in another study with the same object's UID shows nobody else's measurement", "[ui][measure]")
{
    Bench bench(section());
    bench.key(Qt::Key_L);
    bench.drag({20, 100}, {100, 100});
    REQUIRE(bench.board->all().size() == 1);
    auto line = bench.board->all().front();
    CHECK(line.studyUid == bench.viewport->entry()->image->study.uid.value());
    CHECK(bench.ink() > 100);

    line.studyUid = "2.25.99";
    bench.board->load({line});
    CHECK(bench.ink() == 0);
    CHECK(Bench::inkOf(drawKeyPicture(*bench.viewport->entry(), *bench.viewport->pixels(), {}, {{line}})) == 0);

    line.studyUid.clear(); // of a draft of before
    bench.board->load({line});
    CHECK(bench.ink() > 100);
}
