#include "viewer/client/workstation_tls.h"

#include "viewer/i18n/language.h"

#include <QFile>
#include <QSslCertificate>
#include <QSslKey>
#include <QStandardPaths>

namespace qianli::viewer {

namespace {

std::filesystem::path certificateFile()
{
    return workstationTlsFolder() / "workstation.crt";
}

std::filesystem::path keyFile()
{
    return workstationTlsFolder() / "workstation.key";
}

bool hasCertificate()
{
    std::error_code ignored;
    return std::filesystem::exists(certificateFile(), ignored);
}

// Qt looks the system's up while it shakes hands; here they are needed beforehand.
std::string authoritiesPem()
{
    QByteArray pem;
    for (auto const& list :
         {QSslConfiguration::defaultConfiguration().caCertificates(), QSslConfiguration::systemCaCertificates()})
        for (QSslCertificate const& certificate : list)
            pem += certificate.toPem();
    return pem.toStdString();
}

QSslKey readKey(QByteArray const& pem)
{
    for (auto const algorithm : {QSsl::Ec, QSsl::Rsa})
        if (QSslKey key(pem, algorithm); !key.isNull())
            return key;
    return {};
}

QByteArray contentOf(std::filesystem::path const& path)
{
    QFile file(QString::fromStdString(path.string()));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

std::filesystem::path workstationTlsFolder()
{
    return std::filesystem::path(QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation).toStdString()) /
           "tls";
}

QSslConfiguration workstationHttps()
{
    auto configuration = QSslConfiguration::defaultConfiguration();
    configuration.setProtocol(QSsl::TlsV1_2OrLater);
    if (hasCertificate()) {
        configuration.setLocalCertificateChain(QSslCertificate::fromData(contentOf(certificateFile())));
        configuration.setPrivateKey(readKey(contentOf(keyFile())));
    }
    return configuration;
}

Result<std::shared_ptr<crypto::TlsContext const>> workstationDicomTls()
{
    crypto::TlsFiles files;
    files.trustPem = authoritiesPem();
    if (hasCertificate()) {
        files.certificate = certificateFile();
        files.key = keyFile();
    }
    auto context = crypto::TlsContext::client(files);
    if (!context)
        return fail(ErrorCode::Refused,
                    say("本工作站的证书不能使用：%1", "this workstation's certificate can't be used: %1")
                        .arg(QString::fromStdString(context.error().message))
                        .toStdString());
    return context;
}

} // namespace qianli::viewer
