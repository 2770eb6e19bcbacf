// Identifiers of queries and their answers: bytes of a peer ↔ UTF-8 text by attribute (PS3.4 C.4.1.1.3).
//
// Promise: DCMTK's parser sees only bytes that the iterative scan let pass; values are decoded whole, before they are
// split at a backslash.
#pragma once

#include "common/base/result.h"
#include "common/dicom/data_set_scan.h"
#include "common/dicom/tag.h"
#include "common/dicom/uid.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::dicom {

struct IdentifierElement {
    std::string vr;    // two letters
    std::string value; // UTF-8, padding trimmed, several values joined by '\'; empty for a sequence
};

struct DecodedIdentifier {
    std::string charset;                       // Specific Character Set (0008,0005) as sent, "" when absent
    std::map<Tag, IdentifierElement> elements; // top level, without (0008,0005) and group lengths
    std::string value(Tag tag) const;
};

// Bounds for identifiers: ten thousand UIDs fit, a study's pixels don't.
inline constexpr ScanLimits identifierLimits{.dataSetBytes = 4 << 20, .depth = 16, .elements = 20'000};

// `siteCharset`: how undeclared bytes are meant ("" for none).
Result<DecodedIdentifier> decodeIdentifier(std::span<std::uint8_t const> bytes, Uid const& transferSyntax,
                                           std::string_view siteCharset);

// Encodes with Specific Character Set `charset` ("ISO_IR 192", "GB18030"; "": ASCII, not declared); an attribute that
// is a sequence or unknown goes out empty.
Result<std::vector<std::uint8_t>> encodeIdentifier(std::map<Tag, std::string> const& values, Uid const& transferSyntax,
                                                   std::string_view charset);

} // namespace qianli::dicom
