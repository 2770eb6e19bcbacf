// What is on record of settings, and what may be done while nothing can be.
#include "tests/support/gateway_program.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

using namespace qianli;
using namespace qianli::test;

namespace {

void append(GatewayProgram const& gateway, std::string const& lines)
{
    std::ofstream(gateway.configuration(), std::ios::app) << lines;
}

// Details of the entries about the configuration, newest first.
std::vector<std::string> changes(GatewayProgram const& gateway)
{
    auto const listed = gateway.command({"audit", "list", "--event", "configuration", "--json"});
    auto const json = nlohmann::json::parse(listed.output, nullptr, false);
    INFO(listed.output << listed.errors);
    REQUIRE(json.is_array());
    std::vector<std::string> all;
    for (auto const& entry : json)
        all.push_back(entry.value("detail", std::string()));
    return all;
}

bool eventually(std::function<bool()> const& isSo)
{
    for (int i = 0; i < 200; ++i) {
        if (isSo())
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
}

} // namespace

SCENARIO("who switches the audit trail off by editing the file and waiting is on record", "[cli][audit]")
{
    GatewayProgram gateway;
    append(gateway, "[audit]\nstop_on_failure = true\nkeep = \"500 d\"\n");
    REQUIRE(gateway.start());
    REQUIRE(gateway.stop() == 0);
    CHECK(changes(gateway).empty()); // nothing was before the first start

    REQUIRE(gateway.start());
    REQUIRE(gateway.stop() == 0);
    CHECK(changes(gateway).empty());

    append(gateway, "syslog_port = 6515\n");
    REQUIRE(gateway.start());
    CHECK(gateway.log().find("since the last start audit.syslog_port was \"6514\", is \"6515\"") != std::string::npos);
    REQUIRE(gateway.stop() == 0);
    auto told = changes(gateway);
    REQUIRE(told.size() == 1);
    CHECK(told[0] == "since the last start: audit.syslog_port was \"6514\", is \"6515\"");

    // Without what the last start left, that is what is said.
    std::filesystem::remove(gateway.folder() / "data/keys/settings.last");
    REQUIRE(gateway.start());
    // A file that can't be read is on record, too.
    append(gateway, "colour = 3\n");
    CHECK(gateway.command({"site", "list"}).exitCode == 1);
    ::kill(gateway.program().pid(), SIGHUP);
    CHECK(eventually([&] { return gateway.log().find("the configuration stays as it was") != std::string::npos; }));
    REQUIRE(gateway.stop() == 0);
    std::string text;
    for (auto const& entry : std::filesystem::directory_iterator(gateway.folder() / "data/audit"))
        if (entry.path().extension() == ".jsonl") {
            std::ifstream in(entry.path());
            text.append(std::istreambuf_iterator<char>(in), {});
        }
    CHECK(text.find("what the settings were at the last start is not known") != std::string::npos);
    CHECK(text.find("read again, and it stays as it was") != std::string::npos);
}

SCENARIO("with stop_on_failure nothing is deleted, imported or changed that can't be put on record",
         "[cli][audit][R45]")
{
    bool const running = GENERATE(true, false);
    CAPTURE(running);
    GatewayProgram gateway;
    append(gateway, "[audit]\nstop_on_failure = true\n");
    REQUIRE(gateway.start());
    gateway.makeSamples("samples", {"--dx", "1"});
    auto const import = [&] {
        return gateway.command({"archive", "import", (gateway.folder() / "samples").string(), "--site", "puzi"});
    };
    if (!running)
        REQUIRE(gateway.stop() == 0);
    auto const trail = gateway.folder() / "data/audit";
    // The disk refuses, whoever runs this test.
    std::filesystem::rename(trail, gateway.folder() / "data/away");
    std::ofstream(trail) << "no folder";
    if (running) {
        // The gateway learns it with the next thing that happens.
        gateway.sendAs("NOBODY", gateway.folder() / "samples");
        CHECK(eventually([&] {
            return gateway.log().find("alarm audit: what happens can't be put on record") != std::string::npos;
        }));
    }
    auto const refused = import();
    CHECK(refused.exitCode == 1);
    CHECK(refused.errors.find("can't be put on record") != std::string::npos);
    auto const added = gateway.command({"user", "add", "lihua", "--role", "radiologist"}, "a-long-password-1\n");
    CHECK(added.exitCode == 1);
    CHECK(added.errors.find("audit.stop_on_failure") != std::string::npos);
    CHECK(gateway.command({"user", "list"}).output.find("lihua") == std::string::npos);

    std::filesystem::remove(trail);
    std::filesystem::rename(gateway.folder() / "data/away", trail);
    CHECK(eventually([&] { return import().exitCode == 0; }));
    CHECK(gateway.command({"user", "add", "lihua", "--role", "radiologist"}, "a-long-password-1\n").exitCode == 0);
    CHECK(gateway.command({"audit", "verify"}).exitCode == 0);
}
