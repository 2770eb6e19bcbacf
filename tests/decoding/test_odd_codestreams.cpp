// Codestreams that are damaged in the middle, and headers that count and place otherwise than their pixels.
#include "common/base/file.h"
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
            auto const uid = file->transferSyntax().value();
            auto const codec = uid.ends_with(".90") || uid.ends_with(".91")   ? decodeJpeg2000
                               : uid.ends_with(".80") || uid.ends_with(".81") ? decodeJpegLs
                                                                              : decodeJpeg;
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
        auto const uid = file->transferSyntax().value();
        auto const codec = uid.ends_with(".90") ? decodeJpeg2000 : uid.ends_with(".80") ? decodeJpegLs : decodeJpeg;
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
