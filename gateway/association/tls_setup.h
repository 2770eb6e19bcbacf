// DicomTls: how we speak TLS over DICOM, as [dicom.tls] says: as the server of callers and as the client of peers.
#pragma once

#include "common/crypto/tls_context.h"
#include "gateway/configuration/configuration.h"

#include <memory>

namespace qianli::gateway {

struct DicomTls {
    std::shared_ptr<crypto::TlsContext const> callers; // null: no TLS port
    std::shared_ptr<crypto::TlsContext const> peers;   // null: no peer can be called over TLS

    // Reads the files. Errors name the file.
    static Result<DicomTls> open(DicomSettings const& settings);
};

} // namespace qianli::gateway
