#include "gateway/configuration/tls_section.h"

#include "gateway/configuration/address.h"

#include <fmt/format.h>
#include <unistd.h>

namespace qianli::gateway {

namespace {

void readFilePath(Section& section, std::string_view key, std::filesystem::path& target,
                  std::filesystem::path const& folder)
{
    auto const* value = section.path(key, target, folder);
    if (value != nullptr && !target.empty() && ::access(target.c_str(), R_OK) != 0)
        section.problem(*value, key, fmt::format("expected a file that can be read, and {} can't be", target.string()));
}

std::string wordOf(ClientCertificate asked)
{
    switch (asked) {
    case ClientCertificate::Require:
        return "require";
    case ClientCertificate::Request:
        return "request";
    case ClientCertificate::No:
        break;
    }
    return "no";
}

} // namespace

void readTlsFiles(Section& section, TlsSettings& tls, std::filesystem::path const& folder)
{
    readFilePath(section, "certificate", tls.certificate, folder);
    readFilePath(section, "key", tls.key, folder);
    readFilePath(section, "trust", tls.trust, folder);
    readFilePath(section, "revoked", tls.revoked, folder);
    if (tls.certificate.empty() != tls.key.empty())
        section.problem("certificate and key belong together: expected both or none");
    if (!tls.revoked.empty() && tls.trust.empty())
        section.problem("revoked says whom not to believe any more: expected `trust`, too");
}

void readClientCertificate(Section& section, ClientCertificate& asked)
{
    auto word = wordOf(asked);
    section.word("client_certificate", word, {"require", "request", "no"});
    for (auto const candidate : {ClientCertificate::Require, ClientCertificate::Request, ClientCertificate::No})
        if (word == wordOf(candidate))
            asked = candidate;
}

void readDicomTls(Section section, DicomSettings& dicom, std::filesystem::path const& folder)
{
    auto const* port = section.number("port", dicom.tlsPort, 0, 65535);
    readTlsFiles(section, dicom.tls, folder);
    readClientCertificate(section, dicom.tls.clientCertificate);
    section.finish();
    if (dicom.tlsPort == 0)
        return;
    if (port != nullptr && dicom.tlsPort == dicom.port)
        section.problem(*port, "port", "is that of [dicom] already; expected another one");
    if (!dicom.tls.isOn())
        section.problem("a TLS port needs `certificate` and `key`");
    if (dicom.tls.clientCertificate != ClientCertificate::No && dicom.tls.trust.empty())
        section.problem("clients' certificates are checked against `trust`: expected it, or client_certificate = "
                        "\"no\"");
}

std::vector<std::string> warningsAbout(Configuration const& configuration)
{
    std::vector<std::string> warnings;
    auto const& dicom = configuration.dicom;
    if (dicom.tlsPort != 0 && dicom.port != 0 && !isLoopback(dicom.bind)) // R25
        warnings.push_back(fmt::format("plain DICOM is open at {}:{} beside the TLS port {}: what comes there is not "
                                       "encrypted; set [dicom] port = 0 when every device speaks TLS, and until then "
                                       "let no public network reach it",
                                       dicom.bind, dicom.port, dicom.tlsPort));
    if (dicom.tlsPort != 0 && dicom.tls.revoked.empty() && dicom.tls.clientCertificate != ClientCertificate::No)
        warnings.push_back("[dicom.tls] revoked is not set: a stolen certificate would be good until it expires");
    return warnings;
}

} // namespace qianli::gateway
