// AssociationWorker: one caller's association from the first byte to the last, in the thread that calls run().
#pragma once

#include "common/dicom/network/association.h"
#include "common/dicom/network/dcmtk_network.h"
#include "gateway/association/peer_directory.h"
#include "gateway/service/find.h"
#include "gateway/service/retrieve.h"
#include "gateway/service/store.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>

namespace qianli::gateway {

// What all associations of a server share. Every member is safe to use from their threads.
struct SharedState {
    SharedState(Configuration const& of, Ingest& theIngest, StudyIndex const& theIndex, BlobStore const& theStore,
                PersonOfToken person)
        : settings(of.dicom), ingest(theIngest), index(theIndex), store(theStore), personOfToken(std::move(person)),
          directory(std::make_shared<PeerDirectory const>(of)), operationSlots(settings.maxActive)
    {
    }

    DicomSettings const settings;
    Ingest& ingest;
    StudyIndex const& index;
    BlobStore const& store;
    PersonOfToken const personOfToken;

    std::mutex mutex; // guards directory and openByCaller
    std::shared_ptr<PeerDirectory const> directory;
    std::map<std::string, std::uint32_t> openByCaller;

    std::counting_semaphore<> operationSlots;
    std::atomic<bool> stopping = false; // no new associations, no next operation
    std::atomic<bool> aborting = false; // operations in progress end too
    std::atomic<std::uint64_t> active = 0, accepted = 0, rejected = 0, aborted = 0, stored = 0, storeRefused = 0,
                               found = 0, sent = 0;

    std::shared_ptr<PeerDirectory const> currentDirectory()
    {
        std::lock_guard const lock(mutex);
        return directory;
    }
};

enum class Crowding { Room, Full };

class AssociationWorker {
public:
    // `socket` is owned from here on. Full: the association is read and rejected (R17).
    AssociationWorker(SharedState& shared, int socket, std::string address,
                      std::shared_ptr<dicom::TransportControl> control, Crowding crowding)
        : shared_(shared), socket_(socket), address_(std::move(address)), control_(std::move(control)),
          crowding_(crowding)
    {
    }
    void run();
    bool isBusy() const { return busy_; } // from any thread: an operation is in progress

private:
    bool establish();
    bool admit(struct T_ASC_Parameters* parameters, std::string callingAe, std::string calledAe);
    void serve();
    // False when the association can't go on.
    Result<void> dispatch(dicom::ReceivedMessage const& message);
    Result<void> echo(dicom::ReceivedMessage const& message);
    Result<void> store(dicom::ReceivedMessage const& message);
    Result<void> find(dicom::ReceivedMessage const& message);
    Result<void> retrieve(dicom::ReceivedMessage const& message);
    Result<void> refuse(dicom::ReceivedMessage const& message, DimseStatus const& status);
    Result<std::vector<std::uint8_t>> receiveIdentifier(dicom::ReceivedMessage const& message);
    // Looks whether a C-CANCEL-RQ for the message has come; any other message breaks the protocol.
    Result<Proceed> cancelled(std::uint16_t messageId);

    SharedState& shared_;
    int socket_;
    std::string address_;
    std::shared_ptr<dicom::TransportControl> control_;
    Crowding crowding_;
    std::atomic<bool> busy_ = false;
    std::unique_ptr<dicom::Association> association_;
    bool admitted_ = false; // and counted in openByCaller
    Caller caller_;
    std::string countsAs_;
    std::string peerName_; // for the log
    std::string ownAe_;
};

} // namespace qianli::gateway
