// The viewer with a gateway that speaks HTTPS and DICOM over TLS.
#include "common/dicom/network/dicom_client.h"
#include "common/dicom/sop_class.h"
#include "tests/support/test_authority.h"
#include "tests/viewer_client/client_steps.h"

#include <QSslConfiguration>

#include <fmt/format.h>
#include <fstream>

using namespace qianli;
using namespace qianli::viewer;
using namespace qianli::test;

namespace {

class SecureGateway {
public:
    SecureGateway()
    {
        authority_.issue("gateway");
        std::ofstream(folder_ / "gateway.toml")
            << fmt::format("data = \"data\"\n[dicom]\nport = 0\ndisk_reserve = \"1 MiB\"\n[dicom.tls]\nport = {}\n"
                           "certificate = \"gateway.crt\"\nkey = \"gateway.key\"\ntrust = \"ca.crt\"\n"
                           "client_certificate = \"request\"\n[http]\nport = {}\ncertificate = \"gateway.crt\"\n"
                           "key = \"gateway.key\"\n[[station]]\nae_title = \"*\"\naddress = \"127.0.0.1\"\n",
                           dicomPort_, httpPort_);
        auto const program = (programFolder() / "qianli-gateway").string();
        auto const file = (folder_ / "gateway.toml").string();
        run({program, "--config", file, "user", "add", RunningGateway::user, "--role", "radiologist"},
            fmt::format("{}\n", RunningGateway::password));
        program_ = std::make_unique<RunningProgram>(std::vector<std::string>{program, "--config", file, "serve"},
                                                    folder_ / "gateway.log");
        INFO(program_->log());
        REQUIRE(program_->waitForLog("ready"));
    }
    Result<Session> signIn(GatewayClient& client) const
    {
        auto const url = QString::fromStdString(fmt::format("https://127.0.0.1:{}", httpPort_));
        return wait<Session>(
            [&](auto then) { client.signIn(QUrl(url), RunningGateway::user, RunningGateway::password, then); });
    }
    std::filesystem::path authority() const { return authority_.certificate(); }

private:
    TemporaryFolder folder_;
    TestAuthority authority_{folder_.path(), "ca"};
    std::uint16_t dicomPort_ = freePort(), httpPort_ = freePort();
    std::unique_ptr<RunningProgram> program_;
};

// What the workstation's system believes, for as long as it lives.
class Believed {
public:
    explicit Believed(std::filesystem::path const& authority)
    {
        auto changed = before_;
        changed.addCaCertificates(QString::fromStdString(authority.string()));
        QSslConfiguration::setDefaultConfiguration(changed);
    }
    ~Believed() { QSslConfiguration::setDefaultConfiguration(before_); }

private:
    QSslConfiguration const before_ = QSslConfiguration::defaultConfiguration();
};

} // namespace

SCENARIO("who signs in over HTTPS fetches over TLS, from a gateway that the workstation believes", "[client][tls]")
{
    if (!RunningGateway::isBuilt())
        return;
    SecureGateway const gateway;
    {
        GatewayClient client;
        auto const stranger = gateway.signIn(client);
        REQUIRE_FALSE(stranger);
        CHECK(stranger.error().code == ErrorCode::Refused); // its certificate is not trusted
    }
    Believed const believed(gateway.authority());
    GatewayClient client;
    auto const session = gateway.signIn(client);
    INFO((session ? std::string() : session.error().message));
    REQUIRE(session);
    CHECK(session->dicomPort == 0);
    CHECK(session->dicomTlsPort != 0);
    REQUIRE(session->tls);
    auto const explicitLittle = dicom::Uid::ofKnown(dicom::transfer::explicitLittle);
    std::vector<dicom::ProposedContext> const verification{
        {dicom::Uid::ofKnown(dicom::sop::verification), {explicitLittle}}};
    auto const association = dicom::DicomClient::connect(dicomDestination(*session), verification);
    INFO((association ? std::string() : association.error().message));
    REQUIRE(association);
    CHECK((*association)->echo());
    CHECK((*association)->release());
    // The person's session is what lets it in.
    auto nobody = dicomDestination(*session);
    nobody.userIdentity.clear();
    CHECK_FALSE(dicom::DicomClient::connect(nobody, verification));
}
