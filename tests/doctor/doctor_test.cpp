// Each fault of docs/operations.md's table, made in a real gateway or its files, and the line that doctor has for it.
#include "common/base/file.h"
#include "common/sqlite/database.h"
#include "gateway/configuration/configuration.h"
#include "gateway/index/study_index.h"
#include "gateway/upkeep/backup_state.h"
#include "gateway/upkeep/doctor.h"
#include "gateway/upkeep/local_time.h"
#include "tests/support/gateway_fixture.h"
#include "tests/support/gateway_program.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <thread>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;
using namespace std::chrono_literals;

namespace {

struct Told {
    int exitCode = 0;
    std::string text;
    nlohmann::json findings;
    // The finding's text and advice; "" when there is none.
    std::string of(std::string const& code, std::string const& subject = "*") const
    {
        for (auto const& finding : findings)
            if (finding["code"] == code && (subject == "*" || finding["subject"] == subject))
                return finding["text"].get<std::string>() + " | " + finding["advice"].get<std::string>();
        return {};
    }
    std::set<std::string> codes() const
    {
        std::set<std::string> all;
        for (auto const& finding : findings)
            all.insert(finding["code"]);
        return all;
    }
};

Told doctor(GatewayProgram const& gateway)
{
    auto const json = gateway.command({"doctor", "--json"});
    auto const document = nlohmann::json::parse(json.output, nullptr, false);
    INFO(json.output << json.errors);
    REQUIRE(document.is_object());
    return {json.exitCode, json.output + json.errors, document["findings"]};
}

// What this machine may have of itself, whatever the test does: no time server, a disk that others have filled.
std::set<std::string> ofThisMachine(GatewayProgram const& gateway)
{
    std::set<std::string> codes;
    timex state{};
    if (::adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC) != 0)
        codes.insert("clock");
    struct statvfs disk {};
    REQUIRE(::statvfs(gateway.folder().c_str(), &disk) == 0);
    std::uint64_t const percent = Configuration().alarms.diskPercent;
    if (disk.f_blocks - disk.f_bavail >= disk.f_blocks / 100 * percent)
        codes.insert("disk");
    return codes;
}

void configure(GatewayProgram const& gateway, std::string const& section, std::string const& line)
{
    auto text = readFile(gateway.configuration(), 1 << 20).value();
    auto const place = text.find("[" + section + "]\n");
    if (place == std::string::npos)
        text.insert(text.find("[[site]]"), "[" + section + "]\n" + line + "\n");
    else
        text.insert(place + section.size() + 3, line + "\n");
    std::ofstream(gateway.configuration()) << text;
}

std::filesystem::path data(GatewayProgram const& gateway)
{
    return gateway.folder() / "data";
}

// A gateway that has run, holds a study, and was stopped.
struct Ran : GatewayProgram {
    Ran()
    {
        REQUIRE(start());
        makeSamples("samples", {"--dx", "1"});
        REQUIRE(sendAs("PUZI_CT", folder() / "samples").exitCode == 0);
        REQUIRE(stop() == 0);
        REQUIRE(noteBackup(folder() / "data", {SystemClock().now(), "/backup", "one", 1, true}));
    }
};

bool has(std::string const& text, std::string const& part)
{
    INFO(text);
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("doctor finds nothing wrong with a gateway that is well", "[doctor]")
{
    Ran gateway;
    REQUIRE(gateway.start());
    auto const told = doctor(gateway);
    INFO(told.text);
    auto const expected = ofThisMachine(gateway);
    CHECK(told.codes() == expected);
    CHECK((told.exitCode == 0) == expected.empty());
    auto const text = gateway.command({"doctor"});
    if (expected.empty())
        CHECK(has(text.output, "nothing is wrong"));
    if (expected.contains("clock"))
        CHECK(has(text.output, "[clock] no time server keeps this machine's clock"));
    if (expected.contains("disk"))
        CHECK(has(text.output, "[disk] "));
}

TEST_CASE("doctor says what a gateway that does not run means, and what to do", "[doctor]")
{
    Ran gateway;
    auto const told = doctor(gateway);
    CHECK(told.exitCode == 1);
    CHECK(has(told.of("not-running"), "no gateway runs on"));
    CHECK(has(told.of("not-running"), "systemctl start qianli-gateway"));
    auto const text = gateway.command({"doctor"});
    CHECK(has(text.output, "1. [not-running] no gateway runs on"));
    CHECK(has(text.output, "   means   townships can't send"));
    CHECK(has(text.output, "   do now  `systemctl start"));
    CHECK(has(text.errors, "wrong"));
}

TEST_CASE("doctor names each mistake of the configuration", "[doctor]")
{
    GatewayProgram gateway;
    configure(gateway, "alarms", "colour = 3\nwork_begins = 25");
    auto const told = doctor(gateway);
    CHECK(told.exitCode == 1);
    CHECK(told.findings.size() == 2);
    CHECK(has(told.of("configuration"), "alarms.colour: unknown key"));
}

TEST_CASE("doctor sees whose the data folder is and who can read it", "[doctor]")
{
    GatewayProgram fresh;
    CHECK(has(doctor(fresh).of("data-folder"), "No such file or directory"));
    Ran gateway;
    std::filesystem::permissions(data(gateway), std::filesystem::perms(0755));
    CHECK(has(doctor(gateway).of("data-folder"), "open to other users (mode 755) | `chmod 700"));
    std::filesystem::permissions(data(gateway), std::filesystem::perms(0700));
    CHECK(doctor(gateway).of("data-folder").empty());
    if (::getuid() == 0) {
        REQUIRE(::chown((data(gateway) / "index.db").c_str(), 1234, 1234) == 0);
        CHECK(has(doctor(gateway).of("data-folder"), "index.db belongs to another user"));
    }
}

TEST_CASE("doctor sees a port that another program has", "[doctor]")
{
    Ran gateway;
    CHECK(doctor(gateway).of("port").empty());
    // Another gateway with the same ports.
    GatewayProgram other;
    std::filesystem::copy_file(gateway.configuration(), other.configuration(),
                               std::filesystem::copy_options::overwrite_existing);
    REQUIRE(other.start());
    auto const told = doctor(gateway);
    CHECK(has(told.of("port", "dicom.port"), "Address already in use | `ss -ltnp 'sport = :" + gateway.dicomPort()));
    CHECK(has(told.of("port", "http.port"), "Address already in use"));
}

TEST_CASE("doctor sees a full disk, with the gateway and without", "[doctor]")
{
    Ran gateway;
    configure(gateway, "dicom", "disk_reserve = \"900 TiB\"");
    CHECK(has(doctor(gateway).of("disk"), "C-STORE answers A700H"));
    REQUIRE(gateway.start());
    CHECK(has(doctor(gateway).of("disk"), "A700H"));
    CHECK(diskFinding(5, 100, 10, 90)->text.find("is full") != std::string::npos);
    CHECK(diskFinding(9, 100, 1, 90)->text.find("nearly full") != std::string::npos);
    CHECK_FALSE(diskFinding(11, 100, 1, 90));
}

TEST_CASE_METHOD(GatewayFixture, "doctor forecasts when the disk is full", "[doctor]")
{
    for (int day = 0; day < 8; ++day) {
        auto const uid = "2.25." + std::to_string(day + 1);
        mustSend(site("puzi"), SyntheticObject(uid, uid + ".1", uid + ".1.1").pixels(100'000, 1));
        clock.advance(24h);
    }
    Configuration configuration;
    configuration.data = folder.path();
    configuration.dicom.diskReserveBytes = 0;
    auto const forecast = [&] {
        for (auto const& finding : examineTraffic(configuration, clock.now()))
            if (finding.code == "disk-forecast")
                return finding.text;
        return std::string();
    };
    CHECK(forecast().empty());
    configuration.dicom.diskReserveBytes = 1ull << 60;
    CHECK(has(forecast(), "the archive's disk is full in 0 days"));
}

TEST_CASE("doctor sees a certificate that runs out, and one that is none", "[doctor]")
{
    GatewayProgram gateway;
    auto const make = [&](std::string const& days) {
        REQUIRE(run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-days", days, "-subj", "/CN=gateway", "-keyout", gateway.folder() / "g.key", "-out",
                     gateway.folder() / "g.crt"})
                    .exitCode == 0);
    };
    make("400");
    configure(gateway, "http", "certificate = \"g.crt\"\nkey = \"g.key\"");
    CHECK(doctor(gateway).of("certificate").empty());
    CHECK(gateway.command({"config", "check"}).output.find("warning") == std::string::npos);
    make("5");
    auto const told = doctor(gateway);
    CHECK(has(told.of("certificate", "g.crt"), "the certificate of CN=gateway expires on"));
    CHECK(has(told.of("certificate", "g.crt"), "in 4 days | put the new one in its place, `kill -HUP`"));
    auto const checked = gateway.command({"config", "check"});
    CHECK(checked.exitCode == 0);
    CHECK(checked.output.starts_with("warning: "));
    CHECK(checked.output.find("the certificate of CN=gateway expires on") != std::string::npos);
}

TEST_CASE("doctor says what to change when a device calls with a wrong AE title", "[doctor]")
{
    Ran gateway;
    REQUIRE(gateway.start());
    run({"echoscu", "-aet", "NOBODY", "-aec", "QIANLI", "127.0.0.1", gateway.dicomPort()});
    run({"echoscu", "-aet", "PUZI_CT", "-aec", "QIANLLI", "127.0.0.1", gateway.dicomPort()});
    auto const told = doctor(gateway);
    CHECK(has(told.of("caller", "NOBODY@127.0.0.1"), "NOBODY@127.0.0.1 was turned away once, last at"));
    CHECK(has(told.of("caller", "NOBODY@127.0.0.1"), "callers"));
    CHECK(has(told.of("caller", "PUZI_CT@127.0.0.1"), "QIANLI"));
    DaemonState old;
    old.refused.push_back({true, "A@1.2.3.4", "why", "what", 1, TimePoint{}});
    CHECK(examineCallers(old, TimePoint{} + 23h).size() == 1);
    CHECK(examineCallers(old, TimePoint{} + 25h).empty());
}

TEST_CASE("doctor sees databases that are locked, damaged or gone", "[doctor]")
{
    Ran gateway;
    CHECK(doctor(gateway).of("database-locked").empty());
    {
        auto other = sqlite::Database::open(data(gateway) / "workflow.db");
        REQUIRE(other);
        REQUIRE(other->execute("BEGIN IMMEDIATE"));
        auto const told = doctor(gateway).of("database-locked", "workflow.db");
        CHECK(has(told, "workflow.db is locked by another program"));
        CHECK(has(told, "`fuser -v "));
    }
    CHECK(doctor(gateway).of("database-locked").empty());
    std::filesystem::remove(data(gateway) / "index.db-wal");
    std::filesystem::remove(data(gateway) / "index.db-shm");
    std::ofstream(data(gateway) / "index.db", std::ios::trunc) << std::string(5000, 'x');
    CHECK(has(doctor(gateway).of("database", "index.db"), "restart the gateway: it builds the index again"));
    std::filesystem::remove(data(gateway) / "workflow.db");
    CHECK(has(doctor(gateway).of("database", "workflow.db"), "there is no"));
    // Who only looks makes nothing.
    CHECK_FALSE(std::filesystem::exists(data(gateway) / "workflow.db"));
}

TEST_CASE("doctor sees an object that is not what was received", "[doctor]")
{
    Ran gateway;
    std::filesystem::path object;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(data(gateway) / "archive" / "objects"))
        if (entry.is_regular_file())
            object = entry.path();
    REQUIRE(!object.empty());
    std::filesystem::permissions(object, std::filesystem::perms(0600));
    std::fstream file(object, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-3, std::ios::end).put('!');
    file.close();
    std::filesystem::remove(data(gateway) / "scrub.json"); // otherwise the next pass begins tomorrow
    REQUIRE(gateway.start());
    // The scrub looks by itself.
    std::string found;
    for (int i = 0; i < 100 && found.empty(); ++i) {
        std::this_thread::sleep_for(100ms);
        found = doctor(gateway).of("integrity");
    }
    CHECK(has(found, "study again"));
    gateway.stop();
    CHECK(has(doctor(gateway).of("integrity"), "1 objects of the archive are missing or not what was received"));
}

TEST_CASE("doctor sees reports that don't reach their township", "[doctor]")
{
    Ran gateway;
    {
        auto database = sqlite::Database::open(data(gateway) / "workflow.db");
        REQUIRE(database);
        REQUIRE(database->execute(
            "PRAGMA foreign_keys = OFF;"
            "INSERT INTO reports (id, task, version, sr_uid, pdf_uid, findings, impression, recommendation, author, "
            "author_name, signed_at, issued_at, released) SELECT 77, id, 1, '2.25.1', '2.25.2', '', '', '', 'w', 'w', "
            "0, 0, 1 FROM tasks LIMIT 1;"
            "INSERT INTO deliveries (report, destination, state, attempts, created_at, patience_from, outcome) VALUES "
            "(77, 'PUZI_PACS', 'given-up', 9, 0, 0, 'Connection refused');"));
    }
    auto const told = doctor(gateway).of("queue", "PUZI_PACS");
    CHECK(has(told, "1 to PUZI_PACS was given up: Connection refused | `queue list --to PUZI_PACS`"));
    REQUIRE(gateway.start());
    CHECK(has(doctor(gateway).of("queue", "PUZI_PACS"), "was given up"));
    auto const status = gateway.command({"status"});
    CHECK(has(status.output, "ALARM queue PUZI_PACS"));
}

TEST_CASE("doctor sees that the last backup is old, or that there is none", "[doctor]")
{
    Ran gateway;
    CHECK(doctor(gateway).of("backup").empty());
    REQUIRE(noteBackup(data(gateway), {SystemClock().now() - 24h * 9, "/backup", "one", 1, true}));
    CHECK(has(doctor(gateway).of("backup"), "9 days ago, in /backup | `backup create /backup`"));
    std::filesystem::remove(data(gateway) / "backup.json");
    CHECK(has(doctor(gateway).of("backup"), "no backup was ever made"));
}

TEST_CASE_METHOD(GatewayFixture, "doctor sees a silent site without a gateway", "[doctor][C2]")
{
    int day = 0;
    for (; day < 16; ++day)
        for (int const hour : {9, 11, 13, 15}) {
            auto const now = localMoment(clock.now());
            clock.advance(std::chrono::minutes((hour - 1) * 60 - now.minute + (now.minute >= hour * 60 ? 1440 : 0)) +
                          60min);
            auto const uid = "2.25." + std::to_string(day * 100 + hour);
            mustSend(site("puzi"), SyntheticObject(uid, uid + ".1", uid + ".1.1").pixels(100, 1));
        }
    Configuration configuration;
    configuration.data = folder.path();
    model::Site puzi;
    puzi.id = {"puzi"};
    configuration.sites.push_back(puzi);
    auto const silent = [&](TimePoint now) {
        for (auto const& finding : examineTraffic(configuration, now))
            if (finding.code == "silent-site")
                return finding.text;
        return std::string();
    };
    CHECK(silent(clock.now() + 1h).empty());
    CHECK(has(silent(clock.now() + 24h), "puzi: nothing since"));
}

TEST_CASE("doctor sees too few descriptors, a gateway that hangs, and a clock that nobody keeps", "[doctor]")
{
    DaemonState daemon;
    daemon.life = DaemonState::Life::Running;
    daemon.descriptorsAllowed = 1024;
    daemon.descriptorsNeeded = 6144;
    auto const few = examineDescriptors(daemon);
    REQUIRE(few.size() == 1);
    CHECK(few[0].text == "1024 files may be open where 6144 may be needed");
    CHECK(has(few[0].advice, "LimitNOFILE=6144"));
    daemon.descriptorsAllowed = 6144;
    CHECK(examineDescriptors(daemon).empty());
    daemon.life = DaemonState::Life::NotAnswering;
    CHECK(examineDaemon(daemon, "/data").at(0).code == "not-answering");

    TemporaryFolder folder;
    Configuration configuration;
    configuration.data = folder.path();
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0700));
    daemon.life = DaemonState::Life::Running;
    daemon.alarms.push_back({"clock", "", "this machine's clock was set back by 8 h", "timedatectl", {}});
    auto const found = diagnose({configuration, daemon, SystemClock().now(), TimeServer::Missing});
    // The alarm says more, so it is told and not the state of the time server.
    CHECK(std::ranges::count(found, "clock", &Finding::code) == 1);
    daemon.alarms.clear();
    auto const missing = diagnose({configuration, daemon, SystemClock().now(), TimeServer::Missing});
    CHECK(std::ranges::count(missing, "clock", &Finding::code) == 1);
    CHECK(std::ranges::count(diagnose({configuration, daemon, SystemClock().now(), TimeServer::Followed}), "clock",
                             &Finding::code) == 0);
}

TEST_CASE("every finding and every alarm of the code stands in docs/operations.md", "[doctor][docs]")
{
    auto const page = readFile(std::filesystem::path(QIANLI_SOURCE_DIR) / "docs" / "operations.md", 1 << 20).value();
    std::set<std::string> known;
    std::string table;
    for (auto const& kind : findingKinds()) {
        known.insert(std::string(kind.code));
        table += fmt::format("| `{}` | {} | {} | {} |\n", kind.code, kind.what, kind.means, kind.todo);
    }
    INFO("the table should be\n" << table);
    CHECK(page.find("| --- | --- | --- | --- |\n" + table) != std::string::npos);

    std::size_t raised = 0;
    for (auto const& entry :
         std::filesystem::recursive_directory_iterator(std::filesystem::path(QIANLI_SOURCE_DIR) / "gateway")) {
        if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h")
            continue;
        auto const text = readFile(entry.path(), 1 << 20).value();
        for (std::string const call : {"raise(\"", "setAlarms(\""})
            for (auto place = text.find(call); place != std::string::npos; place = text.find(call, place + 1)) {
                auto const begin = place + call.size();
                auto const code = text.substr(begin, text.find('"', begin) - begin);
                INFO(entry.path() << " raises " << code);
                CHECK(known.contains(code));
                ++raised;
            }
    }
    CHECK(raised > 5);
}
