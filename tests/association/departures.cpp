// How senders leave: what the gateway knows of it by the wire alone.
#include "tests/association/gateway_fixture.h"

#include <catch2/catch.hpp>
#include <thread>

using namespace qianli;
using namespace qianli::test;
using gateway::Departure;
using Presence = gateway::Transfers::Presence;

namespace {

// One P-DATA-TF PDU with one PDV in context 1.
std::vector<std::uint8_t> dataPdu(std::uint8_t header, std::span<std::uint8_t const> value)
{
    auto const pdv = static_cast<std::uint32_t>(value.size() + 2), pdu = pdv + 4;
    std::vector<std::uint8_t> bytes{4, 0};
    for (auto const length : {pdu, pdv})
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes.push_back(static_cast<std::uint8_t>(length >> shift));
    bytes.insert(bytes.end(), {1, header});
    bytes.insert(bytes.end(), value.begin(), value.end());
    return bytes;
}

std::vector<std::uint8_t> storePdu(SampleObject const& object)
{
    dicom::CommandSet command(dicom::command::storeRequest);
    command.set(dicom::command::affectedSopClass, dicom::Uid::ofKnown(object.sopClass));
    command.set(dicom::command::affectedSopInstance, dicom::Uid::ofKnown(object.instance));
    command.set(dicom::command::messageId, std::uint16_t{1}).set(dicom::command::priority, std::uint16_t{0});
    command.set(dicom::command::dataSetType, std::uint16_t{1});
    return dataPdu(commandLast, command.encode());
}

// Until something has left, or some seconds have passed.
std::vector<Departure> departuresOf(GatewayFixture const& gateway)
{
    for (int i = 0; i < 400; ++i) {
        if (auto departures = gateway.ingest->transfers().takeDepartures(); !departures.empty())
            return departures;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return {};
}

bool becomes(GatewayFixture const& gateway, std::string const& study, Presence presence)
{
    for (int i = 0; i < 400; ++i) {
        if (gateway.ingest->transfers().presenceOf({"puzi"}, dicom::Uid::ofKnown(study)) == presence)
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

std::vector<std::string> studiesOf(Departure const& departure)
{
    std::vector<std::string> studies;
    for (auto const& study : departure.studies)
        studies.push_back(study.value());
    return studies;
}

} // namespace

SCENARIO("a sender that releases its association has left in order, also when it only repeated", "[departures]")
{
    GatewayFixture gateway;
    for (int i = 0; i < 2; ++i) {
        REQUIRE(gateway.send({}) == 0);
        auto const left = departuresOf(gateway);
        REQUIRE(left.size() == 1);
        CHECK(left[0].way == Departure::Way::Released);
        CHECK(left[0].site.value == "puzi");
        CHECK(left[0].callingAe == "PUZI_CT");
        CHECK(studiesOf(left[0]) == std::vector<std::string>{"2.25.100"});
        CHECK(becomes(gateway, "2.25.100", Presence::Gone));
    }
    // Whoever only asks leaves no trace.
    (void)gateway.find("STUDY", {{0x0020000D, ""}});
    CHECK(gateway.ingest->transfers().takeDepartures().empty());
}

SCENARIO("a line that breaks is told from a release, and the middle of an object from its end", "[departures]")
{
    GatewayFixture gateway;
    SampleObject const first;
    SampleObject const second{.study = "2.25.200", .series = "2.25.201", .instance = "2.25.202", .pixelBytes = 40'000};
    auto const whole = second.dataSet();
    auto const half = std::span(whole).first(whole.size() / 2);
    auto peer = std::make_unique<RawConnection>(gateway.server->port());
    peer->send(associateRequest());
    peer->send(storePdu(first));
    peer->send(dataPdu(dataLast, first.dataSet()));
    CHECK(becomes(gateway, first.study, Presence::There));

    WHEN("it breaks between two objects")
    {
        peer->reset();
        auto const left = departuresOf(gateway);
        REQUIRE(left.size() == 1);
        CHECK(left[0].way == Departure::Way::CutOff);
        CHECK(studiesOf(left[0]) == std::vector<std::string>{first.study});
    }
    WHEN("it breaks in the middle of the next study's first object")
    {
        peer->send(storePdu(second));
        peer->send(dataPdu(dataMore, half));
        CHECK(becomes(gateway, second.study, Presence::Sending));
        CHECK(becomes(gateway, first.study, Presence::There));
        peer->reset();
        auto const left = departuresOf(gateway);
        REQUIRE(left.size() == 1);
        CHECK(left[0].way == Departure::Way::InObject);
        CHECK(studiesOf(left[0]) == std::vector<std::string>{first.study, second.study});
        CHECK(becomes(gateway, second.study, Presence::Gone));
    }
    WHEN("the peer aborts in the middle of an object")
    {
        peer->send(storePdu(second));
        peer->send(dataPdu(dataMore, half));
        peer->send({7, 0, 0, 0, 0, 4, 0, 0, 0, 0});
        auto const left = departuresOf(gateway);
        REQUIRE(left.size() == 1);
        CHECK(left[0].way == Departure::Way::InObject);
    }
    WHEN("the gateway stops while it is there")
    {
        gateway.server->stop(std::chrono::milliseconds(100));
        THEN("it has not left: it was sent away")
        {
            CHECK(gateway.ingest->transfers().takeDepartures().empty());
        }
    }
}

SCENARIO("an association for each picture: while one is on its way its study is being sent", "[departures]")
{
    GatewayFixture gateway;
    SampleObject const first{.study = "2.25.300", .series = "2.25.301", .instance = "2.25.302"};
    SampleObject const second{.study = "2.25.300", .series = "2.25.301", .instance = "2.25.303", .pixelBytes = 40'000};
    SampleObject const other{.study = "2.25.310", .series = "2.25.311", .instance = "2.25.312"};
    for (auto const& sent : {other, first}) {
        REQUIRE(gateway.send(sent) == 0);
        REQUIRE(departuresOf(gateway).size() == 1);
    }
    auto const whole = second.dataSet();
    RawConnection peer(gateway.server->port());
    peer.send(associateRequest());
    peer.send(storePdu(second));
    // Nothing but the request is here: whose object it is can only be guessed.
    CHECK(becomes(gateway, first.study, Presence::Sending));
    CHECK(becomes(gateway, other.study, Presence::Sending));
    peer.send(dataPdu(dataMore, std::span(whole).first(whole.size() / 2)));
    // The header is here and read, so that the reset can't take it away.
    CHECK(becomes(gateway, other.study, Presence::Gone));
    CHECK(becomes(gateway, first.study, Presence::Sending));
    peer.reset();
    auto const left = departuresOf(gateway);
    REQUIRE(left.size() == 1);
    CHECK(left[0].way == Departure::Way::InObject);
    CHECK(studiesOf(left[0]) == std::vector<std::string>{first.study});
}
