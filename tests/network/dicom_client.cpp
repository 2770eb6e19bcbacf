// DicomClient against a receiver that we did not write, and against peers that are absent, silent or talk something
// else.
#include "common/dicom/network/dicom_client.h"

#include "common/base/file.h"
#include "common/dicom/part10.h"
#include "common/dicom/sop_class.h"
#include "tests/support/support.h"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

using namespace qianli;
using namespace qianli::dicom;

namespace {

Destination at(std::uint16_t port)
{
    Destination destination;
    destination.host = "127.0.0.1";
    destination.port = port;
    destination.calledAe = "TOWNSHIP";
    destination.callingAe = "QIANLI";
    destination.connectTimeout = std::chrono::seconds(2);
    destination.silenceTimeout = std::chrono::seconds(2);
    return destination;
}

ProposedContext const verification{Uid::ofKnown(sop::verification), {Uid::ofKnown(transfer::implicitLittle)}};

FileDescriptor listenAt(std::uint16_t port)
{
    FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(socket.get(), 4) == 0);
    return socket;
}

} // namespace

TEST_CASE("nobody there is Unavailable", "[network]")
{
    auto const client = DicomClient::connect(at(test::freePort()), {verification});
    REQUIRE_FALSE(client);
    CHECK(client.error().code == ErrorCode::Unavailable);
}

TEST_CASE("a peer that accepts the connection and says nothing is given up", "[network]")
{
    auto const port = test::freePort();
    auto const listener = listenAt(port);
    auto const client = DicomClient::connect(at(port), {verification});
    REQUIRE_FALSE(client);
    CHECK(client.error().code == ErrorCode::Unavailable);
}

TEST_CASE("a peer that talks HTTP is no DICOM peer", "[network]")
{
    auto const port = test::freePort();
    auto const listener = listenAt(port);
    std::thread peer([&] {
        FileDescriptor const socket(::accept(listener.get(), nullptr, nullptr));
        std::string const answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
        [[maybe_unused]] auto const sent = ::send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    });
    CHECK_FALSE(DicomClient::connect(at(port), {verification}));
    peer.join();
}

SCENARIO("an object arrives at DCMTK's storescp byte for byte, large ones from the file too", "[network]")
{
    test::TemporaryFolder const folder;
    std::filesystem::create_directory(folder / "in");
    auto const port = test::freePort();
    test::RunningProgram receiver(
        {"storescp", "-v", "+B", "-aet", "TOWNSHIP", "-od", (folder / "in").string(), std::to_string(port)},
        folder / "log");
    REQUIRE(receiver.isRunning());

    auto const sopClass = Uid::ofKnown(sop::secondaryCapture);
    auto const explicitLittle = Uid::ofKnown(transfer::explicitLittle);
    // (0008,0016), (0008,0018) and a private element of a megabyte, so that the object takes many PDUs.
    std::string dataSet("\x08\x00\x16\x00UI\x1A\x00"
                        "1.2.840.10008.5.1.4.1.1.7\0",
                        34);
    dataSet += std::string("\x08\x00\x18\x00UI\x06\x00"
                           "1.2.3\0",
                           14);
    dataSet += std::string("\x09\x00\x10\x00LO\x06\x00QIANLI", 14);
    dataSet += std::string("\x09\x00\x01\x10OB\x00\x00\x00\x00\x10\x00", 12);
    for (int i = 0; i < 1 << 20; ++i)
        dataSet += static_cast<char>(i * 7);
    std::ofstream(folder / "body", std::ios::binary) << "12345" << dataSet;
    auto const file = openFile(folder / "body", O_RDONLY);
    REQUIRE(file);

    Result<std::unique_ptr<DicomClient>> client = fail(ErrorCode::Unavailable, "");
    for (int i = 0; i < 100 && !client; ++i) {
        client = DicomClient::connect(at(port), {verification, {sopClass, {explicitLittle}}});
        if (!client)
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    REQUIRE(client);
    CHECK((*client)->accepts(sopClass, explicitLittle));
    CHECK((*client)->echo());
    OutgoingObject object{sopClass, Uid::ofKnown("1.2.3"), explicitLittle, file->get(), 5, dataSet.size(), {}, {}, 0};
    auto const answer = (*client)->store(object);
    REQUIRE(answer);
    CHECK(answer->isSuccess());
    object.transferSyntax = Uid::ofKnown("1.2.840.10008.1.2.4.90");
    auto const unfit = (*client)->store(object);
    REQUIRE_FALSE(unfit);
    CHECK(unfit.error().code == ErrorCode::NotFound);
    CHECK((*client)->release());

    int files = 0;
    for (auto const& entry : std::filesystem::directory_iterator(folder / "in")) {
        ++files;
        auto const layout = readPart10Layout(entry.path());
        REQUIRE(layout);
        auto const bytes = readFile(entry.path(), 4 << 20);
        REQUIRE(bytes);
        CHECK(bytes->substr(layout->dataSetOffset) == dataSet);
    }
    CHECK(files == 1);
}
