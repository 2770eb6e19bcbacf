#include "gateway/association/tls_setup.h"

namespace qianli::gateway {

namespace {

crypto::PeerCertificate asked(ClientCertificate of)
{
    switch (of) {
    case ClientCertificate::Require:
        return crypto::PeerCertificate::Require;
    case ClientCertificate::Request:
        return crypto::PeerCertificate::Request;
    case ClientCertificate::No:
        break;
    }
    return crypto::PeerCertificate::No;
}

} // namespace

Result<DicomTls> DicomTls::open(DicomSettings const& settings)
{
    crypto::TlsFiles const files{
        settings.tls.certificate, settings.tls.key, settings.tls.trust, settings.tls.revoked, {}};
    DicomTls tls;
    if (settings.tlsPort != 0) {
        auto server = crypto::TlsContext::server(files, asked(settings.tls.clientCertificate));
        if (!server)
            return tl::unexpected(std::move(server).error().at("[dicom.tls]"));
        tls.callers = *std::move(server);
    }
    if (!files.trust.empty()) {
        auto client = crypto::TlsContext::client(files);
        if (!client)
            return tl::unexpected(std::move(client).error().at("[dicom.tls]"));
        tls.peers = *std::move(client);
    }
    return tls;
}

} // namespace qianli::gateway
