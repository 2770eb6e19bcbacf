// What is on record of settings, and what may be done while nothing can be.
#include "common/base/file.h"
#include "gateway/audit/audit_query.h"
#include "gateway/daemon/audit_parts.h"
#include "gateway/daemon/recorded_settings.h"
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
    CHECK(gateway.command({"queue", "retry", "--given-up"}).errors.find("can't be put on record") != std::string::npos);

    std::filesystem::remove(trail);
    std::filesystem::rename(gateway.folder() / "data/away", trail);
    CHECK(eventually([&] { return import().exitCode == 0; }));
    CHECK(gateway.command({"user", "add", "lihua", "--role", "radiologist"}, "a-long-password-1\n").exitCode == 0);
    CHECK(gateway.command({"audit", "verify"}).exitCode == 0);
}

TEST_CASE("settings are known as those of the last start only when their change is on record", "[cli][audit]")
{
    TemporaryFolder folder;
    SystemClock const clock;
    gateway::Configuration configuration;
    configuration.data = folder.path();
    auto const start = [&] {
        gateway::ChainedTrailSettings settings;
        settings.place = gateway::trailPlace(configuration);
        auto now = gateway::settingsOfStart(configuration);
        gateway::ChainedTrail trail(settings, clock);
        trail.record(gateway::applicationEvent(gateway::AuditEventKind::ApplicationStart, configuration));
        gateway::recordSettings(std::move(now), trail);
    };
    auto const told = [&] {
        gateway::AuditFilter filter;
        filter.kinds = {gateway::AuditEventKind::ConfigurationChanged};
        auto const entries = gateway::auditEntries(folder / "audit", filter);
        REQUIRE(entries);
        return entries->size();
    };
    auto const known = [&] { return readFile(folder / "keys/settings.last", 1 << 20).value_or(""); };
    start();
    CHECK(told() == 0);
    auto const before = known();
    REQUIRE_FALSE(before.empty());

    configuration.dicom.limits.idle = std::chrono::hours(9);
    std::filesystem::rename(folder / "audit", folder / "away");
    std::ofstream(folder / "audit") << "no folder";
    start();
    CHECK(known() == before);
    std::filesystem::remove(folder / "audit");
    std::filesystem::rename(folder / "away", folder / "audit");
    CHECK(told() == 0);
    start();
    CHECK(told() == 1);
    CHECK(known() != before);
    start();
    CHECK(told() == 1);
}

TEST_CASE("whoever raises a bound or silences an alarm between two starts is on record", "[cli][audit]")
{
    gateway::Configuration const before;
    auto after = before;
    after.dicom.limits.deflateRatio = 100'000;
    after.dicom.limits.firstByte = std::chrono::hours(1);
    after.dicom.diskReserveBytes = 0;
    after.dicom.quarantineLimitBytes = 1;
    after.delivery.giveUpAfter = std::chrono::seconds(1);
    after.alarms.diskPercent = 100;
    after.alarms.siteSilentAfter = std::chrono::milliseconds(1500);
    CHECK(gateway::changesBetween(gateway::recordedSettings(before), gateway::recordedSettings(after)) ==
          std::vector<std::string>{
              "alarms.disk_percent was \"90\", is \"100\"", "alarms.site_silent_after was \"7200 s\", is \"1.5 s\"",
              "delivery.give_up_after was \"604800 s\", is \"1 s\"", "dicom.disk_reserve was \"2147483648\", is \"0\"",
              "dicom.limits.deflate_ratio was \"200\", is \"100000\"",
              "dicom.limits.first_byte was \"30 s\", is \"3600 s\"",
              "dicom.quarantine_limit was \"21474836480\", is \"1\""});
}
