// JPEG 2000 where codestream and header disagree, and High-Throughput JPEG 2000 against a judge that is not ours.
#include "tests/decoding/encoders.h"
#include "tests/decoding/openjph_judge.h"
#include "tests/support/support.h"
#include "viewer/decoding/codecs.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace qianli;
using namespace qianli::viewer;

namespace {

Codestream asBytes(std::string const& text)
{
    return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
}

PixelFormat announced(std::uint32_t rows, std::uint32_t columns, std::uint16_t bitsStored, Signedness signedness)
{
    PixelFormat format;
    format.rows = rows;
    format.columns = columns;
    format.bitsAllocated = 16;
    format.bitsStored = bitsStored;
    format.highBit = static_cast<std::uint16_t>(bitsStored - 1);
    format.signedness = signedness;
    return format;
}

// The numbers as whoever reads the frame takes them: masked to the stored bits, the sign extended.
std::vector<std::int32_t> numbersOf(DecodedFrame const& frame)
{
    std::vector<std::int32_t> numbers;
    auto const bits = frame.format.bitsStored;
    for (std::size_t i = 0; i < frame.values.size(); i += 2) {
        std::int32_t value = (frame.values[i] | frame.values[i + 1] << 8) & ((1 << bits) - 1);
        if (frame.format.signedness == Signedness::Signed && value >> (bits - 1) != 0)
            value -= 1 << bits;
        numbers.push_back(value);
    }
    return numbers;
}

struct Row {
    char const* what;
    std::uint32_t precision;
    bool isSigned;
    std::uint16_t bitsStored;
    Signedness signedness;
    std::vector<std::int32_t> coded, shown; // nothing shown: refused
};

} // namespace

TEST_CASE("Sign and precision that differ between codestream and header give the right numbers or none", "[j2k]")
{
    using enum Signedness;
    for (auto const& row : {
             Row{"as announced", 12, false, 12, Unsigned, {0, 5, 4095, 7}, {0, 5, 4095, 7}},
             Row{"fewer bits than announced", 10, false, 12, Unsigned, {0, 5, 1023, 7}, {0, 5, 1023, 7}},
             Row{"fewer bits, signed", 10, true, 16, Signed, {-512, 5, 511, -1}, {-512, 5, 511, -1}},
             Row{"unsigned under a signed header, none large", 12, false, 16, Signed, {0, 5, 4095, 7}, {0, 5, 4095, 7}},
             Row{"two's complement coded as unsigned", 13, false, 13, Signed, {0, 8191, 4096, 7}, {0, -1, -4096, 7}},
             Row{"signed under an unsigned header", 16, true, 16, Unsigned, {-2000, 5, 3000, -1}, {-2000, 5, 3000, -1}},
             Row{"signed under an unsigned header of fewer bits",
                 16,
                 true,
                 12,
                 Unsigned,
                 {-2000, 5, 5000, -1},
                 {-2000, 5, 5000, -1}},
             Row{"more bits than announced, none needed", 16, false, 12, Unsigned, {0, 5, 4095, 7}, {0, 5, 4095, 7}},
             Row{"more bits than announced", 16, false, 12, Unsigned, {0, 5, 60000, 7}, {0, 5, 60000, 7}},
             Row{"more bits than announced, signed", 16, true, 12, Signed, {-30000, 5, 2, 7}, {-30000, 5, 2, 7}},
             Row{"unsigned, and more than signed bits hold", 16, false, 12, Signed, {0, 5, 60000, 7}, {}},
         }) {
        INFO(row.what);
        DecodedFrame frame{announced(2, 2, row.bitsStored, row.signedness), {}};
        frame.values.resize(frame.format.frameBytes());
        auto const decoded =
            decodeJpeg2000(asBytes(test::encodeJpeg2000({2, 2, row.precision, row.isSigned, row.coded})), frame);
        if (row.shown.empty()) {
            REQUIRE_FALSE(decoded);
            CHECK(decoded.error().message.find("unsigned numbers of 16 bits") != std::string::npos);
            continue;
        }
        INFO((decoded ? "" : decoded.error().message));
        REQUIRE(decoded);
        CHECK(numbersOf(frame) == row.shown);
    }
}

TEST_CASE("Components of unlike precisions are refused, and like ones are colours", "[j2k]")
{
    auto const decoded = [](std::vector<std::uint32_t> const& others, DecodedFrame& frame) {
        frame.format = announced(2, 2, 8, Signedness::Unsigned);
        frame.format.samplesPerPixel = 3;
        frame.format.bitsAllocated = 8;
        frame.format.photometric = "RGB";
        frame.values.resize(frame.format.frameBytes());
        return decodeJpeg2000(asBytes(test::encodeJpeg2000({2, 2, 8, false, {1, 2, 3, 4}}, others)), frame);
    };
    DecodedFrame frame;
    auto const like = decoded({8, 8}, frame);
    INFO((like ? "" : like.error().message));
    REQUIRE(like);
    CHECK(frame.values == std::vector<std::uint8_t>{1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4});
    for (auto const& others : {std::vector<std::uint32_t>{8, 7}, std::vector<std::uint32_t>{12, 8}}) {
        auto const unlike = decoded(others, frame);
        REQUIRE_FALSE(unlike);
        CHECK(unlike.error().message.find("unlike components") != std::string::npos);
    }
}

TEST_CASE("High-throughput codestreams of every depth, sign and block size give what went in", "[j2k]")
{
    struct Case {
        std::uint32_t rows, columns, precision;
        bool isSigned;
        std::uint32_t blockWidth, blockHeight, decompositions;
    };
    for (auto const& one :
         {Case{64, 64, 8, false, 64, 64, 5}, Case{100, 90, 12, false, 64, 64, 5}, Case{128, 77, 12, true, 32, 32, 5},
          Case{200, 200, 16, false, 64, 64, 5}, Case{200, 200, 16, true, 64, 64, 5}, Case{65, 300, 16, true, 16, 64, 3},
          Case{33, 31, 10, false, 4, 4, 1}, Case{50, 50, 16, false, 64, 64, 0}}) {
        INFO(one.rows << "x" << one.columns << ", " << one.precision << " bits " << one.isSigned << ", blocks "
                      << one.blockWidth << "x" << one.blockHeight << ", " << one.decompositions << " levels");
        test::Numbers numbers{one.rows, one.columns, one.precision, one.isSigned, {}};
        double const half = std::pow(2.0, one.precision - 1) - 1;
        for (std::uint32_t i = 0; i < one.rows * one.columns; ++i) {
            // Anatomy's slopes, edges to the ends of the range, and noise.
            double value = 0.4 * half * std::sin(i % one.columns / 9.0) + 0.3 * half * std::cos(i / one.columns / 7.0);
            value += static_cast<double>(i * 2654435761u >> 20) / 4096 * half * 0.1;
            if (i % 53 == 0)
                value = i % 2 == 0 ? half : -half;
            numbers.values.push_back(static_cast<std::int32_t>(value) + (one.isSigned ? 0 : static_cast<int>(half)));
        }
        auto const codestream = test::encodeHtj2k(numbers, one.blockWidth, one.blockHeight, one.decompositions);
        DecodedFrame ours{announced(one.rows, one.columns, static_cast<std::uint16_t>(one.precision),
                                    one.isSigned ? Signedness::Signed : Signedness::Unsigned),
                          {}};
        ours.values.resize(ours.format.frameBytes());
        DecodedFrame judge = ours;
        REQUIRE(test::decodeWithOpenJph(asBytes(codestream), judge));
        auto const decoded = decodeJpeg2000(asBytes(codestream), ours);
        INFO((decoded ? "" : decoded.error().message));
        REQUIRE(decoded);
        CHECK(numbersOf(judge) == numbers.values);
        CHECK(ours.values == judge.values);
    }
}
