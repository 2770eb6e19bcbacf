// SignedObject: a report file in memory, parsed, with what a digital signature's verifier must know beyond DCMTK's
// (PS3.15 C).
//
// Promise: every byte of the file's data set is accounted for: checkEncoding() holds only when the bytes are exactly
// what DCMTK writes for the parsed content, so that no byte (reserved, delimiter, second padding) can change without
// the content changing.
#pragma once

#include "common/base/result.h"

#include <cstddef>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <memory>
#include <string>
#include <string_view>

namespace qianli::crypto {

class SignedObject {
public:
    // Bounds, pre-scan, then DCMTK. The bytes must outlive the object.
    static Result<SignedObject> parse(std::string_view file);

    DcmDataset& dataSet() { return *dataSet_; }
    E_TransferSyntax transferSyntax() const { return transferSyntax_; }

    // A zero preamble, and SOP Class and Instance UID in the meta header that are those of the data set.
    Result<void> checkMeta();
    Result<void> checkEncoding();
    // Each element at each level can be signed (Digital Signatures and MAC Parameters Sequence of the main level excepted), and text
    // holds only text: behind a NUL a reader would show nothing of what was signed.
    Result<void> checkSignable();

    // The value of a top-level string element, UTF-8 as it stands; "" when absent.
    std::string text(DcmTagKey const& tag);

    // The whole file anew: zero preamble, our meta header, the data set in Explicit VR Little Endian.
    Result<std::string> encode();

private:
    SignedObject() = default;

    std::string_view file_;
    std::size_t dataSetOffset_ = 0;
    std::string metaClassUid_, metaInstanceUid_;
    E_TransferSyntax transferSyntax_ = EXS_Unknown;
    std::unique_ptr<DcmDataset> dataSet_;
};

inline constexpr std::size_t largestReportFile = std::size_t{256} << 20;

// A data set as bytes in a transfer syntax.
Result<std::string> encodeDataSet(DcmDataset& dataSet, E_TransferSyntax transferSyntax, E_EncodingType lengths);

} // namespace qianli::crypto
