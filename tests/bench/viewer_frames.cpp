// How long a reader waits for a frame: real windows, events posted as the mouse would, until the flush is through.
//
//   viewer_frames PATH [ROUNDS]      (a display is needed: xvfb-run -s "-screen 0 1920x1080x24" …)
//
// PATH: a file or folder, opened as --open does. Prints one JSON object: for wheel, window, zoom and pan the frames a
// second and the wait from the posted event to the end of the flush; for 100 notches a second how far the shown slice
// was behind the asked one. Sampled frames are compared with a slow path of its own: pixel by pixel, in doubles,
// without tables. Exit code 1 when one differs.
#include "tests/bench/process_memory.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/theme.h"

#include <QElapsedTimer>
#include <QScreen>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

using namespace qianli::viewer;

namespace {

class Flushes : public QObject {
public:
    int count = 0;
    qint64 last = 0;
    std::function<void()> seen = [] {};
    QElapsedTimer clock;

    bool eventFilter(QObject* watched, QEvent* event) override
    {
        auto* widget = qobject_cast<QWidget*>(watched);
        if (event->type() != QEvent::UpdateRequest || widget == nullptr || !widget->isWindow())
            return false;
        watched->event(event); // paints and flushes
        ++count;
        last = clock.nsecsElapsed();
        seen();
        return true;
    }
};

struct Bench {
    Flushes flushes;
    Viewport* viewport = nullptr;

    double wait(std::function<QEvent*()> const& make)
    {
        int const before = flushes.count;
        qint64 const start = flushes.clock.nsecsElapsed();
        QCoreApplication::postEvent(viewport, make());
        while (flushes.count == before && flushes.clock.nsecsElapsed() - start < 2'000'000'000)
            QCoreApplication::processEvents(QEventLoop::AllEvents, 2);
        return static_cast<double>(flushes.last - start) / 1e6;
    }
};

QPointF middle(Viewport const& viewport)
{
    return {viewport.width() / 2.0, viewport.height() / 2.0};
}

QEvent* wheel(Viewport const& viewport, int notches, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
{
    return new QWheelEvent(middle(viewport), viewport.mapToGlobal(middle(viewport)), {}, {0, -120 * notches},
                           Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
}

QEvent* mouse(Viewport const& viewport, QEvent::Type type, QPointF at, Qt::MouseButton button)
{
    bool const moves = type == QEvent::MouseMove;
    return new QMouseEvent(type, at, viewport.mapToGlobal(at), moves ? Qt::NoButton : button,
                           type == QEvent::MouseButtonRelease ? Qt::NoButton : button, Qt::NoModifier);
}

double valueOf(Pixels const& pixels, QPointF centre, double halfWidth, double halfHeight)
{
    double const columns = pixels.columns, rows = pixels.rows;
    if (halfWidth <= 0.5 && halfHeight <= 0.5) { // magnified: between the four neighbours
        double const x = std::clamp(centre.x() - 0.5, 0.0, columns - 1),
                     y = std::clamp(centre.y() - 0.5, 0.0, rows - 1);
        auto const x0 = static_cast<std::uint32_t>(x), y0 = static_cast<std::uint32_t>(y);
        std::uint32_t const x1 = std::min(x0 + 1, pixels.columns - 1), y1 = std::min(y0 + 1, pixels.rows - 1);
        double const fx = x - x0, fy = y - y0;
        return (pixels.stored(y0, x0) * (1 - fx) + pixels.stored(y0, x1) * fx) * (1 - fy) +
               (pixels.stored(y1, x0) * (1 - fx) + pixels.stored(y1, x1) * fx) * fy;
    }
    double sum = 0, area = 0; // minified: the mean of what lies under the screen pixel
    for (double y = std::floor(std::max(0.0, centre.y() - halfHeight)); y < std::min(rows, centre.y() + halfHeight);
         ++y)
        for (double x = std::floor(std::max(0.0, centre.x() - halfWidth));
             x < std::min(columns, centre.x() + halfWidth); ++x) {
            double const w = std::min(x + 1, centre.x() + halfWidth) - std::max(x, centre.x() - halfWidth);
            double const h = std::min(y + 1, centre.y() + halfHeight) - std::max(y, centre.y() - halfHeight);
            sum += pixels.stored(static_cast<std::uint32_t>(y), static_cast<std::uint32_t>(x)) * w * h;
            area += w * h;
        }
    return area > 0 ? sum / area : 0;
}

// The largest difference in grey between what is on the screen and the slow path, over points of the middle half of the
// viewport, which no text covers.
int differenceFromSlowPath(Viewport& viewport)
{
    auto const view = viewport.layerView();
    if (!view || !view->pixels || view->pixels->isColour)
        return 255;
    QImage const seen = viewport.grab().toImage();
    GreyScale const& grey = view->attributes.grey;
    Window const window = effectiveWindow(grey, view->state.voi);
    QPointF const step = view->mapping.toImage({1, 1}) - view->mapping.toImage({0, 0});
    int worst = 0;
    QSizeF const size = view->size;
    for (int y = static_cast<int>(size.height() / 4); y < size.height() * 3 / 4; y += 7)
        for (int x = static_cast<int>(size.width() / 4); x < size.width() * 3 / 4; x += 7) {
            QPointF const centre = view->mapping.toImage({x + 0.5, y + 0.5});
            if (centre.x() < 1 || centre.y() < 1 || centre.x() > view->pixels->columns - 1 ||
                centre.y() > view->pixels->rows - 1)
                continue;
            double const value =
                grey.modality(valueOf(*view->pixels, centre, std::abs(step.x()) / 2, std::abs(step.y()) / 2));
            double shown = applyWindow(value, window, VoiFunction::Linear);
            if (grey.inverse != (view->state.inversion == Inversion::Inverted))
                shown = 1 - shown;
            int const expected = static_cast<int>(shown * 255 + 0.5);
            worst = std::max(worst, std::abs(qGreen(seen.pixel(x + 1, y + 1)) - expected));
        }
    return worst;
}

nlohmann::json summary(std::vector<double> waits)
{
    std::sort(waits.begin(), waits.end());
    double sum = 0;
    for (double const wait : waits)
        sum += wait;
    auto const at = [&waits](double share) { return waits[static_cast<std::size_t>(share * (waits.size() - 1.0))]; };
    return {{"frames", waits.size()},
            {"frames_per_second", 1000 * static_cast<double>(waits.size()) / sum},
            {"median_ms", at(0.5)},
            {"p95_ms", at(0.95)},
            {"worst_ms", waits.back()}};
}

// 100 notches a second for two seconds, there and back: how many slices the shown one was behind, and when the last one
// was there.
nlohmann::json notchesByClock(Bench& bench)
{
    int posted = 0, furthest = 0, frames = 0;
    qint64 lastPost = 0;
    auto const start = static_cast<int>(bench.viewport->state().index);
    std::vector<double> lags;
    bench.flushes.seen = [&] {
        int const shown = static_cast<int>(bench.viewport->state().index) - start;
        int const behind = posted - shown;
        furthest = std::max(furthest, behind);
        ++frames;
    };
    qint64 const begin = bench.flushes.clock.nsecsElapsed();
    constexpr int notches = 100;
    while (posted < notches) {
        if (bench.flushes.clock.nsecsElapsed() - begin >= posted * 10'000'000LL) {
            QCoreApplication::postEvent(bench.viewport, wheel(*bench.viewport, 1));
            ++posted;
            lastPost = bench.flushes.clock.nsecsElapsed();
        }
        QCoreApplication::processEvents(QEventLoop::AllEvents, 1);
    }
    qint64 const until = bench.flushes.clock.nsecsElapsed() + 1'000'000'000;
    while (static_cast<int>(bench.viewport->state().index) - start < notches &&
           bench.flushes.clock.nsecsElapsed() < until)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 1);
    bench.flushes.seen = [] {};
    return {{"notches", notches},
            {"frames", frames},
            {"most_slices_behind", furthest},
            {"last_frame_after_last_notch_ms", static_cast<double>(bench.flushes.last - lastPost) / 1e6},
            {"arrived", static_cast<int>(bench.viewport->state().index) - start}};
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fprintf(stderr, "usage: viewer_frames PATH [ROUNDS]\n");
        return 2;
    }
    QApplication application(argc, argv);
    applyTheme(application);
    int const rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 200;
    Bench bench;
    bench.flushes.clock.start();
    StartOptions options;
    options.paths.emplace_back(argv[1]);
    MainWindow window(std::move(options));
    application.installEventFilter(&bench.flushes);
    window.resize(QGuiApplication::primaryScreen()->size());
    window.show();
    bench.viewport = &window.reading().grid().active();
    double firstImage = 0;
    while (bench.flushes.clock.elapsed() < 120'000) {
        QCoreApplication::processEvents(QEventLoop::AllEvents, 2);
        if (firstImage == 0 && bench.viewport->pixels())
            firstImage = static_cast<double>(bench.flushes.clock.nsecsElapsed()) / 1e6;
        if (bench.viewport->pixels() && !window.reading().images().isLoading() && bench.viewport->isLoaded())
            break;
    }
    if (!bench.viewport->pixels()) {
        std::fprintf(stderr, "viewer_frames: no picture of %s within two minutes\n", argv[1]);
        return 1;
    }
    nlohmann::json result{{"path", argv[1]},
                          {"viewport", {bench.viewport->width(), bench.viewport->height()}},
                          {"picture", {bench.viewport->pixels()->columns, bench.viewport->pixels()->rows}},
                          {"pictures", bench.viewport->stack().entries.size()},
                          {"first_image_ms", firstImage},
                          {"loaded_ms", static_cast<double>(bench.flushes.clock.nsecsElapsed()) / 1e6},
                          {"pss_mb", qianli::bench::memoryWithChildren()}};
    std::vector<int> differences;
    auto const round = [&](char const* name, std::function<QEvent*(int)> const& event) {
        std::vector<double> waits;
        for (int i = 0; i < rounds; ++i) {
            waits.push_back(bench.wait([&] { return event(i); }));
            if (i % 50 == 25)
                differences.push_back(differenceFromSlowPath(*bench.viewport));
        }
        result[name] = summary(std::move(waits));
    };
    Viewport& viewport = *bench.viewport;
    auto const drag = [&](char const* name, Qt::MouseButton button) {
        QPointF const at = middle(viewport);
        bench.wait([&] { return mouse(viewport, QEvent::MouseButtonPress, at, button); });
        round(name, [&](int i) {
            return mouse(viewport, QEvent::MouseMove, at + QPointF(60 * std::sin(i / 9.0), 40 * std::cos(i / 7.0)),
                         button);
        });
        bench.wait([&] { return mouse(viewport, QEvent::MouseButtonRelease, at, button); });
    };
    if (viewport.stack().entries.size() > 120) {
        viewport.change([](ToolTarget const& target) { target.state.index = 5; });
        QCoreApplication::processEvents();
        round("wheel", [&](int i) { return wheel(viewport, i / 100 % 2 == 0 ? 1 : -1); });
        viewport.change([](ToolTarget const& target) { target.state.index = 5; });
        QCoreApplication::processEvents();
        result["hundred_a_second"] = notchesByClock(bench);
    }
    drag("window_level", Qt::RightButton);
    round("zoom", [&](int i) { return wheel(viewport, i / 10 % 2 == 0 ? 1 : -1, Qt::ControlModifier); });
    drag("pan", Qt::MiddleButton);
    int const worst = differences.empty() ? 255 : *std::max_element(differences.begin(), differences.end());
    result["compared_frames"] = differences.size();
    result["worst_grey_difference"] = worst;
    std::printf("%s\n", result.dump(2).c_str());
    return worst <= 1 ? 0 : 1;
}
