// AssociateRequest: the A-ASSOCIATE-RQ (PS3.8 9.3.2) of a stranger, read with every length checked; and the PDUs that
// answer it.
#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace qianli::dicom {

struct ProposedPresentationContext {
    std::uint8_t id = 0;
    std::string abstractSyntax; // UIDs as sent, with their padding
    std::vector<std::string> transferSyntaxes;
};

// SCP/SCU Role Selection (PS3.7 D.3.3.4), for both sides: what the requestor would be, or may be.
struct Roles {
    bool scu = false, scp = false;
};

// User Identity (PS3.7 D.3.3.7).
struct RequestedIdentity {
    std::uint8_t type = 0; // 1: a user name
    bool wantsResponse = false;
    std::string primaryField;
};

struct AssociateRequest {
    std::uint16_t protocolVersion = 0;
    std::string calledAe, callingAe; // the 16 bytes as sent, without leading and trailing spaces (PS3.8 table 9-11)
    std::string titles;              // both fields as sent, 32 bytes: an answer repeats them
    std::string applicationContext;
    std::vector<ProposedPresentationContext> contexts;
    std::uint32_t maximumPduBytes = 0;  // of P-DATA-TF PDUs that the requestor takes; 0: any
    std::map<std::string, Roles> roles; // by SOP class as sent
    std::optional<RequestedIdentity> identity;
};

// 128 contexts with a dozen transfer syntaxes each; strangers may hold so much while they are not admitted.
inline constexpr std::size_t maximumAssociateBytes = 128 << 10;
inline constexpr char applicationContextName[] = "1.2.840.10008.3.1.1.1"; // PS3.7 annex A

// Takes a whole PDU with its header. InvalidInput naming item and offset: lengths that don't add up, more than 128
// contexts, a context id that is even or comes twice, more than 50 transfer syntaxes in one context, UIDs above 64
// bytes, an item that must be single twice.
Result<AssociateRequest> readAssociateRequest(std::span<std::uint8_t const> pdu);

// What becomes of one proposed context: Result/Reason of PS3.8 table 9-18.
struct AnsweredContext {
    std::uint8_t id = 0;
    std::uint8_t result = 0; // 0 acceptance, 1 user rejection, 2 no reason, 3 abstract syntax, 4 transfer syntaxes
    std::string transferSyntax;
};

struct AssociateAnswer {
    std::string titles; // of the request
    std::uint32_t maximumPduBytes = 0;
    std::vector<AnsweredContext> contexts;
    std::map<std::string, Roles> roles;
    bool confirmsIdentity = false; // positive response requested, and the identity was accepted
};

std::vector<std::uint8_t> encodeAssociateAccept(AssociateAnswer const& answer); // A-ASSOCIATE-AC (PS3.8 9.3.3)
// A-ASSOCIATE-RJ (PS3.8 9.3.4, table 9-21).
std::vector<std::uint8_t> encodeAssociateReject(std::uint8_t result, std::uint8_t source, std::uint8_t reason);
std::vector<std::uint8_t> encodeReleaseResponse(); // A-RELEASE-RP (PS3.8 9.3.7)
// An A-ABORT by the service provider (PS3.8 9.3.8): reason 1 unrecognised PDU, 2 unexpected PDU, 6 invalid parameter.
std::vector<std::uint8_t> encodeAbort(std::uint8_t reason);

} // namespace qianli::dicom
