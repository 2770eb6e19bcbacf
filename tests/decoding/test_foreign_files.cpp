// Files from anybody's CD that would take a parser's stack or memory: refused before DCMTK sees them, in every way in
// which the viewer opens one.
#include "common/base/file.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"
#include "tests/support/deflate_bomb.h"
#include "tests/support/support.h"
#include "viewer/decoding/image_file.h"
#include "viewer/decoding/pixel_decoder.h"

#include <catch2/catch.hpp>

using namespace qianli;

namespace {

std::string element(std::string const& tagAndVr, std::uint32_t length, std::string const& value = {})
{
    std::string bytes = tagAndVr + std::string(2, '\0');
    for (int shift = 0; shift < 32; shift += 8)
        bytes += static_cast<char>(length >> shift);
    return bytes + value;
}

std::string nested(int depth)
{
    std::string bytes;
    for (int i = 0; i < depth; ++i)
        bytes +=
            element(std::string("\x40\0\x30\xA7SQ", 6), 0xFFFFFFFF) + std::string("\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF", 8);
    return bytes;
}

// The error's words; "" when it was opened.
std::string open(char const* transferSyntax, std::string const& dataSet)
{
    test::TemporaryFolder const folder;
    auto const meta = dicom::encodeFileMeta({dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2"),
                                             dicom::Uid::ofKnown("1.2.3"), dicom::Uid::ofKnown(transferSyntax), ""});
    REQUIRE(writeFileDurably(folder / "a.dcm", meta + dataSet));
    auto const file = viewer::ImageFile::open(folder / "a.dcm");
    return file ? std::string() : file.error().message;
}

} // namespace

TEST_CASE("Files that nest, inflate or lie without end are refused before a parser sees them", "[decoding]")
{
    using namespace dicom;
    std::string const deep = nested(10'000);
    CHECK_THAT(open(transfer::explicitLittle, deep), Catch::Contains("nested deeper"));
    // What is nested in a value of undefined length and no VR is read as implicit VR.
    std::string unknown = element(std::string("\x09\0\x01\x10UN", 6), 0xFFFFFFFF);
    for (int i = 0; i < 10'000; ++i)
        unknown += std::string("\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF\x09\0\x01\x10\xFF\xFF\xFF\xFF", 16);
    CHECK_THAT(open(transfer::explicitLittle, unknown), Catch::Contains("nested deeper"));

    CHECK_THAT(open(transfer::deflatedLittle, test::deflateBomb(10 << 20)), Catch::Contains("times its length"));

    std::string const patient("\x10\0\x20\0OB", 6);
    CHECK_THAT(open(transfer::explicitLittle, element(patient, 0xFFFFFFF0, "P1")), Catch::Contains("missing"));
    CHECK_THAT(open(transfer::explicitLittle, element(std::string("\x40\0\x30\xA7SQ", 6), 0x7FFFFFFF, "P1")),
               Catch::Contains("not closed") || Catch::Contains("in the middle"));
    // Fragments to one reader, a sequence to another.
    CHECK_THAT(open(transfer::explicitLittle, element(std::string("\xE0\x7F\x10\0UN", 6), 0xFFFFFFFF) +
                                                  std::string("\xFE\xFF\0\xE0\0\0\0\0\xFE\xFF\xDD\xE0\0\0\0\0", 16)),
               Catch::Contains("understand differently"));
}

TEST_CASE("A header that never ends, and a deflated file as long, are not read to their end", "[decoding]")
{
    using namespace dicom;
    test::TemporaryFolder const folder;
    auto const openOfSize = [&](char const* transferSyntax, std::string const& begin, std::uint64_t size) {
        auto const meta = encodeFileMeta(
            {Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2"), Uid::ofKnown("1.2.3"), Uid::ofKnown(transferSyntax), ""});
        REQUIRE(writeFileDurably(folder / "a.dcm", meta + begin));
        std::filesystem::resize_file(folder / "a.dcm", size); // a hole: nothing is written
        auto const file = viewer::ImageFile::open(folder / "a.dcm");
        return file ? std::string() : file.error().message;
    };
    std::uint64_t const large = 600ull << 20;
    CHECK_THAT(openOfSize(transfer::explicitLittle, element(std::string("\x09\0\x01\x10OB", 6), large), large + 4096),
               Catch::Contains("longer than 268435456 bytes"));
    CHECK_THAT(openOfSize(transfer::deflatedLittle, {}, large), Catch::Contains("longer than 268435456 bytes"));
}

TEST_CASE("What inflates to more than a quarter of a gigabyte is refused, however little it is pressed", "[decoding]")
{
    // Stored blocks before those of zeros keep the ratio at a hundred.
    auto const stored = [](std::string const& bytes) {
        auto const length = static_cast<std::uint16_t>(bytes.size());
        std::string block(1, '\0');
        for (int const value : {int{length}, ~int{length}})
            for (int const shift : {0, 8})
                block += static_cast<char>(value >> shift & 0xFF);
        return block + bytes;
    };
    std::string const ending = std::string("\x03\0", 2), padding(65'535, '\0');
    std::string zeros = test::deflateBomb(1); // 8 MiB of them
    zeros.resize(zeros.size() - ending.size());
    auto const openOf = [&](unsigned repeats) {
        auto const length = static_cast<std::uint32_t>(repeats * ((8 << 20) + padding.size()));
        std::string stream = stored(element(std::string("\x09\0\x01\x10OB", 6), length));
        for (unsigned i = 0; i < repeats; ++i)
            stream += stored(padding) + zeros;
        return open(dicom::transfer::deflatedLittle, stream + ending);
    };
    CHECK(openOf(2).empty());
    CHECK_THAT(openOf(34), Catch::Contains("inflates to more than 268435456 bytes"));
}

TEST_CASE("GE's private syntax is implicit little endian with big endian pixels", "[decoding]")
{
    auto const implicit = [](std::uint16_t group, std::uint16_t number, std::string const& value) {
        std::string bytes;
        for (std::uint64_t word = group | std::uint64_t{number} << 16 | std::uint64_t{value.size()} << 32, i = 0; i < 8;
             ++i)
            bytes += static_cast<char>(word >> (8 * i) & 0xFF);
        return bytes + value;
    };
    auto const two = [](int value) { return std::string{static_cast<char>(value), '\0'}; };
    std::string const dataSet =
        implicit(0x0008, 0x0016, "1.2.840.10008.5.1.4.1.1.2 ") + implicit(0x0008, 0x0018, "1.2.3 ") +
        implicit(0x0028, 0x0002, two(1)) + implicit(0x0028, 0x0004, "MONOCHROME2 ") + implicit(0x0028, 0x0010, two(1)) +
        implicit(0x0028, 0x0011, two(2)) + implicit(0x0028, 0x0100, two(16)) + implicit(0x0028, 0x0101, two(16)) +
        implicit(0x0028, 0x0102, two(15)) + implicit(0x0028, 0x0103, two(0)) +
        implicit(0x7FE0, 0x0010, std::string("\x01\x02\x03\x04", 4));
    test::TemporaryFolder const folder;
    auto const valuesUnder = [&](char const* transferSyntax) {
        auto const meta =
            dicom::encodeFileMeta({dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2"), dicom::Uid::ofKnown("1.2.3"),
                                   dicom::Uid::ofKnown(transferSyntax), ""});
        REQUIRE(writeFileDurably(folder / "ge.dcm", meta + dataSet));
        auto const decoded = viewer::makeLocalDecoder()->decode(folder / "ge.dcm", 0);
        INFO((decoded ? "" : decoded.error().message));
        REQUIRE(decoded);
        return decoded->values;
    };
    CHECK(valuesUnder("1.2.840.113619.5.2") == std::vector<std::uint8_t>{2, 1, 4, 3});
    CHECK(valuesUnder(dicom::transfer::implicitLittle) == std::vector<std::uint8_t>{1, 2, 3, 4});
}

TEST_CASE("Bytes that are deflated for the scan and nested for the parser are not opened", "[decoding]")
{
    // A stored block whose header reads as a sequence's: what inflates to something harmless is a tower as it stands.
    std::string deep = nested(10'000).substr(0, 0x5300);
    auto const length = static_cast<std::uint16_t>(0xAC00 | (deep.size() & 0xFF));
    deep.resize(length, '\0');
    std::string const block = std::string("\x01", 1) + static_cast<char>(length & 0xFF) +
                              static_cast<char>(length >> 8) + static_cast<char>(~length & 0xFF) +
                              static_cast<char>(static_cast<std::uint16_t>(~length) >> 8);
    for (char const* const syntax : {"1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})
        CHECK_THAT(open(syntax, block + deep), Catch::Contains("another machine"));
}
