// One object of each modality as it first appears on the screen: every grey worked out by hand from PS3.3 C.7.6.3 and
// C.11, from file to screen pixel. A3 of user-pains: too dark, too white, inverted.
#include "tests/support/support.h"
#include "tests/viewer_model/sample_image.h"
#include "viewer/decoding/pixel_decoder.h"
#include "viewer/render/picture_graphics.h"

#include <QImage>
#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {

struct Example {
    char const* name;
    std::vector<int> stored;
    std::vector<int> greys; // as it first appears
    std::function<void(DcmDataset&)> describe;
};

using Strings = std::vector<std::pair<DcmTagKey, char const*>>;

std::function<void(DcmDataset&)> words(char const* modality, Strings const& strings)
{
    return [=](DcmDataset& d) {
        d.putAndInsertString(DCM_Modality, modality);
        for (auto const& [tag, value] : strings)
            d.putAndInsertString(tag, value);
    };
}

void putPixels(DcmDataset& d, std::vector<int> const& stored, Uint16 bits, bool isSigned)
{
    std::vector<Uint16> values;
    for (int const value : stored)
        values.push_back(static_cast<Uint16>(value & ((1 << bits) - 1)));
    d.putAndInsertUint16(DCM_Columns, static_cast<Uint16>(stored.size()));
    d.putAndInsertUint16(DCM_Rows, 1);
    d.putAndInsertUint16(DCM_BitsAllocated, 16);
    d.putAndInsertUint16(DCM_BitsStored, bits);
    d.putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(bits - 1));
    d.putAndInsertUint16(DCM_PixelRepresentation, isSigned ? 1 : 0);
    d.putAndInsertUint16Array(DCM_PixelData, values.data(), values.size());
}

void putLut(DcmDataset& d, DcmTagKey const& sequence, std::vector<Uint16> const& descriptor,
            std::vector<Uint16> const& entries)
{
    DcmItem* item = nullptr;
    REQUIRE(d.findOrCreateSequenceItem(sequence, item, -2).good());
    item->putAndInsertUint16Array(DCM_LUTDescriptor, descriptor.data(), 3);
    item->putAndInsertUint16Array(DCM_LUTData, entries.data(), entries.size());
}

std::vector<int> firstAppearance(Example const& example, Uint16 bits, bool isSigned)
{
    test::TemporaryFolder const folder;
    std::filesystem::path const path = folder / "image.dcm";
    test::writeImageFile(path, [&](DcmDataset& d) {
        putPixels(d, example.stored, bits, isSigned);
        example.describe(d);
    });
    auto const image = loadImageAttributes(path);
    REQUIRE(image);
    auto const frame = makeLocalDecoder()->decode(path, 0);
    REQUIRE(frame);
    auto const pixels = preparePixels(*frame, **image);
    REQUIRE(pixels);
    ViewState state;
    state.voi = initialVoi(**pixels, (*image)->frame(0).grey, (*image)->series.modality);
    QImage const drawn = renderPicture(**pixels, **image, 0, state, QSize(static_cast<int>(example.stored.size()), 1));
    std::vector<int> greys;
    for (int x = 0; x < drawn.width(); ++x)
        greys.push_back(qRed(drawn.pixel(x, 0)));
    return greys;
}

void check(std::vector<Example> const& examples, Uint16 bits, bool isSigned)
{
    for (auto const& example : examples) {
        INFO(example.name);
        CHECK(firstAppearance(example, bits, isSigned) == example.greys);
    }
}

} // namespace

TEST_CASE("Radiographs first appear as they are meant", "[picture][modality]")
{
    Strings const window{{DCM_WindowCenter, "2048"}, {DCM_WindowWidth, "4096"}};
    Strings film = window;
    film.emplace_back(DCM_PhotometricInterpretation, "MONOCHROME1");
    Strings filmTwice = film;
    filmTwice.emplace_back(DCM_PresentationLUTShape, "INVERSE");
    // x / 4095 * 255, rounded: 1024 is 64, 2048 is 128, 3072 is 191.
    check(
        {{"CR", {0, 1024, 2048, 4095}, {0, 64, 128, 255}, words("CR", window)},
         {"CR of a film: the least exposed is white", {0, 1024, 2048, 4095}, {255, 191, 127, 0}, words("CR", film)},
         {"DX said twice to be inverse", {0, 1024, 2048, 4095}, {255, 191, 127, 0}, words("DX", filmTwice)},
         {"DX with a VOI LUT and no window", // 0, 1024 … give 0, 100, 400, 1023 of 10 bits
          {0, 1024, 2048, 3072},
          {0, 25, 100, 255},
          [](DcmDataset& d) {
              d.putAndInsertString(DCM_Modality, "DX");
              std::vector<Uint16> entries(3073);
              for (std::size_t i = 0; i < entries.size(); ++i)
                  entries[i] = i < 1024 ? 0 : i < 2048 ? 100 : i < 3072 ? 400 : 1023;
              putLut(d, DCM_VOILUTSequence, {3073, 0, 10}, entries);
          }},
         {"DX with a LUT and MONOCHROME1",
          {0, 4000},
          {255, 0},
          [](DcmDataset& d) {
              d.putAndInsertString(DCM_Modality, "DX");
              d.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME1");
              putLut(d, DCM_VOILUTSequence, {2, 2000, 8}, {0, 255});
          }},
         // 1 / (1 + e^(-4 (x - 2000) / 1000)): 1500 gives 0.1192, 2250 gives 0.7311.
         {"MG with a sigmoid",
          {0, 1500, 2000, 2250, 4095},
          {0, 30, 128, 186, 255},
          words("MG", {{DCM_WindowCenter, "2000"}, {DCM_WindowWidth, "1000"}, {DCM_VOILUTFunction, "SIGMOID"}})},
         {"MG, linear exact",
          {1000, 1500, 2000, 3000},
          {0, 64, 128, 255},
          words("MG", {{DCM_WindowCenter, "2000"}, {DCM_WindowWidth, "2000"}, {DCM_VOILUTFunction, "LINEAR_EXACT"}})},
         {"DX without a window: from the darkest to the brightest", {1000, 2000, 3000}, {0, 128, 255}, words("DX", {})},
         {"DX whose window lacks a zero",
          {1000, 2000, 3000},
          {0, 128, 255},
          words("DX", {{DCM_WindowCenter, "200"}, {DCM_WindowWidth, "200"}})}},
        12, false);
}

TEST_CASE("CT and MR first appear as they are meant", "[picture][modality]")
{
    // (HU - 39.5) / 399 + 0.5 of 255: -160 is 0, 40 is 128, 140 is 192, 240 is white.
    check({{"CT with its rescale",
            {0, 864, 1064, 1164, 1264},
            {0, 0, 128, 192, 255},
            words("CT", {{DCM_RescaleIntercept, "-1024"},
                         {DCM_RescaleSlope, "1"},
                         {DCM_WindowCenter, "40\\-600"},
                         {DCM_WindowWidth, "400\\1500"}})},
           {"CT without a window: soft tissue",
            {0, 1064, 1264},
            {0, 128, 255},
            words("CT", {{DCM_RescaleIntercept, "-1024"}, {DCM_RescaleSlope, "1"}})},
           {"MR with a slope", // x * 2: 99.5 / 199 … of window 100/200
            {0, 50, 100},
            {0, 128, 255},
            words("MR", {{DCM_RescaleIntercept, "0"},
                         {DCM_RescaleSlope, "2"},
                         {DCM_WindowCenter, "100"},
                         {DCM_WindowWidth, "200"}})}},
          12, false);
    check({{"CT in signed HU, padding around",
            {-2000, -160, 40, 240},
            {0, 0, 128, 255},
            [](DcmDataset& d) {
                words("CT", {{DCM_WindowCenter, "40"}, {DCM_WindowWidth, "400"}})(d);
                d.putAndInsertSint16(DCM_PixelPaddingValue, -2000);
            }},
           {"MR in the negative, its padding black although inverse",
            {-32768, -100, 0, 100},
            {0, 255, 128, 0},
            [](DcmDataset& d) {
                words("MR", {{DCM_PhotometricInterpretation, "MONOCHROME1"},
                             {DCM_WindowCenter, "0.5"},
                             {DCM_WindowWidth, "201"}})(d);
                d.putAndInsertSint16(DCM_PixelPaddingValue, -32768);
            }}},
          16, true);
}

TEST_CASE("Screens, fluoroscopy and emission first appear as they are meant", "[picture][modality]")
{
    check({{"US, grey", {0, 64, 128, 255}, {0, 64, 128, 255}, words("US", {})},
           {"US with a window of no width",
            {0, 64, 128, 255},
            {0, 64, 128, 255},
            words("US", {{DCM_WindowCenter, "0"}, {DCM_WindowWidth, "0"}})},
           {"XA of 8 bits", {10, 100, 250}, {10, 100, 250}, words("XA", {})},
           {"RF whose Modality LUT makes optical density a ramp",
            {0, 1, 2},
            {0, 128, 255},
            [](DcmDataset& d) { // a secondary capture
                words("RF", {{DCM_WindowCenter, "500.5"}, {DCM_WindowWidth, "1001"}})(d);
                putLut(d, DCM_ModalityLUTSequence, {3, 0, 16}, {0, 500, 1000});
            }},
           {"XA whose Modality LUT leads back to the beam",
            {0, 128, 255},
            {0, 128, 255},
            [](DcmDataset& d) {
                words("XA", {{DCM_SOPClassUID, UID_XRayAngiographicImageStorage},
                             {DCM_WindowCenter, "128"},
                             {DCM_WindowWidth, "256"}})(d);
                putLut(d, DCM_ModalityLUTSequence, {3, 0, 16}, {100, 5000, 60000});
            }},
           {"SC", {0, 128, 255}, {0, 128, 255}, words("OT", {})}},
          8, false);
    check({{"NM: from nothing to the hottest", {0, 100, 200}, {0, 128, 255}, words("NM", {})},
           {"PT in its units, which are small",
            {0, 500, 1000},
            {0, 128, 255},
            words("PT", {{DCM_RescaleIntercept, "0"}, {DCM_RescaleSlope, "0.01"}})}},
          16, false);
}
