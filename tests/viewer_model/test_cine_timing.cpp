// Clips play at the times that their objects give, and nothing adds up over an hour of play.
#include "tests/support/support.h"
#include "tests/viewer_model/sample_image.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {

CineTiming timingOf(int frames, std::function<void(DcmDataset&)> const& change)
{
    test::TemporaryFolder const folder;
    std::filesystem::path const path = folder / "clip.dcm";
    test::writeImageFile(path, [&](DcmDataset& d) {
        d.putAndInsertString(DCM_NumberOfFrames, std::to_string(frames).c_str());
        std::vector<Uint8> const pixels(static_cast<std::size_t>(frames) * 4, 7);
        d.putAndInsertUint8Array(DCM_PixelData, pixels.data(), pixels.size());
        change(d);
    });
    auto const image = loadImageAttributes(path);
    REQUIRE(image);
    return (*image)->cine;
}

CineTiming even(double rate)
{
    CineTiming timing;
    timing.framesPerSecond = rate;
    return timing;
}

} // namespace

TEST_CASE("A clip's rate is the recommended one, else its frame time, else its cine rate", "[cine]")
{
    CHECK_FALSE(timingOf(4, [](DcmDataset&) {}).isGiven());
    CHECK(timingOf(4, [](DcmDataset& d) { d.putAndInsertString(DCM_CineRate, "30"); }).framesPerSecond == 30);
    auto const precise = timingOf(4, [](DcmDataset& d) {
        d.putAndInsertString(DCM_CineRate, "30");
        d.putAndInsertString(DCM_FrameTime, "33.37");
    });
    CHECK(precise.framesPerSecond == Approx(29.967).margin(0.001));
    auto const recommended = timingOf(4, [](DcmDataset& d) {
        d.putAndInsertString(DCM_FrameTime, "20");
        d.putAndInsertString(DCM_RecommendedDisplayFrameRate, "15");
    });
    CHECK(recommended.framesPerSecond == 15);
    CHECK_FALSE(timingOf(4, [](DcmDataset& d) { d.putAndInsertString(DCM_FrameTime, "0"); }).isGiven());
    CHECK_FALSE(timingOf(1, [](DcmDataset& d) { d.putAndInsertString(DCM_FrameTime, "40"); }).isGiven());
}

TEST_CASE("A recommended rate in parts of a frame holds over times of their own, too", "[cine]")
{
    auto const timing = timingOf(4, [](DcmDataset& d) {
        d.putAndInsertString(DCM_FrameTimeVector, "0\\100\\300\\200");
        d.putAndInsertFloat32(DCM_RecommendedDisplayFrameRateInFloat, 2.5f);
    });
    CHECK(timing.framesPerSecond == Approx(2.5));
    CHECK(timing.increments.at(2) == Approx(600));
}

TEST_CASE("Frames with times of their own are shown at those times", "[cine]")
{
    auto const timing =
        timingOf(4, [](DcmDataset& d) { d.putAndInsertString(DCM_FrameTimeVector, "0\\100\\300\\200"); });
    CHECK(timing.framesPerSecond == 5);
    CineSchedule const schedule(timing, 4, 15);
    CHECK(schedule.frameAt(0) == 0);
    CHECK(schedule.frameAt(99) == 0);
    CHECK(schedule.frameAt(100) == 1);
    CHECK(schedule.frameAt(399) == 1);
    CHECK(schedule.frameAt(401) == 2);
    CHECK(schedule.frameAt(601) == 3);
    CHECK(schedule.frameAt(801) == 0);
    // Too short to be meant for these frames.
    CHECK(timingOf(4, [](DcmDataset& d) { d.putAndInsertString(DCM_FrameTimeVector, "0\\100"); }).increments.empty());
}

TEST_CASE("An hour of play is as exact as its first second", "[cine]")
{
    CineSchedule const schedule(even(29.97), 75, 15);
    double const loop = 75 * 1000 / 29.97;
    CHECK(schedule.duration() == Approx(loop));
    double const hour = 3600 * 1000.0;
    auto const loops = static_cast<long long>(hour / loop);
    for (std::size_t frame = 0; frame < 75; ++frame) {
        double const middle = static_cast<double>(loops) * loop + (static_cast<double>(frame) + 0.5) * 1000 / 29.97;
        CHECK(schedule.frameAt(middle) == frame);
    }
}

TEST_CASE("A clip may be swept there and back, its ends shown once each", "[cine]")
{
    auto const timing = timingOf(4, [](DcmDataset& d) {
        d.putAndInsertString(DCM_FrameTime, "10");
        d.putAndInsertUint16(DCM_PreferredPlaybackSequencing, 1);
    });
    REQUIRE(timing.playback == Playback::Sweeping);
    CineSchedule const schedule(timing, 4, 15);
    std::vector<std::size_t> shown;
    for (int i = 0; i < 8; ++i)
        shown.push_back(schedule.frameAt(i * 10 + 5));
    CHECK(shown == std::vector<std::size_t>{0, 1, 2, 3, 2, 1, 0, 1});
}

TEST_CASE("Trims bound what is played, and a rate is found where none is given", "[cine]")
{
    auto const timing = timingOf(6, [](DcmDataset& d) {
        d.putAndInsertString(DCM_FrameTime, "10");
        d.putAndInsertString(DCM_StartTrim, "2");
        d.putAndInsertString(DCM_StopTrim, "4");
    });
    CineSchedule const schedule(timing, 6, 15);
    CHECK(schedule.frameAt(5) == 1);
    CHECK(schedule.frameAt(25) == 3);
    CHECK(schedule.frameAt(35) == 1);
    CHECK(schedule.startOf(3) == 20);
    CHECK(schedule.startOf(0) == 0);
    CHECK(CineSchedule({}, 6, 15).meanRate() == Approx(15));
}
