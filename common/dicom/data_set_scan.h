// DataSetScanner: walks the bytes of a foreign data set as they arrive, without recursion and with limits, before any
// parser sees them; on the way it keeps the raw values of the few attributes that the index needs.
//
// Promise: memory never follows an announced length (security.md R02, R03); a data set whose lengths lie, that is
// nested deeper, holds more elements, or ends in the middle of an element is refused with the attribute and byte offset
// named. Pixel data is skipped, never decoded (R14). A deflated data set is inflated only to be walked, with a ceiling
// on the ratio (R04).
#pragma once

#include "common/base/result.h"
#include "common/dicom/defects.h"
#include "common/dicom/part10.h"
#include "common/dicom/tag.h"
#include "common/dicom/uid.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace qianli::dicom {

struct ScanLimits {
    std::uint64_t dataSetBytes = 16ull << 30;
    std::uint32_t depth = 64;                // nested sequences
    std::uint64_t elements = 2'000'000;      // at all levels together, items and fragments included
    std::uint32_t keptValueBytes = 64 << 10; // of one kept value; longer values are left out
    std::uint64_t deflateRatio = 200;
    std::uint64_t inflatedBytes = 4ull << 30;
    std::uint64_t elementBytes = 16ull << 30; // of one value that is no sequence and no pixel data
};

// One kept top-level element: the raw bytes as sent (padding included, byte order of the data set).
struct RawElement {
    std::string vr; // two letters; empty for implicit VR where the dictionary doesn't know the tag
    std::string value;
};

// The Type 1 attributes of the Image Pixel module (PS3.3 table C.7-11a) that have a value.
namespace pixel_attribute {
inline constexpr std::uint32_t samplesPerPixel = 1, photometric = 2, rows = 4, columns = 8, bitsAllocated = 16,
                               bitsStored = 32, highBit = 64, representation = 128, integerPixels = 256;
inline constexpr std::uint32_t everyImageHas = samplesPerPixel | photometric | rows | columns | bitsAllocated;
inline constexpr std::uint32_t integerImagesHave = everyImageHas | bitsStored | highBit | representation;
} // namespace pixel_attribute

// What the walk learnt.
struct DataSetHeader {
    std::map<Tag, RawElement> elements; // the kept top-level attributes that are present
    bool bigEndian = false;
    std::uint64_t pixelDataOffset = 0; // byte offset of the pixel data element in the (inflated) data set; 0: none
    std::uint64_t length = 0;          // bytes fed
    Defects defects = 0;               // what the walk saw against the standard
    std::uint32_t pixelAttributes = 0; // bits of namespace pixel_attribute
    bool ambiguous =
        false; // written against the standard in a way that parsers read differently: keep DCMTK's away from it
};

class DataSetScanner {
public:
    // `keep`: top-level tags whose values are wanted. An unknown (private) transfer syntax is walked as explicit VR
    // little endian, or implicit where the first element has no VR; when that fails the error says that the syntax is
    // private.
    DataSetScanner(Uid transferSyntax, std::span<Tag const> keep, ScanLimits limits = {});
    ~DataSetScanner();
    DataSetScanner(DataSetScanner&&) noexcept;
    DataSetScanner& operator=(DataSetScanner&&) noexcept;

    // Takes the next bytes, however they are cut. After the first error every call returns it again.
    Result<void> feed(std::span<std::uint8_t const> bytes);
    // A value that was kept by now, as sent; null while it has not come.
    RawElement const* soFar(Tag tag) const;
    // What the walk learnt by now: where the pixel data begins is known before it has come.
    DataSetHeader const& soFar() const;
    // All bytes were fed: InvalidInput when an element, sequence or fragment is still open.
    Result<DataSetHeader> finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Scans the data set of a file that readPart10Layout() has understood, in blocks.
Result<DataSetHeader> scanFile(std::filesystem::path const& path, Part10Layout const& layout, std::span<Tag const> keep,
                               ScanLimits const& limits = {});

} // namespace qianli::dicom
