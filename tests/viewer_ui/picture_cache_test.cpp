// What is kept of more pictures than fit, and that the limit is one.
#include "common/base/file.h"
#include "tests/decoding/sample_file.h"
#include "tests/support/support.h"
#include "viewer/model/stack_geometry.h"
#include "viewer/ui/series_bar.h"

#include <QCoreApplication>
#include <QElapsedTimer>

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <thread>
#include <unistd.h>

using namespace qianli;
using namespace qianli::viewer;

namespace {

constexpr std::uint32_t frameCount = 60;
constexpr std::size_t pictureBytes = 100 * 100 * 2; // as Pixels keeps them

// A clip whose frames are decoded outside, in a folder of its own.
struct Clip {
    test::TemporaryFolder folder;
    std::shared_ptr<ImageAttributes const> image;

    explicit Clip(std::uint16_t hundreds = 1)
    {
        REQUIRE(writeFileDurably(folder / "clip.dcm", test::flatClip(frameCount, hundreds, 1).bytes()));
        image = loadImageAttributes(folder / "clip.dcm").value();
        REQUIRE(image->frameCount == frameCount);
    }
    std::vector<StackEntry> from(std::uint32_t first) const
    {
        std::vector<StackEntry> entries;
        for (std::uint32_t frame = first; frame < frameCount; ++frame)
            entries.push_back({image, frame});
        return entries;
    }
};

bool waitFor(std::function<bool()> const& done)
{
    QElapsedTimer clock;
    clock.start();
    while (!done() && clock.elapsed() < 20'000)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
    return done();
}

std::string statusOf(std::string const& process, std::string const& name)
{
    std::ifstream file("/proc/" + process + "/status");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(name + ":"))
            return line.substr(std::min(line.size(), line.find_first_not_of(" \t", name.size() + 1)));
    return {};
}

// Of its own, and what it shares with a decoder; the programs' and libraries' files don't count.
[[maybe_unused]] std::size_t memoryOf(std::string const& process)
{
    auto const kilobytes = [&](char const* name) { return std::stoull("0" + statusOf(process, name)); };
    return (kilobytes("RssAnon") + kilobytes("RssShmem")) * 1024;
}

std::size_t held(PictureCache& cache, std::vector<StackEntry> const& entries, std::size_t count)
{
    return static_cast<std::size_t>(std::count_if(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(count),
                                                  [&](StackEntry const& entry) { return cache.holds(entry); }));
}

} // namespace

TEST_CASE("Of more pictures than fit the nearest are kept, and the others are not even decoded", "[cache]")
{
    Clip const clip;
    PictureCache cache(10 * pictureBytes);
    std::atomic<int> arrived = 0;
    QObject::connect(
        &cache, &PictureCache::arrived, &cache, [&arrived] { ++arrived; }, Qt::DirectConnection);
    int owner = 0;
    auto const all = clip.from(0);
    cache.want(&owner, all);
    REQUIRE(waitFor([&] { return held(cache, all, 10) == 10; }));
    CHECK(cache.find(all[7]).pixels->levels.front() == 7);
    CHECK(cache.bytes() == 10 * pictureBytes);
    CHECK(arrived == 10);
    CHECK_FALSE(cache.fits(all));
    CHECK(cache.fits({all.begin(), all.begin() + 10}));

    // The reader scrolls on: what is behind makes room.
    auto const further = clip.from(30);
    cache.want(&owner, further);
    REQUIRE(waitFor([&] { return held(cache, further, 10) == 10; }));
    CHECK(cache.bytes() <= 10 * pictureBytes);
    CHECK(held(cache, all, 10) == 0);

    // And back by five: what is still wanted is not decoded again.
    int const before = arrived;
    auto const back = clip.from(25);
    cache.want(&owner, back);
    REQUIRE(waitFor([&] { return held(cache, back, 10) == 10; }));
    CHECK(arrived == before + 5);

    cache.clear();
    CHECK(cache.bytes() == 0);
    CHECK(held(cache, back, 10) == 0);
}

TEST_CASE("Two viewports share what there is", "[cache]")
{
    Clip const clip;
    PictureCache cache(10 * pictureBytes);
    int left = 0, right = 0;
    auto const one = clip.from(0), other = clip.from(30);
    cache.want(&left, one);
    cache.want(&right, other);
    REQUIRE(waitFor([&] { return held(cache, one, 5) == 5 && held(cache, other, 5) == 5; }));
    CHECK(cache.bytes() <= 10 * pictureBytes);
    cache.forget(&left);
    cache.want(&right, other);
    REQUIRE(waitFor([&] { return held(cache, other, 10) == 10; }));
    CHECK(cache.bytes() <= 10 * pictureBytes);
}

TEST_CASE("What is being decoded has a limit, too", "[cache]")
{
    Clip const clip;
    PictureCache cache(3 * pictureBytes); // half of it is one picture
    std::atomic<bool> done = false;
    std::atomic<std::size_t> most = 0;
    std::thread watcher([&] {
        while (!done)
            most = std::max(most.load(), cache.bytesUnderWay());
    });
    int owner = 0;
    for (std::uint32_t first = 0; first < frameCount; first += 3) {
        auto const wanted = clip.from(first);
        cache.want(&owner, wanted);
        REQUIRE(waitFor([&] { return held(cache, wanted, 3) == 3; }));
    }
    done = true;
    watcher.join();
    CHECK(most == pictureBytes);
    CHECK(cache.bytesUnderWay() == 0);
}

#ifndef __SANITIZE_ADDRESS__ // which keeps what is freed
TEST_CASE("D17: viewer and decoders take no more memory than they may, however many pictures are wanted",
          "[cache][D17]")
{
    Clip const clip(10); // 2 MB a picture, 120 in all
    constexpr std::size_t limit = 20'000'000;
    PictureCache cache(limit);
    std::size_t const before = memoryOf("self");
    int owner = 0;
    for (std::uint32_t first = 0; first < frameCount; first += 5) {
        auto const wanted = clip.from(first);
        cache.want(&owner, wanted);
        REQUIRE(waitFor([&] { return held(cache, wanted, 5) == 5; }));
        CHECK(cache.bytes() <= limit);
        // What is kept, what is being made and what it is made of, and what the allocator holds ready.
        CHECK(memoryOf("self") < before + limit + 2 * (limit / 2) + 10'000'000);
    }
    std::size_t decoders = 0;
    for (auto const& process : std::filesystem::directory_iterator("/proc"))
        if (auto const name = process.path().filename().string();
            statusOf(name, "Name") == "qianli-decoder" && statusOf(name, "PPid") == std::to_string(::getpid())) {
            ++decoders;
            CHECK(memoryOf(name) < 40'000'000);
        }
    CHECK(decoders > 0);
}
#endif

TEST_CASE("What was being decoded when all was given up comes when it is wanted again", "[cache]")
{
    Clip const clip;
    PictureCache cache(frameCount * pictureBytes);
    int owner = 0;
    auto const wanted = clip.from(0);
    for (int round = 0; round < 20; ++round) {
        cache.want(&owner, wanted);
        REQUIRE(waitFor([&] { return cache.bytesUnderWay() > 0 || cache.bytes() > 0; }));
        cache.clear();
    }
    cache.want(&owner, wanted);
    CHECK(waitFor([&] { return held(cache, wanted, frameCount) == frameCount; }));
}

TEST_CASE("A picture that can't be here says why", "[cache]")
{
    Clip const clip;
    int owner = 0;
    PictureCache small(pictureBytes / 2);
    small.want(&owner, clip.from(0));
    REQUIRE(waitFor([&] { return small.find({clip.image, 0}).error.has_value(); }));
    CHECK(small.find({clip.image, 0}).error->code == ErrorCode::LimitExceeded);
    CHECK(small.bytes() == 0);

    PictureCache cache(10 * pictureBytes);
    std::filesystem::remove(clip.image->file);
    cache.want(&owner, {{clip.image, 3}});
    REQUIRE(waitFor([&] { return cache.find({clip.image, 3}).error.has_value(); }));
    CHECK_FALSE(cache.find({clip.image, 3}).pixels);
}

TEST_CASE("A thumbnail that is pushed out before it is drawn is not decoded for ever", "[cache]")
{
    Clip const clip;
    PictureCache cache(pictureBytes); // for one picture, and two are wanted
    StackEntry const thumbnail{clip.image, 0};
    std::atomic<int> decoded = 0;
    QObject::connect(
        &cache, &PictureCache::arrived, &cache,
        [&](quintptr, unsigned frame) { decoded += frame == thumbnail.frame ? 1 : 0; }, Qt::DirectConnection);
    SeriesBar bar(cache);
    Study study;
    study.series.push_back({{}, {{StackKind::Images, {thumbnail}}}, {}});
    bar.show({study}, 1, [](ImageAttributes const&) { return SeriesBar::Standing(); });
    int owner = 0;
    // Without events: nothing is drawn meanwhile.
    auto const waitWithoutEvents = [](std::function<bool()> const& done) {
        for (int round = 0; round < 2'000 && !done(); ++round)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        return done();
    };
    int const rounds = 6;
    for (int round = 1; round <= rounds; ++round) {
        int const before = decoded;
        if (round <= 3)
            REQUIRE(waitWithoutEvents([&] { return decoded == round; }));
        for (std::uint32_t frame : {2u * round, 2u * round + 1}) {
            cache.want(&owner, {{clip.image, frame}});
            REQUIRE(waitWithoutEvents([&] { return cache.holds({clip.image, frame}) && !cache.holds(thumbnail); }));
        }
        QCoreApplication::processEvents(); // it came, and is there no more
        CHECK(decoded >= before);
    }
    CHECK(decoded == 3);
}

TEST_CASE("The thumbnail of a stack that is whole is of its middle, whatever came first", "[cache]")
{
    Clip const clip;
    PictureCache cache;
    SeriesBar bar(cache);
    bar.resize(128, 300);
    bar.QWidget::show();
    auto const show = [&](Stack const& stack) {
        Study study;
        for (int series = 0; series < 8; ++series)
            study.series.push_back({{}, {stack}, {}});
        bar.show({study}, 1, [](ImageAttributes const&) { return SeriesBar::Standing(); });
    };
    Stack stack{StackKind::Slices, {{clip.image, 0}}};
    show(stack);
    auto& tile = *bar.findChild<SeriesTile*>("series.0.0.0");
    REQUIRE(waitFor([&] { return !tile.needsThumbnail(); }));
    // While more may come it stays: nothing flickers.
    stack.entries = {{clip.image, 5}, {clip.image, 4}, {clip.image, 0}};
    show(stack);
    CHECK_FALSE(tile.needsThumbnail());
    CHECK(tile.drawn().frame == 0);
    stack.geometry = std::make_shared<StackGeometry const>();
    show(stack);
    REQUIRE(waitFor([&] { return !tile.needsThumbnail(); }));
    CHECK(tile.drawn().frame == 4);

    // What a key has put on the screen is seen in the bar.
    auto const isSeen = [&](SeriesTile const& one) {
        int const top = one.mapTo(bar.viewport(), QPoint()).y();
        return top >= 0 && top + one.height() <= bar.viewport()->height();
    };
    auto const& last = *bar.findChild<SeriesTile*>("series.0.7.0");
    REQUIRE(waitFor([&] { return isSeen(tile); }));
    CHECK_FALSE(isSeen(last));
    bar.reveal(0, 7, 0);
    CHECK(isSeen(last));
}
