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
        auto result = runPeer(arguments, {{"LC_ALL", "C.UTF-8"}});
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

    // A pending response (FF00) for the right name, none for another; the answer itself is printed only after the
    // release.
    auto const answers = [&](std::string const& name) {
        auto const output =
            gdcmscu({"--find", "--studyroot", "--study", "--key", "10,10=" + name, "--key", "20,d="}).output;
        CHECK(output.find("(0000,0900) ?? (US) 0 ") != std::string::npos);
        return output.find("(0000,0900) ?? (US) 65280 ") != std::string::npos;
    };
    CHECK(answers("张*"));
    CHECK_FALSE(answers("王*"));

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
