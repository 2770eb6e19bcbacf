// What the corners say of where slices lie.
#include "tests/support/support.h"
#include "tests/support/volume_phantom.h"
#include "tests/viewer_model/sample_image.h"
#include "viewer/model/corner_text.h"
#include "viewer/model/geometry_text.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;
using test::PhantomShape;
using test::VolumePhantom;

namespace {

// Of the middle slice.
CornerText cornersOf(PhantomShape shape, Language language = Language::Chinese)
{
    test::TemporaryFolder const folder;
    std::vector<std::shared_ptr<ImageAttributes const>> objects;
    for (auto const& file : VolumePhantom(shape).write(folder.path()))
        objects.push_back(loadImageAttributes(file).value());
    auto studies = arrange(objects);
    measureStacks(studies);
    Stack stack = studies[0].series[0].stacks[0];
    stack.label = {"期相 2/3", "phase 2/3"};
    ViewState state;
    state.index = 12;
    return cornerText(stack, state, nullptr, QSizeF(500, 500), {}, language);
}

} // namespace

TEST_CASE("The corners say thickness, place, tilt, uneven distances, missing slices and which stack it is", "[corner]")
{
    auto const straight = cornersOf(PhantomShape::Straight);
    CHECK(straight.bottomLeft == QStringList{"13/24", "层厚 2 mm  位置 144"});
    CHECK(straight.topRight.contains("期相 2/3"));
    // 120 + 24 slices: the tilted slice cuts the patient's axis where the table stands, whatever its corner says.
    auto const tilted = cornersOf(PhantomShape::TiltedFound);
    REQUIRE(tilted.bottomLeft.size() == 3);
    CHECK(tilted.bottomLeft[2] == "机架倾斜 15°");
    double const along = 143 + 1 / std::cos(15 * 3.14159265 / 180) - 31 * std::tan(15 * 3.14159265 / 180);
    CHECK(tilted.bottomLeft[1] == QString("层厚 2 mm  位置 %1").arg(along, 0, 'f', 1));
    CHECK(cornersOf(PhantomShape::Uneven).bottomLeft[2] == "层距不均 1.4–2.6 mm");
    CHECK(cornersOf(PhantomShape::WithGaps).bottomLeft[2] == "缺层：9–10、14–15 之间");
    CHECK(cornersOf(PhantomShape::WithGaps, Language::English).bottomLeft[2] == "slices missing: 9–10, 14–15");
    CHECK(cornersOf(PhantomShape::Straight, Language::English).topRight.contains("phase 2/3"));
}

TEST_CASE("Slices that overlap say how far apart they are", "[corner]")
{
    StackGeometry geometry;
    geometry.spacing = 0.8;
    CHECK(geometryLines(geometry, Language::Chinese).empty());
    CHECK(geometryWarning(geometry, Language::Chinese).empty());
    geometry.unplacedTilt = 12;
    CHECK(geometryWarning(geometry, Language::English).find("12°") != std::string::npos);
    for (std::size_t i = 0; i < 5; ++i)
        geometry.gaps.push_back({10 * i, 1.6, 0.8});
    CHECK(geometryLines(geometry, Language::Chinese).back() == "缺层：1–2、11–12、21–22 之间等 5 处");
}

TEST_CASE("A picture of an ultrasound volume bears no letters of the patient", "[corner]")
{
    auto image = std::make_shared<ImageAttributes>();
    image->format.rows = image->format.columns = 2;
    image->frames.resize(1);
    image->frames[0].plane = ImagePlane{};
    Stack const stack{StackKind::Slices, {{image, 0}}};
    CHECK(cornerText(stack, {}, nullptr, QSizeF(100, 100), {}, Language::Chinese).right == "L");
    image->frames[0].inPatient = false;
    auto const text = cornerText(stack, {}, nullptr, QSizeF(100, 100), {}, Language::Chinese);
    CHECK((text.right.isEmpty() && text.left.isEmpty() && text.top.isEmpty() && text.bottom.isEmpty()));
}

TEST_CASE("The corner says how many frames an object lacks", "[corner]")
{
    auto image = std::make_shared<ImageAttributes>();
    image->format.rows = image->format.columns = 2;
    image->frames.resize(1);
    Stack const stack{StackKind::Slices, {{image, 0}}};
    auto const lines = [&](Language language) {
        return cornerText(stack, {}, nullptr, QSizeF(100, 100), {}, language).bottomLeft;
    };
    CHECK(lines(Language::Chinese) == QStringList{"1/1"});
    image->missingFrames = 2;
    CHECK(lines(Language::Chinese) == QStringList{"1/1", "缺 2 帧"});
    CHECK(lines(Language::English) == QStringList{"1/1", "2 frames missing"});
}

TEST_CASE("The corner says which side it is, wherever the object says so", "[corner]")
{
    test::TemporaryFolder const folder;
    // Image's, series', in the shared functional groups; projection; what stands in the corner.
    struct Case {
        char const *image, *series, *shared, *view, *chinese, *english;
    };
    for (Case const& one :
         {Case{"L", "", "", "MLO", "L MLO", "L MLO"}, Case{"", "R", "", "AP", "R AP", "R AP"},
          Case{"", "R", "", "", "R", "R"}, Case{"B", "", "", "PA", "B PA", "B PA"}, Case{"U", "", "", "PA", "PA", "PA"},
          Case{"U", "R", "", "PA", "R PA", "R PA"}, Case{"L", "L", "", "LL", "L LL", "L LL"},
          Case{"L", "R", "", "AP", "L（序列写 R） AP", "L (series says R) AP"}, Case{"", "", "R", "", "R", "R"},
          Case{"L", "", "R", "", "L", "L"}, Case{"", "", "", "PA", "PA", "PA"}}) {
        CAPTURE(one.image, one.series, one.shared, one.view);
        auto const file = folder.path() / "side.dcm";
        test::writeImageFile(file, [&](DcmDataset& data) {
            data.putAndInsertString(DCM_ImageLaterality, one.image);
            data.putAndInsertString(DCM_Laterality, one.series);
            data.putAndInsertString(DCM_ViewPosition, one.view);
            DcmItem *shared = nullptr, *anatomy = nullptr;
            if (*one.shared == '\0')
                return;
            data.findOrCreateSequenceItem(DCM_SharedFunctionalGroupsSequence, shared);
            shared->findOrCreateSequenceItem(DCM_FrameAnatomySequence, anatomy);
            anatomy->putAndInsertString(DCM_FrameLaterality, one.shared);
        });
        auto const studies = arrange({loadImageAttributes(file).value()});
        Stack const& stack = studies[0].series[0].stacks[0];
        CHECK(cornerText(stack, {}, nullptr, QSizeF(500, 500), {}, Language::Chinese).topRight.last() == one.chinese);
        CHECK(cornerText(stack, {}, nullptr, QSizeF(500, 500), {}, Language::English).topRight.last() == one.english);
    }
}
