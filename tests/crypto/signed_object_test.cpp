#include "common/crypto/signed_object.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"

#include <catch2/catch.hpp>

using namespace qianli;

// Found by reading what guards DCMTK's parser, which has a frame on the stack for every sequence.
TEST_CASE("a report that the parser would read otherwise than the scan is refused before the parser sees it",
          "[crypto]")
{
    // One private element without VR to the scan, 192 KiB long. To a parser that insists on VRs its length is 3, and
    // what follows is 9,000 sequences in each other.
    constexpr std::size_t length = 0x0003'0040;
    std::string dataSet("\x09\x00\x02\x10\x40\x00\x03\x00\0\0\0", 11);
    for (int i = 0; i < 9'000; ++i)
        dataSet += std::string("\x40\x00\x30\xA7SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\x00\xE0\xFF\xFF\xFF\xFF", 20);
    dataSet.resize(8 + length);
    dicom::FileMeta meta;
    meta.sopClassUid = dicom::Uid::ofKnown(dicom::sop::basicTextSr);
    meta.sopInstanceUid = dicom::Uid::ofKnown("2.25.1");
    meta.transferSyntaxUid = dicom::Uid::ofKnown(dicom::transfer::explicitLittle);
    auto const file = dicom::encodeFileMeta(meta) + dataSet;

    auto const refused = crypto::SignedObject::parse(file);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::InvalidInput);
    CHECK(refused.error().message.find("read differently") != std::string::npos);
}
