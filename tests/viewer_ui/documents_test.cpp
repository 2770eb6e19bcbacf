// Documents in a viewport: an electrocardiogram is hung, measured and set; reports and PDFs are turned over; whose they
// are stands above them.
#include "tests/documents/sample_documents.h"
#include "tests/support/support.h"
#include "viewer/ui/caliper_layer.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/page_steps.h"
#include "viewer/ui/page_view.h"

#include <catch2/catch.hpp>

#include <QTest>
#include <QToolButton>

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

PageView* waitForPages(Viewport& viewport)
{
    bool const came = QTest::qWaitFor(
        [&] { return viewport.pages() != nullptr && (viewport.pages()->source() || viewport.pages()->problem()); },
        20'000);
    return came ? viewport.pages() : nullptr;
}

void wheel(QWidget& widget, int steps, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
{
    QPointF const at(widget.rect().center());
    QWheelEvent event(at, widget.mapToGlobal(at), {}, {0, steps * 120}, Qt::NoButton, modifiers, Qt::NoScrollPhase,
                      false);
    QApplication::sendEvent(&widget, &event);
}

void dragFrom(QWidget& widget, Qt::MouseButton button, QPointF from, QPointF to)
{
    auto const send = [&](QEvent::Type type, QPointF at, Qt::MouseButtons buttons) {
        QMouseEvent event(type, at, widget.mapToGlobal(at), type == QEvent::MouseMove ? Qt::NoButton : button, buttons,
                          Qt::NoModifier);
        QApplication::sendEvent(&widget, &event);
    };
    send(QEvent::MouseButtonPress, from, button);
    send(QEvent::MouseMove, (from + to) / 2, button);
    send(QEvent::MouseMove, to, button);
    send(QEvent::MouseButtonRelease, to, Qt::NoButton);
}
} // namespace

SCENARIO("a study of an electrocardiogram alone is hung and read", "[ui]")
{
    test::TemporaryFolder const folder;
    test::writeWaveform(folder / "ecg.dcm", test::twelveLeads(25));
    auto const window = openFiles(folder / "ecg.dcm");
    Viewport& viewport = window->reading().grid().active();
    PageView* const pages = waitForPages(viewport);
    REQUIRE(pages != nullptr);
    REQUIRE(pages->source());
    REQUIRE(pages->source()->count() == 3);
    CHECK(viewport.annotation().topLeft.value(0).toStdString() == "Zhang San");
    CHECK(viewport.annotation().topLeft.value(1).toStdString() == "000123");

    WHEN("the wheel turns, and keys are pressed")
    {
        wheel(*pages, -1);
        CHECK(pages->state().index == 1);
        QTest::keyClick(&viewport, Qt::Key_End);
        CHECK(pages->state().index == 2);
        wheel(*pages, -1);
        CHECK(pages->state().index == 2);
        QTest::keyClick(&viewport, Qt::Key_Home);
        CHECK(pages->state().index == 0);
    }
    WHEN("a distance is taken with the left button")
    {
        QPointF const from = pages->onScreen({60, 50});
        dragFrom(*pages, Qt::LeftButton, from, pages->onScreen({80, 45}));
        auto* const calipers = dynamic_cast<CaliperLayer*>(pages->layer());
        REQUIRE(calipers != nullptr);
        auto const read = calipers->reading(0);
        REQUIRE(read);
        CHECK(read->milliseconds.value() == Approx(800).margin(1));
        CHECK(read->perMinute.value() == Approx(75).margin(0.2));
        CHECK(read->millivolts.value() == Approx(0.5).margin(0.02));
        CHECK_FALSE(calipers->reading(1));
        AND_WHEN("one leg is moved")
        {
            dragFrom(*pages, Qt::LeftButton, pages->onScreen({80, 45}), pages->onScreen({85, 45}));
            CHECK(calipers->reading(0)->milliseconds.value() == Approx(1000).margin(1));
        }
        AND_WHEN("the view is reset")
        {
            QTest::keyClick(&viewport, Qt::Key_Backspace);
            CHECK_FALSE(calipers->reading(0));
        }
    }
    WHEN("another gain is chosen")
    {
        auto* const gain = pages->findChild<QToolButton*>("ecg.gain.20");
        REQUIRE(gain != nullptr);
        QTest::mouseClick(gain, Qt::LeftButton);
        CHECK(pages->source()->scale(0) == PaperScale{25, 20});
    }
    WHEN("the sheet is enlarged, moved and mirrored")
    {
        wheel(*pages, 4, Qt::ControlModifier);
        REQUIRE(pages->state().zoom);
        QPointF const before = pages->state().pan;
        dragFrom(*pages, Qt::MiddleButton, {300, 300}, {340, 280});
        CHECK(pages->state().pan - before == QPointF(40, -20));
        QTest::keyClick(&viewport, Qt::Key_H);
        CHECK_FALSE(pages->state().orientation.mirrored());
        QTest::keyClick(&viewport, Qt::Key_F);
        CHECK_FALSE(pages->state().zoom);
    }
    WHEN("it is enlarged beyond the viewport, the wheel goes down the sheet before it turns over")
    {
        wheel(*pages, 6, Qt::ControlModifier);
        wheel(*pages, -1);
        CHECK(pages->state().index == 0);
        CHECK(pages->state().pan.y() < 0);
        for (int i = 0; i < 6; ++i)
            wheel(*pages, -1);
        CHECK(pages->state().index > 0);
    }
}

SCENARIO("a document never takes the place of a picture, and is there to be chosen", "[ui]")
{
    auto const slices = test::sharedData("ct/ge-head-64px-93/CTHead15.dcm");
    if (!slices)
        return;
    test::TemporaryFolder const folder;
    std::filesystem::copy(*slices, folder / "z.dcm");
    // In the same study as the picture, with a number before it.
    auto const slice = test::load(*slices);
    test::writeReport(folder / "a.dcm", "ISO_IR 192", [&slice](DcmDataset& dataSet) {
        dataSet.putAndInsertString(DCM_StudyInstanceUID, slice->study.uid.value().c_str());
        dataSet.putAndInsertString(DCM_SeriesInstanceUID, "2.25.99"); // the picture is the first, so whose case it is
        dataSet.putAndInsertString(DCM_PatientID, "another");
        dataSet.putAndInsertString(DCM_SeriesNumber, "-5");
        for (int i = 0; i < 60; ++i)
            test::addItem(dataSet, "CONTAINS", "TEXT", "所见").putAndInsertString(DCM_TextValue, "未见异常。");
    });
    auto const window = openFiles(folder.path());
    Viewport& viewport = window->reading().grid().active();
    REQUIRE(QTest::qWaitFor([&] { return viewport.pixels() != nullptr; }, 20'000));
    REQUIRE(QTest::qWaitFor([&] { return !window->reading().images().isLoading(); }, 20'000));
    CHECK(viewport.pages() == nullptr);
    auto const tiles = window->findChildren<SeriesTile*>();
    REQUIRE(tiles.size() == 2);
    for (SeriesTile* tile : tiles)
        if (tile->wanted().image->frameCount == 0)
            QTest::mouseClick(tile, Qt::LeftButton);
    PageView* const pages = waitForPages(viewport);
    REQUIRE(pages != nullptr);
    REQUIRE(pages->source());
    CHECK(pages->source()->count() >= 2);
    // Another patient's document is as marked as another patient's picture.
    CHECK(viewport.band().kind == ViewportBand::Kind::OtherPatient);
    QTest::keyClick(&viewport, Qt::Key_BracketRight);
    CHECK(viewport.pages() == nullptr);
    CHECK_FALSE(viewport.isEmpty());
}

TEST_CASE("a broken document says why in its place", "[ui]")
{
    test::TemporaryFolder const folder;
    test::writeWaveform(folder / "ecg.dcm", test::twelveLeads(2), [](DcmDataset& dataSet) {
        test::groupOf(dataSet).putAndInsertUint32(DCM_NumberOfWaveformSamples, 5000);
    });
    auto const window = openFiles(folder / "ecg.dcm");
    PageView* const pages = waitForPages(window->reading().grid().active());
    REQUIRE(pages != nullptr);
    REQUIRE(pages->problem());
    CHECK_THAT(pages->problem()->message, Catch::Contains("Waveform Data"));
}

TEST_CASE("a sheet larger than the viewport is gone through before the next one comes", "[ui]")
{
    QSize const picture(2100, 2970);
    QSizeF const area(1000, 800);
    ViewState state = fittedToWidth({}, picture, area);
    auto const mapping = [&](ViewState const& of) { return ViewMapping(2970, 2100, 1, of, area); };
    CHECK(mapping(state).toScreen({0, 0}).y() == Approx(0));
    CHECK(mapping(state).toScreen({0, 0}).x() == Approx(0));
    int turns = 0;
    while (state.index == 0 && turns < 10) {
        state = steppedOnPages(state, mapping(state), picture, area, 3, 1);
        ++turns;
    }
    CHECK(turns == 3); // 1414 pixels of sheet: 560, the rest, and over
    CHECK(mapping(state).toScreen({0, 0}).y() == Approx(0));
    state = steppedOnPages(state, mapping(state), picture, area, 3, -1);
    CHECK(state.index == 0);
    CHECK(mapping(state).toScreen({0, 2970}).y() == Approx(area.height()));
}
