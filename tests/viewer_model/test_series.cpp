// The order in which a reader scrolls.
#include "tests/viewer_model/sample_image.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace qianli;
using namespace qianli::viewer;

namespace {

using Objects = std::vector<std::shared_ptr<ImageAttributes const>>;

std::vector<int> instances(Stack const& stack)
{
    std::vector<int> numbers;
    for (auto const& entry : stack.entries)
        numbers.push_back(entry.image->instanceNumber);
    return numbers;
}

} // namespace

TEST_CASE("Slices are ordered by place, whatever order they came in", "[series]")
{
    Objects const objects{test::makeSlice(3, 30), test::makeSlice(1, 10), test::makeSlice(2, 20)};
    auto const studies = arrange(objects);
    REQUIRE(studies.size() == 1);
    auto const& stack = studies[0].series[0].stacks[0];
    CHECK(stack.kind == StackKind::Slices);
    CHECK(instances(stack) == std::vector{1, 2, 3});
}

TEST_CASE("The order runs the way the technician scanned, and place beats a wrong instance number", "[series]")
{
    Objects const objects{test::makeSlice(1, 40), test::makeSlice(4, 20), test::makeSlice(3, 30),
                          test::makeSlice(5, 10)};
    CHECK(instances(arrange(objects)[0].series[0].stacks[0]) == std::vector{1, 3, 4, 5});
    Objects const swapped{test::makeSlice(1, 40), test::makeSlice(3, 20), test::makeSlice(2, 10),
                          test::makeSlice(4, 0)};
    CHECK(instances(arrange(swapped)[0].series[0].stacks[0]) == std::vector{1, 3, 2, 4});
}

TEST_CASE("Localizers stand apart, at the end", "[series]")
{
    auto scout = test::makeSlice(1, 500);
    scout->imageType = "ORIGINAL\\PRIMARY\\LOCALIZER";
    Objects const objects{scout, test::makeSlice(2, 10), test::makeSlice(3, 20)};
    auto const stacks = arrange(objects)[0].series[0].stacks;
    REQUIRE(stacks.size() == 2);
    CHECK(instances(stacks[0]) == std::vector{2, 3});
    CHECK(stacks[1].kind == StackKind::Localizer);
}

TEST_CASE("Two acquisitions of the same places are two stacks", "[series]")
{
    Objects objects;
    for (int i = 0; i < 3; ++i) {
        auto first = test::makeSlice(i + 1, i * 5.0);
        first->acquisitionNumber = 1;
        auto second = test::makeSlice(i + 11, i * 5.0);
        second->acquisitionNumber = 2;
        objects.push_back(first);
        objects.push_back(second);
    }
    auto const stacks = arrange(objects)[0].series[0].stacks;
    REQUIRE(stacks.size() == 2);
    CHECK(instances(stacks[0]) == std::vector{1, 2, 3});
    CHECK(instances(stacks[1]) == std::vector{11, 12, 13});
}

TEST_CASE("Frames of a cine are one stack in time, and documents are no pictures", "[series]")
{
    auto cine = test::makeSlice(1, 0);
    cine->frameCount = 5;
    auto report = test::makeSlice(2, 0);
    report->frameCount = 0;
    auto const series = arrange({cine, report})[0].series[0];
    REQUIRE(series.stacks.size() == 2);
    CHECK(series.stacks[1].kind == StackKind::Document);
    CHECK(series.pictureCount() == 5);
    CHECK(series.stacks[0].kind == StackKind::Cine);
    CHECK(series.stacks[0].entries.size() == 5);
    CHECK(series.stacks[0].entries[4].frame == 4);
    CHECK(series.documents.size() == 1);
}

TEST_CASE("An object sent twice is shown once; series are in order; two patients in one study raise the flag",
          "[series]")
{
    auto const one = test::makeSlice(1, 0);
    auto other = test::makeSlice(2, 5);
    other->series.uid = dicom::Uid::ofKnown("1.2.0");
    other->series.number = -1;
    auto const studies = arrange({one, one, other});
    REQUIRE(studies[0].series.size() == 2);
    CHECK(studies[0].series[0].identity.number == -1);
    CHECK(studies[0].series[1].pictureCount() == 1);
    CHECK_FALSE(studies[0].patientsDiffer);
    other->patient.id = "another";
    CHECK(arrange({one, other})[0].patientsDiffer);
}

TEST_CASE("One UID for all slices of a scan, or for both views of a chest, loses none of them", "[series]")
{
    auto const same = dicom::Uid::ofKnown("1.2.3");
    Objects objects;
    for (int i = 0; i < 4; ++i) {
        auto slice = test::makeSlice(1, i * 5.0);
        slice->sopInstanceUid = same;
        objects.push_back(slice);
    }
    objects.push_back(objects.front());
    CHECK(arrange(objects)[0].series[0].stacks[0].entries.size() == 4);

    Objects views;
    for (int i = 1; i <= 2; ++i) {
        auto view = test::makeSlice(i, 0);
        view->sopInstanceUid = same;
        view->frames[0].plane.reset();
        views.push_back(view);
    }
    CHECK(instances(arrange(views)[0].series[0].stacks[0]) == std::vector{1, 2});
}
