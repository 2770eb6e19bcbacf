// Pixels beyond 8 and 16 bits: floats, wide integers, packed cells, padding of all kinds, colours between grey.
#include "tests/support/support.h"
#include "tests/viewer_model/sample_image.h"
#include "viewer/decoding/pixel_decoder.h"
#include "viewer/model/corner_text.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <limits>

using namespace qianli;
using namespace qianli::viewer;

namespace {

struct Loaded {
    std::shared_ptr<ImageAttributes const> image;
    std::shared_ptr<Pixels const> pixels;
};

Loaded loadFile(std::filesystem::path const& path)
{
    auto image = loadImageAttributes(path);
    REQUIRE(image);
    auto const frame = makeLocalDecoder()->decode(path, 0);
    INFO((frame ? "" : frame.error().message));
    REQUIRE(frame);
    auto pixels = preparePixels(*frame, **image);
    INFO((pixels ? "" : pixels.error().message));
    REQUIRE(pixels);
    return {*image, *pixels};
}

Loaded load(std::function<void(DcmDataset&)> const& change)
{
    test::TemporaryFolder const folder;
    std::filesystem::path const path = folder / "image.dcm";
    test::writeImageFile(path, change);
    return loadFile(path);
}

DecodedFrame floatFrame(std::vector<float> const& values)
{
    DecodedFrame frame;
    frame.format = {1, static_cast<std::uint32_t>(values.size()), 1, 32, 32, 31, Signedness::Signed, "MONOCHROME2"};
    frame.format.kind = PixelKind::Float;
    frame.values.resize(values.size() * 4);
    std::memcpy(frame.values.data(), values.data(), frame.values.size());
    return frame;
}

void putBits(DcmDataset& d, Uint16 allocated, Uint16 stored, Uint16 high)
{
    d.putAndInsertUint16(DCM_BitsAllocated, allocated);
    d.putAndInsertUint16(DCM_BitsStored, stored);
    d.putAndInsertUint16(DCM_HighBit, high);
}

} // namespace

TEST_CASE("Floats are spread over the levels between the lowest and the highest", "[pixels]")
{
    auto const pixels = *preparePixels(floatFrame({-0.5f, 0.25f, 1.5f}), {});
    CHECK(pixels->stored(0, 0) == Approx(-0.5));
    CHECK(pixels->stored(0, 1) == Approx(0.25).margin(1e-4));
    CHECK(pixels->stored(0, 2) == Approx(1.5));
    auto const choice = initialVoi(*pixels, {}, "OT");
    GreyTable table;
    fillGreyTable(table, *pixels, {}, choice, Inversion::None);
    CHECK(table[pixels->levels[0]] == 0);
    CHECK(table[pixels->levels[1]] == Approx(96).margin(1));
    CHECK(table[pixels->levels[2]] == 255);
}

TEST_CASE("A float that is no number is no measurement, and spreads nothing", "[pixels]")
{
    float const nan = std::numeric_limits<float>::quiet_NaN();
    float const infinite = std::numeric_limits<float>::infinity();
    auto const pixels = *preparePixels(floatFrame({nan, 0.f, 1.f, infinite}), {});
    CHECK(isPaddingLevel(*pixels, {}, pixels->levels[0]));
    CHECK(isPaddingLevel(*pixels, {}, pixels->levels[3]));
    CHECK_FALSE(isPaddingLevel(*pixels, {}, pixels->levels[1]));
    CHECK(pixels->stored(0, 1) == Approx(0).margin(1e-4));
    CHECK(pixels->stored(0, 2) == Approx(1));
    auto const nothing = *preparePixels(floatFrame({nan, nan}), {});
    CHECK(isPaddingLevel(*nothing, {}, nothing->levels[0]));
}

TEST_CASE("Float and Double Float Pixel Data are read from files", "[pixels]")
{
    for (char const* const name : {"parametric_map_float.dcm", "parametric_map_double_float.dcm"}) {
        auto const path = test::sharedData(std::string("luts-overlays/") + name);
        if (!path)
            continue;
        INFO(name);
        auto const loaded = loadFile(*path);
        CHECK(loaded.pixels->rows == 128);
        CHECK(loaded.pixels->levels.size() == 128u * 128u);
        CHECK(loaded.image->format.kind == PixelKind::Float);
        CHECK(std::isfinite(loaded.pixels->base));
        CHECK(loaded.pixels->step > 0);
    }
}

TEST_CASE("Padding of wide pixels has a level of its own", "[pixels]")
{
    DecodedFrame frame;
    frame.format = {1, 3, 1, 32, 32, 31, Signedness::Signed, "MONOCHROME2"};
    std::int32_t const values[] = {-32768, 1'000'000, 1'000'100};
    frame.values.resize(sizeof values);
    std::memcpy(frame.values.data(), values, sizeof values);
    ImageAttributes image;
    image.frames.resize(1);
    image.frames[0].grey.padding = PaddingRange{-32768, -32768};
    auto const pixels = *preparePixels(frame, image);
    CHECK(isPaddingLevel(*pixels, image.frames[0].grey, pixels->levels[0]));
    // The rest is not spread from -32768 on: every value keeps its own level.
    CHECK(pixels->stored(0, 1) == 1'000'000);
    CHECK(pixels->stored(0, 2) == 1'000'100);
}

TEST_CASE("Padding is read as the pixels are: signed, unsigned, in few bits, as a range", "[pixels]")
{
    auto const padding = [](Uint16 representation, Uint16 stored, Uint16 value, std::optional<Uint16> limit) {
        return load([&](DcmDataset& d) {
                   putBits(d, 16, stored, static_cast<Uint16>(stored - 1));
                   d.putAndInsertUint16(DCM_PixelRepresentation, representation);
                   Uint16 const pixels[] = {1, 2, 3, 4};
                   d.putAndInsertUint16Array(DCM_PixelData, pixels, 4);
                   d.putAndInsertUint16(DCM_PixelPaddingValue, value);
                   if (limit)
                       d.putAndInsertUint16(DCM_PixelPaddingRangeLimit, *limit);
               })
            .image->frame(0)
            .grey.padding.value();
    };
    CHECK(padding(0, 16, 63536, {}).from == 63536);
    CHECK(padding(1, 16, 63536, {}).from == -2000);
    CHECK(padding(1, 12, 0xF830, {}).from == -2000); // with its sign
    CHECK(padding(1, 12, 0x830, {}).from == -2000);  // without: 12 bits of it
    CHECK(padding(0, 12, 4095, {}).from == 4095);
    auto const range = padding(1, 16, 63536, Uint16{63546});
    CHECK(range.from == -2000);
    CHECK(range.to == -1990);
}

TEST_CASE("Of signed pixels the padding is black, and what is measured is not", "[pixels]")
{
    auto const loaded = load([](DcmDataset& d) {
        putBits(d, 16, 16, 15);
        d.putAndInsertUint16(DCM_PixelRepresentation, 1);
        Uint16 const pixels[] = {static_cast<Uint16>(-2000), static_cast<Uint16>(-1000), 0, 1000};
        d.putAndInsertUint16Array(DCM_PixelData, pixels, 4);
        d.putAndInsertUint16(DCM_PixelPaddingValue, static_cast<Uint16>(-2000));
        d.putAndInsertUint16(DCM_PixelPaddingRangeLimit, static_cast<Uint16>(-1990));
    });
    GreyScale const& grey = loaded.image->frame(0).grey;
    auto const& levels = loaded.pixels->levels;
    CHECK(isPaddingLevel(*loaded.pixels, grey, levels[0]));
    CHECK(isPaddingLevel(*loaded.pixels, grey, levels[0] + 10u));
    CHECK_FALSE(isPaddingLevel(*loaded.pixels, grey, levels[0] - 1u));
    CHECK_FALSE(isPaddingLevel(*loaded.pixels, grey, levels[0] + 11u));
    for (std::size_t i = 1; i < 4; ++i)
        CHECK_FALSE(isPaddingLevel(*loaded.pixels, grey, levels[i]));
}

TEST_CASE("Cells of 12 and 24 bits follow each other without gaps", "[pixels]")
{
    auto const twelve = load([](DcmDataset& d) {
        putBits(d, 12, 12, 11);
        // 0x123, 0xABC, 0xFFF, 0x001: the first in the lowest bits.
        Uint8 const packed[] = {0x23, 0xC1, 0xAB, 0xFF, 0x1F, 0x00};
        d.putAndInsertUint8Array(DCM_PixelData, packed, 6);
    });
    CHECK(twelve.pixels->stored(0, 0) == 0x123);
    CHECK(twelve.pixels->stored(0, 1) == 0xABC);
    CHECK(twelve.pixels->stored(1, 0) == 0xFFF);
    CHECK(twelve.pixels->stored(1, 1) == 0x001);
    auto const twentyFour = load([](DcmDataset& d) {
        putBits(d, 24, 24, 23);
        Uint8 const packed[] = {1, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0};
        d.putAndInsertUint8Array(DCM_PixelData, packed, 12);
    });
    CHECK(twentyFour.pixels->stored(0, 0) == Approx(1).margin(20));
    CHECK(twentyFour.pixels->stored(0, 1) == Approx(256).margin(20));
    CHECK(twentyFour.pixels->stored(1, 0) == 65536);
}

TEST_CASE("Stored bits may lie anywhere in those allocated", "[pixels]")
{
    for (int const shift : {0, 3, 6}) {
        auto const loaded = load([&](DcmDataset& d) {
            putBits(d, 16, 10, static_cast<Uint16>(9 + shift));
            d.putAndInsertUint16(DCM_PixelRepresentation, 1);
            Uint16 pixels[4];
            for (int i = 0; i < 4; ++i)
                pixels[i] = static_cast<Uint16>(((i * 100 - 200) & 0x3FF) << shift);
            d.putAndInsertUint16Array(DCM_PixelData, pixels, 4);
        });
        INFO(shift);
        CHECK(loaded.pixels->stored(0, 0) == -200);
        CHECK(loaded.pixels->stored(0, 1) == -100);
        CHECK(loaded.pixels->stored(1, 1) == 100);
        CHECK(loaded.pixels->levelCount == 1024);
    }
}

TEST_CASE("YBR of each kind becomes its colour, or says that it can't", "[colour]")
{
    auto const colour = [](char const* photometric, std::vector<std::uint8_t> const& values) {
        DecodedFrame frame;
        frame.format = {1, 1, 3, 8, 8, 7, Signedness::Unsigned, photometric};
        frame.values = values;
        return preparePixels(frame, {});
    };
    CHECK((*colour("RGB", {200, 100, 50}))->rgb[0] == 0xFFC86432);
    CHECK((*colour("YBR_FULL", {128, 128, 128}))->rgb[0] == 0xFF808080);
    CHECK((*colour("YBR_PARTIAL_422", {235, 128, 128}))->rgb[0] == 0xFFFFFFFF);
    CHECK((*colour("YBR_PARTIAL_422", {16, 128, 128}))->rgb[0] == 0xFF000000);
    for (char const* const unknown : {"YBR_RCT", "YBR_ICT", "HSV", "YBR_WHAT"})
        CHECK(colour(unknown, {1, 2, 3}).error().code == ErrorCode::Refused);
}

TEST_CASE("YBR_FULL_422 and either planar configuration give the same colours", "[colour]")
{
    auto const loadColours = [](char const* photometric, Uint16 planar, std::vector<Uint8> const& bytes) {
        return load([&](DcmDataset& d) {
                   d.putAndInsertUint16(DCM_SamplesPerPixel, 3);
                   d.putAndInsertString(DCM_PhotometricInterpretation, photometric);
                   d.putAndInsertUint16(DCM_PlanarConfiguration, planar);
                   d.putAndInsertUint8Array(DCM_PixelData, bytes.data(), bytes.size());
               })
            .pixels->rgb;
    };
    PictureVector<std::uint32_t> const wanted{0xFF010203, 0xFF040506, 0xFF070809, 0xFF0A0B0C};
    CHECK(loadColours("RGB", 0, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}) == wanted);
    CHECK(loadColours("RGB", 1, {1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12}) == wanted);
    // Y1 Y2 Cb Cr: grey of 10, 20, 30 and 40.
    CHECK(loadColours("YBR_FULL_422", 0, {10, 20, 128, 128, 30, 40, 128, 128}) ==
          PictureVector<std::uint32_t>{0xFF0A0A0A, 0xFF141414, 0xFF1E1E1E, 0xFF282828});
}

TEST_CASE("A supplemental palette colours what lies above the grey values", "[colour]")
{
    auto const loaded = load([](DcmDataset& d) {
        d.putAndInsertString(DCM_PixelPresentation, "COLOR");
        Uint16 const descriptor[] = {2, 200, 16};
        Uint16 const red[] = {0xFF00, 0x0000}, green[] = {0x0000, 0xFF00}, blue[] = {0, 0};
        d.putAndInsertUint16Array(DCM_RedPaletteColorLookupTableDescriptor, descriptor, 3);
        d.putAndInsertUint16Array(DCM_GreenPaletteColorLookupTableDescriptor, descriptor, 3);
        d.putAndInsertUint16Array(DCM_BluePaletteColorLookupTableDescriptor, descriptor, 3);
        d.putAndInsertUint16Array(DCM_RedPaletteColorLookupTableData, red, 2);
        d.putAndInsertUint16Array(DCM_GreenPaletteColorLookupTableData, green, 2);
        d.putAndInsertUint16Array(DCM_BluePaletteColorLookupTableData, blue, 2);
        Uint8 const pixels[] = {100, 199, 200, 201};
        d.putAndInsertUint8Array(DCM_PixelData, pixels, 4);
    });
    CHECK_FALSE(loaded.pixels->isColour); // its grey part has a window
    CHECK(loaded.pixels->supplementFrom == 200);
    REQUIRE(loaded.pixels->supplement.size() == 56);
    CHECK(loaded.pixels->supplement[0] == 0xFFFF0000);
    CHECK(loaded.pixels->supplement[1] == 0xFF00FF00);
    CHECK(loaded.pixels->supplement[55] == 0xFF00FF00);
}

TEST_CASE("A supplemental palette of signed pixels begins at its value, not so many levels above the lowest",
          "[colour]")
{
    auto const loaded = load([](DcmDataset& d) {
        putBits(d, 8, 8, 7);
        d.putAndInsertUint16(DCM_PixelRepresentation, 1);
        d.putAndInsertString(DCM_PixelPresentation, "COLOR");
        Uint16 const descriptor[] = {2, 100, 16}, red[] = {0xFF00, 0}, other[] = {0, 0};
        for (auto const& tag : {DCM_RedPaletteColorLookupTableDescriptor, DCM_GreenPaletteColorLookupTableDescriptor,
                                DCM_BluePaletteColorLookupTableDescriptor})
            d.putAndInsertUint16Array(tag, descriptor, 3);
        d.putAndInsertUint16Array(DCM_RedPaletteColorLookupTableData, red, 2);
        d.putAndInsertUint16Array(DCM_GreenPaletteColorLookupTableData, other, 2);
        d.putAndInsertUint16Array(DCM_BluePaletteColorLookupTableData, other, 2);
        Uint8 const pixels[] = {0x80, 0, 99, 100};
        d.putAndInsertUint8Array(DCM_PixelData, pixels, 4);
    });
    CHECK(loaded.pixels->levels[2] + 1u == loaded.pixels->supplementFrom);
    CHECK(loaded.pixels->levels[3] == loaded.pixels->supplementFrom);
    REQUIRE(loaded.pixels->supplement.size() == 28);
    CHECK(loaded.pixels->supplement[0] == 0xFFFF0000);
    CHECK(loaded.pixels->supplement[1] == 0xFF000000);
}

TEST_CASE("A picture that says it has colours and brings no palette is grey", "[colour]")
{
    auto const loaded = load([](DcmDataset& d) { d.putAndInsertString(DCM_PixelPresentation, "COLOR"); });
    CHECK_FALSE(loaded.image->palette.isSupplemental);
    CHECK(loaded.pixels->supplement.empty());
}

TEST_CASE("Segmented palettes are expanded, of words and of bytes", "[colour]")
{
    auto const paletteOf = [](Uint16 bits, std::vector<Uint16> const& segments) {
        auto const loaded = load([&](DcmDataset& d) {
            d.putAndInsertString(DCM_PhotometricInterpretation, "PALETTE COLOR");
            Uint16 const descriptor[] = {8, 0, bits};
            for (auto const& tag :
                 {DCM_RedPaletteColorLookupTableDescriptor, DCM_GreenPaletteColorLookupTableDescriptor,
                  DCM_BluePaletteColorLookupTableDescriptor})
                d.putAndInsertUint16Array(tag, descriptor, 3);
            for (auto const& tag :
                 {DCM_SegmentedRedPaletteColorLookupTableData, DCM_SegmentedGreenPaletteColorLookupTableData,
                  DCM_SegmentedBluePaletteColorLookupTableData})
                d.putAndInsertUint16Array(tag, segments.data(), segments.size());
        });
        return loaded.image->palette.red.entries;
    };
    // Discrete 2 values, linear 3 to 400, then both again by an indirect segment from byte 0: of which 3 fit.
    CHECK(paletteOf(16, {0, 2, 100, 100, 1, 3, 400, 2, 2, 0, 0}) ==
          std::vector<std::uint16_t>{100, 100, 200, 300, 400, 100, 100, 200});
    // The offset counts bytes: 6 is where the second segment begins.
    CHECK(paletteOf(16, {0, 1, 7, 0, 2, 100, 100, 2, 1, 6, 0, 0, 3, 9, 9, 9}) ==
          std::vector<std::uint16_t>{7, 100, 100, 100, 100, 9, 9, 9});
    // The same shape in bytes: 00 02 0A 0A | 01 03 28 | 02 02 00 00 00 00, and one to pad.
    CHECK(paletteOf(8, {0x0200, 0x0A0A, 0x0301, 0x0228, 0x0002, 0x0000, 0x0000}) ==
          std::vector<std::uint16_t>{10, 10, 20, 30, 40, 10, 10, 20});
}

TEST_CASE("A picture that is inverted says so, in colour as in grey", "[pixels]")
{
    for (bool const isColour : {false, true}) {
        INFO(isColour);
        auto const [image, pixels] = load([isColour](DcmDataset& d) {
            if (!isColour)
                return;
            d.putAndInsertUint16(DCM_SamplesPerPixel, 3);
            d.putAndInsertUint16(DCM_PlanarConfiguration, 0);
            d.putAndInsertString(DCM_PhotometricInterpretation, "RGB");
            std::vector<Uint8> const bytes(12, 200);
            d.putAndInsertUint8Array(DCM_PixelData, bytes.data(), bytes.size());
        });
        Stack stack;
        stack.entries = {{image, 0}};
        auto const isSaid = [&, &shown = *pixels](Inversion inversion) {
            ViewState state;
            state.inversion = inversion;
            return cornerText(stack, state, &shown, QSizeF(100, 100), {}, Language::Chinese)
                .bottomRight.join(' ')
                .contains("反相");
        };
        CHECK(isSaid(Inversion::Inverted));
        CHECK_FALSE(isSaid(Inversion::None));
    }
}
