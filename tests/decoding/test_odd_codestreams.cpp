// Codestreams that are damaged in the middle, and headers that count and place otherwise than their pixels.
#include "common/base/file.h"
#include "tests/decoding/codec_of.h"
#include "tests/decoding/sample_file.h"
#include "tests/support/support.h"
#include "viewer/decoding/codecs.h"
#include "viewer/decoding/image_file.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {
using Bytes = std::vector<std::uint8_t>;
} // namespace

TEST_CASE("Codestreams with a hole in the middle give an error, never a picture that is filled up", "[decoding]")
{
    for (char const* name :
         {"compressed/SC_rgb_jpeg_dcmtk.dcm", "compressed/JPEG-lossy.dcm", "compressed/JPGExtended.dcm",
          "ct/single/J2K_pixelrep_mismatch.dcm", "xray/RG3_JLSL", "xray/RG3_JPLL"}) {
        auto const path = test::sharedData(name);
        if (!path)
            continue;
        auto const file = *ImageFile::open(*path);
        auto const whole = *file->frameBytes(0);
        for (double const share : {0.3, 0.6, 0.8}) {
            INFO(name << " " << share);
            DecodedFrame frame;
            frame.format = *file->pixelFormat();
            frame.values.resize(frame.format.frameBytes());
            auto const at = static_cast<std::ptrdiff_t>(static_cast<double>(whole.size()) * share);
            std::vector<std::uint8_t> holed = whole;
            holed.erase(holed.begin() + at, holed.begin() + at + static_cast<std::ptrdiff_t>(whole.size() / 7));
            auto const codec = test::codecOf(*file);
            CHECK_FALSE(codec(holed, frame).has_value());
        }
    }
}

TEST_CASE("Values of a codestream that has no more bits than are stored lie in the lowest ones", "[decoding]")
{
    for (char const* name : {"ct/single/J2K_pixelrep_mismatch.dcm", "xray/RG3_JLSL", "xray/RG3_JPLL"}) {
        auto const path = test::sharedData(name);
        if (!path)
            continue;
        INFO(name);
        auto const file = *ImageFile::open(*path);
        auto const codestream = *file->frameBytes(0);
        auto const codec = test::codecOf(*file);
        DecodedFrame plain{*file->pixelFormat(), Bytes(file->pixelFormat()->frameBytes())};
        DecodedFrame shifted = plain;
        REQUIRE(plain.format.bitsStored < 16);
        shifted.format.highBit = 15; // as old devices have it, which put the values into the highest bits
        REQUIRE(codec(codestream, plain));
        REQUIRE(codec(codestream, shifted));
        CHECK(shifted.format.highBit == plain.format.highBit);
        CHECK(shifted.values == plain.values);
    }
}

TEST_CASE("A file says how many frames it lacks, and is no millions of them", "[decoding]")
{
    test::TemporaryFolder const folder;
    auto const open = [&](test::SampleFile const& file) {
        REQUIRE(writeFileDurably(folder / "a.dcm", file.bytes()));
        return ImageFile::open(folder / "a.dcm").value();
    };
    test::SampleFile file;
    file.frames = 5;
    file.native = std::string(12, 'x');
    CHECK(open(file)->frameCount() == 3);
    CHECK(open(file)->missingFrames() == 2);
    file.frames = 3;
    CHECK(open(file)->missingFrames() == 0);
    file.rows = file.columns = 1;
    file.frames = 1'000'001;
    file.native = std::string(1'000'002, 'x');
    auto const many = open(file);
    CHECK(many->frameCount() == 1);
    REQUIRE_FALSE(many->pixelFormat());
    CHECK(many->pixelFormat().error().message == "the object has more than 1000000 frames");
}

TEST_CASE("A high bit below the stored bits means the lowest ones", "[decoding]")
{
    test::TemporaryFolder const folder;
    test::SampleFile file;
    file.bitsAllocated = 16;
    file.bitsStored = 12;
    file.native = "12345678";
    auto bytes = file.bytes();
    auto const at = bytes.find(std::string("\x28\0\x02\x01US\x02\0", 8));
    REQUIRE(at != std::string::npos);
    bytes[at + 8] = 7;
    REQUIRE(writeFileDurably(folder / "a.dcm", bytes));
    auto const opened = ImageFile::open(folder / "a.dcm").value();
    REQUIRE(opened->pixelFormat());
    CHECK(opened->pixelFormat()->highBit == 11);
}

TEST_CASE("Pixels that end before they should are missed when the file is opened", "[decoding]")
{
    test::TemporaryFolder const folder;
    test::SampleFile file;
    file.native = "1234";
    std::string const bytes = file.bytes();
    REQUIRE(writeFileDurably(folder / "a.dcm", bytes.substr(0, bytes.size() - 1)));
    auto const opened = ImageFile::open(folder / "a.dcm");
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message.find("announces 4 bytes where 3 are left") != std::string::npos);
}

TEST_CASE("Big endian pixels are turned by sample, or by word where a word holds several", "[decoding]")
{
    struct Row {
        char const* what;
        std::uint16_t bits;
        bool isWord;
        std::uint32_t columns, frame;
        Bytes sent, given;
    };
    for (auto const& row : {
             Row{"16 bits", 16, true, 2, 0, {1, 2, 3, 4}, {2, 1, 4, 3}},
             Row{"32 bits", 32, true, 1, 0, {1, 2, 3, 4}, {4, 3, 2, 1}},
             Row{"64 bits", 64, true, 1, 0, {1, 2, 3, 4, 5, 6, 7, 8}, {8, 7, 6, 5, 4, 3, 2, 1}},
             Row{"bytes", 8, false, 4, 0, {1, 2, 3, 4}, {1, 2, 3, 4}},
             Row{"bytes in words", 8, true, 4, 0, {1, 2, 3, 4}, {2, 1, 4, 3}},
             Row{"a word that two frames share", 8, true, 3, 0, {1, 2, 3, 4, 5, 6}, {2, 1, 4}},
             Row{"and the second of them", 8, true, 3, 1, {1, 2, 3, 4, 5, 6}, {3, 6, 5}},
             Row{"a last byte without its partner", 8, true, 5, 0, {1, 2, 3, 4, 5}, {2, 1, 4, 3, 5}},
             Row{"bits in words", 1, true, 9, 0, {0x01, 0x02}, {0, 1, 0, 0, 0, 0, 0, 0, 1}},
         }) {
        INFO(row.what);
        NativePixels pixels;
        pixels.format.rows = 1;
        pixels.format.columns = row.columns;
        pixels.format.bitsAllocated = row.bits;
        pixels.format.kind = row.bits == 64 ? PixelKind::Float : PixelKind::Integer;
        pixels.frames = 2;
        pixels.bytes = row.sent.size();
        pixels.bigEndian = true;
        pixels.words = row.isWord;
        auto const frame = readNativeFrame(
            pixels, row.frame, [&](std::uint64_t offset, std::span<std::uint8_t> bytes) -> Result<void> {
                if (offset > row.sent.size() || bytes.size() > row.sent.size() - offset)
                    return fail(ErrorCode::Internal, "read beyond the end");
                std::copy_n(row.sent.begin() + static_cast<std::ptrdiff_t>(offset), bytes.size(), bytes.begin());
                return {};
            });
        INFO((frame ? "" : frame.error().message));
        REQUIRE(frame);
        CHECK(frame->values == row.given);
    }
}
