// Who comes in, and what those hear who don't (A-ASSOCIATE-RJ, PS3.8 9.3.4).
#include "common/base/text.h"
#include "tests/association/gateway_fixture.h"

#include <catch2/catch.hpp>
#include <thread>

using namespace qianli;
using namespace qianli::test;
using dicom::DicomClient;

namespace {

std::string rejection(GatewayFixture const& gateway, std::string const& callingAe,
                      std::string const& calledAe = "QIANLI", std::string const& token = {})
{
    auto destination = gateway.as(callingAe, token);
    destination.calledAe = calledAe;
    auto const client = DicomClient::connect(destination, GatewayFixture::contexts());
    if (client)
        return "accepted";
    CHECK(client.error().code == ErrorCode::Refused);
    return client.error().message;
}

} // namespace

SCENARIO("strangers are rejected with the right reason", "[association]")
{
    GatewayFixture gateway(
        [](gateway::Configuration& configuration) { configuration.stations.front().caller.aeTitle = "READER"; });
    CHECK(rejection(gateway, "STRANGER").find("permanently: calling AE title not recognised") != std::string::npos);
    CHECK(rejection(gateway, "puzi_ct").find("calling AE title not recognised") != std::string::npos);
    CHECK(rejection(gateway, "PUZI_CT", "OTHER").find("permanently: called AE title not recognised") !=
          std::string::npos);
    CHECK(rejection(gateway, "READER").find("permanently: no reason given") != std::string::npos);
    CHECK(rejection(gateway, "READER", "QIANLI", "made-up").find("no reason given") != std::string::npos);
    CHECK(rejection(gateway, "READER", "QIANLI", "token-of-disabled").find("no reason given") != std::string::npos);
    CHECK(rejection(gateway, "READER", "QIANLI", "token") == "accepted");
    CHECK(rejection(gateway, "PUZI_CT") == "accepted");
    CHECK(gateway.server->statistics().rejected == 6);
}

SCENARIO("where anybody may be a station, a device that nobody entered hears that its AE title is not known",
         "[association]")
{
    GatewayFixture gateway;
    CHECK(rejection(gateway, "NEW_DR").find("permanently: calling AE title not recognised") != std::string::npos);
    CHECK(rejection(gateway, "VIEWER", "QIANLI", "made-up").find("no reason given") != std::string::npos);
    CHECK(rejection(gateway, "VIEWER", "QIANLI", "token") == "accepted");
}

SCENARIO("an AE title with a NUL inside is not the one before the NUL", "[association]")
{
    GatewayFixture gateway;
    RawConnection peer(gateway.server->port());
    REQUIRE(peer.send(associateRequest(std::string("PUZI_CT\0X", 9))));
    auto const answer = peer.receiveAll(std::chrono::seconds(10));
    REQUIRE(answer.size() == 10);
    CHECK(answer[0] == 3); // A-ASSOCIATE-RJ
    CHECK(answer[9] == 3); // calling AE title not recognised
}

SCENARIO("too many associations of one site, or altogether, are a passing rejection, not a hang", "[association]")
{
    GatewayFixture gateway([](gateway::Configuration& configuration) {
        configuration.dicom.maxAssociationsPerSite = 2;
        configuration.dicom.maxAssociations = 3;
    });
    std::vector<std::unique_ptr<DicomClient>> open;
    auto const connect = [&](std::string const& callingAe) {
        auto client = DicomClient::connect(gateway.as(callingAe), GatewayFixture::contexts());
        REQUIRE(client);
        open.push_back(*std::move(client));
    };
    auto const waitFor = [&](std::uint64_t connections) {
        for (int i = 0; i < 400 && gateway.server->statistics().open != connections; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(25));
        REQUIRE(gateway.server->statistics().open == connections);
    };
    connect("PUZI_CT");
    connect("PUZI_CT");
    CHECK(rejection(gateway, "PUZI_CT").find("for now: local limit exceeded") != std::string::npos);
    waitFor(2); // a rejected connection counts until it is closed
    connect("BAISHA_DR");
    CHECK(rejection(gateway, "BAISHA_DR").find("for now: local limit exceeded") != std::string::npos);
    open.clear();
    waitFor(0);
    CHECK(rejection(gateway, "PUZI_CT") == "accepted");
}

SCENARIO("a changed directory counts for the next association", "[association]")
{
    GatewayFixture gateway([](gateway::Configuration& configuration) { configuration.stations.clear(); });
    CHECK(rejection(gateway, "NEW_DR") != "accepted");
    gateway.configuration.sites.front().callers.push_back({"NEW_DR", "any"});
    gateway.server->replaceDirectory(gateway::PeerDirectory(gateway.configuration));
    CHECK(rejection(gateway, "NEW_DR") == "accepted");
}

TEST_CASE("a called AE title that nobody can read is refused, also where any is taken", "[association][R20]")
{
    gateway::Configuration configuration;
    configuration.dicom.anyCalledAe = true;
    configuration.dicom.quarantine = true;
    model::Site site;
    site.id = {"puzi"};
    site.callers = {{"CT", "any"}};
    configuration.sites = {site};
    gateway::PeerDirectory const directory(configuration);
    for (char const* caller : {"CT", "STRANGER"}) {
        CHECK(directory.admit({caller, "WHATEVER", "10.0.0.7", ""}, {}).caller);
        for (char const* called : {"\xD5\xFE", "QIANLI\x1b", "QI\x7F"}) {
            auto const admission = directory.admit({caller, called, "10.0.0.7", ""}, {});
            CHECK_FALSE(admission.caller);
            CHECK(admission.rejection == gateway::Rejection::CalledAeNotRecognised);
            CHECK(text::escapeControl(admission.reason) == admission.reason);
            CHECK(text::escapeControl(admission.advice) == admission.advice);
        }
    }
}

TEST_CASE("addresses fit by value, not by text", "[association]")
{
    using gateway::addressFit;
    using gateway::AddressFit;
    CHECK(addressFit("any", "2001:db8::1") == AddressFit::Any);
    CHECK(addressFit("10.1.2.3", "10.1.2.3") == AddressFit::Exact);
    CHECK(addressFit("10.1.2.3", "::ffff:10.1.2.3") == AddressFit::Exact);
    CHECK_FALSE(addressFit("10.1.2.3", "10.1.2.30"));
    CHECK(addressFit("10.1.0.0/16", "10.1.255.9") == AddressFit::Network);
    CHECK_FALSE(addressFit("10.1.0.0/16", "10.2.0.1"));
    CHECK(addressFit("10.1.2.128/25", "10.1.2.200") == AddressFit::Network);
    CHECK_FALSE(addressFit("10.1.2.128/25", "10.1.2.100"));
    CHECK(addressFit("2001:db8::/32", "2001:db8:1::1") == AddressFit::Network);
    CHECK_FALSE(addressFit("0.0.0.0/0", "2001:db8::1"));
    CHECK_FALSE(addressFit("10.1.0.0/99", "10.1.0.1"));
    CHECK_FALSE(addressFit("10.1.0.0/", "10.1.0.1"));
    CHECK_FALSE(addressFit("hospital", "10.1.0.1"));
}

TEST_CASE("an exact AE title beats the star, a site beats a station, an address beats a network", "[association]")
{
    using enum model::Service;
    gateway::Configuration configuration;
    model::Site anybody{{"anybody"}, "", {{"*", "10.0.0.0/8"}}, {Echo}, {}, {}, "", {}, false, false, ""};
    model::Site ct{{"ct"}, "", {{"CT1", "any"}}, {Echo}, {}, {}, "", {}, false, false, ""};
    model::Site near{{"near"}, "", {{"CT1", "10.0.0.7"}}, {Echo}, {}, {}, "", {}, false, false, ""};
    configuration.sites = {anybody, ct, near};
    configuration.stations = {{{"*", "10.0.0.0/8"}, true, {}}, {{"READER", "any"}, true, {}}};
    gateway::PeerDirectory const directory(configuration);
    auto const person = [](std::string_view) -> Result<model::User> {
        return model::User{"w", "w", model::Role::Radiologist, std::nullopt, false};
    };
    auto const who = [&](std::string const& ae, std::string const& address) {
        auto const admission = directory.admit({ae, "QIANLI", address, "token"}, person);
        return admission.caller ? admission.caller->label : admission.reason;
    };
    CHECK(who("CT1", "10.0.0.7") == "site near");
    CHECK(who("CT1", "10.0.0.8") == "site ct");
    CHECK(who("XX", "10.0.0.8") == "site anybody");
    CHECK(who("READER", "10.0.0.8") == "station w");
    CHECK(who("XX", "192.168.0.1") == "in no [[site]] and no [[station]]");
}

TEST_CASE("who is in no site is told of with what to write for it: its certificate, where it showed one",
          "[association]")
{
    gateway::PeerDirectory const directory(gateway::Configuration{});
    auto const nobody = [](std::string_view) -> Result<model::User> { return fail(ErrorCode::Refused, "no session"); };
    auto const plain = directory.admit({"CT1", "QIANLI", "10.0.0.7", ""}, nobody);
    CHECK_FALSE(plain.caller);
    CHECK(plain.advice.find("{ ae_title = \"CT1\", address = \"10.0.0.7\" }") != std::string::npos);
    CHECK(plain.advice.find("certificate") == std::string::npos);
    auto const withCertificate = directory.admit({"CT1", "QIANLI", "10.0.0.7", "", "CN=puzi,O=Wanfeng"}, nobody);
    CHECK_FALSE(withCertificate.caller);
    CHECK(withCertificate.advice.find("certificate_subject = \"CN=puzi,O=Wanfeng\"") != std::string::npos);
}
