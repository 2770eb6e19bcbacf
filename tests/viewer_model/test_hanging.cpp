// What comes onto the screen first.
#include "tests/viewer_model/sample_image.h"
#include "viewer/model/hanging.h"

#include <catch2/catch.hpp>

#include <functional>

using namespace qianli;
using namespace qianli::viewer;

namespace {

using Objects = std::vector<std::shared_ptr<ImageAttributes const>>;

// A series of `count` pictures 5 mm apart.
void add(Objects& objects, int number, char const* modality, int count,
         std::function<void(ImageAttributes&)> const& change = {})
{
    for (int i = 0; i < count; ++i) {
        auto image = test::makeSlice(100 * number + i, i * 5.0);
        image->series.uid = dicom::Uid::ofKnown("1.2.2." + std::to_string(number));
        image->series.number = number;
        image->series.modality = modality;
        if (change)
            change(*image);
        objects.push_back(image);
    }
}

std::vector<int> order(Objects const& objects, bool isComplete = true)
{
    auto const studies = arrange(objects);
    std::vector<int> numbers;
    for (auto const& hung : hangingOrder(studies[0], isComplete))
        numbers.push_back(hung.series->identity.number);
    return numbers;
}

void localizer(ImageAttributes& image)
{
    image.imageType = "ORIGINAL\\PRIMARY\\LOCALIZER";
}

void capture(ImageAttributes& image)
{
    image.sopClassUid = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.7");
    image.frames[0].plane.reset();
}

void withoutPixels(ImageAttributes& image)
{
    image.frameCount = 0;
    image.sopClassUid = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.88.11");
}

} // namespace

TEST_CASE("Slices hang before dose sheets and captures, a localizer never", "[hanging]")
{
    Objects objects;
    add(objects, 1, "CT", 2, localizer);
    add(objects, 2, "CT", 1, capture);
    add(objects, 3, "CT", 30);
    add(objects, 4, "CT", 30);
    CHECK(order(objects) == std::vector{3, 4, 2});
    auto const studies = arrange(objects);
    auto const first = hangingOrder(studies[0], true).front();
    CHECK(first.isMain);
    CHECK_FALSE(isRadiograph(first));
    CHECK_FALSE(isRadiograph(hangingOrder(studies[0], true)[2])); // no CT hangs two by two
}

TEST_CASE("A localizer or a document hangs alone only when nothing else will come", "[hanging]")
{
    Objects objects;
    add(objects, 1, "MR", 3, localizer);
    add(objects, 2, "SR", 1, withoutPixels);
    CHECK(order(objects, false).empty());
    CHECK(order(objects, true) == std::vector{1, 2});
    add(objects, 3, "MR", 20);
    CHECK(order(objects, true) == std::vector{3});
}

TEST_CASE("Phases hang in their order", "[hanging]")
{
    Objects objects;
    for (int const phase : {2, 1})
        add(objects, 5, "CT", 6, [phase](ImageAttributes& image) {
            image.instanceNumber += 50 * phase;
            image.sopInstanceUid = dicom::Uid::ofKnown("1.2.7." + std::to_string(image.instanceNumber));
            image.frames[0].description.temporalPosition = phase;
        });
    auto const studies = arrange(objects);
    auto const hung = hangingOrder(studies[0], true);
    REQUIRE(hung.size() == 2);
    CHECK(hung[0].stack->label.chinese == "期相 1/2");
}

TEST_CASE("Radiographs of a case may hang side by side", "[hanging]")
{
    Objects objects;
    add(objects, 1, "DX", 1);
    add(objects, 2, "DX", 1);
    auto const studies = arrange(objects);
    auto const hung = hangingOrder(studies[0], true);
    REQUIRE(hung.size() == 2);
    CHECK(isRadiograph(hung[0]));
    CHECK(isRadiograph(hung[1]));
}

TEST_CASE("Two slices are no stack to begin with, of whatever machine for cross sections", "[hanging]")
{
    char const* const modality = GENERATE("CT", "MR", "PT");
    INFO(modality);
    Objects objects;
    add(objects, 1, modality, 2);
    add(objects, 2, modality, 3);
    CHECK(order(objects) == std::vector{2, 1});
    auto const studies = arrange(objects);
    auto const hung = hangingOrder(studies[0], true);
    CHECK(hung[0].isMain);
    CHECK_FALSE(hung[1].isMain);
}

TEST_CASE("Documents never hang two by two as radiographs do", "[hanging]")
{
    Objects objects;
    add(objects, 1, "SR", 1, withoutPixels);
    add(objects, 2, "SR", 1, withoutPixels);
    auto const studies = arrange(objects);
    auto const hung = hangingOrder(studies[0], true);
    REQUIRE(hung.size() == 2);
    CHECK_FALSE(isRadiograph(hung[0]));
}

TEST_CASE("A capture of the screen hangs behind the picture it was taken of, of whatever machine", "[hanging]")
{
    Objects objects;
    add(objects, 1, "DX", 1, capture);
    add(objects, 2, "DX", 1, [](ImageAttributes& image) { image.frames[0].plane.reset(); });
    CHECK(order(objects) == std::vector{2, 1});
}
