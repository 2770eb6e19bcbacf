// Slow, dying and hostile peers hurt themselves only.
#include "tests/association/gateway_fixture.h"

#include <catch2/catch.hpp>
#include <future>
#include <netinet/in.h>
#include <random>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace qianli;
using namespace qianli::test;

namespace {

std::size_t openDescriptors()
{
    auto const all = std::filesystem::directory_iterator("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

void waitUntilAlone(GatewayFixture const& gateway)
{
    for (int i = 0; i < 400 && gateway.server->statistics().open > 0; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
    REQUIRE(gateway.server->statistics().open == 0);
}

// All closed again, also those of connections that were still waiting to be accepted when nobody was served.
bool descriptorsFallTo(std::size_t before)
{
    for (int i = 0; i < 400; ++i) {
        if (openDescriptors() <= before) // once: whoever works beside opens one for a moment now and then
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
    return false;
}

} // namespace

SCENARIO("bytes that are no DICOM are answered with an abort and a closed line", "[association]")
{
    GatewayFixture gateway;
    auto const before = openDescriptors();
    auto const text = [](std::string const& t) { return std::vector<std::uint8_t>(t.begin(), t.end()); };
    std::vector<std::vector<std::uint8_t>> const openings{text("GET / HTTP/1.1\r\nHost: gateway\r\n\r\n"),
                                                          {1, 0, 0xFF, 0xFF, 0xFF, 0xFF},
                                                          {1, 0, 0, 0, 0, 0},
                                                          {4, 0, 0, 0, 0, 6, 0, 0, 0, 2, 1, 3},
                                                          {7, 0, 0, 0, 0, 4, 0, 0, 0, 0},
                                                          {5, 0, 0, 0, 0, 4, 0, 0, 0, 0},
                                                          std::vector<std::uint8_t>(200, 0x16)};
    for (auto const& opening : openings) {
        RawConnection peer(gateway.server->port());
        peer.send(opening);
        auto const answer = peer.receiveAll(std::chrono::seconds(10));
        CHECK(peer.closed);
        REQUIRE(answer.size() == 10);
        CHECK(answer[0] == 7); // A-ABORT
    }
    waitUntilAlone(gateway);
    CHECK(descriptorsFallTo(before));
    CHECK(gateway.send({}) == 0);
}

SCENARIO("what follows a good association request may be anything", "[association]")
{
    GatewayFixture gateway;
    auto const before = openDescriptors();
    SampleObject const object;
    auto const command = storeCommand(object);
    std::vector<std::vector<std::uint8_t>> messages{
        {4, 0, 0xFF, 0xFF, 0xFF, 0xFF},
        {4, 0, 0, 0, 0, 0},
        {4, 0, 0, 0, 0, 6, 0xFF, 0xFF, 0xFF, 0xFF, 1, 3},
        {4, 0, 0, 0, 0, 6, 0, 0, 0, 0, 1, 3},
        {4, 0, 0, 0, 0, 6, 0, 0, 0, 1, 1, 3},
        {4, 0, 0, 0, 0, 4, 0, 0, 0, 2},
        {1, 0, 0, 0, 0, 4, 0, 0, 0, 0},
        {2, 0, 0, 0, 0, 4, 0, 0, 0, 0},
        {9, 0, 0, 0, 0, 4, 0, 0, 0, 0},
        dataPdu(99, commandLast, command),
        dataPdu(2, commandLast, command),
        dataPdu(1, commandLast, {1, 2, 3}),
        dataPdu(1, commandLast, {}),
        dataPdu(1, dataLast, object.dataSet()),
        dataPdu(1, commandLast, std::vector<std::uint8_t>(10'000, 0xFF)),
    };
    std::mt19937 random(1);
    for (int i = 0; i < 60; ++i) { // flipped bytes of a good conversation
        auto pdu = dataPdu(1, commandLast, command);
        for (int flips = 0; flips < 3; ++flips)
            pdu[random() % pdu.size()] = static_cast<std::uint8_t>(random());
        messages.push_back(std::move(pdu));
    }
    for (auto const& message : messages) {
        RawConnection peer(gateway.server->port());
        REQUIRE(peer.send(associateRequest()));
        peer.send(message);
        peer.send(dataPdu(1, dataMore, {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}));
    }
    waitUntilAlone(gateway);
    CHECK(descriptorsFallTo(before));
    CHECK(gateway.find("IMAGE", {{0x00080018, ""}}).empty());
    CHECK(gateway.send(object) == 0);
}

SCENARIO("an association request with flipped, cut or repeated bytes hurts nobody", "[association]")
{
    GatewayFixture gateway;
    auto const before = openDescriptors();
    auto const good = associateRequest();
    std::mt19937 random(7);
    for (int i = 0; i < 300; ++i) {
        auto request = good;
        if (i % 3 == 0) {
            request.resize(10 + random() % (request.size() - 10));
            request[4] = static_cast<std::uint8_t>((request.size() - 6) >> 8);
            request[5] = static_cast<std::uint8_t>(request.size() - 6);
        }
        for (int flips = static_cast<int>(random() % 4); flips >= 0; --flips)
            request[6 + random() % (request.size() - 6)] =
                static_cast<std::uint8_t>(random() % 3 == 0 ? 0xFF : random());
        RawConnection peer(gateway.server->port());
        peer.send(request);
        peer.send({5, 0, 0, 0, 0, 4, 0, 0, 0, 0});
    }
    waitUntilAlone(gateway);
    CHECK(descriptorsFallTo(before));
    CHECK(gateway.send({}) == 0);
}

SCENARIO("a sender that dies in the middle of an object leaves nothing", "[association]")
{
    GatewayFixture gateway;
    SampleObject const object;
    {
        RawConnection peer(gateway.server->port());
        REQUIRE(peer.send(associateRequest()));
        REQUIRE(peer.send(dataPdu(1, commandLast, storeCommand(object))));
        auto half = object.dataSet();
        half.resize(half.size() / 2);
        REQUIRE(peer.send(dataPdu(1, dataMore, half)));
        peer.receiveAll(std::chrono::milliseconds(300));
    }
    waitUntilAlone(gateway);
    CHECK(gateway.find("IMAGE", {{0x00080018, ""}}).empty());
    CHECK(gateway.store->lastSequence() == 0);
    std::size_t files = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(gateway.folder / "archive"))
        files += entry.is_regular_file() && entry.path().string().find("incoming") != std::string::npos ? 1 : 0;
    CHECK(files == 0);
}

SCENARIO("idle and slow connections neither block a good caller nor stay for ever", "[association]")
{
    GatewayFixture gateway([](gateway::Configuration& configuration) {
        configuration.dicom.limits.firstByte = std::chrono::seconds(2);
        configuration.dicom.limits.idle = std::chrono::seconds(2);
        configuration.dicom.limits.operation = std::chrono::seconds(2);
    });
    std::vector<std::unique_ptr<RawConnection>> peers;
    for (int i = 0; i < 60; ++i) {
        auto& peer = *peers.emplace_back(std::make_unique<RawConnection>(gateway.server->port()));
        if (i % 3 == 1)
            peer.send({1, 0, 0});
        if (i % 3 == 2)
            peer.send(associateRequest());
    }
    CHECK(gateway.send({}) == 0);
    for (auto const& peer : peers) {
        peer->receiveAll(std::chrono::seconds(20));
        CHECK(peer->closed);
    }
    waitUntilAlone(gateway);
}

SCENARIO("a caller that asks and asks and reads nothing is ended, and holds up nobody", "[association]")
{
    bool const halfClosed = GENERATE(false, true);
    GatewayFixture gateway([](gateway::Configuration& configuration) {
        configuration.dicom.limits.idle = std::chrono::seconds(1);
        configuration.dicom.limits.operation = std::chrono::seconds(1);
    });
    std::vector<std::unique_ptr<RawConnection>> floods;
    std::vector<std::uint8_t> questions;
    dicom::CommandSet echo(dicom::command::echoRequest);
    echo.set(dicom::command::affectedSopClass, dicom::Uid::ofKnown(ctImage))
        .set(dicom::command::messageId, std::uint16_t{1});
    echo.set(dicom::command::dataSetType, dicom::command::noDataSet);
    auto const question = dataPdu(1, commandLast, echo.encode());
    while (questions.size() < (1 << 20))
        questions.insert(questions.end(), question.begin(), question.end());
    for (int i = 0; i < 4; ++i) {
        floods.push_back(std::make_unique<RawConnection>(gateway.server->port()));
        REQUIRE(floods.back()->send(associateRequest()));
        floods.back()->flood(questions);
        if (halfClosed)
            floods.back()->sayNoMore();
    }
    CHECK(gateway.send({}) == 0);
    waitUntilAlone(gateway);
}

SCENARIO("fragments without a byte are no way to keep a thread, or a place", "[association]")
{
    GatewayFixture gateway;
    auto const fragment = dataPdu(1, dataMore, {});
    RawConnection few(gateway.server->port()), many(gateway.server->port());
    SampleObject object;
    for (auto* peer : {&few, &many}) {
        REQUIRE(peer->send(associateRequest()));
        REQUIRE(peer->send(dataPdu(1, commandLast, storeCommand(object))));
        for (int i = 0; i < 60; ++i)
            REQUIRE(peer->send(fragment));
        object.instance = "2.25.103";
    }
    std::vector<std::uint8_t> nothing;
    while (nothing.size() < (4 << 20))
        nothing.insert(nothing.end(), fragment.begin(), fragment.end());
    many.send(nothing);
    many.receiveAll(std::chrono::seconds(10));
    CHECK(many.closed);
    // It is an object all the same, when its bytes come.
    REQUIRE(few.send(dataPdu(1, dataLast, SampleObject().dataSet())));
    for (int i = 0; i < 400 && gateway.server->statistics().stored < 1; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    CHECK(gateway.server->statistics().stored == 1);
    CHECK(gateway.send(object) == 0);
}

SCENARIO("an object above the limit ends the association and leaves nothing", "[association]")
{
    GatewayFixture gateway(
        [](gateway::Configuration& configuration) { configuration.dicom.limits.dataSetBytes = 100'000; });
    SampleObject object;
    object.pixelBytes = 300'000;
    CHECK(gateway.send(object) == 0xFFFF);
    CHECK(gateway.find("IMAGE", {{0x00080018, ""}}).empty());
    object.pixelBytes = 50'000;
    CHECK(gateway.send(object) == 0);
}

SCENARIO("lines that break while an association is accepted don't use up the site's places", "[association]")
{
    GatewayFixture gateway(
        [](gateway::Configuration& configuration) { configuration.dicom.maxAssociationsPerSite = 2; });
    auto const request = associateRequest();
    for (int i = 0; i < 1500; ++i) {
        RawConnection peer(gateway.server->port());
        peer.send(request);
        auto const until = std::chrono::steady_clock::now() + std::chrono::microseconds(100 * (i % 15));
        while (std::chrono::steady_clock::now() < until)
            std::this_thread::yield();
        peer.reset();
    }
    waitUntilAlone(gateway);
    CHECK(gateway.send({}) == 0);
}

SCENARIO("stopping does not wait for a C-MOVE's destination that says nothing", "[association]")
{
    struct Silent {
        Silent() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
        {
            address.sin_family = AF_INET;
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            socklen_t length = sizeof address;
            auto* const where = reinterpret_cast<sockaddr*>(&address);
            REQUIRE(::bind(socket, where, length) == 0);
            REQUIRE(::listen(socket, 5) == 0);
            REQUIRE(::getsockname(socket, where, &length) == 0);
        }
        ~Silent() { ::close(socket); }
        int socket;
        sockaddr_in address{};
    } const silent;
    GatewayFixture gateway([&](gateway::Configuration& configuration) {
        configuration.peers = {{"PUZI_PACS", "127.0.0.1", ntohs(silent.address.sin_port)}};
    });
    REQUIRE(gateway.send({}) == 0);
    std::thread caller([&] {
        auto client = dicom::DicomClient::connect(gateway.as("PUZI_CT"), GatewayFixture::contexts());
        if (client)
            (void)(*client)->move(dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.2.2.2"),
                                  {{0x00080052, "STUDY"}, {0x0020000D, "2.25.100"}}, "PUZI_PACS");
    });
    while (gateway.server->statistics().active == 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    auto stopped = std::async(std::launch::async, [&] { gateway.server->stop(std::chrono::milliseconds(500)); });
    // Half of what DCMTK waits for an answer to its association request.
    CHECK(stopped.wait_for(std::chrono::seconds(15)) == std::future_status::ready);
    caller.join();
}

SCENARIO("stopping ends idle associations at once and says so to nobody falsely", "[association]")
{
    GatewayFixture gateway;
    auto client = dicom::DicomClient::connect(gateway.as("PUZI_CT"), GatewayFixture::contexts());
    REQUIRE(client);
    gateway.server->stop(std::chrono::seconds(10));
    CHECK_FALSE((*client)->echo());
    CHECK(gateway.server->statistics().open == 0);
    CHECK(gateway.send({}) == 0xFFFF);
}

SCENARIO("what nobody thought of costs the connection that it happened to", "[association][R54]")
{
    GatewayFixture gateway;
    auto bystander = dicom::DicomClient::connect(gateway.as("PUZI_CT"), GatewayFixture::contexts());
    REQUIRE(bystander);
    CHECK_FALSE(dicom::DicomClient::connect(gateway.as("VIEWER_1", "token-that-breaks"), GatewayFixture::contexts()));
    CHECK((*bystander)->echo());
    CHECK(gateway.send({}) == 0);
}

SCENARIO("when all operations are taken the next caller is told so, and served later", "[association]")
{
    GatewayFixture gateway([](gateway::Configuration& configuration) {
        configuration.dicom.maxActive = 1;
        configuration.dicom.limits.operation = std::chrono::seconds(3);
    });
    SampleObject other;
    other.instance = "2.25.103";
    {
        RawConnection slow(gateway.server->port());
        REQUIRE(slow.send(associateRequest()));
        REQUIRE(slow.send(dataPdu(1, commandLast, storeCommand(SampleObject()))));
        std::uint8_t fed = 0;
        while (gateway.server->statistics().active == 0)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        std::thread keepAlive([&] { // slow, but never silent for long
            for (; fed < 25; ++fed) {
                slow.send(dataPdu(1, dataMore, {8, 0, 5, 0, 'C', 'S', 0, 0}));
                std::this_thread::sleep_for(std::chrono::milliseconds(200));
            }
        });
        CHECK(gateway.send(other) == 0xA700);
        keepAlive.join();
    }
    waitUntilAlone(gateway);
    CHECK(gateway.send(other) == 0);
}

SCENARIO("a caller that stops reading what it asked for is cut off; others don't notice", "[association]")
{
    GatewayFixture gateway(
        [](gateway::Configuration& configuration) { configuration.dicom.limits.operation = std::chrono::seconds(1); });
    SampleObject large;
    large.pixelBytes = 40 << 20; // more than the sockets' buffers take
    REQUIRE(gateway.send(large) == 0);
    struct SleepySink final : dicom::ObjectSink {
        std::uint16_t begin(dicom::Uid const&, dicom::Uid const&, dicom::Uid const&) override { return 0; }
        std::uint16_t append(std::span<std::uint8_t const>) override
        {
            while (gateway->server->statistics().open > 0)
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
            return 0;
        }
        std::uint16_t end() override { return ++ended, 0; }
        GatewayFixture* gateway = nullptr;
        int ended = 0;
    } sink;
    sink.gateway = &gateway;
    auto client = dicom::DicomClient::connect(gateway.as("PUZI_CT"), GatewayFixture::getContexts());
    REQUIRE(client);
    auto const got = (*client)->get(dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.2.2.3"),
                                    {{0x00080052, "STUDY"}, {0x0020000D, large.study}}, sink, {});
    CHECK_FALSE(got);
    CHECK(sink.ended == 0);
    CHECK(gateway.find("STUDY", {{0x0020000D, ""}}).size() == 1);
}
