// Identifiers: names keep every character, also those whose second byte in GB18030 is '\' or '^' (R13).
#include "common/dicom/network/identifier_codec.h"

#include "common/dicom/sop_class.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::dicom;

TEST_CASE("an identifier comes back as it went, in either character set and transfer syntax", "[network]")
{
    auto const charset = GENERATE(as<std::string>(), "ISO_IR 192", "GB18030");
    auto const syntax = Uid::ofKnown(GENERATE(as<std::string>(), transfer::implicitLittle, transfer::explicitLittle));
    auto const name = GENERATE(as<std::string>(), "张昞", "李玘^医生", "黄璟瑄", "𠮷田", "Zhang^San");
    std::map<Tag, std::string> const values{{{0x0010, 0x0010}, name},
                                            {{0x0008, 0x0052}, "STUDY"},
                                            {{0x0020, 0x000D}, "1.2.3\\1.2.4"},
                                            {{0x0028, 0x0010}, "512"},
                                            {{0x0040, 0x0275}, ""}};
    auto const bytes = encodeIdentifier(values, syntax, charset);
    REQUIRE(bytes);
    CHECK(bytes->size() % 2 == 0);
    auto const decoded = decodeIdentifier(*bytes, syntax, "");
    REQUIRE(decoded);
    CHECK(decoded->charset == charset);
    CHECK(decoded->value({0x0010, 0x0010}) == name);
    CHECK(decoded->value({0x0020, 0x000D}) == "1.2.3\\1.2.4");
    CHECK(decoded->value({0x0028, 0x0010}) == "512");
    CHECK(decoded->elements.contains({0x0040, 0x0275}));
}

TEST_CASE("an identifier that is cut off or nested without end is refused before the parser sees it", "[network]")
{
    auto const syntax = Uid::ofKnown(transfer::implicitLittle);
    auto bytes = *encodeIdentifier({{{0x0010, 0x0010}, "张三"}}, syntax, "ISO_IR 192");
    bytes.pop_back();
    CHECK_FALSE(decodeIdentifier(bytes, syntax, ""));

    std::vector<std::uint8_t> nested;
    for (int i = 0; i < 20'000; ++i) {
        std::uint8_t const level[] = {0x40, 0x00, 0x75, 0x02, 0xFF, 0xFF, 0xFF, 0xFF,
                                      0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF};
        nested.insert(nested.end(), std::begin(level), std::end(level));
    }
    CHECK_FALSE(decodeIdentifier(nested, syntax, ""));
}

namespace {

void append(std::vector<std::uint8_t>& bytes, std::initializer_list<int> more)
{
    for (int const byte : more)
        bytes.push_back(static_cast<std::uint8_t>(byte));
}

// One private element without VR to the scan, 192 KiB long. To a parser that insists on VRs its length is 3, and what
// follows is `depth` sequences in each other.
std::vector<std::uint8_t> hidingSequences(std::size_t depth)
{
    constexpr std::size_t length = 0x0003'0040;
    std::vector<std::uint8_t> bytes;
    append(bytes, {0x09, 0x00, 0x02, 0x10, 0x40, 0x00, 0x03, 0x00});
    append(bytes, {0, 0, 0});
    for (std::size_t i = 0; i < depth; ++i)
        append(bytes, {0x40, 0x00, 0x30, 0xA7, 'S',  'Q',  0,    0,    0xFF, 0xFF,
                       0xFF, 0xFF, 0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF});
    bytes.resize(8 + length);
    return bytes;
}

} // namespace

TEST_CASE("an identifier that the parser would read otherwise than the scan is refused before the parser sees it",
          "[network]")
{
    auto const refused = decodeIdentifier(hidingSequences(9'000), Uid::ofKnown(transfer::explicitLittle), "");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::InvalidInput);
    CHECK(refused.error().message.find("value representations") != std::string::npos);
}

TEST_CASE("an identifier whose pixel data is a sequence, or whose private element may be one, reaches no parser",
          "[network]")
{
    constexpr std::size_t depth = 20'000;
    std::vector<std::uint8_t> pixels, deep, element;
    for (std::size_t i = 0; i < depth; ++i)
        append(deep, {0x40, 0x00, 0x30, 0xA7, 'S',  'Q',  0,    0,    0xFF, 0xFF,
                      0xFF, 0xFF, 0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF});
    auto const appendLength = [](std::vector<std::uint8_t>& to, std::size_t length) {
        for (int shift = 0; shift < 32; shift += 8)
            to.push_back(static_cast<std::uint8_t>(length >> shift));
    };
    append(pixels, {0xE0, 0x7F, 0x10, 0x00, 'S', 'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0x00, 0xE0});
    appendLength(pixels, deep.size());
    pixels.insert(pixels.end(), deep.begin(), deep.end());
    append(pixels, {0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0});
    auto const refused = decodeIdentifier(pixels, Uid::ofKnown(transfer::explicitLittle), "");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::LimitExceeded);

    // (0009,1000) of this creator is a sequence to DCMTK; its item ends behind it.
    deep.clear();
    for (std::size_t i = 0; i < depth; ++i)
        append(deep, {0x40, 0x00, 0x30, 0xA7, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF});
    append(element, {0x09, 0x00, 0x10, 0x00, 16, 0, 0, 0});
    for (char const letter : std::string_view("DCMTK_ANONYMIZER"))
        element.push_back(static_cast<std::uint8_t>(letter));
    append(element, {0x09, 0x00, 0x00, 0x10});
    appendLength(element, deep.size() + 8);
    append(element, {0xFE, 0xFF, 0x00, 0xE0});
    appendLength(element, deep.size() + 2);
    element.insert(element.end(), deep.begin(), deep.end());
    CHECK_FALSE(decodeIdentifier(element, Uid::ofKnown(transfer::implicitLittle), ""));
}
