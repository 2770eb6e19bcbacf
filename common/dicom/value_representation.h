// Value representations by their two letters: which exist, and how their length is written (PS3.5 section 7.1.2).
#pragma once

#include <cstddef>
#include <string_view>

namespace qianli::dicom {

// Two capital letters: a VR of the standard, or one of its future.
bool isVrName(std::string_view letters);
bool isKnownVr(std::string_view letters);
// True: a 16-bit length follows; false: two reserved bytes and a 32-bit length, as all VRs not known to us have.
bool hasShortLength(std::string_view letters);
// AE, LO, PN, UI … : text of the default repertoire or of (0008,0005).
bool isTextVr(std::string_view letters);
// The most bytes that one value may have, for VRs of the default repertoire that have such a bound; 0: none (PS3.5
// table 6.2-1).
std::size_t longestValue(std::string_view letters);
// LO LT PN SH ST UC UT: read by (0008,0005) (PS3.5 6.1.2.3).
bool usesCharacterSet(std::string_view letters);

} // namespace qianli::dicom
