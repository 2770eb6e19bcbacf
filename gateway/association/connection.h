// Connection: one caller from the first byte to the last, without a thread of its own.
//
// Whoever sees that it can be read calls handle(), which goes on as far as what has come allows and says what to wait
// for next. A C-STORE is taken in pieces as they come; its answer is sent by the thread that committed it. Find, get
// and move get a thread for as long as they last.
#pragma once

#include "common/base/latency.h"
#include "gateway/association/association_audit.h"
#include "gateway/association/fair_queue.h"
#include "gateway/association/negotiation.h"
#include "gateway/association/operation_places.h"
#include "gateway/association/operation_threads.h"
#include "gateway/association/peer_directory.h"
#include "gateway/association/peer_watch.h"
#include "gateway/association/refusal_book.h"
#include "gateway/association/tls_setup.h"
#include "gateway/association/wire.h"
#include "gateway/audit/observers.h"
#include "gateway/service/find.h"
#include "gateway/service/retrieve.h"
#include "gateway/service/store.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace qianli::gateway {

class Connection;

// What a connection waits for next.
enum class Next {
    Input,
    Output,
    Turn,    // more has come than one turn allows
    Others,  // a place, the committer or an operation's thread has it and will resume it
    Nothing, // it is over
};

// What all connections of a server share. Every member is safe to use from their threads.
struct SharedState {
    SharedState(Configuration const& of, Ingest& theIngest, StudyIndex const& theIndex, BlobStore const& theStore,
                PersonOfToken person, Quarantine* theQuarantine, Observers whoWatches)
        : settings(of.dicom), ingest(theIngest), quarantine(theQuarantine), index(theIndex), store(theStore),
          observers(whoWatches), personOfToken(std::move(person)), directory(std::make_shared<PeerDirectory const>(of)),
          places(settings.maxActive)
    {
    }

    DicomSettings const settings;
    Ingest& ingest;
    Quarantine* const quarantine; // null: unknown callers are rejected
    StudyIndex const& index;
    BlobStore const& store;
    Observers const observers;
    PersonOfToken const personOfToken;
    // Takes a connection back that waited for others; set before the first one is made.
    std::function<void(std::shared_ptr<Connection>, Next)> resume;

    std::mutex mutex; // guards directory and openByCaller
    std::shared_ptr<PeerDirectory const> directory;
    std::map<std::string, std::uint32_t> openByCaller;

    crypto::TlsContextSlot tlsForCallers, tlsForPeers; // empty: none
    RefusalBook refusals;
    PeerWatch watch{observers};
    OperationPlaces places;
    OperationThreads threads;
    std::atomic<std::uint64_t> alive = 0; // connections that may still use this
    std::atomic<bool> stopping = false;   // no new associations, no next operation
    std::atomic<bool> aborting = false;   // operations in progress end too
    std::atomic<std::uint64_t> accepted = 0, rejected = 0, aborted = 0, stored = 0, storeRefused = 0, found = 0,
                               sent = 0;
    LatencyHistogram storeTook, findTook, retrieveTook;

    std::shared_ptr<PeerDirectory const> currentDirectory()
    {
        std::lock_guard const lock(mutex);
        return directory;
    }
};

// Whether a command makes its caller overtake others: Priority HIGH of what brings images, of one whom we know and who
// may do it. Anybody can say HIGH.
bool isUrgent(Caller const& caller, dicom::CommandSet const& command);

enum class Crowding { Room, Full };

class Connection : public std::enable_shared_from_this<Connection> {
public:
    // Full: the association request is read and rejected (R17).
    Connection(SharedState& shared, FileDescriptor socket, std::string address, Crowding crowding,
               std::unique_ptr<crypto::TlsSession> tls = nullptr);
    ~Connection();

    int descriptor() const { return wire_.descriptor(); }
    // From one thread at a time; `buffer` belongs to that thread.
    Next handle(Wire::Buffer buffer);
    // Bytes that were read since the last call.
    std::uint64_t takeCost() { return cost_.exchange(0); }
    // Whose share it uses up, and whether it overtakes. Known after admission; from who has the connection.
    std::string const& queueKey() const { return countsAs_; }
    Urgency urgency() const { return urgency_; }

    bool isBusy() const { return busy_; } // from any thread: an operation is in progress
    // From any thread: ends it when it was silent for too long.
    void checkSilence(std::chrono::steady_clock::time_point now);
    void shutDown() { wire_.shutDown(); }
    // From any thread: ends it when its certificate holds no longer (a new list of revocation).
    void endUnlessBelieved(crypto::TlsContext const& now);

    // From any thread: it has not been admitted, and how long and with how many bytes it is waiting to be.
    bool isStranger() const { return stranger_; }
    std::chrono::steady_clock::time_point begun() const { return begun_; }
    std::uint64_t heldBytes() const { return heldBytes_; }
    // Another one needs its place.
    void giveWay()
    {
        stranger_ = false;
        shutDown();
    }

private:
    enum class Stage {
        Request,  // the association request is to come
        Messages, // between messages
        DataSet,  // of a message whose command has come
        Place,    // waits for a place for its operation
        Working,  // others have it
        Closing,  // everything is said; the caller closes
    };
    // A message that is coming in.
    struct Incoming {
        dicom::CommandSet command;
        std::uint8_t contextId = 0;
        std::uint64_t length = 0, limit = 0;
        std::optional<DimseStatus> refusal; // its data set is not wanted
        std::optional<StoreOperation> store;
        std::vector<std::uint8_t> identifier;
    };

    // Nothing when TLS is ready for what follows.
    std::optional<Next> shakeHands();
    Next refuseHandshake(Error const& error);
    void noteCertificate();
    Result<Next> advance(Wire::Event const& event);
    Result<Next> takeRequest(std::span<std::uint8_t const> pdu);
    bool admit(dicom::AssociateRequest const& request);
    void reject(Rejection rejection);
    void noteNothingAgreed(dicom::AssociateRequest const& request, Negotiated const& negotiated);
    void noteRefusal(Refusal::What what, std::string const& callingAe, std::string const& reason,
                     std::string_view advice, std::string const& kind);
    Next close(std::span<std::uint8_t const> lastWords);
    Result<Next> takeCommand(Wire::Event const& event);
    std::optional<DimseStatus> unacceptable(dicom::CommandSet const& command, std::uint8_t contextId) const;
    Result<Next> askForPlace();
    void beginOperation(bool placeGiven);
    Result<Next> takeDataSet(Wire::Event const& event);
    Result<Next> completeMessage();
    Next end(Error const& error);
    std::uint64_t noteReceived();
    bool isTooSlow(std::chrono::steady_clock::time_point now) const;
    void setStage(Stage stage);
    void giveBack();
    // Says once how the caller left, where it brought objects.
    void depart(Departure::Way way);
    Departure::Way wayOfBreaking() const;
    PresentationContext const* context(std::uint8_t id) const;
    Result<void> answer(DimseStatus const& status);

    void finishStore(DimseStatus const& status, StoreOutcome const* outcome);
    void recordStored();
    void recordConflict(StoreOutcome const& outcome);
    void recordQuery(DimseStatus const& status, std::uint64_t answers);
    void noteRefusedStore(DimseStatus const& status);
    // On a thread of its own.
    void runOperation();
    Result<void> find(Wire::Buffer buffer);
    Result<void> retrieve(Wire::Buffer buffer);
    // Looks whether a C-CANCEL-RQ for the message has come; any other message breaks the protocol.
    Result<Proceed> cancelled(Wire::Buffer buffer, std::uint16_t messageId);

    SharedState& shared_;
    std::string const address_;
    Crowding const crowding_;

    mutable std::mutex mutex_; // whoever handles the connection holds it; guards all but the atomics
    Wire wire_;
    Stage stage_ = Stage::Request;
    std::vector<PresentationContext> contexts_;
    std::optional<Incoming> incoming_;
    StoreTally tally_;
    bool admitted_ = false; // and counted in openByCaller
    Caller caller_;
    std::string countsAs_;
    std::string peerName_; // for the log
    std::atomic<bool> busy_ = false;
    std::mutex chainMutex_; // guards chain_; taken last
    std::shared_ptr<crypto::PeerChain const> chain_;
    std::atomic<int> place_ = 0; // 1: given, -1: refused, 0: neither
    bool hasPlace_ = false;
    std::atomic<bool> timedOut_ = false, tooSlow_ = false;
    std::atomic<bool> stranger_ = true;
    std::chrono::steady_clock::time_point const begun_ = std::chrono::steady_clock::now();
    std::atomic<std::uint64_t> heldBytes_ = 0; // while it is a stranger
    std::optional<std::chrono::steady_clock::time_point> messageBegan_;
    std::uint64_t messageBytes_ = 0;
    std::atomic<Urgency> urgency_ = Urgency::Routine;
    std::atomic<std::uint64_t> cost_ = 0;
    std::chrono::steady_clock::time_point deadline_;                 // of the silence
    std::atomic<std::chrono::steady_clock::time_point> requestEnds_; // the same in stage Request; else never
    Duration silence_{};
};

} // namespace qianli::gateway
