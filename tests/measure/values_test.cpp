// Lengths, angles, ratios and a person's own calibration; no number depends on how the picture is shown.
#include "tests/measure/phantom.h"
#include "viewer/model/view_state.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::test;
using namespace qianli::viewer;

namespace {
Phantom sectionOf(char const* spacing)
{
    return makePhantom({.change = [spacing](DcmDataset& data) { data.putAndInsertString(DCM_PixelSpacing, spacing); }});
}
} // namespace

TEST_CASE("an angle is that of the body, not that of the pixels", "[measure]")
{
    auto const square = sectionOf("1\\1"), tall = sectionOf("2\\1");
    std::vector<QPointF> const corner{{30, 10}, {10, 10}, {30, 30}};
    CHECK(wordsOf(square, onPhantom(square, MeasurementKind::Angle, corner)) == "45.0°");
    CHECK(wordsOf(tall, onPhantom(tall, MeasurementKind::Angle, corner)) == "63.4°");
    // Without millimetres the shape of a pixel is still known.
    auto const ratio =
        makePhantom({.change = [](DcmDataset& data) { data.putAndInsertString(DCM_PixelAspectRatio, "2\\1"); }});
    CHECK(wordsOf(ratio, onPhantom(ratio, MeasurementKind::Angle, corner)) == "63.4°");
    CHECK(wordsOf(square, onPhantom(square, MeasurementKind::Angle, {{9, 9}, {9, 9}, {20, 20}})) == "—");
    CHECK(*measured(square, onPhantom(square, MeasurementKind::Angle, {{0, 0}, {10, 0}, {20, 0}})).degrees ==
          Approx(180));
}

TEST_CASE("C14: Cobb's angle lies between two lines, however each was drawn", "[measure][C14]")
{
    auto const phantom = sectionOf("1\\1");
    QPointF const a{10, 20}, b{40, 10}, c{10, 40}, d{40, 50}; // 18.43 degrees up, 18.43 down
    for (auto const& points : {std::vector{a, b, c, d}, std::vector{b, a, c, d}, std::vector{a, b, d, c},
                               std::vector{d, c, b, a}, std::vector{c, d, a, b}}) {
        auto const cobb = measured(phantom, onPhantom(phantom, MeasurementKind::Cobb, points));
        REQUIRE(cobb.degrees);
        CHECK(*cobb.degrees == Approx(36.87).margin(0.01));
        CHECK_FALSE(cobb.wideDegrees);
    }
    CHECK(wordsOf(phantom, onPhantom(phantom, MeasurementKind::Cobb, {a, b, c, d})) == "Cobb 36.9°");
    // Parallel ends are no scoliosis, and no division by nothing.
    CHECK(wordsOf(phantom, onPhantom(phantom, MeasurementKind::Cobb, {a, b, a, b})) == "Cobb 0.0°");
    CHECK(wordsOf(phantom, onPhantom(phantom, MeasurementKind::Cobb, {a, a, c, d})) == "Cobb —");
    // A spine bent by 100 degrees is not sold as one of 80 alone.
    auto const severe = onPhantom(phantom, MeasurementKind::Cobb, {{30, 25}, {40, 13.08}, {30, 35}, {40, 46.92}});
    CHECK(wordsOf(phantom, severe) == "Cobb 80.0° (补角 100.0°)");
}

TEST_CASE("C14: the cardiothoracic ratio is of widths square to the midline", "[measure][C14]")
{
    auto const phantom =
        makePhantom({.sopClass = UID_DigitalXRayImageStorageForPresentation,
                     .modality = "DX",
                     .rows = 300,
                     .columns = 300,
                     .change = [](DcmDataset& data) { data.putAndInsertString(DCM_ImagerPixelSpacing, "1\\1"); }});
    // Midline at 150; the heart from 110 to 230, at different heights; the thorax from 30 to 270.
    auto const upright = onPhantom(phantom, MeasurementKind::CardiothoracicRatio,
                                   {{150, 20}, {150, 280}, {110, 180}, {230, 210}, {30, 200}, {270, 220}});
    auto const values = measured(phantom, upright);
    CHECK(*values.ratio == Approx(0.5));
    CHECK(*values.right == Approx(40));
    CHECK(*values.left == Approx(80));
    CHECK(*values.thorax == Approx(240));
    CHECK(wordsOf(phantom, upright) == "心胸比 0.50\n右 40.0 + 左 80.0 / 胸廓 240.0 mm (探测器平面)");
    // The patient leaned by 30 degrees: nothing changes.
    auto leaned = upright;
    QTransform turn;
    turn.translate(150, 150);
    turn.rotate(30);
    turn.translate(-150, -150);
    for (QPointF& point : leaned.points)
        point = turn.map(point);
    CHECK(*measured(phantom, leaned).ratio == Approx(0.5));
    CHECK(*measured(phantom, leaned).left == Approx(80));
    // A heart that lies wholly on one side is as wide as it is.
    auto shifted = upright;
    shifted.points[2] = {170, 180};
    CHECK(*measured(phantom, shifted).ratio == Approx(60.0 / 240));
    CHECK(wordsOf(phantom, shifted) == "心胸比 0.25\n心影 60.0（在中线一侧）/ 胸廓 240.0 mm (探测器平面)");
    // Without a midline there is no ratio.
    auto none = upright;
    none.points[1] = none.points[0];
    CHECK(wordsOf(phantom, none) == "心胸比 —");
    // Clicked from left to right or from right to left.
    auto mirrored = upright;
    std::swap(mirrored.points[2], mirrored.points[3]);
    std::swap(mirrored.points[4], mirrored.points[5]);
    CHECK(*measured(phantom, mirrored).ratio == Approx(0.5));
}

TEST_CASE("a line of known length calibrates its own object, and says that a person did", "[measure][A1]")
{
    auto const phantom = makePhantom(
        {.sopClass = UID_DigitalXRayImageStorageForPresentation, .modality = "DX", .change = [](DcmDataset& data) {
             data.putAndInsertString(DCM_ImagerPixelSpacing, "0.4\\0.2");
         }});
    auto ruler = onPhantom(phantom, MeasurementKind::Calibration, {{10, 10}, {10, 30}}); // 20 rows, each two wide
    ruler.knownMillimetres = 100;
    CHECK(wordsOf(phantom, ruler, {ruler}) == "标定 100 mm (自定标)");
    auto const across = onPhantom(phantom, MeasurementKind::Length, {{10, 10}, {50, 10}});
    CHECK(wordsOf(phantom, across) == "8.0 mm (探测器平面)");
    CHECK(wordsOf(phantom, across, {ruler}) == "100.0 mm (自定标)");
    // The newest holds; another object's holds nothing.
    auto newer = ruler;
    newer.knownMillimetres = 50;
    CHECK(wordsOf(phantom, across, {ruler, newer}) == "50.0 mm (自定标)");
    auto other = newer;
    other.sopInstanceUid = "2.25.99";
    CHECK(wordsOf(phantom, across, {ruler, other}) == "100.0 mm (自定标)");
    // What would make an absurd scale makes none.
    for (auto const& [ends, length] : {std::pair{QPointF(10, 10), 100.0}, std::pair{QPointF(10, 30), 1e9},
                                       std::pair{QPointF(10, 30), 0.0}, std::pair{QPointF(10, 30), -5.0}}) {
        auto bad = ruler;
        bad.points[1] = ends;
        bad.knownMillimetres = length;
        CHECK(wordsOf(phantom, across, {bad}) == "8.0 mm (探测器平面)");
    }
}

TEST_CASE("what measures in the patient is not calibrated by hand", "[measure][A1]")
{
    auto const section = sectionOf("0.5\\0.5");
    CHECK_FALSE(mayBeCalibrated(section.frame()));
    auto ruler = onPhantom(section, MeasurementKind::Calibration, {{10, 10}, {10, 30}});
    ruler.knownMillimetres = 100;
    CHECK(wordsOf(section, onPhantom(section, MeasurementKind::Length, {{10, 10}, {50, 10}}), {ruler}) ==
          "20.0 mm (患者平面)");
}

TEST_CASE("A1, A5: turned, mirrored, enlarged and moved, a picture gives the same numbers", "[measure][A1][A5]")
{
    auto const phantom = makePhantom({.stored = [](int column, int row) { return 1000 + 7 * column + 3 * row; },
                                      .change =
                                          [](DcmDataset& data) {
                                              data.putAndInsertString(DCM_PixelSpacing, "0.7\\0.4");
                                              data.putAndInsertString(DCM_RescaleSlope, "1");
                                              data.putAndInsertString(DCM_RescaleIntercept, "-1024");
                                          }});
    std::vector<QPointF> const points{{11.5, 9.25}, {40.75, 33.5}};
    auto const length = *measured(phantom, onPhantom(phantom, MeasurementKind::Length, points)).length;
    auto const roi = measured(phantom, onPhantom(phantom, MeasurementKind::Ellipse, points));
    CHECK(length == Approx(std::hypot(29.25 * 0.4, 24.25 * 0.7)));
    for (int view = 0; view < 24; ++view) {
        ViewState state;
        for (int turns = 0; turns < view % 4; ++turns)
            state.orientation.turnClockwise();
        if (view / 4 % 2 == 1)
            state.orientation.flipLeftRight();
        if (view / 8 > 0) {
            state.zoom = view / 8 == 1 ? 0.31 : 7.7;
            state.pan = {-31.5, 12};
        }
        ViewMapping const mapping(64, 64, phantom.frame().pixelAspect, state, {512, 384});
        // As a hand on the screen would set them.
        std::vector<QPointF> set;
        for (QPointF const point : points)
            set.push_back(mapping.toImage(mapping.toScreen(point)));
        CHECK(*measured(phantom, onPhantom(phantom, MeasurementKind::Length, set)).length == Approx(length));
        auto const again = measured(phantom, onPhantom(phantom, MeasurementKind::Ellipse, set));
        CHECK(*again.area == Approx(*roi.area));
        CHECK(again.statistics->count == roi.statistics->count);
        CHECK(again.statistics->mean == Approx(roi.statistics->mean));
    }
}
