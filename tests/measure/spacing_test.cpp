// Where millimetres come from: user-pains A1 and A2.
#include "tests/measure/phantom.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::test;
using namespace qianli::viewer;

namespace {

Phantom radiograph(std::function<void(DcmDataset&)> change, char const* modality = "DX")
{
    return makePhantom(
        {.sopClass = UID_DigitalXRayImageStorageForPresentation, .modality = modality, .change = std::move(change)});
}

std::function<void(DcmDataset&)> values(std::vector<std::pair<DcmTagKey, char const*>> pairs)
{
    return [pairs](DcmDataset& data) {
        for (auto const& [tag, value] : pairs)
            data.putAndInsertString(tag, value);
    };
}

// A line of 30 columns and 40 rows.
std::string lengthOn(Phantom const& phantom)
{
    return wordsOf(phantom, onPhantom(phantom, MeasurementKind::Length, {{10, 10}, {40, 50}}));
}

void addRegion(DcmDataset& data, int left, int top, int right, int bottom, Uint16 unitX, Uint16 unitY, double deltaX,
               double deltaY, Uint32 flags = 0)
{
    DcmItem* item = nullptr;
    data.findOrCreateSequenceItem(DCM_SequenceOfUltrasoundRegions, item, -2);
    item->putAndInsertUint32(DCM_RegionLocationMinX0, static_cast<Uint32>(left));
    item->putAndInsertUint32(DCM_RegionLocationMinY0, static_cast<Uint32>(top));
    item->putAndInsertUint32(DCM_RegionLocationMaxX1, static_cast<Uint32>(right));
    item->putAndInsertUint32(DCM_RegionLocationMaxY1, static_cast<Uint32>(bottom));
    item->putAndInsertUint16(DCM_PhysicalUnitsXDirection, unitX);
    item->putAndInsertUint16(DCM_PhysicalUnitsYDirection, unitY);
    item->putAndInsertFloat64(DCM_PhysicalDeltaX, deltaX);
    item->putAndInsertFloat64(DCM_PhysicalDeltaY, deltaY);
    item->putAndInsertUint32(DCM_RegionFlags, flags);
}

Phantom ultrasound(std::function<void(DcmDataset&)> change)
{
    return makePhantom({.sopClass = UID_UltrasoundImageStorage, .modality = "US", .change = std::move(change)});
}

} // namespace

TEST_CASE("A1: each length on a radiograph says of which plane its millimetres are", "[measure][A1]")
{
    CHECK(lengthOn(radiograph(values({{DCM_ImagerPixelSpacing, "0.2\\0.2"}}))) == "10.0 mm (探测器平面)");
    // Devices that copy the detector's spacing have corrected nothing.
    CHECK(lengthOn(radiograph(values({{DCM_ImagerPixelSpacing, "0.2\\0.2"},
                                      {DCM_PixelSpacing, "0.20001\\0.20001"}}))) == "10.0 mm (探测器平面)");
    CHECK(lengthOn(radiograph(values(
              {{DCM_ImagerPixelSpacing, "0.2\\0.2"}, {DCM_EstimatedRadiographicMagnificationFactor, "1.25"}}))) ==
          "8.0 mm (已按放大率 1.25 校正)");
    CHECK(lengthOn(radiograph(values({{DCM_ImagerPixelSpacing, "0.2\\0.2"},
                                      {DCM_PixelSpacing, "0.16\\0.16"},
                                      {DCM_PixelSpacingCalibrationType, "GEOMETRY"},
                                      {DCM_EstimatedRadiographicMagnificationFactor, "1.25"}}))) ==
          "8.0 mm (已按几何放大校正)"); // once, not twice
    CHECK(lengthOn(radiograph(values({{DCM_ImagerPixelSpacing, "0.2\\0.2"},
                                      {DCM_PixelSpacing, "0.18\\0.18"},
                                      {DCM_PixelSpacingCalibrationType, "FIDUCIAL"}}))) == "9.0 mm (按标记物标定)");
    CHECK(lengthOn(radiograph(values({{DCM_ImagerPixelSpacing, "0.2\\0.2"}, {DCM_PixelSpacing, "0.18\\0.18"}}))) ==
          "9.0 mm (设备已校正，方法未说明)");
    CHECK(lengthOn(radiograph(values({{DCM_PixelSpacing, "0.2\\0.2"}}), "CR")) == "10.0 mm (所在平面未说明)");
    // Larger than at the detector: that is no correction.
    CHECK(lengthOn(radiograph(values({{DCM_ImagerPixelSpacing, "0.1\\0.1"}, {DCM_PixelSpacing, "0.2\\0.2"}}))) ==
          "10.0 mm (所在平面未说明)");
    CHECK(lengthOn(radiograph(values({{DCM_NominalScannedPixelSpacing, "0.2\\0.2"}}))) == "10.0 mm (扫描胶片平面)");
    CHECK(lengthOn(radiograph({})) == "50.0 px (图像没有毫米标定)");
}

TEST_CASE("A1: cross sections measure in the patient, their localizers only about", "[measure][A1]")
{
    CHECK(lengthOn(makePhantom({.change = values({{DCM_PixelSpacing, "0.5\\0.5"}})})) == "25.0 mm (患者平面)");
    CHECK(lengthOn(makePhantom(
              {.change = values({{DCM_PixelSpacing, "0.5\\0.5"}, {DCM_ImageType, "ORIGINAL\\PRIMARY\\LOCALIZER"}})})) ==
          "25.0 mm (定位像，仅供参考)");
    auto const capture = [](std::vector<std::pair<DcmTagKey, char const*>> pairs) {
        return makePhantom(
            {.sopClass = UID_SecondaryCaptureImageStorage, .modality = "OT", .change = values(std::move(pairs))});
    };
    CHECK(lengthOn(capture({{DCM_PixelSpacing, "0.5\\0.5"}})) == "25.0 mm (所在平面未说明)");
    CHECK(lengthOn(capture({{DCM_PixelSpacing, "0.5\\0.5"},
                            {DCM_ImagePositionPatient, "0\\0\\0"},
                            {DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0"}})) == "25.0 mm (患者平面)");
}

TEST_CASE("A1: a spacing that can't be is none", "[measure][A1]")
{
    for (char const* absurd : {"0\\0", "0.2", "-0.2\\0.2", "0.2\\-0.2", "1000000000\\1000000000", "0.2\\1e9",
                               "1e-9\\1e-9", "nan\\nan", "0.01\\1", "x\\y", "0.2\\"}) {
        INFO(absurd);
        CHECK(lengthOn(radiograph(values({{DCM_ImagerPixelSpacing, absurd}}))) == "50.0 px (图像没有毫米标定)");
        CHECK(lengthOn(makePhantom({.change = values({{DCM_PixelSpacing, absurd}})})) == "50.0 px (图像没有毫米标定)");
    }
    for (char const* factor : {"0", "-1.2", "0.5", "1000", "x"}) {
        INFO(factor);
        CHECK(lengthOn(radiograph(values(
                  {{DCM_ImagerPixelSpacing, "0.2\\0.2"}, {DCM_EstimatedRadiographicMagnificationFactor, factor}}))) ==
              "10.0 mm (探测器平面)");
    }
}

TEST_CASE("A1: rows first: pixels that are not square measure right", "[measure][A1]")
{
    // 30 columns of 0.4 mm, 40 rows of 0.2 mm.
    CHECK(lengthOn(makePhantom({.change = values({{DCM_PixelSpacing, "0.2\\0.4"}})})) == "14.4 mm (患者平面)");
    // PS3.3 10.7.1.3: a single row has no distance to another.
    auto const line = makePhantom({.rows = 1, .change = values({{DCM_PixelSpacing, "0\\0.4"}})});
    CHECK(wordsOf(line, onPhantom(line, MeasurementKind::Length, {{10, 0.5}, {40, 0.5}})) == "12.0 mm (患者平面)");
}

TEST_CASE("A1: frames of an enhanced object have spacings of their own, those of an angiogram at the detector",
          "[measure][A1]")
{
    auto const tomogram = makePhantom({.sopClass = UID_EnhancedCTImageStorage, .change = [](DcmDataset& data) {
                                           DcmItem *shared = nullptr, *measures = nullptr;
                                           data.findOrCreateSequenceItem(DCM_SharedFunctionalGroupsSequence, shared);
                                           shared->findOrCreateSequenceItem(DCM_PixelMeasuresSequence, measures);
                                           measures->putAndInsertString(DCM_PixelSpacing, "0.5\\0.5");
                                       }});
    CHECK(lengthOn(tomogram) == "25.0 mm (患者平面)");
    auto const angiogram =
        makePhantom({.sopClass = UID_EnhancedXAImageStorage, .modality = "XA", .change = [](DcmDataset& data) {
                         DcmItem *shared = nullptr, *frame = nullptr;
                         data.findOrCreateSequenceItem(DCM_SharedFunctionalGroupsSequence, shared);
                         shared->findOrCreateSequenceItem(DCM_FramePixelDataPropertiesSequence, frame);
                         frame->putAndInsertString(DCM_ImagerPixelSpacing, "0.2\\0.2");
                     }});
    CHECK(lengthOn(angiogram) == "10.0 mm (探测器平面)");
    // What was calibrated goes before the detector, and says so.
    auto const calibrated =
        makePhantom({.sopClass = UID_EnhancedXAImageStorage, .modality = "XA", .change = [](DcmDataset& data) {
                         DcmItem *shared = nullptr, *item = nullptr;
                         data.findOrCreateSequenceItem(DCM_SharedFunctionalGroupsSequence, shared);
                         shared->findOrCreateSequenceItem(DCM_FramePixelDataPropertiesSequence, item);
                         item->putAndInsertString(DCM_ImagerPixelSpacing, "0.2\\0.2");
                         shared->findOrCreateSequenceItem(DCM_ProjectionPixelCalibrationSequence, item);
                         item->putAndInsertString(DCM_ObjectPixelSpacingInCenterOfBeam, "0.16\\0.16");
                     }});
    CHECK(lengthOn(calibrated) == "8.0 mm (已按几何放大校正)");
    // Two frames of pixels that are not square, each of its own size; a third one has what all share.
    auto const unlike =
        makePhantom({.sopClass = UID_EnhancedCTImageStorage, .change = [](DcmDataset& data) {
                         data.putAndInsertString(DCM_NumberOfFrames, "3");
                         std::vector<Uint16> const pixels(std::size_t{3} * 64 * 64);
                         data.putAndInsertUint16Array(DCM_PixelData, pixels.data(), pixels.size());
                         DcmItem *groups = nullptr, *measures = nullptr;
                         data.findOrCreateSequenceItem(DCM_SharedFunctionalGroupsSequence, groups);
                         groups->findOrCreateSequenceItem(DCM_PixelMeasuresSequence, measures);
                         measures->putAndInsertString(DCM_PixelSpacing, "0.5\\0.5");
                         for (char const* const spacing : {"0.6\\0.3", "1.2\\0.4", ""}) {
                             data.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, groups, -2);
                             if (*spacing == '\0')
                                 continue;
                             groups->findOrCreateSequenceItem(DCM_PixelMeasuresSequence, measures);
                             measures->putAndInsertString(DCM_PixelSpacing, spacing);
                         }
                     }});
    auto const lengthAt = [&unlike](std::uint32_t frame) {
        auto line = onPhantom(unlike, MeasurementKind::Length, {{10, 10}, {40, 50}});
        line.frame = frame;
        return wordsOf(unlike, line);
    };
    CHECK(lengthAt(0) == "25.6 mm (患者平面)"); // 30 columns of 0.3 mm, 40 rows of 0.6 mm
    CHECK(lengthAt(1) == "49.5 mm (患者平面)");
    CHECK(lengthAt(2) == "25.0 mm (患者平面)");
    // And each is drawn in its own shape.
    CHECK(unlike.frame(0).pixelAspect == Approx(2));
    CHECK(unlike.frame(1).pixelAspect == Approx(3));
    CHECK(unlike.frame(2).pixelAspect == Approx(1));
}

TEST_CASE("A2: each part of an ultrasound picture has its own scale", "[measure][A2]")
{
    // Tissue on the left, time against depth on the upper right, Doppler below it.
    auto const phantom = ultrasound([](DcmDataset& data) {
        addRegion(data, 0, 0, 31, 63, 3, 3, 0.02, 0.02);
        addRegion(data, 32, 0, 63, 31, 4, 3, 0.01, 0.02);
        addRegion(data, 32, 32, 63, 60, 4, 7, 0.01, -2.5); // counted upwards
        data.putAndInsertString(DCM_PixelSpacing, "5\\5"); // holds nowhere
    });
    auto const between = [&](QPointF a, QPointF b) {
        return wordsOf(phantom, onPhantom(phantom, MeasurementKind::Length, {a, b}));
    };
    CHECK(between({1, 1}, {31, 41}) == "10.0 mm (超声区域)");
    CHECK(between({40, 5}, {60, 15}) == "Δ 0.20 s · Δ 0.20 cm (超声区域)");
    CHECK(between({40, 40}, {60, 50}) == "Δ 0.20 s · Δ 25.00 cm/s (超声区域)");
    CHECK(between({10, 10}, {40, 50}) == "50.0 px (跨两个超声区域，无毫米)");
    CHECK(between({31.9, 1}, {32.1, 1}) == "0.2 px (跨两个超声区域，无毫米)"); // where one ends the next begins
    CHECK(between({40, 40}, {60, 62.5}) == "30.1 px (不在超声区域内，无毫米)");
    auto const angle = onPhantom(phantom, MeasurementKind::Angle, {{40, 40}, {50, 40}, {50, 50}});
    CHECK(wordsOf(phantom, angle) == "此超声区域的坐标不是长度");
}

TEST_CASE(
    "A2: where two regions lie over each other, the one that is not of low priority holds; two of a rank hold nothing",
    "[measure][A2]")
{
    auto const ranked = ultrasound([](DcmDataset& data) {
        addRegion(data, 0, 0, 63, 63, 3, 3, 0.1, 0.1, 1);
        addRegion(data, 0, 0, 63, 63, 3, 3, 0.02, 0.02, 0);
    });
    CHECK(lengthOn(ranked) == "10.0 mm (超声区域)");
    auto const unclear = ultrasound([](DcmDataset& data) {
        addRegion(data, 0, 0, 63, 63, 3, 3, 0.1, 0.1);
        addRegion(data, 0, 0, 63, 63, 3, 3, 0.02, 0.02);
    });
    CHECK(lengthOn(unclear) == "50.0 px (不在超声区域内，无毫米)");
    // A region without a size, or of an absurd scale, is none.
    auto const broken = ultrasound([](DcmDataset& data) {
        addRegion(data, 40, 40, 10, 10, 3, 3, 0.1, 0.1);
        addRegion(data, 0, 0, 63, 63, 3, 3, 1e5, 1e5);
    });
    CHECK(lengthOn(broken) == "50.0 px (图像没有毫米标定)");
    // Of one that knows one axis alone, that one is right; of one that knows none, nothing is.
    auto const trace = ultrasound([](DcmDataset& data) { addRegion(data, 0, 0, 63, 63, 4, 0, 0.01, 0); });
    CHECK(lengthOn(trace) == "Δ 0.30 s (超声区域)");
    CHECK_FALSE(mayBeCalibrated(trace.frame()));
    auto const half = ultrasound([](DcmDataset& data) { addRegion(data, 0, 0, 63, 63, 3, 3, 0, 0.02); });
    CHECK(lengthOn(half) == "Δ 0.80 cm (超声区域)");
    auto const bare = ultrasound([](DcmDataset& data) { addRegion(data, 0, 0, 63, 63, 0, 0, 1, 1); });
    CHECK(lengthOn(bare) == "此超声区域没有单位");
    auto ruler = onPhantom(bare, MeasurementKind::Calibration, {{10, 10}, {10, 30}});
    ruler.knownMillimetres = 10;
    CHECK(wordsOf(bare, onPhantom(bare, MeasurementKind::Length, {{10, 10}, {40, 50}}), {ruler}) == "25.0 mm (自定标)");
}

TEST_CASE("A2: regions may differ from frame to frame", "[measure][A2]")
{
    auto const phantom = ultrasound([](DcmDataset& data) {
        data.putAndInsertString(DCM_NumberOfFrames, "2");
        std::vector<Uint16> const pixels(2 * 64 * 64);
        data.putAndInsertUint16Array(DCM_PixelData, pixels.data(), pixels.size());
        for (auto const delta : {0.02, 0.04}) {
            DcmItem *frame = nullptr, *region = nullptr;
            data.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, frame, -2);
            frame->findOrCreateSequenceItem(DCM_SequenceOfUltrasoundRegions, region, -2);
            region->putAndInsertUint32(DCM_RegionLocationMinX0, 0);
            region->putAndInsertUint32(DCM_RegionLocationMinY0, 0);
            region->putAndInsertUint32(DCM_RegionLocationMaxX1, 63);
            region->putAndInsertUint32(DCM_RegionLocationMaxY1, 63);
            region->putAndInsertUint16(DCM_PhysicalUnitsXDirection, 3);
            region->putAndInsertUint16(DCM_PhysicalUnitsYDirection, 3);
            region->putAndInsertFloat64(DCM_PhysicalDeltaX, delta);
            region->putAndInsertFloat64(DCM_PhysicalDeltaY, delta);
        }
    });
    auto line = onPhantom(phantom, MeasurementKind::Length, {{10, 10}, {40, 50}});
    CHECK(wordsOf(phantom, line) == "10.0 mm (超声区域)");
    line.frame = 1;
    CHECK(wordsOf(phantom, line) == "20.0 mm (超声区域)");
}

TEST_CASE("A2: an ultrasound picture whose one region is not square is drawn in its shape", "[measure][A2]")
{
    auto const one = ultrasound([](DcmDataset& data) { addRegion(data, 0, 0, 63, 63, 3, 3, 0.02, 0.04); });
    CHECK(one.frame().pixelAspect == Approx(2));
    auto const two = ultrasound([](DcmDataset& data) {
        addRegion(data, 0, 0, 31, 63, 3, 3, 0.02, 0.04);
        addRegion(data, 32, 0, 63, 63, 3, 3, 0.02, 0.02);
    });
    CHECK(two.frame().pixelAspect == Approx(1)); // no shape is right for both
    auto const trace = ultrasound([](DcmDataset& data) { addRegion(data, 0, 0, 63, 63, 4, 7, 0.01, 2); });
    CHECK(trace.frame().pixelAspect == Approx(1));
}

TEST_CASE("A1: a known length calibrates rows and columns, also of pixels that are not square", "[measure][A1]")
{
    auto const phantom = radiograph(values({{DCM_PixelAspectRatio, "2\\1"}}));
    auto calibration = onPhantom(phantom, MeasurementKind::Calibration, {{10, 10}, {30, 10}});
    calibration.knownMillimetres = 10; // 0.5 mm a column, 1 mm a row
    CHECK(wordsOf(phantom, onPhantom(phantom, MeasurementKind::Length, {{10, 10}, {10, 20}}), {calibration})
              .starts_with("10.0 mm"));
    CHECK(wordsOf(phantom, onPhantom(phantom, MeasurementKind::Length, {{10, 10}, {30, 10}}), {calibration})
              .starts_with("10.0 mm"));
    auto upright = onPhantom(phantom, MeasurementKind::Calibration, {{10, 10}, {10, 20}});
    upright.knownMillimetres = 10;
    CHECK(wordsOf(phantom, onPhantom(phantom, MeasurementKind::Length, {{10, 10}, {30, 10}}), {upright})
              .starts_with("10.0 mm"));
}
