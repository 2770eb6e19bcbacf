// Connection's TLS handshake: goes on as the socket allows, within the time to the association request.
#include "common/base/log.h"
#include "common/base/text.h"
#include "gateway/association/connection.h"

#include <fmt/format.h>

namespace qianli::gateway {

namespace {

// What a handshake counts against the share of strangers: its arithmetic takes as long as receiving so many bytes.
constexpr std::uint64_t costOfHandshake = 256 << 10;
// What one may hold: its messages have room as soon as their length is announced (a ClientHello up to 128 KiB), beside
// the buffer for records.
constexpr std::uint64_t heldByHandshake = 192 << 10;

std::string_view adviceOn(Error const& error)
{
    if (error.code == ErrorCode::Refused)
        return "if this is a device of yours, give it a certificate of an authority in [dicom.tls] trust that is valid "
               "now and not revoked";
    if (error.message.find(" alert ") != std::string::npos)
        return "the other side does not accept us: look whether it trusts our authority, and whether our certificate "
               "names the address that it calls";
    return "look whether it speaks TLS 1.2 or 1.3 at this port (BCP 195), or what runs at its address";
}

} // namespace

std::optional<Next> Connection::shakeHands()
{
    using State = crypto::TlsSession::State;
    // Now, not when it is done: who leaves before it is has had our signature all the same.
    if (heldBytes_ == 0) {
        cost_ += costOfHandshake;
        heldBytes_ = heldByHandshake;
    }
    auto const state = wire_.handshake();
    cost_ += wire_.takeLineBytes();
    if (!state)
        return refuseHandshake(state.error());
    switch (*state) {
    case State::WantsInput:
        return Next::Input;
    case State::WantsOutput:
        return Next::Output;
    case State::Ended:
        ++shared_.aborted;
        log::information("{}: {}", peerName_,
                         timedOut_ ? fmt::format("no TLS handshake within {} s", silence_.count() / 1000)
                                   : std::string("gone during the TLS handshake"));
        return Next::Nothing;
    case State::Done:
        break;
    }
    heldBytes_ = 0;
    noteCertificate();
    return std::nullopt;
}

// Who replaces the context looks at all connections afterwards; one whose handshake was under way looks itself.
void Connection::noteCertificate()
{
    auto const* tls = wire_.tls();
    if (tls == nullptr)
        return;
    {
        std::lock_guard const lock(chainMutex_);
        chain_ = tls->peerChain();
    }
    if (auto const now = shared_.tlsForCallers.get(); now && now.get() != &tls->context())
        endUnlessBelieved(*now);
}

void Connection::endUnlessBelieved(crypto::TlsContext const& now)
{
    std::shared_ptr<crypto::PeerChain const> chain;
    {
        std::lock_guard const lock(chainMutex_);
        chain = chain_;
    }
    if (!chain || chain->isBelievedBy(now))
        return;
    log::warning("{}: ended: its certificate holds no longer", address_);
    shutDown();
}

// TLS has told the caller by its alert; it is left to close, or it would not read that.
Next Connection::refuseHandshake(Error const& error)
{
    bool const isCertificate = error.code == ErrorCode::Refused;
    auto const advice = adviceOn(error);
    log::warning("{}: refused: {}; {}", peerName_, text::escapeControl(error.message), advice);
    noteRefusal(Refusal::What::Association, "", text::escapeControl(error.message), advice,
                isCertificate ? "certificate" : "handshake");
    ++shared_.rejected;
    setStage(Stage::Closing);
    wire_.sayNoMore();
    return Next::Input;
}

} // namespace qianli::gateway
