// Transport: DCMTK's view of a socket, with our time limits: every read and write ends, with an error, after the
// silence allowed.
//
// Waits with poll(), so descriptors above 1023 are fine; writes are complete or failed; a hung reader costs its own
// thread only.
#pragma once

#include "common/dicom/network/dcmtk_network.h"

#include <dcmtk/dcmnet/dcmlayer.h>
#include <dcmtk/dcmnet/dcmtrans.h>
#include <memory>

namespace qianli::dicom {

class Transport final : public DcmTransportConnection {
public:
    Transport(int socket, std::shared_ptr<TransportControl> control);
    ~Transport() override;

    OFCondition serverSideHandshake() override { return EC_Normal; }
    OFCondition clientSideHandshake() override { return EC_Normal; }
    OFCondition renegotiate(char const*) override { return EC_Normal; }
    ssize_t read(void* buffer, size_t length) override;
    ssize_t write(void* buffer, size_t length) override;
    void close() override;
    void closeTransportConnection() override { close(); }
    unsigned long getPeerCertificateLength() override { return 0; }
    unsigned long getPeerCertificate(void*, unsigned long) override { return 0; }
    OFBool networkDataAvailable(int timeoutSeconds) override;
    OFBool isTransparentConnection() override { return OFTrue; }
    OFString& dumpConnectionParameters(OFString& text) override
    {
        return text = "Transport connection: TCP/IP, unencrypted.";
    }

private:
    enum class Wait { Ready, Over, GivenUp };
    Wait waitFor(short events, Duration longest);
    bool waitFor(short events);

    std::shared_ptr<TransportControl> control_;
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
