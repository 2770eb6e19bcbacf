// What a frame is taken for: whose file it is of, in which colours its codestream is, and where one frame ends.
#include "common/base/file.h"
#include "tests/decoding/sample_file.h"
#include "tests/support/support.h"
#include "viewer/decoding/codecs.h"
#include "viewer/decoding/image_file.h"
#include "viewer/decoding/pixel_decoder.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {

using Bytes = std::vector<std::uint8_t>;

Result<DecodedFrame> decode(test::SampleFile const& file, std::uint32_t frame = 0)
{
    test::TemporaryFolder const folder;
    REQUIRE(writeFileDurably(folder / "image.dcm", file.bytes()));
    return makeLocalDecoder()->decode(folder / "image.dcm", frame);
}

std::string errorOf(Result<DecodedFrame> const& decoded)
{
    return decoded ? "" : decoded.error().message;
}

std::string rleFrame(char value)
{
    std::string header(64, '\0');
    header[0] = 1;
    header[4] = 64;
    return header + std::string{'\xFD', value};
}

// The codestream without its application segments, and these behind its start instead.
Bytes withSegments(Bytes const& jpeg, std::string const& segments)
{
    std::size_t at = 2;
    while (jpeg[at] == 0xFF && jpeg[at + 1] >= 0xE0 && jpeg[at + 1] <= 0xEF)
        at += 2u + static_cast<std::size_t>(jpeg[at + 2] << 8 | jpeg[at + 3]);
    Bytes made{0xFF, 0xD8};
    made.insert(made.end(), segments.begin(), segments.end());
    made.insert(made.end(), jpeg.begin() + static_cast<std::ptrdiff_t>(at), jpeg.end());
    return made;
}

} // namespace

TEST_CASE("Files that are open at the same time are not taken for each other", "[decoding]")
{
    test::TemporaryFolder const folder;
    auto const decoder = makeLocalDecoder();
    for (char const value : {5, 6}) { // of the same size
        test::SampleFile file;
        file.transferSyntax = "1.2.840.10008.1.2.5";
        file.frames = 2;
        file.fragments = {"", rleFrame(value), rleFrame(static_cast<char>(value + 10))};
        REQUIRE(writeFileDurably(folder / std::to_string(value), file.bytes()));
    }
    for (int round = 0; round < 2; ++round)
        for (std::uint8_t const value : {5, 6})
            for (std::uint32_t const frame : {0u, 1u})
                CHECK(decoder->decode(folder / std::to_string(value), frame).value().values.front() ==
                      value + 10 * frame);
}

TEST_CASE("A JPEG's own word about its colours is believed before the header's", "[decoding]")
{
    auto const path = test::sharedData("compressed/SC_rgb_jpeg_dcmtk.dcm");
    if (!path)
        return;
    auto const file = *ImageFile::open(*path);
    auto const whole = *file->frameBytes(0);
    std::string const jfif("\xFF\xE0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0", 18);
    auto const adobe = [](char transform) {
        return std::string("\xFF\xEE\0\x0E"
                           "Adobe\0\x64\0\0\0\0",
                           15) +
               transform;
    };
    struct Row {
        char const* announced;
        std::string segments;
        char const* given;
    };
    for (auto const& row : {Row{"RGB", "", "RGB"}, Row{"RGB", jfif, "YBR_FULL"}, Row{"RGB", adobe(1), "YBR_FULL"},
                            Row{"YBR_FULL", adobe(0), "RGB"}, Row{"YBR_FULL_422", adobe(0), "RGB"},
                            Row{"YBR_FULL_422", "", "YBR_FULL"}, Row{"YBR_FULL", jfif, "YBR_FULL"}}) {
        INFO(row.announced << " to " << row.given << ", " << row.segments.size());
        DecodedFrame frame{*file->pixelFormat(), Bytes(file->pixelFormat()->frameBytes())};
        frame.format.photometric = row.announced;
        auto const decoded = decodeJpeg(withSegments(whole, row.segments), frame);
        INFO((decoded ? "" : decoded.error().message));
        REQUIRE(decoded);
        CHECK(frame.format.photometric == row.given);
    }
    // The markers themselves lie.
    DecodedFrame frame{*file->pixelFormat(), Bytes(file->pixelFormat()->frameBytes())};
    auto const beyond = decodeJpeg(Bytes{0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF, 1, 2}, frame);
    REQUIRE_FALSE(beyond);
    CHECK(beyond.error().message.find("runs beyond the frame") != std::string::npos);
}

TEST_CASE("What lossy coding adds beyond the whitest value stays the whitest", "[decoding]")
{
    auto const path = test::sharedData("xray/RG3_JPLY");
    if (!path)
        return;
    auto const frame = makeLocalDecoder()->decode(*path, 0).value();
    REQUIRE(frame.format.bitsStored == 10);
    int highest = 0;
    for (std::size_t i = 0; i < frame.values.size(); i += 2)
        highest = std::max(highest, frame.values[i] | frame.values[i + 1] << 8);
    CHECK(highest == 1023);
}

TEST_CASE("Fragments that can't be told apart make no frames", "[decoding]")
{
    auto const path = test::sharedData("ct/single/J2K_pixelrep_mismatch.dcm");
    if (!path)
        return;
    auto const single = *ImageFile::open(*path);
    auto const bytes = *single->frameBytes(0);
    std::string codestream(bytes.begin(), bytes.end());
    codestream.resize((codestream.size() + 1) / 2 * 2, '\0');
    test::SampleFile file;
    file.transferSyntax = single->transferSyntax().value();
    file.rows = static_cast<std::uint16_t>(single->pixelFormat()->rows);
    file.columns = static_cast<std::uint16_t>(single->pixelFormat()->columns);
    file.bitsAllocated = 16;
    file.frames = 2;
    // One that nobody begins stands before them.
    file.fragments = {"", "remainder.", codestream, codestream};
    CHECK(errorOf(decode(file)).find("3 fragments can't be assigned to 2 frames") != std::string::npos);
    // Twice the same beginning: the codestreams tell.
    file.fragments = {std::string(8, '\0'), codestream.substr(0, 100), codestream.substr(100), codestream};
    for (std::uint32_t const frame : {0u, 1u}) {
        auto const decoded = decode(file, frame);
        INFO(errorOf(decoded));
        CHECK(decoded);
    }
}

TEST_CASE("A deflated frame is what it inflates to, whole and no more", "[decoding]")
{
    // A block that is stored as it is (RFC 1951 3.2.4); the first bit says that it is the last.
    auto const block = [](std::string const& bytes, char isLast = 1) {
        auto const length = static_cast<std::uint16_t>(bytes.size());
        auto const low = [](int value) { return static_cast<char>(value & 0xFF); };
        return std::string{isLast, low(length), low(length >> 8), low(~length), low(~length >> 8)} + bytes;
    };
    test::SampleFile file;
    file.transferSyntax = "1.2.840.10008.1.2.8.1";
    file.fragments = {"", block("abcd")};
    CHECK(decode(file).value().values == Bytes{'a', 'b', 'c', 'd'});
    file.fragments = {"", block("abc")};
    CHECK(errorOf(decode(file)).find("holds 3 bytes where 4 are needed") != std::string::npos);
    file.fragments = {"", block("abcd", 0)};
    CHECK_FALSE(decode(file).has_value()); // another block should follow
    file.fragments = {"", block(std::string(2000, 'x'))};
    auto const larger = decode(file);
    REQUIRE_FALSE(larger);
    CHECK(larger.error().code == ErrorCode::LimitExceeded);
}

TEST_CASE("A picture of which a few bytes announce gigabytes is refused", "[decoding]")
{
    test::SampleFile file;
    file.rows = file.columns = 65'535;
    file.native = "1234";
    CHECK(errorOf(decode(file)).find("65535 rows and 65535 columns is too large") != std::string::npos);
}
