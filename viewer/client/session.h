// Session: who is signed in, and how the gateway is reached over DICOM.
#pragma once

#include "common/base/clock.h"
#include "common/crypto/tls_context.h"
#include "common/model/user.h"

#include <cstdint>
#include <memory>
#include <string>

namespace qianli::viewer {

struct Session {
    std::string token;
    model::User user;
    TimePoint expiresAt{};
    std::string host;    // of the gateway, for HTTP and DICOM alike
    std::string aeTitle; // called AE title
    std::uint16_t dicomPort = 0;
    std::string hospital;           // the issuing hospital, for the letterhead
    std::uint16_t dicomTlsPort = 0; // 0: none
    std::shared_ptr<crypto::TlsContext const> tls =
        {}; // signed in over HTTPS, and there is a TLS port: DICOM goes there
};

} // namespace qianli::viewer
