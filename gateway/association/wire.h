// Wire: the connection of one caller: PDUs come out of it and messages go into it, without waiting or with a bound.
//
// A service that answers at once sends without waiting; what the socket does not take stays here until it is writable.
// A service that works for longer (find, get, move) has a thread of its own and waits, but never longer than the
// silence allowed. One thread at a time, except shutDown(). Where TLS lies between, nothing else changes: what TLS
// holds back is never forgotten, and the handshake goes on as readiness allows.
#pragma once

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/crypto/tls_session.h"
#include "common/dicom/network/command_set.h"
#include "common/dicom/network/dicom_client.h"
#include "common/dicom/network/pdu_reader.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

struct iovec;

namespace qianli::gateway {

class Wire {
public:
    // Pieces of what is read lie in `buffer` of the thread that reads; a wire keeps only what was not understood yet.
    using Buffer = std::span<std::uint8_t>;
    using Event = dicom::PduReader::Event;

    // Takes over an accepted socket, and the TLS on it.
    Wire(FileDescriptor socket, std::uint32_t maximumPduBytes, std::unique_ptr<crypto::TlsSession> tls = nullptr);
    ~Wire();

    bool isHandshaking() const { return handshaking_; }
    Result<crypto::TlsSession::State> handshake(); // as far as it goes without waiting
    // Of a line with TLS whose handshake is done.
    crypto::TlsSession const* tls() const { return tls_.get(); }
    std::string certificateSubject() const { return tls_ ? tls_->peerSubject() : std::string(); }
    bool isSecure() const { return tls_ != nullptr; }

    int descriptor() const { return socket_.get(); }
    dicom::PduReader& reader() { return reader_; }
    // What the caller takes in one P-DATA-TF PDU (PS3.8 D.1.1); 0: any.
    void setPeerMaximum(std::uint32_t pduBytes);

    // The next event; NeedsMore when nothing more has come, or a good deal has come that was no event (mayHaveMore()).
    // Cancelled: the caller has closed the connection.
    Result<Event> read(Buffer buffer);
    bool mayHaveMore() const { return mayHaveMore_; }
    std::uint64_t takeReceived() { return std::exchange(received_, 0); } // bytes for us since the last call
    // With what TLS put around them and kept for itself: what they cost.
    std::uint64_t takeLineBytes() { return std::exchange(lineBytes_, 0); }
    // read(), but waits; Unavailable when the event is not whole by then, however its bytes are dealt out.
    Result<Event> wait(Buffer buffer, std::chrono::steady_clock::time_point until);
    // Whether bytes were read that are not understood yet: they don't wake anybody.
    bool hasRest() const { return !input_.empty() || (tls_ && tls_->holdsInput()); }
    // To read on, TLS must be able to write first.
    bool readsAfterOutput() const { return readsAfterOutput_; }
    // Before the buffer is used for something else.
    void keepRest();
    void dropRest() { input_ = {}; } // the buffer is gone, and the connection shall end
    // Takes and drops what comes; false when the caller has closed.
    bool drain(Buffer buffer);
    bool isReadable() const; // now, also when only the end is to be read

    // Without waiting. Unavailable when the line is broken.
    Result<void> queue(std::span<std::uint8_t const> bytes);
    Result<void> queueCommand(std::uint8_t contextId, dicom::CommandSet command);
    bool hasOutput() const { return outputSent_ < output_.size(); }
    Result<void> flush(); // what was queued, as far as the socket takes it

    // From now on the waits of send() have a time for all of them together: so much, and a second more for each so many
    // bytes that were sent (0: no more, and for each object anew).
    void beginPace(Duration patience, std::uint64_t slowestBytes);
    // Waits until all is sent; Unavailable after `silence` in which the caller read nothing, or above the pace.
    Result<void> send(std::uint8_t contextId, dicom::CommandSet command, Duration silence);
    Result<void> send(std::uint8_t contextId, dicom::CommandSet command, std::span<std::uint8_t const> dataSet,
                      Duration silence);
    Result<void> send(std::uint8_t contextId, dicom::CommandSet command, dicom::OutgoingObject const& object,
                      Duration silence);

    void sayNoMore(); // the caller sees the end behind what was sent
    // From any thread: whoever reads, writes or waits sees the end of the connection.
    void shutDown();
    bool wasShutDown() const { return shutDown_; }

private:
    class Gather;
    enum class Line { Moved, Waits, Ended };
    struct Moved {
        Line line = Line::Moved;
        std::size_t bytes = 0;
    };
    Result<Moved> receive(Buffer buffer);
    Result<Moved> receiveSecurely(Buffer buffer);
    Result<Moved> sendSome(std::span<std::uint8_t const> bytes);
    Result<void> sendPieces(Gather& gather, Duration silence);
    Result<void> sendSecurely(Gather& gather, Duration silence);
    Result<void> sendAll(Gather& gather, Duration silence);
    Result<void> sendEach(Gather& gather, Duration silence);
    void addCommand(Gather& gather, std::uint8_t contextId, std::vector<std::uint8_t> const& command) const;
    void addDataSet(Gather& gather, std::uint8_t contextId, std::span<std::uint8_t const> bytes, bool last) const;
    Result<void> waitFor(short events, Duration silence) const;
    Result<void> waitToSend(Duration silence);

    FileDescriptor socket_;
    std::unique_ptr<crypto::TlsSession> tls_; // null: plain
    bool handshaking_ = false, readsAfterOutput_ = false;
    dicom::PduReader reader_;
    std::size_t fragmentBytes_ = 16'378;
    std::span<std::uint8_t const> input_; // read and not understood yet; in the reading thread's buffer or in rest_
    std::vector<std::uint8_t> rest_;
    std::uint64_t received_ = 0, lineBytes_ = 0;
    bool mayHaveMore_ = false;
    std::vector<std::uint8_t> output_;
    std::size_t outputSent_ = 0;
    struct Pace {
        Duration patience = Duration::max();
        std::uint64_t slowestBytes = 0, sent = 0;
        std::chrono::steady_clock::duration waited{};
    } pace_;
    std::atomic<bool> shutDown_ = false;
};

} // namespace qianli::gateway
