// Files that lie about their pixels, and codestreams put into files in every way the standard allows.
#include "common/base/file.h"
#include "tests/decoding/codec_of.h"
#include "tests/decoding/openjph_judge.h"
#include "tests/decoding/sample_file.h"
#include "tests/support/support.h"
#include "viewer/decoding/codecs.h"
#include "viewer/decoding/image_file.h"
#include "viewer/decoding/pixel_decoder.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {

std::string const rleSyntax = "1.2.840.10008.1.2.5";
std::string const j2kSyntax = "1.2.840.10008.1.2.4.90";

Result<DecodedFrame> decode(std::string const& file, std::uint32_t frame = 0)
{
    test::TemporaryFolder const folder;
    auto const path = folder / "image.dcm";
    REQUIRE(writeFileDurably(path, file));
    return makeLocalDecoder()->decode(path, frame);
}

std::string errorOf(Result<DecodedFrame> const& decoded)
{
    return decoded ? "" : decoded.error().message;
}

using Bytes = std::vector<std::uint8_t>;

} // namespace

TEST_CASE("Native pixels are taken as they are, by plane or by pixel", "[decoding]")
{
    test::SampleFile file;
    file.samples = 3;
    file.photometric = "RGB";
    file.rows = 1;
    file.columns = 2;
    file.native = "\x01\x02\x03\x04\x05\x06";
    CHECK(decode(file.bytes())->values == Bytes{1, 2, 3, 4, 5, 6});
    file.planar = 1;
    CHECK(decode(file.bytes())->values == Bytes{1, 3, 5, 2, 4, 6});
    file.planar = 0;
    file.photometric = "YBR_FULL_422";
    file.native = std::string("\x0A\x14\x80\x81", 4);
    auto const expanded = decode(file.bytes());
    CHECK(expanded->values == Bytes{10, 0x80, 0x81, 20, 0x80, 0x81});
    CHECK(expanded->format.photometric == "YBR_FULL");
}

TEST_CASE("Bits are unpacked from the lowest on, across frames that share a byte", "[decoding]")
{
    test::SampleFile file;
    file.bitsAllocated = 1;
    file.rows = 1;
    file.columns = 3;
    file.frames = 3;
    file.native = std::string("\xAD\x01", 2); // 101 101 01|1
    CHECK(decode(file.bytes(), 0)->values == Bytes{1, 0, 1});
    CHECK(decode(file.bytes(), 1)->values == Bytes{1, 0, 1});
    CHECK(decode(file.bytes(), 2)->values == Bytes{0, 1, 1});
}

TEST_CASE("Pixels that are fewer than announced are refused, never filled up", "[decoding]")
{
    test::SampleFile file;
    file.rows = 100;
    file.columns = 100;
    file.native = "short!";
    CHECK(errorOf(decode(file.bytes())).find("holds 6 bytes") != std::string::npos);
    file.frames = 1'000'000'000;
    CHECK(errorOf(decode(file.bytes(), 7)).find("no frame 8") != std::string::npos);
}

TEST_CASE("An Image Pixel Module that can't be true is named", "[decoding]")
{
    auto const refusal = [](auto change) {
        test::SampleFile file;
        file.native = "1234";
        change(file);
        return errorOf(decode(file.bytes()));
    };
    CHECK(refusal([](auto& f) { f.rows = 0; }).find("0 rows") != std::string::npos);
    CHECK(refusal([](auto& f) { f.bitsStored = 9; }).find("Bits Stored 9") != std::string::npos);
    CHECK(refusal([](auto& f) { f.bitsAllocated = 40; }).find("Bits Allocated (0028,0100) of 40") != std::string::npos);
    CHECK(refusal([](auto& f) { f.samples = 4; }).find("4 Samples") != std::string::npos);
    CHECK(refusal([](auto& f) { f.transferSyntax = rleSyntax; }).find("says otherwise") != std::string::npos);
}

TEST_CASE("Float pixels are floats, not read as integers", "[decoding]")
{
    for (char const* name : {"luts-overlays/parametric_map_float.dcm", "luts-overlays/parametric_map_double_float.dcm"})
        if (auto const path = test::sharedData(name)) {
            auto const decoded = makeLocalDecoder()->decode(*path, 0);
            REQUIRE(decoded);
            CHECK(decoded->format.kind == PixelKind::Float);
        }
}

TEST_CASE("What no library decodes is refused by the name its users know", "[decoding]")
{
    struct Row {
        char const* below;
        char const* name;
    };
    for (auto const& row :
         {Row{"100", "MPEG-2"}, Row{"101.1", "MPEG-2"}, Row{"102", "MPEG-4 (H.264)"}, Row{"106.1", "MPEG-4 (H.264)"},
          Row{"107", "HEVC (H.265)"}, Row{"110", "JPEG XL"}, Row{"112", "JPEG XL"}, Row{"92", "JPEG 2000 Part 2"},
          Row{"52", "1.2.840.10008.1.2.4.52"}}) {
        INFO(row.below);
        test::SampleFile file;
        file.transferSyntax = "1.2.840.10008.1.2.4." + std::string(row.below);
        file.fragments = {"", "video!"};
        auto const decoded = decode(file.bytes());
        REQUIRE_FALSE(decoded);
        CHECK(decoded.error().code == ErrorCode::Refused);
        CHECK(decoded.error().message.find(row.name) != std::string::npos);
    }
    for (char const* below : {"94", "95", "204", "205"}) {
        test::SampleFile file;
        file.transferSyntax = "1.2.840.10008.1.2.4." + std::string(below);
        file.native = "1234";
        CHECK(errorOf(decode(file.bytes())).find("another machine") != std::string::npos);
    }
}

TEST_CASE("Uncompressed frames in fragments are taken as they are", "[decoding]")
{
    test::SampleFile file;
    file.transferSyntax = "1.2.840.10008.1.2.1.98";
    file.frames = 2;
    file.fragments = {"", "abcd", "efgh"};
    CHECK(decode(file.bytes(), 1)->values == Bytes{'e', 'f', 'g', 'h'});
    file.fragments = {"", "abcd", "ef"};
    CHECK(errorOf(decode(file.bytes(), 1)).find("holds 2 bytes") != std::string::npos);
}

TEST_CASE("Colours of two pixels in one are not guessed where a row ends in the middle of a pair", "[decoding]")
{
    test::SampleFile file;
    file.samples = 3;
    file.photometric = "YBR_FULL_422";
    file.columns = 3;
    file.native = std::string(12, 'x');
    CHECK(errorOf(decode(file.bytes())).find("even number of columns") != std::string::npos);
}

TEST_CASE("RLE is unpacked, and its lies are refused", "[decoding][rle]")
{
    test::SampleFile file;
    file.transferSyntax = rleSyntax;
    auto const rle = [](std::string const& segment, std::uint32_t segments = 1) {
        std::string header(64, '\0');
        header[0] = static_cast<char>(segments);
        header[4] = 64;
        return header + segment;
    };
    auto const with = [&](std::string const& frame) {
        file.fragments = {"", frame};
        return decode(file.bytes());
    };
    // Three times 7 (run 257 - 254), then one literal 9; 128 is no operation.
    CHECK(with(rle(std::string("\x80\xFE\x07\x00\x09\x00", 6)))->values == Bytes{7, 7, 7, 9});
    CHECK(errorOf(with(rle(std::string("\xFE\x07", 2)))).find("ends after 3 of 4") != std::string::npos);
    CHECK(errorOf(with(rle(std::string("\x81\x07", 2)))).find("passes the end") != std::string::npos);
    CHECK(errorOf(with(rle(std::string("\x05\x07", 2)))).find("passes the end") != std::string::npos);
    CHECK(errorOf(with(rle(std::string("\xFD\x07", 2), 2))).find("2 segments") != std::string::npos);
    CHECK(errorOf(with("short!")).find("shorter than its header") != std::string::npos);
    auto outside = rle(std::string("\xFD\x07", 2));
    outside[5] = 1; // the segment begins at byte 320
    CHECK(errorOf(with(outside)).find("outside the frame") != std::string::npos);
}

TEST_CASE("Frames are found with a table, without one, and one a fragment", "[decoding]")
{
    auto const frame = [](char value) {
        std::string header(64, '\0');
        header[0] = 1;
        header[4] = 64;
        return header + std::string{'\xFD', value};
    };
    test::SampleFile file;
    file.transferSyntax = rleSyntax;
    file.frames = 2;
    file.fragments = {"", frame(5), frame(6)};
    CHECK(decode(file.bytes(), 1)->values == Bytes{6, 6, 6, 6});
    // The first frame in two fragments; the table says where the second begins: 8 + 40 + 8 + 26.
    std::string const first = frame(5);
    file.fragments = {std::string("\0\0\0\0\x52\0\0\0", 8), first.substr(0, 40), first.substr(40), frame(6)};
    CHECK(decode(file.bytes(), 0)->values == Bytes{5, 5, 5, 5});
    CHECK(decode(file.bytes(), 1)->values == Bytes{6, 6, 6, 6});
    file.fragments[0].clear();
    CHECK(errorOf(decode(file.bytes(), 1)).find("can't be assigned") != std::string::npos);
}

TEST_CASE("Frames of several fragments are found by either table, and where both are wrong", "[decoding]")
{
    auto const path = test::sharedData("ct/single/J2K_pixelrep_mismatch.dcm");
    if (!path)
        return;
    auto const single = *ImageFile::open(*path);
    auto const bytes = *single->frameBytes(0);
    auto const whole = *makeLocalDecoder()->decode(*path, 0);
    test::SampleFile file;
    file.transferSyntax = single->transferSyntax().value();
    file.rows = static_cast<std::uint16_t>(whole.format.rows);
    file.columns = static_cast<std::uint16_t>(whole.format.columns);
    file.bitsAllocated = 16;
    file.frames = 2;
    std::string const codestream(bytes.begin(), bytes.end());
    std::size_t const half = codestream.size() / 4 * 2;
    std::uint64_t const second = 8 + half + 8 + (codestream.size() - half + 1) / 2 * 2;
    auto const table = [](std::vector<std::uint64_t> const& offsets, int width) {
        std::string out;
        for (auto const offset : offsets)
            for (int i = 0; i < width; ++i)
                out += static_cast<char>(offset >> (8 * i) & 0xFF);
        return out;
    };
    struct Row {
        char const* what;
        std::string basic, extended;
    };
    for (auto const& row : {
             Row{"none", "", ""},
             Row{"basic", table({0, second}, 4), ""},
             Row{"extended", "", table({0, second}, 8)},
             Row{"basic wrong, extended right", table({0, 7}, 4), table({0, second}, 8)},
             Row{"into the first frame's second fragment", table({0, 8 + half}, 4), ""},
             Row{"beyond the end", table({0, 1u << 30}, 4), table({0, ~0ull}, 8)},
             Row{"backwards", table({second, 0}, 4), ""},
             Row{"too short", table({0}, 4), ""},
         }) {
        INFO(row.what);
        file.extendedTable = row.extended;
        file.fragments = {row.basic, codestream.substr(0, half), codestream.substr(half), codestream.substr(0, half),
                          codestream.substr(half)};
        for (std::uint32_t frame = 0; frame < 2; ++frame) {
            auto const decoded = decode(file.bytes(), frame);
            INFO(errorOf(decoded));
            REQUIRE(decoded);
            CHECK(decoded->values == whole.values);
        }
    }
}

TEST_CASE("A codestream of another size than the header's is refused before a value is written", "[decoding]")
{
    for (char const* name : {"compressed/SC_rgb_jpeg_dcmtk.dcm", "ct/single/J2K_pixelrep_mismatch.dcm"}) {
        auto const path = test::sharedData(name);
        if (!path)
            continue;
        INFO(name);
        auto bytes = *readFile(*path, 1 << 24);
        auto const rows = bytes.find(std::string("\x28\x00\x10\x00US\x02\x00", 8));
        REQUIRE(rows != std::string::npos);
        bytes[rows + 8] = static_cast<char>(bytes[rows + 8] + 1);
        CHECK(errorOf(decode(bytes)).find("where Columns and Rows say") != std::string::npos);
    }
}

TEST_CASE("Codestreams cut short give an error, never a partial picture", "[decoding]")
{
    for (char const* name : {"compressed/SC_rgb_jpeg_dcmtk.dcm", "ct/single/J2K_pixelrep_mismatch.dcm", "xray/RG3_JLSL",
                             "xray/RG3_JPLL"}) {
        auto const path = test::sharedData(name);
        if (!path)
            continue;
        INFO(name);
        auto const file = *ImageFile::open(*path);
        auto const whole = *file->frameBytes(0);
        for (double const share : {0.1, 0.5, 0.9}) {
            DecodedFrame frame;
            frame.format = *file->pixelFormat();
            frame.values.resize(frame.format.frameBytes());
            Codestream const part(whole.data(), static_cast<std::size_t>(static_cast<double>(whole.size()) * share));
            auto const codec = test::codecOf(*file);
            CHECK_FALSE(codec(part, frame).has_value());
        }
    }
}

TEST_CASE("JPEG markers without a length are passed over", "[decoding]")
{
    for (char const* name : {"compressed/SC_rgb_jpeg_dcmtk.dcm", "xray/RG3_JPLL"}) {
        auto const path = test::sharedData(name);
        if (!path)
            continue;
        INFO(name);
        auto const file = *ImageFile::open(*path);
        auto const decoded = [&](Bytes const& markers) {
            auto bytes = *file->frameBytes(0);
            bytes.insert(bytes.begin() + 2, markers.begin(), markers.end());
            DecodedFrame frame{*file->pixelFormat(), Bytes(file->pixelFormat()->frameBytes())};
            return test::codecOf(*file)(bytes, frame) ? frame.values : Bytes();
        };
        auto const plain = decoded({});
        REQUIRE_FALSE(plain.empty());
        CHECK((decoded({0xFF, 0x01}) == plain));             // TEM
        CHECK((decoded({0xFF, 0xD0, 0xFF, 0xD7}) == plain)); // RST0, RST7
        CHECK(decoded({0xFF, 0xD9}).empty());                // the end
    }
}

TEST_CASE("JPEG 2000 inside JP2 boxes is the same picture", "[decoding]")
{
    auto const path = test::sharedData("ct/single/J2K_pixelrep_mismatch.dcm");
    if (!path)
        return;
    auto const file = *ImageFile::open(*path);
    auto const bare = *file->frameBytes(0);
    Bytes const signature{0, 0, 0, 12, 'j', 'P', ' ', ' ', 0x0D, 0x0A, 0x87, 0x0A};
    auto const length = static_cast<std::uint32_t>(bare.size()) + 16;
    auto const byte = [length](int shift) { return static_cast<std::uint8_t>(length >> shift); };
    auto const decodeBoxed = [&](Bytes const& header) {
        Bytes boxed = signature;
        boxed.insert(boxed.end(), header.begin(), header.end());
        boxed.insert(boxed.end(), bare.begin(), bare.end());
        DecodedFrame frame{*file->pixelFormat(), Bytes(file->pixelFormat()->frameBytes())};
        auto const decoded = decodeJpeg2000(boxed, frame);
        return decoded ? frame.values : Bytes();
    };
    DecodedFrame plain{*file->pixelFormat(), Bytes(file->pixelFormat()->frameBytes())};
    REQUIRE(decodeJpeg2000(bare, plain));
    CHECK(decodeBoxed({0, 0, 0, 0, 'j', 'p', '2', 'c'}) == plain.values); // to the end
    CHECK(decodeBoxed({0, 0, 0, 1, 'j', 'p', '2', 'c', 0, 0, 0, 0, byte(24), byte(16), byte(8), byte(0)}) ==
          plain.values);
    CHECK(decodeBoxed({0, 0, 0, 9, 'j', 'p', '2', 'h', 7, 0, 0, 0, 0, 'j', 'p', '2', 'c'}) == plain.values);
    // Lengths that lie.
    CHECK(decodeBoxed({0, 0, 0, 1, 'j', 'p', '2', 'c', 0xFF, 0, 0, 0, 0, 0, 0, 0}).empty());
    CHECK(decodeBoxed({0, 0, 0, 2, 'j', 'p', '2', 'c'}).empty());
}

TEST_CASE("OpenJPH and OpenJPEG agree on HTJ2K", "[decoding]")
{
    int compared = 0;
    for (auto const& row : {"compressed/HTJ2K_08_RGB.dcm", "compressed/HTJ2KLossless_08_RGB.dcm"}) {
        auto const path = test::sharedData(row);
        if (!path || !std::filesystem::exists(*path))
            continue;
        INFO(row);
        auto const file = *ImageFile::open(*path);
        auto const codestream = *file->frameBytes(0);
        DecodedFrame ours, judge;
        ours.format = judge.format = *file->pixelFormat();
        ours.values.resize(ours.format.frameBytes());
        judge.values = ours.values;
        REQUIRE(decodeJpeg2000(codestream, ours));
        REQUIRE(test::decodeWithOpenJph(codestream, judge));
        int largest = 0;
        for (std::size_t i = 0; i < ours.values.size(); ++i)
            largest = std::max(largest, std::abs(ours.values[i] - judge.values[i]));
        CHECK(largest <= (std::string(row).find("Lossless") != std::string::npos ? 0 : 2));
        ++compared;
    }
    if (test::sharedData("MANIFEST.tsv"))
        CHECK(compared == 2);
}

TEST_CASE("Broken files give an error or a whole frame", "[decoding]")
{
    auto const folder = test::sharedData("broken");
    if (!folder)
        return;
    for (auto const& entry : std::filesystem::directory_iterator(*folder)) {
        INFO(entry.path().filename().string());
        auto const decoded = makeLocalDecoder()->decode(entry.path(), 0);
        if (decoded)
            CHECK(decoded->values.size() == decoded->format.frameBytes());
        else
            CHECK_FALSE(decoded.error().message.empty());
    }
}
