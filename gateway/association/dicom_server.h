// DicomServer: the door for DICOM. Listens, admits callers, negotiates, and runs each association in a thread of its
// own.
//
// Promise: strangers are rejected with the right reason; no peer can stop another one by being slow, silent or
// malformed; every length, time and number that a peer controls has a bound ([dicom.limits]).
#pragma once

#include "common/base/latency.h"
#include "gateway/archive/blob_store.h"
#include "gateway/association/peer_directory.h"
#include "gateway/association/refusal_book.h"
#include "gateway/association/tls_setup.h"
#include "gateway/audit/observers.h"
#include "gateway/configuration/configuration.h"
#include "gateway/index/study_index.h"
#include "gateway/ingest/ingest.h"
#include "gateway/ingest/quarantine.h"

#include <cstdint>
#include <memory>

namespace qianli::gateway {

struct DicomStatistics {
    std::uint64_t open = 0;     // connections now
    std::uint64_t active = 0;   // of these, with an operation in progress
    std::uint64_t accepted = 0; // associations since the start
    std::uint64_t rejected = 0;
    std::uint64_t aborted = 0; // ended by an error, a time limit or the peer's abort
    std::uint64_t stored = 0;  // C-STORE answered with Success
    std::uint64_t storeRefused = 0;
    std::uint64_t found = 0; // C-FIND requests
    std::uint64_t sent = 0;  // objects handed out by C-GET and C-MOVE
    // From the whole request to the answer; of C-STORE from the object's last byte.
    LatencyHistogram::Counts storeTook, findTook, retrieveTook;
};

class DicomServer {
public:
    virtual ~DicomServer() = default; // stops within a second

    // Listens at the plain port and at the TLS port, as the configuration says; a plain port 0 beside a TLS port means
    // none, alone any that is free. Unavailable when an address can't be bound. `quarantine`: for unknown callers,
    // where the configuration says so. What is passed by reference outlives the server.
    static Result<std::unique_ptr<DicomServer>> start(Configuration const& configuration, Ingest& ingest,
                                                      StudyIndex const& index, BlobStore const& store,
                                                      PersonOfToken personOfToken, Quarantine* quarantine = nullptr,
                                                      Observers observers = {});

    // SIGHUP: sites, stations and peers as of now; associations that are open keep what they were admitted with.
    virtual void replaceDirectory(PeerDirectory directory) = 0;
    // SIGHUP: certificates, keys and whom we believe, for handshakes to come; who is open and is believed
    // no longer is cut off. A TLS port doesn't come or go by it.
    virtual void replaceTls(DicomTls tls) = 0;
    // Takes no new association, closes idle ones, waits for operations until the deadline, then aborts them.
    virtual void stop(Duration deadline) = 0;
    virtual std::uint16_t port() const = 0; // the plain one bound, also where 0 was asked for; 0: none
    virtual DicomStatistics statistics() const = 0;
    // Whether connections are served; waits so long for it.
    virtual bool isAlive(Duration time) = 0;
    // Who was turned away lately, newest first.
    virtual std::vector<Refusal> refusals() const = 0;
};

} // namespace qianli::gateway
