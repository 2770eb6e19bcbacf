#include "tests/hostile/attackers.h"

#include "common/dicom/network/identifier_codec.h"
#include "common/dicom/sop_class.h"
#include "tests/support/deflate_bomb.h"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace qianli::test {

namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;
using Peers = std::vector<std::unique_ptr<RawConnection>>;

Bytes bytesOf(std::string const& text)
{
    return {text.begin(), text.end()};
}

Bytes request(std::uint16_t field, char const* sopClass)
{
    dicom::CommandSet command(field);
    command.set(dicom::command::affectedSopClass, dicom::Uid::ofKnown(sopClass))
        .set(dicom::command::messageId, std::uint16_t{7})
        .set(dicom::command::priority, std::uint16_t{0})
        .set(dicom::command::dataSetType, std::uint16_t{1});
    return command.encode();
}

} // namespace

SilentListener::SilentListener(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(socket_, 128) == 0);
}

SilentListener::~SilentListener()
{
    ::close(socket_);
}

Attackers::Attackers(std::uint16_t dicomPort, std::uint16_t httpPort, std::string callingAe, SampleObject large,
                     std::string destination)
    : dicom_(dicomPort), http_(httpPort), callingAe_(std::move(callingAe)), destination_(std::move(destination)),
      large_(std::move(large))
{
    run([this] { keepSilent(); });
    run([this] { trickle(); });
    run([this] { neverRead(); });
    run([this] { flood(); });
    run([this] { die(); });
    run([this] { bomb(); });
    for (int i = 0; i < 4; ++i)
        run([this] { moveNowhere(); });
}

Attackers::~Attackers()
{
    over_ = true;
    for (auto& thread : threads_)
        thread.join();
}

void Attackers::run(std::function<void()> attack)
{
    threads_.emplace_back([this, attack = std::move(attack)] {
        while (!over_)
            attack();
    });
}

void Attackers::rest(std::chrono::milliseconds time) const
{
    for (auto const end = std::chrono::steady_clock::now() + time; !over_ && std::chrono::steady_clock::now() < end;)
        std::this_thread::sleep_for(20ms);
}

std::unique_ptr<RawConnection> Attackers::call() const
{
    auto peer = std::make_unique<RawConnection>(dicom_);
    peer->send(associateRequest(callingAe_));
    return peer;
}

// 200 sockets that say nothing, 30 associations that do nothing, 100 connections of browsers that ask nothing.
void Attackers::keepSilent() const
{
    Peers peers;
    for (int i = 0; i < 200; ++i)
        peers.push_back(std::make_unique<RawConnection>(dicom_));
    for (int i = 0; i < 30; ++i)
        peers.push_back(call());
    for (int i = 0; i < 100; ++i)
        peers.push_back(std::make_unique<RawConnection>(http_));
    rest(4s);
}

// A byte now and then: of a request, a command, a data set, a header and a body of HTTP.
void Attackers::trickle() const
{
    auto const whole = associateRequest(callingAe_);
    auto const command = dataPdu(1, commandLast, storeCommand(large_));
    auto const dataSet = dataPdu(1, dataMore, Bytes(60'000, 0));
    auto const header = bytesOf("GET /healthz HTTP/1.1\r\nX-A: " + std::string(1000, 'a'));
    struct Slow {
        std::unique_ptr<RawConnection> peer;
        Bytes bytes;
    };
    std::vector<Slow> slow;
    for (int i = 0; i < 10; ++i) {
        slow.push_back({std::make_unique<RawConnection>(dicom_), whole});
        slow.push_back({call(), command});
        slow.push_back({call(), dataSet});
        slow.back().peer->send(command);
        slow.push_back({std::make_unique<RawConnection>(http_), header});
        slow.push_back({std::make_unique<RawConnection>(http_), Bytes(3000, ' ')});
        slow.back().peer->send(bytesOf("POST /api/v1/session HTTP/1.1\r\nContent-Length: 4000\r\n\r\n"));
    }
    for (std::size_t at = 0; at < 40 && !over_; ++at) {
        for (auto const& one : slow)
            one.peer->send({one.bytes[at]});
        rest(100ms);
    }
}

// Callers that ask for a large object and never read it.
void Attackers::neverRead() const
{
    auto const identifier = dicom::encodeIdentifier({{{0x0008, 0x0052}, "STUDY"}, {{0x0020, 0x000D}, large_.study}},
                                                    dicom::Uid::ofKnown(dicom::transfer::explicitLittle), "");
    Peers peers;
    for (int i = 0; i < 5; ++i) {
        auto& peer = *peers.emplace_back(std::make_unique<RawConnection>(dicom_));
        peer.send(associateRequest(callingAe_, "QIANLI", AskFor::Get));
        peer.send(dataPdu(1, commandLast, request(dicom::command::getRequest, dicom::sop::studyRootGet)));
        peer.send(dataPdu(1, dataLast, *identifier));
    }
    rest(4s);
}

// 500 connections at a time, some of which say what they should not.
void Attackers::flood() const
{
    Peers peers;
    auto const stranger = associateRequest("EVIL\x1b[2J\nready");
    for (int i = 0; i < 500 && !over_; ++i) {
        peers.push_back(std::make_unique<RawConnection>(dicom_));
        if (i % 4 == 1)
            peers.back()->send(stranger);
        if (i % 4 == 2)
            peers.back()->send(Bytes(200, 0xFF));
    }
    rest(300ms);
}

// Senders that go in the middle of an object.
void Attackers::die() const
{
    auto const peer = call();
    peer->send(dataPdu(1, commandLast, storeCommand(large_)));
    peer->send(dataPdu(1, dataMore, Bytes(10'000, 8)));
    peer->receiveAll(20ms);
    peer->reset();
    rest(20ms);
}

// Data sets that are nested, and that inflate, without end.
void Attackers::bomb() const
{
    auto const peer = call();
    peer->send(dataPdu(1, commandLast, storeCommand(large_)));
    std::string deep;
    while (deep.size() < 60'000)
        deep += std::string("\x40\0\x30\xA7SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF", 20);
    peer->send(dataPdu(1, dataLast, bytesOf(deep)));
    peer->receiveAll(100ms);
}

void Attackers::moveNowhere() const
{
    dicom::Destination destination;
    destination.host = "127.0.0.1";
    destination.port = dicom_;
    destination.calledAe = "QIANLI";
    destination.callingAe = callingAe_;
    destination.silenceTimeout = 2s;
    destination.givesUp = [this] { return over_.load(); };
    if (auto client = dicom::DicomClient::connect(destination, GatewayFixture::contexts()))
        (void)(*client)->move(dicom::Uid::ofKnown(dicom::sop::studyRootMove),
                              {{0x00080052, "STUDY"}, {0x0020000D, large_.study}}, destination_);
    else
        rest(100ms);
}

} // namespace qianli::test
