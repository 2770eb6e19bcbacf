// Character sets: deciding what the bytes of an object mean, and writing text for a peer (PS3.3 C.12.1.1.2, PS3.5
// section 6.1).
//
// Names are never split, indexed or compared before this decision on whole raw values: in GB18030 the second byte of a
// character may be '\' (0x5C) or '^' (0x5E).
#pragma once

#include "common/base/result.h"

#include <span>
#include <string>
#include <string_view>

namespace qianli::dicom {

struct CharacterSetDecision;

// What undeclared text means where no site's policy is known: a file that is opened from a disk.
inline constexpr std::string_view policyWithoutSite = "GB18030";

// Decides from the declared term and all raw text values of the object together (domain.md 4.2); a pure function.
CharacterSetDecision decideCharacterSet(std::string_view declared, std::span<std::string const> rawValues,
                                        std::string_view sitePolicy);

// There is text beyond ASCII, and it is read otherwise than the declared term says.
bool isCorrected(CharacterSetDecision const& decision);

// The whole raw value in UTF-8 by that decision; bytes that can't be read become U+FFFD.
std::string decodeText(CharacterSetDecision const& decision, std::string_view raw);

// UTF-8 to the bytes of a DICOM character set term ("ISO_IR 192", "GB18030", "ISO_IR 100", "" for ASCII).
// InvalidInput when a character has no place in it.
Result<std::string> encodeText(std::string_view utf8, std::string_view term);

} // namespace qianli::dicom
