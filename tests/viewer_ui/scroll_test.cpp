// What scrolling shows: which pictures are there already, and always the one that was asked for last.
#include "common/base/file.h"
#include "tests/decoding/sample_file.h"
#include "tests/support/support.h"
#include "viewer/ui/cine_bar.h"
#include "viewer/ui/viewport.h"

#include <catch2/catch.hpp>

#include <QScreen>
#include <QTest>
#include <QWheelEvent>

using namespace qianli;
using namespace qianli::viewer;

namespace {

constexpr std::uint32_t frameCount = 60, side = 100;
constexpr std::size_t pictureBytes = side * side * 2; // as Pixels keeps them

// Frames that are all of one grey, each lighter than the one before.
struct Steps {
    test::TemporaryFolder folder;
    Stack stack;

    Steps()
    {
        REQUIRE(writeFileDurably(folder / "steps.dcm", test::flatClip(frameCount, 1, 4).bytes()));
        std::shared_ptr<ImageAttributes const> const image = loadImageAttributes(folder / "steps.dcm").value();
        for (std::uint32_t frame = 0; frame < frameCount; ++frame)
            stack.entries.push_back({image, frame});
    }
};

// A window of one viewport over the steps.
struct Shown {
    Steps steps;
    PictureCache cache;
    Viewport viewport{1, cache};

    explicit Shown(std::size_t pictures) : cache(pictures * pictureBytes)
    {
        viewport.resize(500, 602);
        viewport.showStack(steps.stack, {});
    }
    bool waitForAll()
    {
        viewport.show();
        return QTest::qWaitForWindowExposed(&viewport) &&
               QTest::qWaitFor([this] { return viewport.isLoaded() && viewport.pixels() != nullptr; }, 20'000);
    }
};

std::size_t held(PictureCache& cache, Stack const& stack)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(stack.entries, [&](StackEntry const& entry) { return cache.holds(entry); }));
}

// Whether the scroll bar, nine pixels wide at the right edge, is lit where entry `at` of it stands.
bool isLit(QImage const& shown, std::size_t at, int clipsBar)
{
    int const top = 1, height = shown.height() - 2 - clipsBar;
    int const y = top + static_cast<int>((static_cast<double>(at) + 0.5) * height / frameCount);
    return shown.pixelColor(shown.width() - 1 - 9 + 4, y) == QColor(0x45, 0x4C, 0x55);
}

// What the window has given to the screen, without drawing anything anew.
QImage onScreen(QWidget& window)
{
    return window.screen()->grabWindow(window.winId()).toImage();
}

void turnWheel(Viewport& viewport, int notches)
{
    QPointF const at = viewport.rect().center();
    QWheelEvent turn(at, viewport.mapToGlobal(at), {}, {0, 120 * notches}, Qt::NoButton, Qt::NoModifier,
                     Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(&viewport, &turn);
}

} // namespace

TEST_CASE("D18: the scroll bar shows which pictures are there, and which are not", "[ui][scroll][D18]")
{
    Shown window(20);
    auto& [steps, cache, viewport] = window;
    QImage const before = viewport.grab().toImage();
    viewport.show();
    REQUIRE(QTest::qWaitFor([&] { return viewport.pixels() != nullptr && held(cache, steps.stack) == 20; }, 20'000));
    QTest::qWait(200);
    // Others come and some go while the viewport stands still.
    int other = 0;
    cache.want(&other, {steps.stack.entries.begin() + 40, steps.stack.entries.end()});
    REQUIRE(QTest::qWaitFor([&] { return cache.holds(steps.stack.entries[45]); }, 20'000));
    int const clipsBar = viewport.cine() != nullptr && !viewport.cine()->isHidden() ? CineBar::barHeight : 0;
    QImage shown;
    std::vector<bool> isThere(frameCount);
    auto const showsWhatIsThere = [&] {
        shown = onScreen(viewport);
        bool agrees = true;
        for (std::size_t at = 0; at < frameCount; ++at) {
            isThere[at] = cache.holds(steps.stack.entries[at]);
            agrees = agrees && (at == viewport.state().index || isLit(shown, at, clipsBar) == isThere[at]);
        }
        return agrees;
    };
    // It is looked at again by itself: nothing is drawn here.
    CHECK(QTest::qWaitFor(showsWhatIsThere, 20'000));
    std::size_t lit = 0;
    for (std::size_t at = 0; at < frameCount; ++at) {
        CAPTURE(at);
        if (at == viewport.state().index)
            continue; // the thumb is there
        CHECK(isLit(shown, at, clipsBar) == isThere[at]);
        CHECK_FALSE(isLit(before, at, clipsBar));
        lit += isLit(shown, at, clipsBar) ? 1 : 0;
    }
    CHECK(lit >= 9);
}

TEST_CASE("D18: however fast the wheel turns, what comes to the screen is the picture asked for last",
          "[ui][scroll][D18]")
{
    Shown window(frameCount);
    REQUIRE(window.waitForAll());
    Viewport& viewport = window.viewport;
    int place = static_cast<int>(viewport.state().index);
    QPoint const middle(250, 300);
    int last = -1;
    for (int storm = 0; storm < 20; ++storm) {
        int const notches = (storm % 7 + 1) * (storm < 10 ? -1 : 1);
        for (int notch = 0; notch < std::abs(notches); ++notch)
            turnWheel(viewport, notches > 0 ? 1 : -1);
        int const before = place;
        place = std::clamp(place - notches, 0, static_cast<int>(frameCount) - 1);
        QCoreApplication::processEvents();
        CAPTURE(storm, notches, place);
        REQUIRE(static_cast<int>(viewport.state().index) == place);
        QImage const flushed = onScreen(viewport);
        // Each frame is lighter than the one before, and none like another on the screen.
        int const grey = flushed.pixelColor(middle).red();
        CHECK(grey == viewport.grab().toImage().pixelColor(middle).red());
        CHECK(viewport.pixels()->levels.front() == 4 * place);
        CHECK((grey != last || place == before));
        last = grey;
    }
}

TEST_CASE("D18: where a picture is not there yet, none of before stands in its place", "[ui][scroll][D18]")
{
    Shown window(frameCount);
    REQUIRE(window.waitForAll());
    Viewport& viewport = window.viewport;
    window.cache.clear();
    turnWheel(viewport, -20);
    // Nothing has been decoded again between the clearing and this.
    CHECK(viewport.pixels() == nullptr);
    CHECK(viewport.state().index >= 20);
    REQUIRE(QTest::qWaitFor([&] { return viewport.pixels() != nullptr; }, 20'000));
    CHECK(viewport.pixels()->levels.front() == 4 * viewport.state().index);
}
