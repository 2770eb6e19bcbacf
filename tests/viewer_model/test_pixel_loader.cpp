// Slices that are read to where they stay are the same pixels as those that a decoder gives.
#include "common/base/file.h"
#include "tests/support/support.h"
#include "tests/viewer_model/sample_image.h"
#include "viewer/model/pixel_loader.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {

// A decoder that must not be needed.
class NoDecoder final : public PixelDecoder {
public:
    Result<DecodedFrame> decode(FrameSource const&, std::uint32_t) override
    {
        return fail(ErrorCode::Unavailable, "a decoder was asked");
    }
};

// One that was taken over by a file.
class LyingDecoder final : public PixelDecoder {
public:
    Result<DecodedFrame> decode(FrameSource const& source, std::uint32_t) override
    {
        era = source.era;
        auto frame = test::makeFrame(rows, 11, std::vector<int>(rows * 11));
        return frame;
    }
    std::uint32_t rows = 13;
    std::uint64_t era = 0;
};

std::shared_ptr<ImageAttributes const> slice(std::filesystem::path const& path, std::string const& photometric,
                                             Uint16 bitsStored, Uint16 highBit, Uint16 isSigned)
{
    test::writeImageFile(path, [&](DcmDataset& d) {
        d.putAndInsertString(DCM_PhotometricInterpretation, photometric.c_str());
        d.putAndInsertUint16(DCM_Rows, 13); // 13 x 11: no whole number of blocks
        d.putAndInsertUint16(DCM_Columns, 11);
        d.putAndInsertUint16(DCM_BitsAllocated, 16);
        d.putAndInsertUint16(DCM_BitsStored, bitsStored);
        d.putAndInsertUint16(DCM_HighBit, highBit);
        d.putAndInsertUint16(DCM_PixelRepresentation, isSigned);
        std::vector<Uint16> values;
        for (unsigned i = 0; i < 13 * 11; ++i)
            values.push_back(static_cast<Uint16>(i * 40503u));
        d.putAndInsertUint16Array(DCM_PixelData, values.data(), values.size());
    });
    auto image = loadImageAttributes(path);
    INFO((image ? "" : image.error().message));
    REQUIRE(image);
    return *image;
}

} // namespace

TEST_CASE("Slices read straight are the pixels that a decoder gives", "[pixels]")
{
    test::TemporaryFolder const folder;
    NoDecoder nobody;
    auto const decoder = makeLocalDecoder();
    struct Row {
        char const* photometric;
        Uint16 bitsStored, highBit, isSigned;
    };
    for (auto const& row : {Row{"MONOCHROME2", 16, 15, 0}, Row{"MONOCHROME2", 16, 15, 1}, Row{"MONOCHROME1", 12, 11, 0},
                            Row{"MONOCHROME2", 12, 11, 1}, Row{"MONOCHROME2", 12, 15, 0}}) {
        INFO(row.photometric << " " << row.bitsStored << " " << row.highBit << " " << row.isSigned);
        auto const image = slice(folder / "a.dcm", row.photometric, row.bitsStored, row.highBit, row.isSigned);
        auto const straight = loadPixels(nobody, *image, 0);
        REQUIRE(straight);
        auto const decoded = decoder->decode(image->file, 0);
        REQUIRE(decoded);
        auto const usual = preparePixels(*decoded, *image);
        REQUIRE(usual);
        CHECK((*straight)->levels == (*usual)->levels);
        CHECK((*straight)->base == (*usual)->base);
        CHECK((*straight)->levelCount == (*usual)->levelCount);
        CHECK((*straight)->bitsStored == (*usual)->bitsStored);
        CHECK((*straight)->rows == 13);
    }
}

TEST_CASE("A file that is not as it was when its header was read goes to a decoder", "[pixels]")
{
    test::TemporaryFolder const folder;
    NoDecoder nobody;
    auto const image = slice(folder / "a.dcm", "MONOCHROME2", 12, 11, 0);
    REQUIRE(loadPixels(nobody, *image, 0));
    CHECK(loadPixels(nobody, *image, 1).error().message == "a decoder was asked"); // there is no such frame
    auto bytes = *readFile(image->file, 1 << 20);
    REQUIRE(writeFileDurably(image->file, bytes + std::string(8, '\0')));
    CHECK(loadPixels(nobody, *image, 0).error().message == "a decoder was asked");
}

TEST_CASE("A file that is another one than when its header was read gives no pixels", "[pixels]")
{
    test::TemporaryFolder const folder;
    auto const decoder = makeLocalDecoder();
    for (Uint16 const bitsStored : {Uint16{12}, Uint16{16}}) {
        auto const image = slice(folder / "a.dcm", "MONOCHROME2", bitsStored, 11, 0);
        REQUIRE(loadPixels(*decoder, *image, 0));
        slice(folder / "b.dcm", "MONOCHROME2", bitsStored, 11, 0);
        std::filesystem::rename(folder / "b.dcm", folder / "a.dcm"); // of the same size, and of whoever
        auto const pixels = loadPixels(*decoder, *image, 0);
        REQUIRE_FALSE(pixels);
        CHECK(pixels.error().message.find("was changed after it had been opened") != std::string::npos);
    }
}

TEST_CASE("A picture of another size than the object's is none", "[pixels]")
{
    test::TemporaryFolder const folder;
    LyingDecoder decoder;
    auto image = std::make_shared<ImageAttributes>(*slice(folder / "a.dcm", "MONOCHROME2", 12, 11, 0));
    image->nativePixels = nullptr;
    REQUIRE(loadPixels(decoder, *image, 0, 7));
    CHECK(decoder.era == 7); // whoever wanted it long ago must be known as such
    decoder.rows = 14;
    CHECK(loadPixels(decoder, *image, 0).error().message == "a decoded frame of the wrong size");
}
