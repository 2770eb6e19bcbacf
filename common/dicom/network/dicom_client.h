// DicomClient: we call somebody over DICOM: echo, find, store, get, move. One association, one thread; TCP_NODELAY is
// on.
//
// Data sets travel as stored: raw PDVs in both directions, never re-encoded.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/dicom/network/command_set.h"
#include "common/dicom/uid.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace qianli::crypto {
class TlsContext;
}

namespace qianli::dicom {

struct Destination {
    std::string host;
    std::uint16_t port = 104;
    std::string calledAe;
    std::string callingAe;
    std::string userIdentity; // session token, sent as username (PS3.7 D.3.3.7); "" for none
    Duration connectTimeout = std::chrono::seconds(10);
    Duration silenceTimeout = std::chrono::seconds(60);
    std::uint32_t pduBytes = 131072;
    std::function<bool()> givesUp; // asked several times a second while we wait: true ends the association; or none
    // TLS: the peer's certificate must come from one whom this context trusts and name `host`; null: plain.
    std::shared_ptr<crypto::TlsContext const> tls;
};

// One presentation context: an abstract syntax and the transfer syntaxes to propose for it, most wanted first. The peer
// chooses one; who must send what is stored without re-encoding gives each transfer syntax a context of its own.
struct ProposedContext {
    Uid abstractSyntax;
    std::vector<Uid> transferSyntaxes;
    bool weAreScp = false; // role selection: we take C-STORE sub-operations of C-GET
};

// The body of an object to send.
struct OutgoingObject {
    Uid sopClass, sopInstance, transferSyntax;
    int descriptor = -1; // the file, not owned
    std::uint64_t dataSetOffset = 0;
    std::uint64_t dataSetLength = 0;
    std::span<std::uint8_t const> bytes; // not empty: sent instead of the file's
    std::string moveOriginatorAe;        // sub-operation of somebody's C-MOVE (PS3.7 9.1.1.1): who asked, "" for none
    std::uint16_t moveOriginatorMessageId = 0;
};

// The C-STORE-RQ for an object.
CommandSet storeRequest(OutgoingObject const& object, std::uint16_t messageId);

struct StoreAnswer {
    std::uint16_t status = 0;
    std::string comment;             // (0000,0902)
    std::vector<Tag> offending = {}; // (0000,0901)
    bool isSuccess() const { return status == 0x0000; }
    bool isWarning() const { return (status & 0xF000) == 0xB000 || status == 0x0107 || status == 0x0116; }
};

// Takes the objects of a C-GET. begin → append… → end; end() returns the DIMSE status to answer.
class ObjectSink {
public:
    virtual ~ObjectSink() = default;
    virtual std::uint16_t begin(Uid const& sopClass, Uid const& sopInstance, Uid const& transferSyntax) = 0;
    virtual std::uint16_t append(std::span<std::uint8_t const> bytes) = 0;
    virtual std::uint16_t end() = 0;
};

// Identifier keys of a query: UTF-8 values by (group, element) key; sent with Specific Character Set ISO_IR 192.
using Identifier = std::map<std::uint32_t, std::string>;

struct RetrieveSummary {
    std::uint16_t status = 0;
    std::uint16_t completed = 0, failed = 0, warning = 0;
    std::string comment;
};

class DicomClient {
public:
    virtual ~DicomClient() = default;
    // Unavailable when nobody answers; Refused with the peer's A-ASSOCIATE-RJ reason in words.
    static Result<std::unique_ptr<DicomClient>> connect(Destination const& destination,
                                                        std::vector<ProposedContext> const& contexts);

    virtual bool accepts(Uid const& abstractSyntax, Uid const& transferSyntax) const = 0;

    virtual Result<void> echo() = 0;
    // NotFound when no accepted presentation context fits class and transfer syntax.
    // `meanwhile` is called once all is sent, while the answer is on its way.
    virtual Result<StoreAnswer> store(OutgoingObject const& object, std::function<void()> const& meanwhile = {}) = 0;
    virtual Result<std::vector<Identifier>> find(Uid const& findModel, Identifier const& keys, std::size_t limit) = 0;
    // `goOn` is asked between objects: false sends C-CANCEL.
    virtual Result<RetrieveSummary> get(Uid const& getModel, Identifier const& keys, ObjectSink& sink,
                                        std::function<bool()> goOn) = 0;
    // C-MOVE to the AE title that the peer knows.
    virtual Result<RetrieveSummary> move(Uid const& moveModel, Identifier const& keys,
                                         std::string const& destinationAe) = 0;
    // Releases the association; the destructor aborts one that was not released.
    virtual Result<void> release() = 0;
};

} // namespace qianli::dicom
