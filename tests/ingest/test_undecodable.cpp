// Pixels are not our business on the way in (R14): what no decoder would take is stored and handed out as it came.
#include "tests/support/gateway_fixture.h"

#include <catch2/catch.hpp>
#include <random>

using namespace qianli;
using namespace qianli::gateway;
using test::GatewayFixture;
using test::SyntheticObject;

namespace {

void put16(std::vector<std::uint8_t>& bytes, std::uint32_t value)
{
    bytes.push_back(static_cast<std::uint8_t>(value));
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
}

void put32(std::vector<std::uint8_t>& bytes, std::uint32_t value)
{
    put16(bytes, value & 0xFFFF);
    put16(bytes, value >> 16);
}

// An item, a sequence or fragments' end (PS3.5 A.4).
void putItem(std::vector<std::uint8_t>& bytes, std::uint32_t element, std::vector<std::uint8_t> const& value = {})
{
    put16(bytes, 0xFFFE);
    put16(bytes, element);
    put32(bytes, static_cast<std::uint32_t>(value.size()));
    bytes.insert(bytes.end(), value.begin(), value.end());
}

// Pixel data in fragments that are noise behind the magic bytes of a codestream.
void putNoise(std::vector<std::uint8_t>& dataSet, std::vector<std::uint8_t> begins)
{
    std::minstd_rand random(7);
    put32(dataSet, 0x0010'7FE0); // (7FE0,0010) in explicit VR little endian
    dataSet.insert(dataSet.end(), {'O', 'B', 0, 0});
    put32(dataSet, 0xFFFF'FFFF);
    putItem(dataSet, 0xE000, {0xFF, 0xFF, 0xFF, 0x7F}); // an offset table that points nowhere
    begins.resize(5000);
    for (std::size_t i = 4; i < begins.size(); ++i)
        begins[i] = static_cast<std::uint8_t>(random());
    putItem(dataSet, 0xE000, begins);
    putItem(dataSet, 0xE0DD);
}

std::vector<std::uint8_t> stored(BlobStore const& store, Receipt const& receipt)
{
    auto const object = store.open(receipt.location);
    REQUIRE(object);
    std::vector<std::uint8_t> bytes(object->location.dataSetLength);
    REQUIRE(readAllAt(object->file.get(), bytes, object->location.dataSetOffset));
    return bytes;
}

} // namespace

TEST_CASE("bytes that no decoder would take are stored as they came, in every compressed syntax", "[ingest][R14]")
{
    struct Case {
        char const* syntax;
        std::vector<std::uint8_t> begins;
    };
    auto const one = GENERATE(values<Case>({{"1.2.840.10008.1.2.4.50", {0xFF, 0xD8, 0xFF, 0xC0}},  // JPEG
                                            {"1.2.840.10008.1.2.4.70", {0xFF, 0xD8, 0xFF, 0xC3}},  // lossless
                                            {"1.2.840.10008.1.2.4.80", {0xFF, 0xD8, 0xFF, 0xF7}},  // JPEG-LS
                                            {"1.2.840.10008.1.2.4.90", {0xFF, 0x4F, 0xFF, 0x51}},  // JPEG 2000
                                            {"1.2.840.10008.1.2.4.201", {0xFF, 0x4F, 0xFF, 0x50}}, // HTJ2K
                                            {"1.2.840.10008.1.2.5", {0xFF, 0xFF, 0xFF, 0x7F}},     // RLE, 2^31 segments
                                            {"1.2.840.10008.1.2.4.102", {0x00, 0x00, 0x01, 0xB3}}, // MPEG-4
                                            {"1.2.3.4.5.6", {0xDE, 0xAD, 0xBE, 0xEF}}}));          // a maker's own
    CAPTURE(one.syntax);
    GatewayFixture gateway;
    SyntheticObject object("1.2.3", "1.2.3.1", "1.2.3.1.1");
    // A thousand times what is there, by its own words.
    object.set(0x00280010, "US", std::string("\xFF\xFF", 2)).set(0x00280011, "US", std::string("\xFF\xFF", 2));
    object.set(0x00280100, "US", std::string("\x40\x00", 2)).set(0x00280008, "IS", "2147483647");
    auto bytes = object.dataSet();
    putNoise(bytes, one.begins);
    auto const outcome =
        gateway.sendBytes(GatewayFixture::site("puzi"), object.sopClass(), object.sopInstance(), bytes, one.syntax)
            .get();
    INFO((outcome ? "" : outcome.error().message));
    REQUIRE(outcome);
    CHECK(outcome->kind == StoreOutcome::Kind::Stored);
    CHECK(stored(gateway.store(), outcome->receipt) == bytes);
}

TEST_CASE("pixels that are fewer than rows and columns say are stored as they came", "[ingest][R14]")
{
    GatewayFixture gateway;
    SyntheticObject object("1.2.3", "1.2.3.1", "1.2.3.1.1");
    object.set(0x00280010, "US", std::string("\x00\x02", 2)).set(0x00280011, "US", std::string("\x00\x02", 2));
    object.pixels(10, 1);
    auto const outcome = gateway.mustSend(GatewayFixture::site("puzi"), object);
    CHECK(stored(gateway.store(), outcome.receipt) == object.dataSet());
}
