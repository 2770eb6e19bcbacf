// DimseStatus: what a DIMSE response says, and the one translation of our errors to it (PS3.4 B.2.3, C.4; PS3.7 annex
// C).
#pragma once

#include "common/base/result.h"
#include "common/model/site.h"

#include <cstdint>
#include <string>

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
    std::string comment; // Error Comment (0000,0902); cut to what LO holds when it is sent
};

DimseStatus toDimseStatus(Error const& error, model::Service service);

// Success where the caller may use the service, otherwise Refused: Not Authorized.
DimseStatus mayUse(bool allowed);

} // namespace qianli::gateway
