// Overlay planes and shutters as the object says them.
#include "tests/support/support.h"
#include "tests/viewer_model/sample_image.h"
#include "viewer/decoding/pixel_decoder.h"
#include "viewer/model/graphics_reader.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {

void putPlane(DcmDataset& d, Uint16 group, Uint16 rows, Uint16 columns, Sint16 top, Sint16 left)
{
    d.putAndInsertUint16(DcmTagKey(group, 0x0010), rows);
    d.putAndInsertUint16(DcmTagKey(group, 0x0011), columns);
    d.putAndInsertString(DcmTagKey(group, 0x0040), "G");
    Sint16 const origin[] = {top, left};
    d.putAndInsertSint16Array(DcmTagKey(group, 0x0050), origin, 2);
    d.putAndInsertUint16(DcmTagKey(group, 0x0100), 1);
    d.putAndInsertUint16(DcmTagKey(group, 0x0102), 0);
}

std::shared_ptr<ImageAttributes const> load(test::TemporaryFolder const& folder,
                                            std::function<void(DcmDataset&)> const& change)
{
    std::filesystem::path const path = folder / "image.dcm";
    test::writeImageFile(path, change);
    auto image = loadImageAttributes(path);
    REQUIRE(image);
    return *image;
}

std::vector<bool> bitsOf(ImageAttributes const& image, std::size_t plane, std::uint32_t frame,
                         std::span<std::uint8_t const> embedded = {})
{
    auto const bits = bitsOver(image.overlays.at(plane), frame, embedded);
    std::vector<bool> values;
    for (std::size_t i = 0; bits && i < std::size_t{image.overlays[plane].rows} * image.overlays[plane].columns; ++i)
        values.push_back(bits->at(i));
    return values;
}

} // namespace

TEST_CASE("Overlay planes are read with where they lie and what they are", "[overlay]")
{
    test::TemporaryFolder const folder;
    auto const image = load(folder, [](DcmDataset& d) {
        putPlane(d, 0x6000, 2, 3, 1, 1);
        Uint16 const bits = 0b100101;
        d.putAndInsertUint16Array(DcmTagKey(0x6000, 0x3000), &bits, 1);
        putPlane(d, 0x6004, 1, 1, -3, 2);
        d.putAndInsertString(DcmTagKey(0x6004, 0x0040), "R");
        d.putAndInsertString(DcmTagKey(0x6004, 0x1500), "ROI");
        d.putAndInsertUint16Array(DcmTagKey(0x6004, 0x3000), &bits, 1);
    });
    REQUIRE(image->overlays.size() == 2);
    CHECK(image->overlays[0].columns == 3);
    CHECK_FALSE(image->overlays[0].isRegion);
    CHECK(bitsOf(*image, 0, 0) == std::vector<bool>{true, false, true, false, false, true});
    CHECK(bitsOf(*image, 0, 7).size() == 6); // over every frame
    CHECK(image->overlays[1].top == -3);
    CHECK(image->overlays[1].left == 2);
    CHECK(image->overlays[1].isRegion);
    CHECK(image->overlays[1].label == "ROI");
}

TEST_CASE("Planes for single frames lie over those frames alone", "[overlay]")
{
    test::TemporaryFolder const folder;
    auto const image = load(folder, [](DcmDataset& d) {
        putPlane(d, 0x6000, 1, 3, 1, 1);
        d.putAndInsertString(DcmTagKey(0x6000, 0x0015), "2");
        d.putAndInsertUint16(DcmTagKey(0x6000, 0x0051), 3);
        Uint16 const bits = 0b110001; // 100, then 011
        d.putAndInsertUint16Array(DcmTagKey(0x6000, 0x3000), &bits, 1);
    });
    CHECK(bitsOf(*image, 0, 1).empty());
    CHECK(bitsOf(*image, 0, 2) == std::vector<bool>{true, false, false});
    CHECK(bitsOf(*image, 0, 3) == std::vector<bool>{false, true, true});
    CHECK(bitsOf(*image, 0, 4).empty());
}

TEST_CASE("A plane that announces more than it holds is not drawn", "[overlay]")
{
    test::TemporaryFolder const folder;
    auto const image = load(folder, [](DcmDataset& d) {
        putPlane(d, 0x6000, 512, 512, 1, 1);
        Uint16 const bits = 0xFFFF;
        d.putAndInsertUint16Array(DcmTagKey(0x6000, 0x3000), &bits, 1);
    });
    REQUIRE(image->overlays.size() == 1);
    CHECK_FALSE(bitsOver(image->overlays[0], 0, {}));
}

TEST_CASE("Planes in unused bits of the pixels come with the pixels, and are no part of their values", "[overlay]")
{
    test::TemporaryFolder const folder;
    auto const image = load(folder, [](DcmDataset& d) {
        putPlane(d, 0x6002, 2, 2, 1, 1);
        d.putAndInsertUint16(DcmTagKey(0x6002, 0x0100), 16);
        d.putAndInsertUint16(DcmTagKey(0x6002, 0x0102), 14);
        d.putAndInsertUint16(DCM_BitsAllocated, 16);
        d.putAndInsertUint16(DCM_BitsStored, 12);
        d.putAndInsertUint16(DCM_HighBit, 11);
        Uint16 const pixels[] = {5, 0x4006, 0x4007, 0x8008};
        d.putAndInsertUint16Array(DCM_PixelData, pixels, 4);
    });
    REQUIRE(image->overlays.size() == 1);
    REQUIRE(image->overlays[0].bitPosition == 14);
    auto const frame = makeLocalDecoder()->decode(image->file, 0);
    REQUIRE(frame);
    auto const pixels = *preparePixels(*frame, *image);
    CHECK(pixels->stored(0, 1) == 6);
    CHECK(pixels->stored(1, 1) == 8);
    REQUIRE(pixels->embedded.size() == 1);
    CHECK(bitsOf(*image, 0, 0, pixels->embedded[0]) == std::vector<bool>{false, true, true, false});
    CHECK(bitsOf(*image, 0, 0).empty()); // before the pixels are there
}

TEST_CASE("A bit of the value itself is no overlay", "[overlay]")
{
    test::TemporaryFolder const folder;
    auto const image = load(folder, [](DcmDataset& d) {
        putPlane(d, 0x6000, 2, 2, 1, 1);
        d.putAndInsertUint16(DcmTagKey(0x6000, 0x0100), 8);
        d.putAndInsertUint16(DcmTagKey(0x6000, 0x0102), 3);
    });
    CHECK(image->overlays.empty());
}

TEST_CASE("A device's overlay is found in its file", "[overlay]")
{
    auto const path = test::sharedData("luts-overlays/MR-SIEMENS-DICOM-WithOverlays.dcm");
    if (!path)
        return;
    auto const image = loadImageAttributes(*path);
    REQUIRE(image);
    REQUIRE((*image)->overlays.size() == 1);
    auto const& plane = (*image)->overlays[0];
    CHECK(plane.rows == (*image)->format.rows);
    auto const bits = bitsOver(plane, 0, {});
    REQUIRE(bits);
    std::size_t set = 0;
    for (std::size_t i = 0; i < std::size_t{plane.rows} * plane.columns; ++i)
        set += bits->at(i) ? 1 : 0;
    CHECK(set > 100);
    CHECK(set < std::size_t{plane.rows} * plane.columns / 4);
}

TEST_CASE("Shutters are read in each of their shapes", "[shutter]")
{
    test::TemporaryFolder const folder;
    auto const image = load(folder, [](DcmDataset& d) {
        d.putAndInsertString(DCM_ShutterShape, "RECTANGULAR\\CIRCULAR\\POLYGONAL");
        d.putAndInsertString(DCM_ShutterLeftVerticalEdge, "10");
        d.putAndInsertString(DCM_ShutterRightVerticalEdge, "90");
        d.putAndInsertString(DCM_ShutterUpperHorizontalEdge, "20");
        d.putAndInsertString(DCM_ShutterLowerHorizontalEdge, "80");
        d.putAndInsertString(DCM_CenterOfCircularShutter, "50\\40");
        d.putAndInsertString(DCM_RadiusOfCircularShutter, "30");
        d.putAndInsertString(DCM_VerticesOfThePolygonalShutter, "1\\1\\1\\100\\100\\50");
        d.putAndInsertUint16(DCM_ShutterPresentationValue, 0x8080);
    });
    REQUIRE(image->shutter);
    CHECK(image->shutter->rectangle->right == 90);
    CHECK(image->shutter->circle->row == 50);
    CHECK(image->shutter->circle->column == 40);
    CHECK(image->shutter->polygon.size() == 3);
    CHECK(image->shutter->rgb == 0xFF808080);
    CHECK_FALSE(load(folder, [](DcmDataset& d) { d.putAndInsertString(DCM_ShutterShape, "CIRCULAR"); })->shutter);
    CHECK_FALSE(load(folder, {})->shutter);
}

TEST_CASE("A shutter's CIELab colour becomes a screen's", "[shutter]")
{
    CHECK(rgbOfLab({0, 0x8080, 0x8080}) == 0xFF000000);
    CHECK(rgbOfLab({0xFFFF, 0x8080, 0x8080}) == 0xFFFFFFFF);
    std::uint32_t const red = rgbOfLab({0x8A8A, 0xD1D1, 0xC5C5}); // L* 54.1, a* 81, b* 69
    CHECK((red >> 16 & 0xFF) > 240);
    CHECK((red >> 8 & 0xFF) < 40);
}
