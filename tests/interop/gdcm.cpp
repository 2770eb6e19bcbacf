// GDCM's gdcmscu: a client whose network code shares nothing with DCMTK.
#include "tests/interop/peers.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::test;

// gdcmscu 3.0.21 aborts ("ProtocolStream as nullptr is invalid") when it tears down its connection after the release,
// whoever the peer is (DCMTK's storescp too). Its exit code therefore says nothing: what it received (-D prints it) and
// what arrived here does.
TEST_CASE("gdcmscu echoes, stores, finds and moves", "[interop]")
{
    auto const incomingPort = freePort();
    ServedGateway const gateway({{"GDCM", incomingPort}});
    auto const gdcmscu = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "gdcmscu");
        arguments.insert(arguments.end(),
                         {"-H", "127.0.0.1", "-p", gateway.portText(), "--call", "QIANLI", "--aetitle", "GDCM", "-D"});
        auto result = runPeer(arguments);
        result.output += result.errors;
        return result;
    };
    auto const echo = gdcmscu({"--echo"});
    INFO(echo.output);
    CHECK(echo.output.find("(0000,0900) ?? (US) 0 ") != std::string::npos); // Status: Success
    CHECK(gateway.log().find("GDCM (127.0.0.1): association released") != std::string::npos);

    auto const charset = GENERATE(as<std::string>(), "GB18030", "ISO_IR 192");
    auto const file = gateway.folder() / "in.dcm";
    writeSample(file, {.charset = charset});
    auto const stored = gdcmscu({"--store", "-i", file.string()});
    INFO(stored.output);
    CHECK(gateway.holds(file));

    auto const found =
        gdcmscu({"--find", "--studyroot", "--study", "--key", "10,10=", "--key", "20,d=", "--key", "10,20=P900"});
    INFO(found.output);
    CHECK(found.output.find("2.25.900") != std::string::npos);
    CHECK(found.output.find("张昞") != std::string::npos);

    std::filesystem::create_directory(gateway.folder() / "out");
    auto const moved = gdcmscu({"--move", "--studyroot", "--study", "--key", "20,d=2.25.900", "-o",
                                (gateway.folder() / "out").string(), "--port-scp", std::to_string(incomingPort)});
    INFO(moved.output << gateway.log());
    int files = 0;
    for (auto const& entry : std::filesystem::directory_iterator(gateway.folder() / "out")) {
        ++files;
        CHECK(dataSetOf(entry.path()) == dataSetOf(file));
    }
    CHECK(files == 1);
}
