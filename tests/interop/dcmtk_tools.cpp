// DCMTK's command line tools as the township's devices and PACS.
#include "tests/interop/peers.h"

#include <catch2/catch.hpp>
#include <fstream>

using namespace qianli;
using namespace qianli::test;

namespace {

std::vector<std::filesystem::path> filesIn(std::filesystem::path const& folder)
{
    std::vector<std::filesystem::path> files;
    for (auto const& entry : std::filesystem::directory_iterator(folder))
        files.push_back(entry.path());
    return files;
}

std::vector<std::string> toGateway(std::string const& program, std::string const& ae, ServedGateway const& gateway,
                                   std::vector<std::string> const& rest)
{
    std::vector<std::string> command{program, "-aet", ae, "-aec", "QIANLI", "127.0.0.1", gateway.portText()};
    command.insert(command.begin() + 1, rest.begin(), rest.end());
    return command;
}

} // namespace

TEST_CASE("echoscu, storescu, dcmsend and findscu", "[interop]")
{
    ServedGateway const gateway;
    auto const echo = runPeer(toGateway("echoscu", "ECHOSCU", gateway, {}));
    CHECK(echo.exitCode == 0);
    auto const stranger = runPeer(toGateway("echoscu", "STRANGER", gateway, {}));
    CHECK(stranger.exitCode != 0);
    CHECK(stranger.errors.find("Calling AE Title Not Recognized") != std::string::npos);

    auto const first = gateway.folder() / "first.dcm", second = gateway.folder() / "second.dcm";
    writeSample(first, {});
    writeSample(second, {.instance = "2.25.902.2", .number = 2});
    auto store = toGateway("storescu", "STORESCU", gateway, {});
    store.push_back(first.string());
    CHECK(runPeer(store).exitCode == 0);
    auto send = toGateway("dcmsend", "DCMSEND", gateway, {});
    send.push_back(second.string());
    CHECK(runPeer(send).exitCode == 0);
    CHECK(gateway.holds(first));
    CHECK(gateway.holds(second));

    // In UTF-8, by a part of the name; the answers are written as files, and told apart by DCMTK's own conversion.
    std::ofstream(gateway.folder() / "query.dump")
        << "(0008,0005) CS [ISO_IR 192]\n(0008,0052) CS [STUDY]\n(0010,0010) PN [张*]\n(0020,000d) UI []\n(0020,1208) "
           "IS []\n";
    CHECK(runPeer(
              {"dump2dcm", "-q", (gateway.folder() / "query.dump").string(), (gateway.folder() / "query.dcm").string()})
              .exitCode == 0);
    std::filesystem::create_directory(gateway.folder() / "answers");
    auto find = toGateway("findscu", "FINDSCU", gateway, {"-S", "-X", "-od", (gateway.folder() / "answers").string()});
    find.push_back((gateway.folder() / "query.dcm").string());
    auto const found = runPeer(find);
    INFO(found.errors << found.output);
    CHECK(found.exitCode == 0);
    auto const answers = filesIn(gateway.folder() / "answers");
    REQUIRE(answers.size() == 1);
    auto const dump = runPeer({"dcmdump", "+U8", "-q", answers.front().string()}).output;
    INFO(dump);
    CHECK(dump.find("ISO_IR 192") != std::string::npos);
    CHECK(dump.find("张昞") != std::string::npos);
    CHECK(dump.find("2.25.900") != std::string::npos);
    CHECK(dump.find("[2]") != std::string::npos);
}

TEST_CASE("findscu asks in GB18030 and is answered in GB18030", "[interop]")
{
    ServedGateway const gateway;
    auto const file = gateway.folder() / "one.dcm";
    writeSample(file, {.charset = "ISO_IR 192"});
    auto send = toGateway("dcmsend", "DCMSEND", gateway, {});
    send.push_back(file.string());
    REQUIRE(runPeer(send).exitCode == 0);

    // The bytes of 张* and a backslash as second byte of 昞 would be cut in two by a matcher that splits first.
    std::ofstream(gateway.folder() / "query.dump")
        << "(0008,0005) CS [GB18030]\n(0008,0052) CS [STUDY]\n(0010,0010) PN [\xD5\xC5\x95\x5C]\n(0020,000d) UI []\n";
    CHECK(runPeer(
              {"dump2dcm", "-q", (gateway.folder() / "query.dump").string(), (gateway.folder() / "query.dcm").string()})
              .exitCode == 0);
    std::filesystem::create_directory(gateway.folder() / "answers");
    auto find = toGateway("findscu", "FINDSCU", gateway, {"-S", "-X", "-od", (gateway.folder() / "answers").string()});
    find.push_back((gateway.folder() / "query.dcm").string());
    CHECK(runPeer(find).exitCode == 0);
    auto const answers = filesIn(gateway.folder() / "answers");
    REQUIRE(answers.size() == 1);
    auto const dump = runPeer({"dcmdump", "+U8", "-q", answers.front().string()}).output;
    INFO(dump);
    CHECK(dataSetOf(answers.front()).find("\xD5\xC5\x95\x5C") != std::string::npos);
    CHECK(dump.find("张昞") != std::string::npos);
}

TEST_CASE("movescu makes us send to storescp, getscu takes it itself: byte for byte", "[interop]")
{
    auto const receiverPort = freePort();
    ServedGateway const gateway({{"STORESCP", receiverPort}});
    std::filesystem::create_directory(gateway.folder() / "moved");
    std::filesystem::create_directory(gateway.folder() / "got");
    RunningProgram receiver({"storescp", "+B", "-aet", "STORESCP", "-od", (gateway.folder() / "moved").string(),
                             std::to_string(receiverPort)},
                            gateway.folder() / "storescp.log");
    REQUIRE(receiver.isRunning());

    std::map<std::string, std::string> expected;
    auto send = toGateway("dcmsend", "DCMSEND", gateway, {});
    for (int i = 1; i <= 3; ++i) {
        SampleFile sample;
        sample.instance = "2.25.902." + std::to_string(i);
        sample.number = i;
        sample.charset = i == 1 ? "GB18030" : "ISO_IR 192";
        auto const path = gateway.folder() / ("in" + std::to_string(i) + ".dcm");
        writeSample(path, sample);
        expected[dataSetOf(path)] = path;
        send.push_back(path.string());
    }
    REQUIRE(runPeer(send).exitCode == 0);

    auto const key =
        std::vector<std::string>{"-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=2.25.900"};
    auto move = key;
    move.insert(move.end(), {"-aem", "STORESCP", "+xe"});
    auto const moved = runPeer(toGateway("movescu", "MOVESCU", gateway, move));
    INFO(moved.errors);
    CHECK(moved.exitCode == 0);
    auto get = key;
    get.insert(get.end(), {"+B", "-od", (gateway.folder() / "got").string()});
    auto const got = runPeer(toGateway("getscu", "GETSCU", gateway, get));
    INFO(got.errors);
    CHECK(got.exitCode == 0);

    for (auto const* folder : {"moved", "got"}) {
        auto const files = filesIn(gateway.folder() / folder);
        INFO(folder);
        CHECK(files.size() == 3);
        for (auto const& file : files)
            CHECK(expected.contains(dataSetOf(file)));
    }
}
