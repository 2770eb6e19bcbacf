// Association: DIMSE messages over an association that we requested; the only owner of a T_ASC_Association.
//
// Promise: data sets pass as raw PDVs, never parsed and never re-encoded; no call waits longer than the silence
// allowed; what a peer sends is bounded before it is kept. One thread at a time.
#pragma once

#include "common/base/clock.h"
#include "common/dicom/network/command_set.h"
#include "common/dicom/network/dicom_client.h"
#include "common/dicom/uid.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

struct T_ASC_Association;
struct T_ASC_Parameters;

namespace qianli::dicom {

class TransportControl;

// An accepted presentation context.
struct PresentationContext {
    std::uint8_t id = 0;
    Uid abstractSyntax, transferSyntax;
    bool weInvoke = false;  // we may be SCU in it
    bool weProvide = false; // we may be SCP in it
};

struct ReceivedMessage {
    enum class Kind { Command, Release, Abort } kind = Kind::Command;
    std::uint8_t contextId = 0;
    CommandSet command;
};

class Association {
public:
    // Takes over an association that is established, or will be before the first message.
    Association(T_ASC_Association* association, std::shared_ptr<TransportControl> control);
    ~Association(); // aborts what was neither released nor aborted
    Association(Association const&) = delete;
    Association& operator=(Association const&) = delete;

    T_ASC_Association* get() const { return association_; }
    // Nothing to abort: it never came to be.
    void setOver() { over_ = true; }
    // After the negotiation.
    void setContexts(std::vector<PresentationContext> contexts) { contexts_ = std::move(contexts); }
    std::vector<PresentationContext> const& contexts() const { return contexts_; }
    PresentationContext const* context(std::uint8_t id) const;
    // One in which we may invoke this abstract syntax; any transfer syntax where none is given.
    PresentationContext const* invocable(Uid const& abstractSyntax, Uid const* transferSyntax = nullptr) const;

    // A command alone, with a data set in memory, or with one in a file; sets Command Data Set Type.
    Result<void> send(std::uint8_t contextId, CommandSet command);
    Result<void> send(std::uint8_t contextId, CommandSet command, std::span<std::uint8_t const> dataSet);
    Result<void> send(std::uint8_t contextId, CommandSet command, OutgoingObject const& object);

    // The next message's command. Unavailable when it is not whole after the silence, or the connection broke;
    // InvalidInput for a malformed one.
    Result<ReceivedMessage> receive(Duration silence);
    // The data set that follows a command: hands its bytes on as they come. LimitExceeded above `limit` bytes.
    Result<void> receiveDataSet(std::uint8_t contextId, std::uint64_t limit, Duration silence,
                                std::function<void(std::span<std::uint8_t const>)> const& take);

    Result<void> release();
    void abort();

private:
    struct Fragment;
    Result<Fragment> nextFragment(Duration silence);
    Result<void> writeFragment(std::uint8_t contextId, int kind, std::span<std::uint8_t const> bytes, bool last);
    Result<void> writeCommand(std::uint8_t contextId, CommandSet const& command);
    std::size_t fragmentBytes() const;

    T_ASC_Association* association_;
    std::shared_ptr<TransportControl> control_;
    std::vector<PresentationContext> contexts_;
    bool over_ = false; // released or aborted
};

// Our Implementation Class UID and Version Name (PS3.7 D.3.3.2), before an association is requested or accepted.
void setImplementation(T_ASC_Parameters* parameters);

} // namespace qianli::dicom
