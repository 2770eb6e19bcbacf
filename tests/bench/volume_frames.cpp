// How quick three planes and the volume from outside are: a real window, events posted as the mouse would, until the
// flush is through.
//
//   volume_frames PATH [ROUNDS]      (a display is needed: xvfb-run -s "-screen 0 1920x1080x24" …)
//
// PATH: a CT series; where there is nothing, one of 300 slices of 512x512 is made there. Prints one JSON object: frames
// a second and the longest wait while the cross-hair is dragged, straight, oblique, and with a slab of 10 mm; frames a
// second while the volume turns and the time to its full picture. After each drag the three panes on the screen are
// compared with cuts drawn anew; exit code 1 when one differs.
#include "tests/bench/volume_series.h"
#include "viewer/ui/crosshair_layer.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/rendered_view.h"
#include "viewer/ui/theme.h"

#include <QElapsedTimer>
#include <QMouseEvent>
#include <QThread>
#include <QToolButton>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

using namespace qianli::viewer;

namespace {

class Flushes : public QObject {
public:
    int count = 0;
    qint64 last = 0;
    QElapsedTimer clock;

    bool eventFilter(QObject* watched, QEvent* event) override
    {
        auto* widget = qobject_cast<QWidget*>(watched);
        if (event->type() != QEvent::UpdateRequest || widget == nullptr || !widget->isWindow())
            return false;
        watched->event(event); // paints and flushes
        ++count;
        last = clock.nsecsElapsed();
        return true;
    }
};

struct Bench {
    MainWindow& window;
    Flushes& flushes;
    bool allRight = true;

    Viewport& at(std::size_t index) { return *window.reading().grid().viewports()[index]; }
    MprView& cut(std::size_t index) { return *qobject_cast<MprView*>(at(index).volumeView()); }

    bool until(std::function<bool()> const& done, int milliseconds = 120'000)
    {
        QElapsedTimer clock;
        clock.start();
        while (!done() && clock.elapsed() < milliseconds) {
            QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
            QThread::usleep(500);
        }
        return done();
    }
    void rest(int milliseconds)
    {
        QElapsedTimer clock;
        clock.start();
        while (clock.elapsed() < milliseconds)
            QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
    }
    void mouse(Viewport& viewport, QEvent::Type type, QPointF place)
    {
        bool const moves = type == QEvent::MouseMove;
        QCoreApplication::postEvent(
            &viewport,
            new QMouseEvent(type, place, viewport.mapToGlobal(place), moves ? Qt::NoButton : Qt::LeftButton,
                            type == QEvent::MouseButtonRelease ? Qt::NoButton : Qt::LeftButton, Qt::NoModifier));
    }
    void click(char const* button) { window.findChild<QToolButton*>(button)->click(); }
    QPointF middle()
    {
        auto const place = pictureOf(cut(0).model().cut(MprPlane::Axial), cut(0).model().cursor());
        return at(0).layerView()->mapping.toScreen({place.x, place.y}) + QPointF(1, 1);
    }

    // Drags from one place along a circle, a frame an event.
    nlohmann::json drag(char const* what, QPointF from, QPointF around, double radius, int rounds)
    {
        mouse(at(0), QEvent::MouseButtonPress, from);
        std::vector<double> waits;
        qint64 const begin = flushes.clock.nsecsElapsed();
        for (int i = 1; i <= rounds; ++i) {
            double const angle = 2 * 3.14159265 * i / 60;
            int const before = flushes.count;
            qint64 const start = flushes.clock.nsecsElapsed();
            mouse(at(0), QEvent::MouseMove, around + QPointF(std::cos(angle), std::sin(angle)) * radius);
            while (flushes.count == before && flushes.clock.nsecsElapsed() - start < 2'000'000'000)
                QCoreApplication::processEvents(QEventLoop::AllEvents, 2);
            waits.push_back(static_cast<double>(flushes.last - start) / 1e6);
        }
        double const seconds = static_cast<double>(flushes.clock.nsecsElapsed() - begin) / 1e9;
        mouse(at(0), QEvent::MouseButtonRelease, around);
        qint64 const rested = flushes.clock.nsecsElapsed();
        until([&] { return at(0).pixels() && at(1).pixels() && at(2).pixels(); }, 5000);
        double const refined = static_cast<double>(flushes.clock.nsecsElapsed() - rested) / 1e6;
        bool const right = isRight();
        std::sort(waits.begin(), waits.end());
        std::fprintf(stderr, "%s: %.1f frames/s, right: %d\n", what, rounds / seconds, right);
        return {{"framesPerSecond", rounds / seconds},
                {"medianMs", waits[waits.size() / 2]},
                {"p95Ms", waits[waits.size() * 95 / 100]},
                {"longestMs", waits.back()},
                {"bestAfterRestMs", refined},
                {"right", right}};
    }

    // What is on the screen is what a cut drawn anew shows.
    bool isRight()
    {
        if (cut(0).model().showsLines())
            cut(0).model().setShowsLines(false);
        until([&] { return at(0).pixels() && at(1).pixels() && at(2).pixels(); }, 5000);
        rest(50);
        bool right = true;
        for (std::size_t index = 0; index < 3; ++index) {
            auto const view = at(index).layerView();
            QSize const area(static_cast<int>(view->size.width()), static_cast<int>(view->size.height()));
            QImage const fresh = renderCut(*cut(index).model().volume(), cut(index).model().cut(cut(index).plane()),
                                           at(index).state(), area, CutQuality::Full)
                                     .image;
            QImage const shown = at(index).grab().toImage().convertToFormat(QImage::Format_RGB32);
            QRect const inner(area.width() / 2 - 60, area.height() / 2 - 60, 120, 120);
            right = right && shown.copy(inner.translated(1, 1)) == fresh.copy(inner);
        }
        cut(0).model().setShowsLines(true);
        rest(50);
        allRight = allRight && right;
        return right;
    }

    nlohmann::json turning(int rounds)
    {
        click("tool.rendered");
        auto const rendered = [&] { return qobject_cast<RenderedView*>(at(3).volumeView()); };
        until([&] { return rendered() != nullptr && rendered()->isFull(); });
        nlohmann::json all;
        for (std::size_t preset = 0; preset < rendered()->presets().size(); ++preset) {
            rendered()->setPreset(preset);
            until([&] { return rendered()->isFull(); });
            int drawn = 0;
            qint64 longest = 0;
            auto const counting = QObject::connect(rendered(), &VolumeView::improved, [&] { ++drawn; });
            QPointF const middle(at(3).rect().center());
            mouse(at(3), QEvent::MouseButtonPress, middle);
            QElapsedTimer clock, loop;
            clock.start();
            for (int i = 0; clock.elapsed() < rounds * 10; ++i) {
                loop.start();
                mouse(at(3), QEvent::MouseMove, middle + QPointF(i % 200, i % 50));
                QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
                longest = std::max(longest, loop.nsecsElapsed());
                rest(5);
            }
            double const perSecond = drawn * 1000.0 / static_cast<double>(clock.elapsed());
            mouse(at(3), QEvent::MouseButtonRelease, middle);
            QObject::disconnect(counting);
            clock.start();
            until([&] { return rendered()->isFull(); });
            all[rendered()->presets()[preset].english] = {{"framesPerSecond", perSecond},
                                                          {"fullAfterMs", clock.elapsed()},
                                                          {"longestLoopMs", static_cast<double>(longest) / 1e6}};
            std::fprintf(stderr, "%zu: %.1f frames/s\n", preset, perSecond);
        }
        return all;
    }
};

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fputs("volume_frames PATH [ROUNDS]\n", stderr);
        return 2;
    }
    if (!std::filesystem::exists(argv[1]))
        qianli::bench::writeVolumeSeries(argv[1], 300);
    QApplication application(argc, argv);
    applyTheme(application);
    int const rounds = argc > 2 ? std::max(10, std::atoi(argv[2])) : 300;
    StartOptions options;
    options.paths = {argv[1]};
    MainWindow window(std::move(options));
    window.resize(1920, 1080);
    window.show();
    Flushes flushes;
    flushes.clock.start();
    Bench bench{window, flushes};
    if (!bench.until(
            [&] { return !bench.at(0).isEmpty() && !window.reading().images().isLoading() && bench.at(0).isLoaded(); }))
        return std::fputs("the series was not loaded\n", stderr), 1;
    QElapsedTimer opening;
    opening.start();
    bench.click("tool.mpr");
    if (!bench.until([&] { return bench.at(2).showsPlane(); }))
        return std::fputs("no three planes came\n", stderr), 1;
    nlohmann::json report{{"openMs", opening.elapsed()}};
    bench.rest(500);
    application.installEventFilter(&flushes);
    Volume const& volume = *bench.cut(0).model().volume();
    report["volume"] = {volume.grid().columns, volume.grid().rows, volume.grid().slices.size()};
    report["pane"] = {bench.at(0).width(), bench.at(0).height()};
    report["straight"] = bench.drag("straight", bench.middle(), bench.middle(), 60, rounds);
    bench.cut(0).model().setSlab({10, SlabMode::Maximum});
    report["straight10mm"] = bench.drag("straight, 10 mm", bench.middle(), bench.middle(), 60, rounds);
    bench.cut(0).model().setSlab({});
    bench.cut(0).model().turn(MprPlane::Coronal, 0.35);
    bench.cut(0).model().turn(MprPlane::Sagittal, 0.25);
    report["oblique"] = bench.drag("oblique", bench.middle(), bench.middle(), 60, rounds);
    QPointF const end = CrosshairLayer::endOf(bench.cut(0), MprPlane::Coronal, *bench.at(0).layerView());
    double const radius = std::hypot(end.x() + 1 - bench.middle().x(), end.y() + 1 - bench.middle().y());
    report["turning"] = bench.drag("turning", end + QPointF(1, 1), bench.middle(), radius, rounds);
    for (auto const& [mode, name] :
         {std::pair{SlabMode::Maximum, "oblique10mmMip"}, std::pair{SlabMode::Average, "oblique10mmAverage"}}) {
        bench.cut(0).model().setSlab({10, mode});
        report[name] = bench.drag(name, bench.middle(), bench.middle(), 60, rounds);
    }
    bench.cut(0).model().reset();
    report["rendered"] = bench.turning(rounds);
    std::puts(report.dump(2).c_str());
    return bench.allRight ? 0 : 1;
}
