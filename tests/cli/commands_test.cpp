// The command line as an operator and a script meet it: the real program beside the real daemon.
#include "common/base/file.h"
#include "common/base/text.h"
#include "common/dicom/part10.h"
#include "tests/support/gateway_program.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <unistd.h>

using namespace qianli;
using namespace qianli::test;

namespace {

nlohmann::json parsed(ProgramResult const& result)
{
    INFO(result.output << result.errors);
    auto json = nlohmann::json::parse(result.output, nullptr, false);
    REQUIRE(!json.is_discarded());
    return json;
}

std::string dataSetOf(std::filesystem::path const& file)
{
    auto const layout = dicom::readPart10Layout(file).value();
    return readFile(file, 100 << 20).value().substr(layout.dataSetOffset);
}

// Until the reading list holds that many studies that are ready.
bool waitForReady(GatewayProgram const& gateway, std::size_t count)
{
    for (int i = 0; i < 200; ++i) {
        if (parsed(gateway.command({"reading", "list", "--state", "ready", "--json"})).size() == count)
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
}

} // namespace

TEST_CASE("usage: unknown nouns, verbs and options end with 2, refusals with 1 and one sentence", "[cli]")
{
    GatewayProgram gateway;
    for (auto const& words : std::vector<std::vector<std::string>>{{},
                                                                   {"frobnicate"},
                                                                   {"study"},
                                                                   {"study", "purge"},
                                                                   {"site", "add"},
                                                                   {"critical", "list"},
                                                                   {"study", "show"},
                                                                   {"study", "list", "--limit", "many"},
                                                                   {"user", "add", "x"},
                                                                   {"user", "add", "x", "--role", "god"},
                                                                   {"reading", "release", "1"},
                                                                   {"queue", "retry"},
                                                                   {"queue", "retry", "1", "--given-up"},
                                                                   {"archive", "import", "somewhere"}}) {
        auto const result = gateway.command(words);
        CAPTURE(words, result.errors);
        CHECK(result.exitCode == 2);
        CHECK(result.output == "");
        CHECK(result.errors != "");
    }
    CHECK(gateway.command({"--help"}).exitCode == 0);
    CHECK(gateway.command({"study", "list", "--help"}).exitCode == 0);

    auto const down = gateway.command({"status"});
    CHECK(down.exitCode == 1);
    CHECK(down.errors == "qianli-gateway: the gateway is not running\n");
    auto const never = gateway.command({"study", "list"});
    CHECK(never.exitCode == 1);
    CHECK(never.errors.find("the gateway has not run with this configuration yet") != std::string::npos);
    CHECK(std::count(never.errors.begin(), never.errors.end(), '\n') == 1);
    CHECK(run({programFolder() / "qianli-gateway", "--config", gateway.folder() / "none.toml", "config", "check"})
              .exitCode == 1);
}

TEST_CASE("whoever may not read the configuration is told to be who may", "[cli]")
{
    GatewayProgram gateway;
    std::filesystem::permissions(gateway.configuration(), std::filesystem::perms::none);
    std::vector<std::string> command{programFolder() / "qianli-gateway", "--config", gateway.configuration(), "status"};
    if (::geteuid() == 0)
        command.insert(command.begin(), {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
    auto const refused = run(command);
    if (refused.exitCode > 2 || refused.errors.find("setpriv") != std::string::npos) {
        std::cout << "notice: no other user may be taken on here\n";
        return;
    }
    CHECK(refused.exitCode == 1);
    CHECK(refused.errors.find("Permission denied; run this as the user that the gateway runs as\n") !=
          std::string::npos);
}

TEST_CASE("config check tells every mistake with its line", "[cli]")
{
    GatewayProgram gateway;
    CHECK(gateway.command({"config", "check"}).exitCode == 0);
    CHECK(parsed(gateway.command({"config", "check", "--json"}))["sites"] == 2);
    std::ofstream(gateway.configuration()) << "nonsense = 1\n[index]\nurl = \"postgresql://hub\"\n";
    auto const wrong = gateway.command({"config", "check"});
    CHECK(wrong.exitCode == 1);
    CHECK(wrong.errors.find("gateway.toml:1:1: nonsense: unknown key") != std::string::npos);
    CHECK(wrong.errors.find("gateway.toml:3: index.url: not available in this version") != std::string::npos);
    auto const serve = gateway.command({"serve"});
    CHECK(serve.exitCode == 1);
    CHECK(serve.output == "");
}

SCENARIO("an operator at 3 a.m. finds out what came, and gets it out again", "[cli]")
{
    GIVEN("a running gateway that two townships have sent to")
    {
        GatewayProgram gateway;
        REQUIRE(gateway.start());
        auto const lines = gateway.makeSamples("puzi", {"--ct", "1", "--ecg", "1", "--dx", "2", "--seed", "11"});
        gateway.makeSamples("sunjia", {"--dx", "1", "--seed", "12"});
        REQUIRE(gateway.sendAs("PUZI_CT", gateway.folder() / "puzi").exitCode == 0);
        REQUIRE(gateway.sendAs("SUNJIA_DR", gateway.folder() / "sunjia").exitCode == 0);
        REQUIRE(waitForReady(gateway, 5));
        auto const first = text::split(text::split(lines, '\n')[0], '\t'); // number, kind, UID, ID, name

        THEN("status says that all is well")
        {
            auto const status = gateway.command({"status"});
            CHECK(status.exitCode == 0);
            CHECK(status.output.find("running") != std::string::npos);
            auto const json = parsed(gateway.command({"--json", "status"}));
            CHECK(json["running"] == true);
            CHECK(json["daemon"]["pid"] == gateway.program().pid());
            CHECK(json["archive"]["objects"] == 9);
            CHECK(json["tasks"]["ready"] == 5);
            CHECK(json["daemon"]["flushes"] > 0);
            CHECK(json["daemon"]["descriptors"]["allowed"] > 0);
            CHECK(status.output.find("flushes of the disk") != std::string::npos);
        }
        THEN("study list finds them by every option, in names that people read")
        {
            auto const all = parsed(gateway.command({"study", "list", "--json"}));
            REQUIRE(all.size() == 5);
            for (char const* field : {"studyInstanceUid", "patientId", "patientName", "sex", "birthDate", "studyDate",
                                      "studyTime", "modalities", "accessionNumber", "description", "site", "receivedAt",
                                      "series", "instances", "state", "charset", "charsetRule"})
                CHECK(all[0].contains(field));
            auto const count = [&](std::vector<std::string> words) {
                words.insert(words.begin(), {"study", "list", "--json"});
                return parsed(gateway.command(words)).size();
            };
            CHECK(count({"--site", "sunjia"}) == 1);
            CHECK(count({"--site", "nobody"}) == 0);
            CHECK(count({"--modality", "CT"}) == 1);
            CHECK(count({"--modality", "DX"}) == 3);
            CHECK(count({"--name", first[4]}) == 1);
            CHECK(count({"--name", "nobody"}) == 0);
            CHECK(count({"--name", "*"}) == 5);
            CHECK(count({"--name", first[4].substr(0, 3) + "*"}) >= 1);
            CHECK(count({"--patient", first[3], "--site", "puzi"}) == 1);
            CHECK(count({"--from", "2026-11-22", "--to", "20261122"}) == 5);
            CHECK(count({"--from", "2026-11-23"}) == 0);
            CHECK(count({"--received-from", "2000-01-01"}) == 5);
            CHECK(count({"--received-to", "2000-01-01 12:00"}) == 0);
            CHECK(count({"--accession", "A2611220001", "--site", "puzi"}) == 1);
            CHECK(count({"--state", "ready"}) == 5);
            CHECK(count({"--state", "issued"}) == 0);
            CHECK(count({"--limit", "2"}) == 2);
            auto const table = gateway.command({"study", "list"});
            CHECK(table.output.find(first[4]) != std::string::npos);
            CHECK(table.output.find("普子") == std::string::npos); // the site's id, not its name
            CHECK(gateway.command({"study", "list", "--from", "soon"}).exitCode == 1);
            CHECK(gateway.command({"study", "list", "--state", "lost"}).exitCode == 1);
        }
        THEN("one study can be shown, verified and exported byte for byte")
        {
            auto const shown = parsed(gateway.command({"study", "show", first[2], "--json"}));
            CHECK(shown["objects"].size() == 5);
            CHECK(shown["patientName"] == first[4]);
            CHECK(gateway.command({"study", "show", first[2]}).output.find("HEAD") != std::string::npos);
            CHECK(gateway.command({"study", "show", "1.2.3"}).exitCode == 1);
            auto const verified = parsed(gateway.command({"study", "verify", first[2], "--json"}));
            CHECK(verified["verified"] == 5);
            auto const target = gateway.folder() / "out";
            auto const exported = parsed(gateway.command({"study", "export", first[2], target, "--json"}));
            REQUIRE(exported["files"].size() == 5);
            std::set<std::string> sent, got;
            for (auto const& entry : std::filesystem::directory_iterator(gateway.folder() / "puzi" / "001-ct-head"))
                sent.insert(dataSetOf(entry.path()));
            for (auto const& file : exported["files"])
                got.insert(dataSetOf(file["file"].get<std::string>()));
            CHECK(sent == got);
            // Never over files that are there.
            CHECK(gateway.command({"study", "export", first[2], target}).exitCode == 1);
        }
        THEN("a damaged object is found by name")
        {
            std::filesystem::path damaged;
            for (auto const& entry :
                 std::filesystem::recursive_directory_iterator(gateway.folder() / "data" / "archive" / "objects"))
                if (entry.is_regular_file())
                    damaged = entry.path();
            std::fstream file(damaged, std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(-3, std::ios::end);
            char const before = static_cast<char>(file.get());
            file.seekp(-3, std::ios::end);
            file.put(static_cast<char>(before ^ 1));
            file.close();
            auto const verified = gateway.command({"archive", "verify", "--json"});
            CHECK(verified.exitCode == 1);
            CHECK(parsed(verified)["damaged"].size() == 1);
            CHECK(parsed(verified)["verified"] == 8);
            std::ofstream(gateway.folder() / "data" / "archive" / "objects" / "stray.dcm") << "x";
            std::filesystem::remove(damaged);
            auto const lost = gateway.command({"archive", "verify", "--json"});
            CHECK(lost.exitCode == 1);
            CHECK(parsed(lost)["missing"].size() == 1);
            CHECK(parsed(lost)["damaged"].empty());
            CHECK(parsed(lost)["strangers"].size() == 1);
        }
        THEN("the archive's use is told by site, and the reading list shows who waits")
        {
            auto const usage = parsed(gateway.command({"archive", "usage", "--json"}));
            CHECK(usage["objects"] == 9);
            CHECK(usage["sites"].size() == 2);
            auto const reading = gateway.command({"reading", "list"});
            CHECK(parsed(gateway.command({"reading", "list", "--name", first[4], "--json"})).size() == 1);
            CHECK(parsed(gateway.command({"reading", "list", "--name", "nobody", "--json"})).empty());
            CHECK(reading.output.find("待报告") != std::string::npos);
            CHECK(parsed(gateway.command({"site", "list", "--json"})).size() == 2);
            CHECK(parsed(gateway.command({"report", "list", "--json"})).empty());
            CHECK(parsed(gateway.command({"queue", "list", "--json"})).empty());
            CHECK(gateway.command({"reading", "release", "1", "--reason", "test"}).exitCode == 1);
            CHECK(gateway.command({"reading", "set", "1"}).exitCode == 2);
            CHECK(gateway.command({"reading", "set", "99", "--stat"}).exitCode == 1);
            REQUIRE(gateway.command({"reading", "set", "1", "--stat"}).exitCode == 0);
            auto const urgentFirst = parsed(gateway.command({"reading", "list", "--json"}));
            CHECK(urgentFirst[0]["id"] == 1);
            CHECK(urgentFirst[0]["stat"] == true);
            CHECK(urgentFirst[1]["stat"] == false);
            CHECK(parsed(gateway.command({"reading", "set", "1", "--routine", "--json"}))["stat"] == false);
            CHECK(gateway.command({"queue", "retry", "77"}).exitCode == 1);
        }
        THEN("the index is not rebuilt under a running gateway, and is the same after a rebuild without it")
        {
            auto const refused = gateway.command({"archive", "reindex"});
            CHECK(refused.exitCode == 1);
            CHECK(refused.errors.find("stop it") != std::string::npos);
            auto const before = gateway.command({"study", "list", "--json"}).output;
            CHECK(gateway.stop() == 0);
            std::filesystem::remove(gateway.folder() / "data" / "index.db");
            auto const rebuilt = parsed(gateway.command({"archive", "reindex", "--json"}));
            CHECK(rebuilt["objects"] == 9);
            CHECK(gateway.command({"study", "list", "--json"}).output == before);
            REQUIRE(gateway.start());
            CHECK(gateway.command({"study", "list", "--json"}).output == before);
        }
    }
}

SCENARIO("old studies are imported from a CD, with and without the daemon", "[cli]")
{
    GatewayProgram gateway;
    gateway.makeSamples("cd", {"--ct", "1", "--dx", "1"});
    std::ofstream(gateway.folder() / "cd" / "README.TXT") << "Open the viewer on this disc.";
    // Says it is DICOM, and breaks off in the middle.
    auto const whole = readFile(gateway.folder() / "cd" / "002-dx-chest" / "dx-chest-001.dcm", 100 << 20).value();
    std::ofstream(gateway.folder() / "cd" / "broken.dcm", std::ios::binary) << whole.substr(0, whole.size() / 2);
    auto const running = GENERATE(true, false);
    CAPTURE(running);
    if (running)
        REQUIRE(gateway.start());
    auto const import = gateway.command({"archive", "import", gateway.folder() / "cd", "--site", "puzi", "--json"});
    CHECK(import.exitCode == 1); // one file was refused, and is named
    auto const counts = parsed(import);
    CHECK(counts["files"] == 8);
    CHECK(counts["stored"] == 6);
    CHECK(counts["notDicom"] == 1);
    CHECK(counts["refused"] == 1);
    CHECK(counts["refusedFiles"][0].get<std::string>().find("broken.dcm") != std::string::npos);
    CHECK(parsed(gateway.command({"study", "list", "--json", "--site", "puzi"})).size() == 2);

    std::filesystem::remove(gateway.folder() / "cd" / "broken.dcm");
    auto const again = gateway.command({"archive", "import", gateway.folder() / "cd", "--site", "puzi", "--json"});
    CHECK(again.exitCode == 0);
    CHECK(parsed(again)["duplicates"] == 6);
    CHECK(parsed(again)["stored"] == 0);
    CHECK(gateway.command({"archive", "import", gateway.folder() / "cd", "--site", "atlantis"}).exitCode == 1);
    CHECK(gateway.command({"archive", "import", gateway.folder() / "nowhere", "--site", "puzi"}).exitCode == 1);
}

TEST_CASE("people are added with a password from standard input, listed, and disabled", "[cli]")
{
    GatewayProgram gateway;
    auto const added = gateway.command({"user", "add", "wangmin", "--role", "radiologist", "--display-name", "王敏"},
                                       "secret-of-wangmin\n");
    CHECK(added.exitCode == 0);
    CHECK(added.output.find("secret") == std::string::npos);
    CHECK(gateway.command({"user", "add", "wangmin", "--role", "admin"}, "another-secret\n").exitCode == 1);
    CHECK(gateway.command({"user", "add", "short", "--role", "admin"}, "short\n").exitCode == 1);
    CHECK(gateway.command({"user", "add", "silent", "--role", "admin"}).exitCode == 1);
    CHECK(
        gateway.command({"user", "add", "nurse", "--role", "site", "--site", "atlantis"}, "long-enough-1\n").exitCode ==
        1);
    CHECK(gateway.command({"user", "add", "nurse", "--role", "site", "--site", "puzi"}, "long-enough-1\n").exitCode ==
          0);
    auto const users = parsed(gateway.command({"user", "list", "--json"}));
    REQUIRE(users.size() == 2);
    CHECK(gateway.command({"user", "password", "wangmin"}, "a-new-secret\n").exitCode == 0);
    CHECK(gateway.command({"user", "password", "nobody"}, "a-new-secret\n").exitCode == 1);
    CHECK(gateway.command({"user", "disable", "wangmin"}).exitCode == 0);
    auto const after = parsed(gateway.command({"user", "list", "--json"}));
    int disabled = 0;
    for (auto const& user : after)
        disabled += user["disabled"] == true ? 1 : 0;
    CHECK(disabled == 1);
    // A new password opens no door that was closed, and says so.
    auto const password = gateway.command({"user", "password", "wangmin"}, "a-third-secret\n");
    CHECK(password.exitCode == 0);
    CHECK(password.output.find("disabled") != std::string::npos);
    // No password stands on a command line, where everybody sees it, nor in any file.
    CHECK(gateway.command({"user", "add", "lihua", "--role", "admin", "--password", "a-secret"}).exitCode == 2);
    for (auto const& file : std::filesystem::recursive_directory_iterator(gateway.folder() / "data"))
        if (file.is_regular_file())
            CHECK(readFile(file.path(), 64 << 20).value_or("-secret").find("-secret") == std::string::npos);
}

SCENARIO("the daemon starts, reads its sites again, and ends as its operator expects", "[daemon]")
{
    GatewayProgram gateway;
    REQUIRE(gateway.start());
    gateway.makeSamples("studies", {"--ecg", "1"});

    WHEN("a second one is started on the same data")
    {
        auto const second = gateway.command({"serve"});
        THEN("it is refused, and the first one goes on")
        {
            CHECK(second.exitCode == 1);
            CHECK(second.output == "");
            CHECK(gateway.command({"status"}).exitCode == 0);
        }
    }
    WHEN("a new site is written into the file and the daemon is told with SIGHUP")
    {
        CHECK(gateway.sendAs("LONGJU_DR", gateway.folder() / "studies").exitCode == 1);
        std::ofstream(gateway.configuration(), std::ios::app)
            << "[[site]]\nid = \"longju\"\ncallers = [{ ae_title = \"LONGJU_DR\", address = \"127.0.0.1\" }]\n";
        ::kill(gateway.program().pid(), SIGHUP);
        REQUIRE(gateway.program().waitForLog("read again: 3 sites"));
        THEN("it may send")
        {
            CHECK(gateway.sendAs("LONGJU_DR", gateway.folder() / "studies").exitCode == 0);
        }
    }
    WHEN("a mistake is written into the file")
    {
        std::ofstream(gateway.configuration(), std::ios::app) << "[[site]]\nid = \"puzi\"\n";
        ::kill(gateway.program().pid(), SIGHUP);
        REQUIRE(gateway.program().waitForLog("the configuration stays as it was"));
        THEN("everything stays as it was")
        {
            CHECK(gateway.sendAs("PUZI_CT", gateway.folder() / "studies").exitCode == 0);
        }
    }
    WHEN("its HTTPS certificate is renewed and the daemon is told with SIGHUP")
    {
        REQUIRE(gateway.stop() == 0);
        auto const key = gateway.folder() / "web.key", certificate = gateway.folder() / "web.crt";
        auto const renew = [&] {
            return run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                        "-subj", "/CN=localhost", "-days", "2"})
                .exitCode;
        };
        REQUIRE(renew() == 0);
        auto text = readFile(gateway.configuration(), 1 << 20).value();
        text.insert(text.find("[http]\n") + 7, "certificate = \"web.crt\"\nkey = \"web.key\"\n");
        std::ofstream(gateway.configuration()) << text;
        REQUIRE(gateway.start());
        auto const url = text::split(gateway.httpAddress(), ':').back();
        auto const health = [&] {
            return run({"curl", "-s", "--cacert", certificate, "https://localhost:" + url + "/healthz"}).exitCode;
        };
        REQUIRE(health() == 0);
        REQUIRE(renew() == 0);
        REQUIRE(health() != 0);
        ::kill(gateway.program().pid(), SIGHUP);
        REQUIRE(gateway.program().waitForLog("read again: 2 sites"));
        THEN("the new one counts")
        {
            CHECK(health() == 0);
        }
    }
    WHEN("it is ended with SIGTERM")
    {
        int const code = gateway.stop();
        THEN("it ends by itself with 0, and leaves no socket behind")
        {
            CHECK(code == 0);
            CHECK(!std::filesystem::exists(gateway.folder() / "data" / "control.sock"));
            CHECK(gateway.command({"status"}).exitCode == 1);
        }
    }
    WHEN("it is killed")
    {
        REQUIRE(gateway.sendAs("PUZI_CT", gateway.folder() / "studies").exitCode == 0);
        gateway.killHard();
        THEN("commands say that it is down, and the next start finds everything")
        {
            CHECK(gateway.command({"status"}).exitCode == 1);
            REQUIRE(gateway.start());
            CHECK(parsed(gateway.command({"study", "list", "--json"})).size() == 1);
            CHECK(gateway.command({"status"}).exitCode == 0);
        }
    }
    WHEN("its control socket is looked at")
    {
        auto const permissions = std::filesystem::status(gateway.folder() / "data" / "control.sock").permissions();
        THEN("only its owner may use it")
        {
            CHECK((permissions & std::filesystem::perms(077)) == std::filesystem::perms::none);
        }
    }
}
