// What a device did against the standard in an object that was taken all the same: kept beside the object's row,
// counted for each device.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace qianli::dicom {

// A bit for each kind; their order is part of the index's layout.
using Defects = std::uint32_t;

namespace defect {
inline constexpr Defects uidTooLong = 1u << 0;        // more than 64 bytes (PS3.5 9.1)
inline constexpr Defects uidLeadingZero = 1u << 1;    // a component such as "01", or none between two dots
inline constexpr Defects uidPadding = 1u << 2;        // filled up with spaces, not with a NUL (PS3.5 6.2)
inline constexpr Defects uidCharacters = 1u << 3;     // other than digits and dots
inline constexpr Defects requiredMissing = 1u << 4;   // a Type 1 attribute is absent or empty
inline constexpr Defects type2Missing = 1u << 5;      // an attribute is absent that must be there, if empty
inline constexpr Defects oddLength = 1u << 6;         // a value was not padded
inline constexpr Defects groupLength = 1u << 7;       // (gggg,0000) says another length
inline constexpr Defects valueTooLong = 1u << 8;      // longer than its VR allows
inline constexpr Defects valueFormat = 1u << 9;       // a date, time, age or number that is written otherwise
inline constexpr Defects unknownVr = 1u << 10;        // letters that are no VR
inline constexpr Defects tagOrder = 1u << 11;         // attributes not in ascending order
inline constexpr Defects privateCreator = 1u << 12;   // private attributes without their creator (PS3.5 7.8.1)
inline constexpr Defects ambiguous = 1u << 13;        // private sequences and the like that parsers read differently
inline constexpr Defects trailingBytes = 1u << 14;    // zeros behind the last attribute
inline constexpr Defects headerUnreadable = 1u << 15; // a private transfer syntax: kept without having been read
} // namespace defect

struct DefectKind {
    Defects bit;
    std::string_view code;    // for JSON
    std::string_view english; // short words for people
    std::string_view chinese;
};

// Every kind, in order of the bits.
std::span<DefectKind const> defectKinds();

} // namespace qianli::dicom
