// How long a whole case of files takes until every picture is decoded, beside what the machine itself needs for it; and
// the memory that the viewer then takes.
//
//   case_loading FOLDER [ROUNDS]           (a display is needed: xvfb-run -s "-screen 0 1920x1080x24" …)
//   case_loading --memory FOLDER [SLICES]  (makes SLICES slices of CT there, 1,000, where there is nothing)
//
// Each round does three things in turns, on all cores, with the page cache warm: reads the bytes of all files into
// memory that stays; decodes all frames in this process into memory that stays; opens the folder in the viewer's own
// reading page, with its decoder processes and its cache, until it is loaded. The ratio is that of the third to the
// slower of the first two, in time and in processor time, which other work on the machine disturbs less. The picture on
// the screen is compared with the one decoded here; exit code 1: they differ.
//
// --memory: PSS of the viewer and its decoder processes when all is loaded, beside the bytes of the pixels; exit code 1
// above 1.2 times of them where the cache may hold them all, and above its limit (picture_cache.h) where it may not.
#include "tests/bench/process_memory.h"
#include "tests/bench/volume_series.h"
#include "viewer/client/file_studies.h"
#include "viewer/decoding/pixel_decoder.h"
#include "viewer/model/pixel_loader.h"
#include "viewer/ui/main_window.h"
#include "viewer/ui/theme.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QScreen>
#include <QTimer>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

using namespace qianli;
using namespace qianli::viewer;

namespace {

using Files = std::vector<std::filesystem::path>;
constexpr double mostMemory = 1.2; // times the pixels

double milliseconds(QElapsedTimer const& clock)
{
    return static_cast<double>(clock.nsecsElapsed()) / 1e6;
}

// Calls `work(index)` for each index, on all cores.
void onAllCores(std::size_t count, std::function<void(std::size_t)> const& work)
{
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i)
        threads.emplace_back([&] {
            for (std::size_t index = next++; index < count; index = next++)
                work(index);
        });
}

double readAll(Files const& files)
{
    std::vector<std::vector<char>> kept(files.size());
    QElapsedTimer clock;
    clock.start();
    onAllCores(files.size(), [&](std::size_t index) {
        std::ifstream file(files[index], std::ios::binary);
        kept[index].resize(std::filesystem::file_size(files[index]));
        file.read(kept[index].data(), static_cast<std::streamsize>(kept[index].size()));
    });
    return milliseconds(clock);
}

double decodeAll(Files const& files)
{
    std::vector<std::vector<DecodedFrame>> kept(files.size());
    auto const decoder = makeLocalDecoder();
    QElapsedTimer clock;
    clock.start();
    onAllCores(files.size(), [&](std::size_t index) {
        for (std::uint32_t frame = 0;; ++frame) {
            auto decoded = decoder->decode(files[index], frame);
            if (!decoded)
                break;
            kept[index].push_back(*std::move(decoded));
        }
    });
    return milliseconds(clock);
}

// Sleeps between the events: what loads needs the cores.
template <typename Done>
bool until(Done const& done, int most = 300'000)
{
    QElapsedTimer clock;
    clock.start();
    QTimer tick;
    tick.start(5);
    while (!done() && clock.elapsed() < most)
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
    return done();
}

struct Opened {
    double firstImage = 0, loaded = 0;
};

Opened openInViewer(ReadingPage& page, Files const& files)
{
    QElapsedTimer clock;
    clock.start();
    page.openFiles(files, {});
    Opened opened;
    Viewport& viewport = page.grid().active();
    bool const all = until([&] {
        if (opened.firstImage == 0 && viewport.pixels()) {
            viewport.repaint();
            opened.firstImage = milliseconds(clock);
        }
        return opened.firstImage > 0 && !page.images().isLoading() && viewport.isLoaded();
    });
    opened.loaded = all ? milliseconds(clock) : 0;
    return opened;
}

bool isRight(Viewport const& viewport)
{
    auto const shown = viewport.pixels();
    StackEntry const* const entry = viewport.entry();
    if (!shown || entry == nullptr)
        return false;
    auto const decoded = makeLocalDecoder()->decode(entry->image->file, entry->frame);
    auto const pixels = decoded ? preparePixels(*decoded, *entry->image) : fail(ErrorCode::Internal, "");
    return pixels && (*pixels)->levels == shown->levels && (*pixels)->base == shown->base;
}

nlohmann::json summary(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return {{"median", values[values.size() / 2]}, {"least", values.front()}, {"most", values.back()}};
}

int compare(ReadingPage& page, Files const& files, int rounds)
{
    std::vector<double> read, decoded, first, loaded, ratios, processor;
    auto const used = bench::processorMilliseconds;
    bool right = true;
    readAll(files);
    for (int round = 0; round < rounds; ++round) {
        double const begin = used();
        read.push_back(readAll(files));
        double const hasRead = used();
        decoded.push_back(decodeAll(files));
        double const hasDecoded = used();
        Opened const opened = openInViewer(page, files);
        processor.push_back((used() - hasDecoded) / std::max({hasRead - begin, hasDecoded - hasRead, 1.0}));
        right = right && opened.loaded > 0 && isRight(page.grid().active());
        first.push_back(opened.firstImage);
        loaded.push_back(opened.loaded);
        ratios.push_back(opened.loaded / std::max(read.back(), decoded.back()));
        page.close();
        until([] { return false; }, 300);
    }
    nlohmann::json const report{{"files", files.size()},
                                {"read_ms", summary(read)},
                                {"decode_ms", summary(decoded)},
                                {"first_image_ms", summary(first)},
                                {"loaded_ms", summary(loaded)},
                                {"ratio", summary(ratios)},
                                {"processor_ratio", summary(processor)},
                                {"right", right}};
    std::puts(report.dump(2).c_str());
    return right ? 0 : 1;
}

double megabytes(double bytes)
{
    return bytes / (1 << 20);
}

int measureMemory(ReadingPage& page, Files const& files)
{
    QElapsedTimer clock;
    clock.start();
    double const empty = bench::memoryWithChildren();
    page.openFiles(files, {});
    Viewport& viewport = page.grid().active();
    double before = 0, now = 0, most = 0;
    int still = 0; // seconds in which nothing came
    until([&] {
        until([] { return false; }, 1000);
        before = std::exchange(now, bench::memoryWithChildren());
        most = std::max(most, now);
        still = !page.images().isLoading() && now - before < 1 ? still + 1 : 0;
        return still == 3;
    });
    double pixels = 0;
    for (StackEntry const& entry : viewport.stack().entries)
        pixels += megabytes(static_cast<double>(entry.image->format.sampleCount()) * 2);
    double const limit = megabytes(static_cast<double>(PictureCache::usualLimit()));
    double const may = mostMemory * std::min(pixels, limit);
    nlohmann::json const report{{"slices", viewport.stack().entries.size()},
                                {"pixels_mb", pixels},
                                {"limit_mb", limit},
                                {"empty_pss_mb", empty},
                                {"pss_mb", now},
                                {"most_pss_mb", most},
                                {"ratio", now / std::min(pixels, limit)},
                                {"all_loaded", viewport.isLoaded()}};
    std::puts(report.dump(2).c_str());
    return most <= may && viewport.isLoaded() == (pixels <= limit) ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    bool const memory = argc > 1 && std::string_view(argv[1]) == "--memory";
    if (argc < (memory ? 3 : 2)) {
        std::fputs("case_loading FOLDER [ROUNDS]\ncase_loading --memory FOLDER [SLICES]\n", stderr);
        return 2;
    }
    std::filesystem::path const folder = argv[memory ? 2 : 1];
    int const number = argc > (memory ? 3 : 2) ? std::atoi(argv[memory ? 3 : 2]) : 0;
    if (memory && !std::filesystem::exists(folder))
        qianli::bench::writeVolumeSeries(folder, number > 0 ? number : 1000);
    QApplication application(argc, argv);
    applyTheme(application);
    Files const files = findFiles({folder}).files;
    if (files.empty())
        return std::fprintf(stderr, "case_loading: no files in %s\n", folder.c_str()), 1;
    ReadingPage page;
    page.resize(QGuiApplication::primaryScreen()->size());
    page.show();
    until([] { return false; }, 500);
    int const status = memory ? measureMemory(page, files) : compare(page, files, number > 0 ? number : 5);
    page.close();
    return status;
}
