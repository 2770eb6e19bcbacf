// How this workstation speaks TLS with a gateway, over HTTPS and over DICOM alike: it believes the authorities that the
// system believes, and shows the certificate that its administrator put below the account's application data, where
// there is one: tls/workstation.crt and tls/workstation.key.
#pragma once

#include "common/base/result.h"
#include "common/crypto/tls_context.h"

#include <QSslConfiguration>

#include <filesystem>
#include <memory>

namespace qianli::viewer {

// The folder of the certificate.
std::filesystem::path workstationTlsFolder();

QSslConfiguration workstationHttps();
Result<std::shared_ptr<crypto::TlsContext const>> workstationDicomTls();

} // namespace qianli::viewer
