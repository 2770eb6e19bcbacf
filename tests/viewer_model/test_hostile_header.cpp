// Headers whose numbers are none, or can't be true: nobody is placed, windowed, covered or kept waiting by them.
#include "tests/support/support.h"
#include "tests/viewer_model/sample_image.h"

#include <catch2/catch.hpp>

#include <limits>
#include <memory>

using namespace qianli;
using namespace qianli::viewer;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN(), endless = std::numeric_limits<double>::infinity();

// Written with this representation, whatever the dictionary says: the file is believed.
void putDoubles(DcmItem& item, DcmTagKey const& tag, std::vector<double> const& values)
{
    auto element = std::make_unique<DcmFloatingPointDouble>(DcmTag(tag, EVR_FD));
    REQUIRE(element->putFloat64Array(values.data(), values.size()).good());
    REQUIRE(item.insert(element.release(), true).good());
}

void putFloats(DcmItem& item, DcmTagKey const& tag, std::vector<float> const& values)
{
    auto element = std::make_unique<DcmFloatingPointSingle>(DcmTag(tag, EVR_FL));
    REQUIRE(element->putFloat32Array(values.data(), values.size()).good());
    REQUIRE(item.insert(element.release(), true).good());
}

void putLong(DcmItem& item, DcmTagKey const& tag, Uint32 value)
{
    auto element = std::make_unique<DcmUnsignedLong>(DcmTag(tag, EVR_UL));
    REQUIRE(element->putUint32(value).good());
    REQUIRE(item.insert(element.release(), true).good());
}

std::shared_ptr<ImageAttributes const> load(std::function<void(DcmDataset&)> const& change)
{
    test::TemporaryFolder const folder;
    test::writeImageFile(folder / "a.dcm", change);
    auto image = loadImageAttributes(folder / "a.dcm");
    REQUIRE(image);
    return *image;
}

} // namespace

TEST_CASE("A place that is no number, or no place in a room, is none", "[hostile]")
{
    struct Place {
        std::vector<double> position, orientation;
        bool isPlane;
    };
    std::vector<double> const straight{1, 0, 0, 0, 1, 0};
    for (Place const& place :
         {Place{{0, 0, 5}, straight, true}, Place{{0, 0, none}, straight, false},
          Place{{endless, 0, 0}, straight, false}, Place{{0, 0, 2e6}, straight, false},
          Place{{0, 0, -1e300}, straight, false}, Place{{0, 0, 5}, {1, 0, 0, 0, none, 0}, false},
          Place{{0, 0, 5}, {endless, 0, 0, 0, 1, 0}, false}, Place{{0, 0, 5}, {1, 0, 0, 1, 0, 0}, false},
          Place{{0, 0, 5}, {0, 0, 0, 0, 0, 0}, false}}) {
        CAPTURE(place.position, place.orientation);
        auto const image = load([&](DcmDataset& d) {
            putDoubles(d, DCM_ImagePositionPatient, place.position);
            putDoubles(d, DCM_ImageOrientationPatient, place.orientation);
        });
        CHECK(image->frame(0).plane.has_value() == place.isPlane);
    }
}

TEST_CASE("A rescale that is no number is not applied", "[hostile]")
{
    bool const isSlope = GENERATE(true, false), isSingle = GENERATE(true, false);
    auto const image = load([&](DcmDataset& d) {
        DcmTagKey const tag = isSlope ? DCM_RescaleSlope : DCM_RescaleIntercept;
        if (isSingle)
            putFloats(d, tag, {std::numeric_limits<float>::quiet_NaN()});
        else
            putDoubles(d, tag, {endless});
    });
    CHECK(image->frame(0).grey.modality(7) == 7);
}

TEST_CASE("Planes larger than any picture are none, and no sum of them comes round to the first bit", "[hostile]")
{
    auto const image = load([](DcmDataset& d) {
        putLong(d, DcmTagKey(0x6000, 0x0010), 1u << 30);
        putLong(d, DcmTagKey(0x6000, 0x0011), 1u << 30);
        d.putAndInsertString(DcmTagKey(0x6000, 0x0040), "G");
        Uint16 const bits = 0xFFFF;
        d.putAndInsertUint16Array(DcmTagKey(0x6000, 0x3000), &bits, 1);
        putLong(d, DcmTagKey(0x6002, 0x0010), 1);
        putLong(d, DcmTagKey(0x6002, 0x0011), 1u << 29);
        d.putAndInsertUint16Array(DcmTagKey(0x6002, 0x3000), &bits, 1);
    });
    CHECK(image->overlays.empty());
    OverlayPlane plane;
    plane.rows = plane.columns = 1u << 30;
    plane.frameCount = 64;
    plane.bits = std::make_shared<std::vector<std::uint8_t> const>(2, 0xFF);
    CHECK_FALSE(bitsOver(plane, 15, {})); // 15 planes of 2^60 bits, and one more, are 2^64
}

TEST_CASE("An overlay far beside the picture stays within what can be reckoned", "[hostile]")
{
    auto const image = load([](DcmDataset& d) {
        d.putAndInsertUint16(DcmTagKey(0x6000, 0x0010), 1);
        d.putAndInsertUint16(DcmTagKey(0x6000, 0x0011), 1);
        putDoubles(d, DcmTagKey(0x6000, 0x0050), {1e300, -1e300});
        Uint16 const bits = 1;
        d.putAndInsertUint16Array(DcmTagKey(0x6000, 0x3000), &bits, 1);
    });
    REQUIRE(image->overlays.size() == 1);
    CHECK(image->overlays[0].top == 65535);
    CHECK(image->overlays[0].left == -65535);
}

TEST_CASE("A shutter of endless corners is none, and one beyond all pixels ends", "[hostile]")
{
    auto const shutter = [](std::size_t corners) {
        return load([corners](DcmDataset& d) {
            d.putAndInsertString(DCM_ShutterShape, "POLYGONAL\\CIRCULAR");
            std::string vertices;
            for (std::size_t i = 0; i < 2 * corners; ++i)
                vertices += (i == 0 ? "" : "\\") + std::to_string(1 + i * 7919 % 512);
            d.putAndInsertString(DCM_VerticesOfThePolygonalShutter, vertices.c_str());
            putDoubles(d, DCM_CenterOfCircularShutter, {1e300, -1e300});
            putDoubles(d, DCM_RadiusOfCircularShutter, {1e300});
        });
    };
    CHECK(shutter(40)->shutter->polygon.size() == 40);
    auto const endlessOne = shutter(5'000);
    REQUIRE(endlessOne->shutter);
    CHECK(endlessOne->shutter->polygon.empty());
    REQUIRE(endlessOne->shutter->circle);
    CHECK(endlessOne->shutter->circle->radius <= 1e6);
    CHECK(endlessOne->shutter->circle->row <= 1e6);
    CHECK(endlessOne->shutter->circle->column >= -1e6);
}

TEST_CASE("A thousand dimensions cost each frame no thousand numbers", "[hostile]")
{
    auto const image = load([](DcmDataset& d) {
        d.putAndInsertString(DCM_NumberOfFrames, "2");
        std::vector<Uint8> const pixels(8);
        d.putAndInsertUint8Array(DCM_PixelData, pixels.data(), pixels.size());
        DcmItem* item = nullptr;
        for (int i = 0; i < 1'000; ++i) {
            REQUIRE(d.findOrCreateSequenceItem(DCM_DimensionIndexSequence, item, -2).good());
            auto pointer = std::make_unique<DcmAttributeTag>(DcmTag(DCM_DimensionIndexPointer));
            REQUIRE(pointer->putTagVal(DCM_LUTLabel).good());
            REQUIRE(item->insert(pointer.release(), true).good());
        }
        for (int i = 0; i < 2; ++i) {
            REQUIRE(d.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, item, -2).good());
            DcmItem* content = nullptr;
            REQUIRE(item->findOrCreateSequenceItem(DCM_FrameContentSequence, content, 0).good());
        }
    });
    REQUIRE(image->frames.size() == 2);
    CHECK(image->frames[0].description.dimensions.size() == 16);
}
