// Phases, echoes, reconstructions, doubles and planning pictures of one series: stacks of their own, each with a name.
#include "tests/viewer_model/sample_image.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <functional>

using namespace qianli;
using namespace qianli::viewer;

namespace {

using Objects = std::vector<std::shared_ptr<ImageAttributes const>>;
using Change = std::function<void(ImageAttributes&)>;

// Slices every 5 mm from `from`, numbered on from `instance`.
void scan(Objects& objects, int instance, int count, Change const& change = {}, double from = 0, double distance = 5)
{
    for (int i = 0; i < count; ++i) {
        auto slice = test::makeSlice(instance + i, from + i * distance);
        slice->series.modality = "CT";
        if (change)
            change(*slice);
        objects.push_back(slice);
    }
}

SliceDescription& description(ImageAttributes& image)
{
    return image.frames[0].description;
}

std::vector<Stack> stacksOf(Objects const& objects)
{
    auto const studies = arrange(objects);
    REQUIRE(studies.size() == 1);
    REQUIRE(studies[0].series.size() == 1);
    std::size_t all = 0;
    for (auto const& stack : studies[0].series[0].stacks)
        all += stack.entries.size();
    CHECK(all == objects.size()); // no picture is lost, whatever stack it is in
    return studies[0].series[0].stacks;
}

std::vector<std::string> labels(std::vector<Stack> const& stacks)
{
    std::vector<std::string> words;
    for (auto const& stack : stacks)
        words.push_back(stack.label.chinese);
    return words;
}

std::vector<int> instances(Stack const& stack)
{
    std::vector<int> numbers;
    for (auto const& entry : stack.entries)
        numbers.push_back(entry.image->instanceNumber);
    return numbers;
}

using Words = std::vector<std::string>;

} // namespace

TEST_CASE("One scan has one stack without a name", "[stacks]")
{
    Objects objects;
    scan(objects, 1, 5);
    auto const stacks = stacksOf(objects);
    REQUIRE(stacks.size() == 1);
    CHECK(stacks[0].kind == StackKind::Slices);
    CHECK(stacks[0].label.empty());
}

TEST_CASE("What tells pictures of the same places apart names their stacks", "[stacks]")
{
    struct Case {
        std::vector<Change> changes; // of one scan each
        Words labels;
    };
    auto const kernel = [](char const* name) { return [name](ImageAttributes& i) { description(i).kernel = name; }; };
    auto const echo = [](double te) { return [te](ImageAttributes& i) { description(i).echoTime = te; }; };
    auto const diffusion = [](double b) { return [b](ImageAttributes& i) { description(i).bValue = b; }; };
    auto const phase = [](int n) { return [n](ImageAttributes& i) { description(i).temporalPosition = n; }; };
    auto const acquisition = [](int n) {
        return [n](ImageAttributes& i) { i.acquisitionNumber = description(i).acquisitionNumber = n; };
    };
    auto const type = [](char const* t) { return [t](ImageAttributes& i) { description(i).frameType = t; }; };
    auto const agent = [](char const* t) { return [t](ImageAttributes& i) { description(i).contrast = t; }; };
    auto const energy = [](double kv) { return [kv](ImageAttributes& i) { description(i).kvp = kv; }; };
    Case const cases[] = {{{kernel("B30f"), kernel("B60f")}, {"B30f", "B60f"}},
                          {{echo(90), echo(14)}, {"TE 14", "TE 90"}},
                          {{diffusion(0), diffusion(1000)}, {"b 0", "b 1000"}},
                          {{phase(1), phase(2), phase(3)}, {"期相 1/3", "期相 2/3", "期相 3/3"}},
                          {{acquisition(2), acquisition(5)}, {"采集 1/2", "采集 2/2"}},
                          {{type("ORIGINAL\\PRIMARY\\M\\ND"), type("ORIGINAL\\PRIMARY\\P\\ND")}, {"幅值", "相位"}},
                          {{type("ORIGINAL\\PRIMARY\\AXIAL"), type("DERIVED\\SECONDARY\\AXIAL")}, {"后处理", "原始"}},
                          {{agent(""), agent("Ultravist")}, {"平扫", "增强"}},
                          {{energy(140), energy(80)}, {"80 kV", "140 kV"}}};
    for (auto const& one : cases) {
        Objects objects;
        for (std::size_t i = 0; i < one.changes.size(); ++i)
            scan(objects, static_cast<int>(100 * i + 1), 6, one.changes[i]);
        std::reverse(objects.begin(), objects.end());
        auto const stacks = stacksOf(objects);
        CHECK(labels(stacks) == one.labels);
        for (auto const& stack : stacks) {
            CHECK(stack.kind == StackKind::Slices);
            CHECK(stack.entries.size() == 6);
            // All of one scan, in the order of their places.
            CHECK(stack.entries[5].image->instanceNumber == stack.entries[0].image->instanceNumber + 5);
        }
    }
}

TEST_CASE("Slices that don't say how thick they are have no thickness in their name", "[stacks]")
{
    Objects objects;
    scan(objects, 1, 6, [](ImageAttributes& image) { image.frames[0].sliceThickness = 5; });
    scan(objects, 101, 6, [](ImageAttributes& image) { image.frames[0].sliceThickness = 0; });
    for (auto const& label : labels(stacksOf(objects))) {
        CAPTURE(label);
        CHECK((label == "层厚 5" || label == "层厚未说明"));
    }
}

TEST_CASE("Two things that differ are both named", "[stacks]")
{
    Objects objects;
    for (int phase = 1; phase <= 2; ++phase)
        for (double const te : {10.0, 20.0})
            scan(objects, phase * 100 + static_cast<int>(te), 6, [=](ImageAttributes& image) {
                description(image).echoTime = te;
                description(image).temporalPosition = phase;
            });
    CHECK(labels(stacksOf(objects)) == Words{"TE 10 期相 1/2", "TE 10 期相 2/2", "TE 20 期相 1/2", "TE 20 期相 2/2"});
}

TEST_CASE("Phases of different reach are told apart, and so are scans that lie between each other", "[stacks]")
{
    auto const acquisition = [](int number) {
        return [number](ImageAttributes& image) {
            image.acquisitionNumber = description(image).acquisitionNumber = number;
        };
    };
    Objects reach;
    scan(reach, 1, 8, acquisition(1));
    scan(reach, 101, 8, acquisition(2), 20);
    CHECK(labels(stacksOf(reach)) == Words{"采集 1/2", "采集 2/2"});

    Objects shifted; // the second scan began 2 mm further on: 0, 2, 5, 7, 10 … would jump to and fro
    scan(shifted, 1, 8, acquisition(1));
    scan(shifted, 101, 8, acquisition(2), 2);
    CHECK(stacksOf(shifted).size() == 2);

    Objects concatenated; // an MR scan in two halves, every other slice in each, is one
    scan(concatenated, 1, 8, acquisition(1), 0, 10);
    scan(concatenated, 101, 8, acquisition(2), 5, 10);
    auto const one = stacksOf(concatenated);
    REQUIRE(one.size() == 1);
    CHECK(one[0].entries.size() == 16);

    Objects kernels; // but two reconstructions never are
    scan(
        kernels, 1, 8, [](ImageAttributes& image) { description(image).kernel = "B30f"; }, 0, 10);
    scan(
        kernels, 101, 8, [](ImageAttributes& image) { description(image).kernel = "B60f"; }, 5, 10);
    CHECK(labels(stacksOf(kernels)) == Words{"B30f", "B60f"});
}

TEST_CASE("A head in thin and thick slices one above the other stays one stack", "[stacks]")
{
    Objects objects;
    scan(objects, 1, 6, [](ImageAttributes& image) {
        image.frames[0].sliceThickness = 5;
        image.acquisitionNumber = description(image).acquisitionNumber = 1;
    });
    scan(
        objects, 7, 6,
        [](ImageAttributes& image) {
            image.frames[0].sliceThickness = 10;
            image.acquisitionNumber = description(image).acquisitionNumber = 2;
        },
        35, 10);
    CHECK(stacksOf(objects).size() == 1);
}

TEST_CASE("Places that recur without telling why are told apart by their turn", "[stacks]")
{
    Objects objects;
    scan(objects, 1, 4);
    scan(objects, 5, 4);
    auto const stacks = stacksOf(objects);
    CHECK(labels(stacks) == Words{"同层 1/2", "同层 2/2"});
    CHECK(instances(stacks[0]) == std::vector{1, 2, 3, 4});
    CHECK(instances(stacks[1]) == std::vector{5, 6, 7, 8});

    Objects echoes; // two of each place, one after the other
    for (int i = 0; i < 4; ++i) {
        scan(echoes, 2 * i + 1, 1, {}, 5.0 * i);
        scan(echoes, 2 * i + 2, 1, {}, 5.0 * i);
    }
    CHECK(instances(stacksOf(echoes)[1]) == std::vector{2, 4, 6, 8});
}

TEST_CASE("A time that is every slice's own tells no two scans apart", "[stacks]")
{
    Objects objects;
    for (int scanned = 0; scanned < 2; ++scanned)
        scan(objects, 10 * scanned + 1, 4, [](ImageAttributes& image) {
            description(image).acquisitionTime = std::to_string(101000 + image.instanceNumber);
        });
    CHECK(labels(stacksOf(objects)) == Words{"同层 1/2", "同层 2/2"});
}

TEST_CASE("Two planes of one name are numbered", "[stacks]")
{
    auto const turned = [](double degrees) {
        return [degrees](ImageAttributes& image) {
            double const angle = degrees * 3.14159265358979 / 180;
            image.frames[0].plane->column = {0, std::cos(angle), std::sin(angle)};
        };
    };
    Objects objects;
    scan(objects, 1, 4, turned(10));
    scan(objects, 11, 4, turned(20));
    CHECK(labels(stacksOf(objects)) == Words{"轴位 组 1/2", "轴位 组 2/2"});
}

TEST_CASE("One slice that was repeated does not take the volume apart", "[stacks]")
{
    Objects objects;
    scan(objects, 1, 10);
    scan(objects, 11, 1, {}, 20);
    auto const stacks = stacksOf(objects);
    REQUIRE(stacks.size() == 2);
    CHECK(stacks[0].kind == StackKind::Slices);
    CHECK(stacks[0].entries.size() == 10);
    CHECK(instances(stacks[1]) == std::vector{11});
}

TEST_CASE("Places that recur without any rule are shown by instance number", "[stacks]")
{
    Objects objects; // a needle watched on its way
    int instance = 1;
    for (double const z : {0.0, 5.0, 0.0, 0.0, 5.0, 10.0, 0.0, 5.0})
        scan(objects, instance++, 1, {}, z);
    auto const stacks = stacksOf(objects);
    REQUIRE(stacks.size() == 1);
    CHECK(stacks[0].kind == StackKind::Images);
    CHECK(instances(stacks[0]) == std::vector{1, 2, 3, 4, 5, 6, 7, 8});
    Objects still; // and one place watched over time
    for (int i = 1; i <= 6; ++i)
        scan(still, i, 1, {}, 30);
    CHECK(stacksOf(still)[0].kind == StackKind::Images);
}

TEST_CASE("A scan that was sent twice under other UIDs is shown once, and its double is named", "[stacks]")
{
    Objects objects;
    auto const made = [](ImageAttributes& image) {
        image.contentTime = "101010";
        description(image).acquisitionTime = "101009";
    };
    scan(objects, 1, 5, made);
    scan(objects, 1, 5, [&](ImageAttributes& image) {
        made(image);
        image.sopInstanceUid = dicom::Uid::ofKnown("1.2.9." + std::to_string(image.instanceNumber));
    });
    auto const stacks = stacksOf(objects);
    CHECK(labels(stacks) == Words{"", "重复"});
    CHECK(stacks[0].kind == StackKind::Slices);
    CHECK(stacks[0].entries.size() == 5);

    Objects timeless; // nobody knows whether they are the same
    scan(timeless, 1, 5);
    scan(timeless, 1, 5, [](ImageAttributes& image) {
        image.sopInstanceUid = dicom::Uid::ofKnown("1.2.9." + std::to_string(image.instanceNumber));
    });
    CHECK(labels(stacksOf(timeless)) == Words{"同层 1/2", "同层 2/2"});
}

TEST_CASE("The beating heart is watched place by place, in time", "[stacks]")
{
    Objects objects;
    int instance = 1;
    for (int place = 0; place < 3; ++place)
        for (int moment = 0; moment < 20; ++moment)
            scan(
                objects, instance++, 1,
                [=](ImageAttributes& image) { description(image).triggerTime = moment * 40 + place; }, place * 8.0);
    auto const stacks = stacksOf(objects);
    CHECK(labels(stacks) == Words{"层 1/3", "层 2/3", "层 3/3"});
    CHECK(stacks[1].kind == StackKind::Images);
    CHECK(stacks[1].entries.size() == 20);
    CHECK(instances(stacks[1]).front() == 21);

    Objects few; // four moments of many places are phases
    instance = 1;
    for (int place = 0; place < 10; ++place)
        for (int moment = 0; moment < 4; ++moment)
            scan(
                few, instance++, 1,
                [=](ImageAttributes& image) { description(image).triggerTime = moment * 200 + place; }, place * 8.0);
    CHECK(labels(stacksOf(few)) == Words{"时相 1/4", "时相 2/4", "时相 3/4", "时相 4/4"});
}

TEST_CASE("A stack never mixes planes, matrices, pixel sizes, colours or frames of reference", "[stacks]")
{
    struct Case {
        Change change;
        Words labels;
    };
    Case const cases[] = {
        {[](auto& i) {
             i.frames[0].plane->column = {0, 0, -1};
         },
         {"轴位", "冠状"}},
        {[](auto& i) { i.format.rows = i.format.columns = 4; }, {"2×2", "4×4"}},
        {[](auto& i) { i.frames[0].spacing->betweenRows = i.frames[0].spacing->betweenColumns = 0.5; },
         {"像素 1 mm", "像素 0.5 mm"}},
        {[](auto& i) { i.format.samplesPerPixel = 3; }, {"灰度", "彩色"}},
        {[](auto& i) { i.frameOfReferenceUid = dicom::Uid::ofKnown("1.2.3"); }, {"坐标系 1/2", "坐标系 2/2"}}};
    for (auto const& one : cases) {
        Objects objects;
        scan(objects, 1, 4);
        scan(objects, 11, 4, one.change, 100); // never the places of the first
        auto const stacks = stacksOf(objects);
        CHECK(labels(stacks) == one.labels);
        CHECK(instances(stacks[0]) == std::vector{1, 2, 3, 4});
    }
}

TEST_CASE("Planning pictures stand last, also where only the series is named so", "[stacks]")
{
    Objects objects;
    auto const scout = [](ImageAttributes& image) {
        image.frames[0].description.frameType = "ORIGINAL\\PRIMARY\\LOCALIZER";
    };
    scan(objects, 1, 1, scout, 500);
    scan(objects, 2, 5);
    auto const stacks = stacksOf(objects);
    REQUIRE(stacks.size() == 2);
    CHECK(stacks[1].kind == StackKind::Localizer);
    CHECK(stacks[1].label.chinese == "定位像");

    for (char const* name : {"3-Plane Localizer", "survey", "头部定位像", "Topogram 0.6"}) {
        Objects named;
        scan(named, 1, 5, [name](ImageAttributes& image) {
            image.series.modality = "MR";
            image.series.description = name;
        });
        CHECK(stacksOf(named)[0].kind == StackKind::Localizer);
    }
    Objects wholeBody;
    scan(wholeBody, 1, 60, [](ImageAttributes& image) { image.series.description = "Localizer low dose body"; });
    CHECK(stacksOf(wholeBody)[0].kind == StackKind::Slices);
}

TEST_CASE("Frames that all lie in one place are a film; frames in many are slices", "[stacks]")
{
    auto const enhanced = [](int frames, double distance) {
        auto image = test::makeSlice(1, 0);
        image->frameCount = static_cast<std::uint32_t>(frames);
        image->frames.assign(static_cast<std::size_t>(frames), image->frames.front());
        for (int i = 0; i < frames; ++i)
            image->frames[static_cast<std::size_t>(i)].plane->position.z = i * distance;
        return image;
    };
    auto const kind = [](std::shared_ptr<ImageAttributes const> const& image) {
        return arrange({image})[0].series[0].stacks[0].kind;
    };
    CHECK(kind(enhanced(10, 0)) == StackKind::Cine);
    CHECK(kind(enhanced(10, 3)) == StackKind::Slices);
    auto const lost = enhanced(10, 3);
    for (auto& frame : lost->frames)
        frame.plane.reset();
    CHECK(kind(lost) == StackKind::Cine);
}

TEST_CASE("Frames of an enhanced object are split like files", "[stacks]")
{
    auto image = test::makeSlice(1, 0);
    image->frameCount = 12;
    image->frames.assign(12, image->frames.front());
    for (std::size_t i = 0; i < 12; ++i) {
        image->frames[i].plane->position.z = 3.0 * static_cast<double>(i / 2);
        image->frames[i].description.dimensions = {static_cast<std::uint32_t>(i % 2 + 1)};
    }
    auto const stacks = arrange({image})[0].series[0].stacks;
    CHECK(labels(stacks) == Words{"组 1/2", "组 2/2"});
    CHECK(stacks[1].entries[0].frame == 1);
    CHECK(stacks[1].entries[5].frame == 11);
}

TEST_CASE("A stack knows its pictures after it was told from another", "[stacks]")
{
    Objects objects;
    scan(objects, 1, 5);
    auto const before = stacksOf(objects)[0];
    scan(objects, 11, 5);
    auto const after = stacksOf(objects);
    CHECK(after[0].holds(before.entries[2]));
    CHECK_FALSE(after[1].holds(before.entries[2]));
}
