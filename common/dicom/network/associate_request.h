// AssociateRequest: a check of the A-ASSOCIATE-RQ (PS3.8 9.3.2) before DCMTK's parser sees it: what comes from a
// stranger has to be well-formed first.
#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace qianli::dicom {

struct AssociateRequest {
    std::string calledAe, callingAe; // the 16 bytes as sent, without leading and trailing spaces (PS3.8 table 9-11)
};

inline constexpr std::size_t maximumAssociateBytes = 512 << 10;

// Takes a whole PDU with its header. InvalidInput naming item and offset: lengths that don't add up, more than 128
// contexts, a context id that is even or comes twice, more than 50 transfer syntaxes in one context, UIDs above 64
// bytes, an item that must be single twice.
Result<AssociateRequest> scanAssociateRequest(std::span<std::uint8_t const> pdu);

// An A-ABORT by the service provider (PS3.8 9.3.8): reason 1 unrecognised PDU, 2 unexpected PDU, 6 invalid parameter.
std::vector<std::uint8_t> encodeAbort(std::uint8_t reason);

} // namespace qianli::dicom
