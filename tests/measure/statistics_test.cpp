// User-pains A5: the values of a region against a phantom whose every value is known.
#include "tests/measure/phantom.h"
#include "viewer/model/measurement_text.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace qianli;
using namespace qianli::test;
using namespace qianli::viewer;

namespace {

void addRescale(DcmDataset& data, char const* type = nullptr)
{
    data.putAndInsertString(DCM_RescaleSlope, "2");
    data.putAndInsertString(DCM_RescaleIntercept, "-1024");
    if (type != nullptr)
        data.putAndInsertString(DCM_RescaleType, type);
    data.putAndInsertString(DCM_PixelSpacing, "0.5\\0.5");
}

// Worked out pixel by pixel.
RoiStatistics expected(QRectF const& box, std::function<double(int, int)> const& value, int rows = 64, int columns = 64)
{
    std::vector<double> values;
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) {
            double const x = (column + 0.5 - box.center().x()) / (box.width() / 2);
            double const y = (row + 0.5 - box.center().y()) / (box.height() / 2);
            if (x * x + y * y <= 1)
                values.push_back(value(column, row));
        }
    RoiStatistics result;
    result.count = values.size();
    if (values.empty())
        return result;
    for (double const v : values)
        result.mean += v / static_cast<double>(values.size());
    for (double const v : values)
        result.deviation += (v - result.mean) * (v - result.mean) / static_cast<double>(values.size() - 1);
    result.deviation = values.size() > 1 ? std::sqrt(result.deviation) : 0;
    result.minimum = *std::min_element(values.begin(), values.end());
    result.maximum = *std::max_element(values.begin(), values.end());
    return result;
}

void checkSame(RoiStatistics const& found, RoiStatistics const& wanted)
{
    CHECK(found.count == wanted.count);
    CHECK(found.mean == Approx(wanted.mean));
    CHECK(found.deviation == Approx(wanted.deviation).margin(1e-9));
    CHECK(found.minimum == Approx(wanted.minimum));
    CHECK(found.maximum == Approx(wanted.maximum));
}

RoiStatistics roi(Phantom const& phantom, QRectF const& box)
{
    auto const values =
        measured(phantom, onPhantom(phantom, MeasurementKind::Ellipse, {box.topLeft(), box.bottomRight()}));
    REQUIRE(values.statistics);
    return *values.statistics;
}

} // namespace

TEST_CASE("A5: mean, deviation, least, greatest and number are those of the pixels whose centres lie inside",
          "[measure][A5]")
{
    auto const stored = [](int column, int row) { return (column * 37 + row * 101) % 700; };
    auto const phantom = makePhantom({.stored = stored, .change = [](DcmDataset& data) { addRescale(data); }});
    auto const value = [&](int column, int row) { return stored(column, row) * 2.0 - 1024; };
    for (QRectF const& box : {QRectF(10, 12, 30, 20), QRectF(10.3, 12.7, 29.9, 7.1), QRectF(0, 0, 64, 64),
                              QRectF(20, 20, 1.2, 1.2), QRectF(-20, -10, 60, 50), QRectF(40, 40, 100, 100)})
        checkSame(roi(phantom, box), expected(box, value));
    // Dragged from any corner to any other.
    auto const backwards = measured(phantom, onPhantom(phantom, MeasurementKind::Ellipse, {{40, 32}, {10, 12}}));
    checkSame(*backwards.statistics, expected({10, 12, 30, 20}, value));
    CHECK(roi(phantom, {20.6, 20.6, 0.2, 0.2}).count == 0);
    CHECK(roi(phantom, {100, 100, 20, 20}).count == 0);
    CHECK(roi(phantom, {20, 20, 0, 0}).count == 0);
}

TEST_CASE("A5: a uniform insert reads as it was made, to the tenth", "[measure][A5]")
{
    // 40 HU in air.
    auto const phantom =
        makePhantom({.stored = [](int column, int row) { return std::hypot(column - 32, row - 32) < 20 ? 532 : 12; },
                     .change = [](DcmDataset& data) { addRescale(data); }});
    auto const inside = onPhantom(phantom, MeasurementKind::Ellipse, {{22, 22}, {42, 42}});
    CHECK(wordsOf(phantom, inside) == "40 HU ± 0\n最小 40 最大 40  316 点\n78.5 mm² (患者平面)");
    // A scanner that writes tenths.
    auto const fine = makePhantom({.stored = [](int, int) { return 10'131; },
                                   .change =
                                       [](DcmDataset& data) {
                                           addRescale(data);
                                           data.putAndInsertString(DCM_RescaleSlope, "0.1");
                                           data.putAndInsertString(DCM_RescaleIntercept, "-1000");
                                       }});
    CHECK(wordsOf(fine, inside) == "13.1 HU ± 0\n最小 13.1 最大 13.1  316 点\n78.5 mm² (患者平面)");
}

TEST_CASE("A5: MONOCHROME1 is a matter of the screen, not of the values", "[measure][A5]")
{
    auto const stored = [](int column, int) { return column; };
    auto const phantom = makePhantom({.stored = stored, .change = [](DcmDataset& data) {
                                          addRescale(data);
                                          data.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME1");
                                      }});
    checkSame(roi(phantom, {10, 10, 20, 30}), expected({10, 10, 20, 30}, [](int c, int) { return c * 2.0 - 1024; }));
}

TEST_CASE("A5: signed values and a Modality LUT go through the whole of the pipeline before the window",
          "[measure][A5]")
{
    auto const negative = makePhantom({.stored = [](int column, int) { return -100 - column; },
                                       .change =
                                           [](DcmDataset& data) {
                                               data.putAndInsertUint16(DCM_PixelRepresentation, 1);
                                               data.putAndInsertString(DCM_WindowCenter, "0");
                                               data.putAndInsertString(DCM_WindowWidth, "10");
                                           }});
    checkSame(roi(negative, {10, 10, 20, 30}), expected({10, 10, 20, 30}, [](int c, int) { return -100.0 - c; }));
    auto const tabled = makePhantom({.stored = [](int column, int) { return column; },
                                     .change =
                                         [](DcmDataset& data) {
                                             DcmItem* item = nullptr;
                                             data.findOrCreateSequenceItem(DCM_ModalityLUTSequence, item);
                                             Uint16 const description[] = {64, 0, 16};
                                             item->putAndInsertUint16Array(DCM_LUTDescriptor, description, 3);
                                             std::vector<Uint16> entries;
                                             for (int index = 0; index < 64; ++index)
                                                 entries.push_back(static_cast<Uint16>(index * index));
                                             item->putAndInsertUint16Array(DCM_LUTData, entries.data(), 64);
                                             item->putAndInsertString(DCM_ModalityLUTType, "OD");
                                         }});
    checkSame(roi(tabled, {10, 10, 20, 30}), expected({10, 10, 20, 30}, [](int c, int) { return double(c * c); }));
    CHECK(valueUnit(*tabled.image, tabled.frame().grey) == "OD");
}

TEST_CASE("A5: padding is no measurement, and that it was left out is said", "[measure][A5]")
{
    auto const phantom = makePhantom({.stored = [](int column, int) { return column < 20 ? 0 : 600; },
                                      .change =
                                          [](DcmDataset& data) {
                                              addRescale(data);
                                              data.putAndInsertUint16(DCM_PixelPaddingValue, 0);
                                          }});
    auto const values = roi(phantom, {10, 10, 20, 20});
    CHECK(values.mean == Approx(176));
    CHECK(values.minimum == Approx(176));
    CHECK(values.padding == values.count); // one half each
    auto const words = wordsOf(phantom, onPhantom(phantom, MeasurementKind::Ellipse, {{10, 10}, {30, 30}}));
    CHECK(words.find("填充 158 点不计") != std::string::npos);
    CHECK(wordsOf(phantom, onPhantom(phantom, MeasurementKind::Ellipse, {{2, 2}, {8, 8}})).find("区域内没有测量值") ==
          0);
    auto const under = valueAt(*phantom.pixels, phantom.frame().grey, 3.5, 3.5);
    REQUIRE(under);
    CHECK(under->isPadding);
}

TEST_CASE("A5: HU only where the object says so", "[measure][A5]")
{
    auto const unit = [](char const* sopClass, char const* modality, std::function<void(DcmDataset&)> change) {
        auto const phantom = makePhantom({.sopClass = sopClass, .modality = modality, .change = std::move(change)});
        return valueUnit(*phantom.image, phantom.frame().grey);
    };
    auto const rescaled = [](char const* type) { return [type](DcmDataset& data) { addRescale(data, type); }; };
    CHECK(unit(UID_CTImageStorage, "CT", rescaled(nullptr)) == "HU");
    CHECK(unit(UID_CTImageStorage, "CT", rescaled("HU")) == "HU");
    CHECK(unit(UID_CTImageStorage, "CT", rescaled("US")).empty()); // unspecified: cone beam
    CHECK(unit(UID_CTImageStorage, "CT", rescaled("Z_EFF")) == "Z_EFF");
    CHECK(unit(UID_CTImageStorage, "CT", {}).empty()); // as stored: there would be no air
    CHECK(unit(UID_CTImageStorage, "CT", [](DcmDataset& data) {
              addRescale(data);
              data.putAndInsertString(DCM_ImageType, "ORIGINAL\\PRIMARY\\LOCALIZER");
          }).empty());
    CHECK(unit(UID_SecondaryCaptureImageStorage, "CT", rescaled(nullptr)).empty());
    CHECK(unit(UID_MRImageStorage, "MR", rescaled(nullptr)).empty());
    auto const inUnits = [](char const* units) {
        return [units](DcmDataset& data) {
            addRescale(data);
            data.putAndInsertString(DCM_Units, units);
        };
    };
    CHECK(unit(UID_PositronEmissionTomographyImageStorage, "PT", inUnits("BQML")) == "BQML");
    CHECK(unit(UID_PositronEmissionTomographyImageStorage, "PT", inUnits("NONE")).empty());
    CHECK(unit(UID_MRImageStorage, "MR", rescaled("US")).empty());
    CHECK(unit(UID_MRImageStorage, "MR", rescaled("HU")).empty()); // no magnet measures them
    CHECK(unit(UID_SecondaryCaptureImageStorage, "OT", rescaled("HU")).empty());
    CHECK(unit(UID_XRay3DAngiographicImageStorage, "XA", rescaled("HU")) == "HU");
    CHECK(unit(UID_DigitalXRayImageStorageForPresentation, "DX", rescaled("US")).empty());
    // Said of what has none: a localizer, a capture that calls itself CT, a projection, a CT's class in other hands.
    CHECK(unit(UID_CTImageStorage, "CT", [](DcmDataset& data) {
              addRescale(data, "HU");
              data.putAndInsertString(DCM_ImageType, "ORIGINAL\\PRIMARY\\LOCALIZER");
          }).empty());
    CHECK(unit(UID_SecondaryCaptureImageStorage, "CT", rescaled("HU")).empty());
    CHECK(unit(UID_DigitalXRayImageStorageForPresentation, "CT", rescaled("HU")).empty());
    CHECK(unit(UID_XRayAngiographicImageStorage, "XA", rescaled("HU")).empty());
    CHECK(unit(UID_CTImageStorage, "MR", rescaled("HU")).empty());
    CHECK(unit(UID_EnhancedCTImageStorage, "CT", rescaled("HU")) == "HU");
}

TEST_CASE("A5: a colour picture has an area and no statistics of grey", "[measure][A5]")
{
    auto const phantom =
        makePhantom({.sopClass = UID_SecondaryCaptureImageStorage, .modality = "US", .change = [](DcmDataset& data) {
                         data.putAndInsertUint16(DCM_SamplesPerPixel, 3);
                         data.putAndInsertUint16(DCM_PlanarConfiguration, 0);
                         data.putAndInsertString(DCM_PhotometricInterpretation, "RGB");
                         data.putAndInsertUint16(DCM_BitsAllocated, 8);
                         data.putAndInsertUint16(DCM_BitsStored, 8);
                         data.putAndInsertUint16(DCM_HighBit, 7);
                         std::vector<Uint8> pixels(64 * 64 * 3, 10);
                         pixels[3 * (64 * 2 + 5)] = 200;
                         data.putAndInsertUint8Array(DCM_PixelData, pixels.data(), pixels.size());
                     }});
    CHECK(wordsOf(phantom, onPhantom(phantom, MeasurementKind::Ellipse, {{10, 10}, {30, 30}})) ==
          "彩色图像，没有灰度统计\n314 px² (图像没有毫米标定)");
    auto const value = valueAt(*phantom.pixels, phantom.frame().grey, 5.9, 2.1);
    REQUIRE(value);
    CHECK(pointValueText(*value, "HU", Language::Chinese) == "x 5  y 2  R 200 G 10 B 10");
}

TEST_CASE("A5: the value under the mouse is that of the pixel it stands on", "[measure][A5]")
{
    auto const phantom = makePhantom({.stored = [](int column, int row) { return column * 100 + row; },
                                      .change = [](DcmDataset& data) { addRescale(data); }});
    auto const at = [&](double x, double y) { return valueAt(*phantom.pixels, phantom.frame().grey, x, y); };
    CHECK(pointValueText(*at(5.99, 7.0), "HU", Language::Chinese) == "x 5  y 7  -10 HU");
    CHECK_FALSE(at(-0.01, 3));
    CHECK_FALSE(at(64, 3));
    CHECK_FALSE(at(3, 64));
    CHECK_FALSE(at(std::nan(""), 3));
}

TEST_CASE("A5: under the cursor stands the value, also where a level is not one", "[measure][A5]")
{
    Pixels pixels; // as of floats, of 32 bits, and of differences
    pixels.rows = 1;
    pixels.columns = 3;
    pixels.base = -10;
    pixels.step = 0.25;
    pixels.levels = {0, 1, 41};
    GreyScale grey;
    grey.slope = 2;
    CHECK(valueAt(pixels, grey, 0.5, 0.5)->value == -20);
    CHECK(valueAt(pixels, grey, 1.5, 0.5)->value == -19.5);
    CHECK(valueAt(pixels, grey, 2.5, 0.5)->value == 0.5);
    CHECK_FALSE(valueAt(pixels, grey, 3, 0.5));
    auto const all = ellipseStatistics(pixels, grey, {0, -1, 3, 3});
    CHECK(all.minimum == -20);
    CHECK(all.maximum == 0.5);
}
