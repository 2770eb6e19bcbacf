// Transport: DCMTK's view of a socket, with our time limits: every read and write ends, with an error, after the
// silence allowed.
//
// Waits with poll(), so descriptors above 1023 are fine; writes are complete or failed; a hung reader costs its own
// thread only. With TLS between, the same, and the handshake is bounded like a silence.
#pragma once

#include "common/crypto/tls_session.h"
#include "common/dicom/network/dcmtk_network.h"

#include <dcmtk/dcmnet/dcmlayer.h>
#include <dcmtk/dcmnet/dcmtrans.h>
#include <memory>

namespace qianli::dicom {

class Transport final : public DcmTransportConnection {
public:
    Transport(int socket, std::shared_ptr<TransportControl> control, std::unique_ptr<crypto::TlsSession> tls);
    ~Transport() override;

    OFCondition serverSideHandshake() override { return EC_Normal; }
    OFCondition clientSideHandshake() override;
    OFCondition renegotiate(char const*) override { return EC_Normal; }
    ssize_t read(void* buffer, size_t length) override;
    ssize_t write(void* buffer, size_t length) override;
    void close() override;
    void closeTransportConnection() override { close(); }
    unsigned long getPeerCertificateLength() override { return 0; }
    unsigned long getPeerCertificate(void*, unsigned long) override { return 0; }
    OFBool networkDataAvailable(int timeoutSeconds) override;
    OFBool isTransparentConnection() override { return tls_ ? OFFalse : OFTrue; }
    OFString& dumpConnectionParameters(OFString& text) override
    {
        return text = tls_ ? "Transport connection: TLS over TCP/IP." : "Transport connection: TCP/IP, unencrypted.";
    }

private:
    enum class Wait { Ready, Over, GivenUp };
    Wait waitFor(short events, Duration longest);
    bool waitFor(short events);
    bool waitFor(crypto::TlsSession::State wanted);
    ssize_t readSecurely(std::span<std::uint8_t> buffer);
    bool writePlainly(std::span<std::uint8_t const> bytes, int flags);
    bool writeSecurely(std::span<std::uint8_t const> bytes);
    ssize_t giveUp();

    std::shared_ptr<TransportControl> control_;
    std::unique_ptr<crypto::TlsSession> tls_; // null: plain
    std::vector<std::uint8_t> held_;          // a header that waits for its data, so that they share a record
};

// Makes a Transport of each socket. The control of the connection about to be made is handed over by the calling
// thread.
class TransportLayer final : public DcmTransportLayer {
public:
    DcmTransportConnection* createConnection(DcmNativeSocketType socket, OFBool useSecureLayer) override;
};

// What the calling thread's next connection gets.
void setPendingConnection(std::shared_ptr<TransportControl> pending);

} // namespace qianli::dicom
