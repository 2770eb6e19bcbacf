// DimseStatus: what a DIMSE response says, and the one translation of our errors to it (PS3.4 B.2.3, C.4; PS3.7 annex
// C).
#pragma once

#include "common/base/result.h"
#include "common/dicom/tag.h"
#include "common/model/site.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

namespace status {
inline constexpr std::uint16_t success = 0x0000, pending = 0xFF00, pendingKeysUnsupported = 0xFF01, cancelled = 0xFE00,
                               refusedNotAuthorized = 0x0124, sopClassNotSupported = 0x0122,
                               unrecognizedOperation = 0x0211, processingFailure = 0x0110, outOfResources = 0xA700,
                               unableToPerformSubOperations = 0xA702, destinationUnknown = 0xA801,
                               dataSetMismatch = 0xA900, unableToProcess = 0xC000, subOperationsWarning = 0xB000;
}

struct DimseStatus {
    std::uint16_t code = status::success;
    std::string comment; // Error Comment (0000,0902); its first 64 characters are sent, all of it is logged
    std::vector<dicom::Tag> offending = {}; // Offending Element (0000,0901)
};

// The attributes that the error's sentence names as "(0020,000d)" are the offending ones, where the status may say so.
DimseStatus toDimseStatus(Error const& error, model::Service service);

// Every status that we answer, where, and what it means; docs/conformance.md is written from it.
struct StatusMeaning {
    std::uint16_t code;
    std::span<model::Service const> services;
    std::string_view meaning;
    std::string_view advice; // to whoever looks after the device or the gateway; "": nothing is wrong
};
std::span<StatusMeaning const> statusMeanings();

// What whoever looks after the device or the gateway can do about it; "" for success.
std::string_view adviceOn(DimseStatus const& status);

// Success where the caller may use the service, otherwise Refused: Not Authorized.
DimseStatus mayUse(bool allowed);

} // namespace qianli::gateway
