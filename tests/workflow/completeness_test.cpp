#include "gateway/workflow/completeness.h"
#include "gateway/workflow/slice_gaps.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace qianli;
using namespace qianli::gateway;
using model::MissingImages;
using model::parseMissingImages;
using Verdict = Completeness::Verdict;

namespace {

struct Stack {
    std::string series = "1.2.1", number = "2", modality = "CT";
    std::string orientation = "1\\0\\0\\0\\1\\0";
    std::string acquisition = "1", imageType = "ORIGINAL\\PRIMARY\\AXIAL";
    double spacing = 1.25;
};

InstanceRecord slice(Stack const& stack, int number)
{
    InstanceRecord record;
    auto& header = record.header;
    header.seriesUid = dicom::Uid::ofKnown(stack.series);
    header.seriesNumber = stack.number;
    header.modality = stack.modality;
    header.instanceNumber = std::to_string(number);
    header.imagePosition = fmt::format("-180\\-180\\{}", -100 + stack.spacing * number);
    header.imageOrientation = stack.orientation;
    header.acquisitionNumber = stack.acquisition;
    header.imageType = stack.imageType;
    return record;
}

std::vector<InstanceRecord> slices(Stack const& stack, std::initializer_list<std::pair<int, int>> numbers)
{
    std::vector<InstanceRecord> made;
    for (auto const& [from, to] : numbers)
        for (int number = from; number <= to; ++number)
            made.push_back(slice(stack, number));
    return made;
}

std::vector<InstanceRecord> operator+(std::vector<InstanceRecord> left, std::vector<InstanceRecord> const& right)
{
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

std::string told(std::vector<InstanceRecord> const& images, std::vector<ExpectedImages> const& expected = {},
                 Parting parting = Parting::Released)
{
    auto const judged = judge(images, expected, parting);
    if (judged.verdict == Verdict::Incomplete)
        return toText(judged.missing);
    return judged.verdict == Verdict::Proven ? "proven" : "no doubt";
}

} // namespace

TEST_CASE("a CT with fewer slices than the device said lacks them, and it is told where", "[completeness]")
{
    std::vector<ExpectedImages> const of350{{"1.2.1", "1", 350}};
    CHECK(told(slices({}, {{1, 137}}), of350) == "received=137;expected=350;z=72.5..337.5;series=2;why=count");
    CHECK(told(slices({}, {{1, 350}}), of350) == "proven");
    // Sent from the other end, and from both.
    CHECK(told(slices({}, {{214, 350}}), of350) == "received=137;expected=350;z=-98.75..166.25;series=2;why=count");
    CHECK(told(slices({}, {{1, 100}, {251, 350}}), of350) ==
          "received=200;expected=350;z=26.25..212.5;series=2;why=count");
    CHECK(told(slices({}, {{1, 100}, {111, 200}}), of350) ==
          "received=190;expected=350;z=26.25..37.5,151.25..337.5;series=2;why=count");
    // With one slice there is no line to go by.
    CHECK(told(slices({}, {{7, 7}}), of350) == "received=1;expected=350;series=2;why=count");
    // A count that is exceeded, or no number of images, says nothing.
    CHECK(told(slices({}, {{1, 20}}), {{"1.2.1", "1", 1}}) == "no doubt");
    CHECK(told(slices({}, {{1, 20}}), {{"1.2.1", "1", 99'999'999}}) == "no doubt");
    CHECK(told(slices({}, {{1, 20}}), {{"1.2.9", "1", 350}}) == "no doubt");
}

TEST_CASE("slices that are missing in between are found without a count", "[completeness]")
{
    CHECK(told(slices({}, {{1, 350}})) == "no doubt");
    CHECK(told(slices({}, {{1, 40}, {51, 60}})) == "received=50;z=-48.75..-37.5;series=2;why=gap");
    CHECK(told(slices({}, {{1, 9}, {11, 19}, {21, 30}})) == "received=28;z=-87.5..-87.5,-75.0..-75.0;series=2;why=gap");
    // More places than a person reads: from the first to the last.
    auto every = slices({}, {});
    for (int number = 1; number <= 41; number += 2)
        every.push_back(slice({}, number));
    CHECK(told(every) == "received=21;z=-97.5..-50.0;series=2;why=gap");
    CHECK(told(slices({.modality = "MR"}, {{1, 10}, {12, 20}})) == "received=19;z=-86.25..-86.25;series=2;why=gap");

    SECTION("a gantry that is tilted, a sagittal stack, and one from above")
    {
        // Along the normal of the slices, not along the table.
        Stack const tilted{.orientation = "1\\0\\0\\0\\0.9396926\\-0.3420201", .spacing = 2};
        auto const judged = judge(slices(tilted, {{1, 10}, {14, 30}}), {}, Parting::Released);
        REQUIRE(judged.missing.ranges.size() == 1);
        auto const at = [&](int number) {
            return placeOfSlice(fmt::format("-180\\-180\\{}", -100 + 2 * number), tilted.orientation)->position;
        };
        CHECK(judged.missing.ranges[0].from == Approx(at(11)));
        CHECK(judged.missing.ranges[0].to == Approx(at(13)));
        Stack const down{.spacing = -5};
        CHECK(told(slices(down, {{1, 10}, {14, 30}})) == "received=27;z=-165.0..-155.0;series=2;why=gap");
    }
    SECTION("slices whose distances vary, as they do in a head")
    {
        auto head = slices({.spacing = 5}, {{1, 10}});
        for (int number = 11; number <= 20; ++number) {
            head.push_back(slice({.spacing = 5}, number));
            head.back().header.imagePosition = fmt::format("-180\\-180\\{}", -50 + 10 * (number - 10));
        }
        CHECK(told(head) == "no doubt");
        head.erase(head.begin() + 14); // number 15
        CHECK(told(head) == "received=19;z=0.0..0.0;series=2;why=gap");
    }
    SECTION("without numbers a CT's distances decide, an MR's don't")
    {
        auto const withoutNumbers = [](std::string const& modality) {
            auto images = slices({.modality = modality}, {{1, 10}, {13, 30}});
            for (auto& image : images)
                image.header.instanceNumber = "";
            return told(images);
        };
        CHECK(withoutNumbers("CT") == "received=28;z=-86.25..-85.0;series=2;why=gap");
        CHECK(withoutNumbers("MR") == "no doubt");
    }
    SECTION("a scan that goes over the same places several times")
    {
        auto perfusion = slices({}, {});
        for (int number = 1; number <= 40; ++number)
            if (number != 18) {
                perfusion.push_back(slice({}, number));
                perfusion.back().header.imagePosition = fmt::format("-180\\-180\\{}", (number - 1) % 8 * 10);
            }
        CHECK(told(perfusion) == "received=39;z=10.0..10.0;series=2;why=gap");
    }
}

TEST_CASE("what is no gap is not taken for one", "[completeness]")
{
    // Blocks of one orientation with room between them, numbered without a hole.
    auto blocks = slices({.modality = "MR"}, {{1, 5}});
    for (int number = 6; number <= 10; ++number) {
        blocks.push_back(slice({.modality = "MR"}, number));
        blocks.back().header.imagePosition = fmt::format("-180\\-180\\{}", 200 + 5 * number);
    }
    CHECK(told(blocks) == "no doubt");
    // Two reconstructions share the numbers.
    Stack const odd{.series = "1.2.1", .number = "2"}, even{.series = "1.2.2", .number = "3"};
    std::vector<InstanceRecord> shared;
    for (int number = 1; number <= 40; ++number)
        shared.push_back(slice(number % 2 == 0 ? even : odd, number));
    CHECK(told(shared) == "no doubt");
    // Numbers that jump where the slices lie side by side.
    auto jumping = slices({}, {{1, 10}});
    for (int number = 11; number <= 20; ++number) {
        jumping.push_back(slice({}, number));
        jumping.back().header.instanceNumber = std::to_string(number + 90);
    }
    CHECK(told(jumping) == "no doubt");
    // X-rays that somebody did not keep; key images; what has no place.
    auto const dx = [](int number) {
        auto image = slice({.modality = "DX"}, number);
        image.header.imagePosition = image.header.imageOrientation = "";
        return image;
    };
    CHECK(told({dx(1), dx(2), dx(4), dx(7), dx(8)}) == "no doubt");
    CHECK(told(slices({}, {{3, 3}, {90, 90}, {170, 170}})) == "no doubt");
    auto screens = slices({}, {{1, 5}, {8, 12}});
    for (auto& image : screens)
        image.header.imagePosition = "";
    CHECK(told(screens) == "no doubt");
}

TEST_CASE("what a device counts is understood", "[completeness]")
{
    // Two acquisitions in a series, numbered on.
    auto const second = Stack{.acquisition = "2"};
    std::vector<ExpectedImages> const both{{"1.2.1", "1", 20}, {"1.2.1", "2", 30}};
    CHECK(told(slices({}, {{1, 20}}) + slices(second, {{21, 50}}), both) == "proven");
    CHECK(told(slices({}, {{1, 20}}) + slices(second, {{21, 45}}), both).starts_with("received=25;expected=30;"));
    // 60 and 40 of two acquisitions of 100 each are not a series of 100.
    std::vector<ExpectedImages> const hundreds{{"1.2.1", "1", 100}, {"1.2.1", "2", 100}};
    auto const parts = slices({}, {{1, 60}}) + slices(second, {{61, 100}});
    CHECK(told(parts, hundreds) == "no doubt");
    CHECK(told(parts, hundreds, Parting::CutOff) == "received=100;why=broke-off");
    // Each slice an acquisition, and the number that of the series.
    std::vector<InstanceRecord> rotations;
    std::vector<ExpectedImages> ofSeries;
    for (int number = 1; number <= 12; ++number) {
        rotations.push_back(slice({.acquisition = std::to_string(number)}, number));
        ofSeries.push_back({"1.2.1", std::to_string(number), 12});
    }
    CHECK(told(rotations, ofSeries) == "proven");
    rotations.pop_back();
    CHECK(told(rotations, ofSeries) == "received=11;expected=12;z=-85.0..-85.0;series=2;why=count");
    // One acquisition that became two series, counted together.
    Stack const thick{.series = "1.2.2", .number = "3", .spacing = 5};
    std::vector<ExpectedImages> const together{{"1.2.1", "1", 50}, {"1.2.2", "1", 50}};
    CHECK(told(slices({}, {{1, 40}}) + slices(thick, {{1, 10}}), together) == "no doubt");
    CHECK(told(slices({}, {{1, 40}}) + slices(thick, {{1, 9}}), together).starts_with("received=49;expected=100"));
    // Frames are images.
    auto enhanced = slice({}, 1);
    enhanced.header.numberOfFrames = "120";
    enhanced.header.imagePosition = "";
    CHECK(told({enhanced}, {{"1.2.1", "1", 120}}) == "proven");
    // Several series lack something: the worst one says where.
    CHECK(told(slices({}, {{1, 40}}) + slices(thick, {{1, 5}}), {{"1.2.1", "1", 50}, {"1.2.2", "1", 60}}) ==
          "received=45;expected=110;z=-70.0..200.0;series=2,3;why=count");
}

TEST_CASE("how the sender left counts where nothing else is known", "[completeness]")
{
    auto const half = slices({}, {{1, 137}});
    CHECK(told(half, {}, Parting::Unknown) == "no doubt");
    CHECK(told(half, {}, Parting::Released) == "no doubt");
    CHECK(told(half, {}, Parting::CutOff) == "received=137;why=broke-off");
    CHECK(told(half, {}, Parting::InObject) == "received=137;why=broke-off");
    // As many as the device said: it went away after the last one.
    CHECK(told(half, {{"1.2.1", "1", 137}}, Parting::CutOff) == "proven");
    // There was another object, so there is another series.
    CHECK(told(half, {{"1.2.1", "1", 137}}, Parting::InObject) == "received=137;why=broke-off");
    CHECK(told(half, {{"1.2.1", "1", 350}}, Parting::CutOff).starts_with("received=137;expected=350;z="));

    Stack const scout{.series = "1.2.0", .number = "1", .imageType = "ORIGINAL\\PRIMARY\\LOCALIZER"};
    CHECK(told(slices(scout, {{1, 2}})) == "received=2;why=localizer-only");
    CHECK(told(slices(scout, {{1, 2}}) + half) == "no doubt");
    CHECK(told(slices(scout, {{1, 2}}) + half, {}, Parting::CutOff) == "received=139;why=broke-off");
    CHECK(told({}) == "no doubt");
}

TEST_CASE("what is missing survives its text form and reads well", "[completeness]")
{
    MissingImages missing;
    missing.received = 137;
    missing.expected = 350;
    missing.ranges = {{-12.5, 310}};
    missing.series = {"2", ""};
    CHECK(toText(missing) == "received=137;expected=350;z=-12.5..310.0;series=2;why=count");
    CHECK(inWords(missing) == "137 of 350 images; missing from -12.5 to 310.0 mm (series 2)");
    missing.series = {"2"};
    CHECK(parseMissingImages(toText(missing)) == missing);
    CHECK(inWords(missing) == "137 of 350 images; missing from -12.5 to 310.0 mm (series 2)");
    CHECK(inChinese(missing) == "已收137/350幅，缺-12.5～310.0 mm（序列2）");
    missing.why = MissingImages::Why::BrokeOff;
    missing.expected.reset();
    missing.ranges = {{1, 1}, {5, 6.25}};
    CHECK(parseMissingImages(toText(missing)) == missing);
    CHECK(inWords(missing) == "137 images; missing at 1.0 mm, from 5.0 to 6.25 mm; the sender was cut off (series 2)");
    CHECK(parseMissingImages("received=3;expected=4;more=later")->expected == 4);
    for (char const* const text : {"", "received=", "received=x", "received=1;z=5", "received=1;z=a..b", "z=1..2"})
        CHECK_FALSE(parseMissingImages(text));
}
