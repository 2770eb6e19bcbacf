// EcgLead: the twelve leads by their codes (PS3.16 CID 3001), never by a channel's place in the file.
#pragma once

#include <optional>
#include <string_view>

namespace qianli::viewer {

enum class EcgLead { I, II, III, AVR, AVL, AVF, V1, V2, V3, V4, V5, V6 };
inline constexpr int ecgLeads = 12;

std::string_view leadName(EcgLead lead); // "aVR"
// By Channel Source (003A,0208); none: not one of the twelve.
std::optional<EcgLead> leadByCode(std::string_view scheme, std::string_view code);
// For writers that leave the code out: "Lead I (Einthoven)", "aVR", "V4"; only where the words say it plainly.
std::optional<EcgLead> leadByWords(std::string_view words);

} // namespace qianli::viewer
