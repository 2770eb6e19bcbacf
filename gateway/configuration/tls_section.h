// Reads the keys of a TLS port: certificate and key, whom it believes, and what it asks of clients.
#pragma once

#include "gateway/configuration/configuration.h"
#include "gateway/configuration/section.h"

namespace qianli::gateway {

// certificate, key, trust, revoked.
void readTlsFiles(Section& section, TlsSettings& tls, std::filesystem::path const& folder);
// client_certificate: "require", "request" or "no".
void readClientCertificate(Section& section, ClientCertificate& asked);
// [dicom.tls]
void readDicomTls(Section section, DicomSettings& dicom, std::filesystem::path const& folder);

// What is right, and yet not what an operator may have meant; a sentence each.
std::vector<std::string> warningsAbout(Configuration const& configuration);

} // namespace qianli::gateway
