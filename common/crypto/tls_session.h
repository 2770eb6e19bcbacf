// TlsSession: TLS over a socket that never waits: each call goes on as far as what has come allows, and says what to
// wait for.
//
// From one thread at a time. The socket is not owned.
#pragma once

#include "common/base/result.h"
#include "common/crypto/tls_context.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

struct ssl_st;
struct stack_st_X509;
struct x509_st;
struct x509_store_ctx_st;

namespace qianli::crypto {

// The socket below, as OpenSSL is let at it.
struct TlsLine {
    int socket = -1;
    std::size_t mayRead = 0;    // in this call
    std::uint64_t received = 0; // bytes of the line, whatever they carried
};

// The certificates that the other side showed, to be looked at again when lists of revocation are new.
class PeerChain {
public:
    // Clients' certificates of this moment; `server` is what speaks to them from now on.
    bool isBelievedBy(TlsContext const& server) const;
    // Null where the other side showed no certificate, and before the handshake is done.
    static std::shared_ptr<PeerChain const> of(ssl_st* session);

private:
    friend class TlsSession;
    std::shared_ptr<x509_st> certificate_;
    std::shared_ptr<stack_st_X509> others_; // between it and its authority; may be null
};

class TlsSession {
public:
    enum class State {
        Done,
        WantsInput,  // the socket must become readable
        WantsOutput, // …writable
        Ended,       // the other side has closed
    };
    struct Progress {
        State state = State::Done;
        std::size_t bytes = 0;
    };

    static Result<std::unique_ptr<TlsSession>> accept(std::shared_ptr<TlsContext const> context, int socket);
    // `host`: the name or IP address that was called; the certificate must name it (subjectAltName).
    static Result<std::unique_ptr<TlsSession>> connect(std::shared_ptr<TlsContext const> context, int socket,
                                                       std::string const& host);

    // Refused when the certificate of the other side does not hold, in words; Unavailable when the handshake breaks off
    // for another reason.
    Result<State> handshake();
    // Done: `bytes` were read or written, not all maybe. A write that is not done must be repeated with the same
    // bytes, and may then have more behind them. A peer that sends what is for TLS alone (KeyUpdate) can't make a call
    // go on for long: WantsInput then comes while the socket is still readable.
    Result<Progress> read(std::span<std::uint8_t> buffer);
    Result<Progress> write(std::span<std::uint8_t const> bytes);
    // Whether something may have been taken off the socket that read() has not handed out: it wakes nobody.
    bool holdsInput() const;
    // Bytes that came off the socket since the last call: more than read() handed out, where records are small.
    std::uint64_t takeReceived() { return std::exchange(line_.received, 0); }
    // Tells the other side that nothing follows, as far as the socket takes it.
    void sayNoMore();

    TlsContext const& context() const { return *context_; }
    // Null where the other side showed no certificate, and before the handshake is done.
    std::shared_ptr<PeerChain const> peerChain() const;
    // RFC 2253 in UTF-8; "" where the other side showed no certificate.
    std::string peerSubject() const;

    // SSL_CTX_set_verify's callback; keeps the reason of a refusal.
    static int onVerify(int good, x509_store_ctx_st* check);

private:
    using Handle = std::unique_ptr<ssl_st, void (*)(ssl_st*)>;
    TlsSession(std::shared_ptr<TlsContext const> context, Handle handle);
    static Result<std::unique_ptr<TlsSession>> make(std::shared_ptr<TlsContext const> context, int socket);
    Result<State> stateAfter(int returned, char const* what);

    std::shared_ptr<TlsContext const> context_;
    TlsLine line_;
    Handle handle_;
    std::string refusal_; // why the certificate of the other side does not hold
    bool drained_ = true; // the last read() found nothing more
    bool broken_ = false;
};

} // namespace qianli::crypto
