// C4: who tries what is forbidden is refused and on record; what is on record can't be changed unnoticed; it reaches a
// collector; national IDs stay masked.
#include "tests/story/modality.h"

#include <sys/stat.h>

using namespace qianli;
using namespace qianli::test;

namespace {

constexpr char nationalId[] = "110101199003071233"; // its check digit is right
constexpr char maskedNationalId[] = "110101********1233";
constexpr char rareName[] = "ZHUGE^KONGKONG";

struct Answer {
    int status = 0;
    nlohmann::json body;
};

class Hub {
public:
    Hub() : collectorPort_(freePort())
    {
        makeCertificates();
        std::ofstream(gateway.configuration(), std::ios::app)
            << "[audit]\nsyslog_host = \"127.0.0.1\"\nsyslog_port = " << collectorPort_ << "\ntrust = \"tls/ca.crt\"\n";
        addRadiologist(gateway);
        REQUIRE(gateway.command({"user", "add", "puziyuan", "--role", "site", "--site", "puzi"}, "another-secret\n")
                    .exitCode == 0);
        startCollector();
        REQUIRE(gateway.start());
    }

    // openssl's own server: it writes down what comes. It ends with its standard input, so that must not end.
    void startCollector()
    {
        auto const input = gateway.folder() / "never";
        static_cast<void>(::mkfifo(input.c_str(), 0600));
        collector_ = std::make_unique<RunningProgram>(
            std::vector<std::string>{"sh", "-c", "exec openssl s_server -quiet -accept $0 -cert $1 -key $2 <>$3",
                                     std::to_string(collectorPort_), gateway.folder() / "tls/server.crt",
                                     gateway.folder() / "tls/server.key", input},
            gateway.folder() / ("collector-" + std::to_string(++collectors_) + ".log"));
    }
    RunningProgram& collector() { return *collector_; }

    void send(std::string const& aeTitle, std::string const& uid, std::string const& patientId, std::string const& name)
    {
        auto object = picture(uid, uid + ".1", uid + ".1.1");
        object.set(0x00100020, "LO", patientId)
            .set(0x00100010, "PN", name)
            .set(0x00100030, "DA", "19900307")
            .set(0x00100040, "CS", "M");
        auto const folder = gateway.folder() / ("study-" + uid);
        writeFile(folder / "1.dcm", object);
        REQUIRE(gateway.sendAs(aeTitle, folder).exitCode == 0);
    }

    Answer http(std::string const& method, std::string const& path, std::string const& token = {},
                std::string const& body = {}) const
    {
        std::vector<std::string> words{
            "curl", "-s", "-X", method, "-w", "\n%{http_code}", gateway.httpAddress() + path};
        if (!token.empty())
            words.insert(words.end(), {"-H", "Authorization: Bearer " + token});
        if (!body.empty())
            words.insert(words.end(), {"-H", "Content-Type: application/json", "-d", body});
        auto const output = run(words).output;
        auto const end = output.rfind('\n');
        REQUIRE(end != std::string::npos);
        return {std::stoi(output.substr(end + 1)), nlohmann::json::parse(output.substr(0, end), nullptr, false)};
    }
    std::string signIn(std::string const& name, std::string const& password) const
    {
        auto const answer =
            http("POST", "/api/v1/session", {}, nlohmann::json{{"user", name}, {"password", password}}.dump());
        REQUIRE(answer.status == 200);
        return answer.body["token"];
    }
    nlohmann::json audit(std::vector<std::string> more = {}) const
    {
        more.insert(more.begin(), {"audit", "list", "--json"});
        return parsed(gateway.command(more));
    }
    // Until it is on disk.
    bool recorded(std::vector<std::string> const& more, std::string const& text) const
    {
        for (int i = 0; i < 100; ++i) {
            for (auto const& entry : audit(more))
                if (entry.dump().find(text) != std::string::npos)
                    return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        UNSCOPED_INFO("not on record: " << text);
        return false;
    }

    GatewayProgram gateway;

private:
    void makeCertificates() const
    {
        auto const folder = gateway.folder() / "tls";
        std::filesystem::create_directory(folder);
        auto const must = [](std::vector<std::string> const& command) { REQUIRE(run(command).exitCode == 0); };
        must({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
              folder / "ca.key", "-out", folder / "ca.crt", "-subj", "/CN=Collectors", "-days", "30"});
        must({"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
              folder / "server.key", "-out", folder / "server.csr", "-subj", "/CN=collector"});
        std::ofstream(folder / "names") << "subjectAltName=IP:127.0.0.1\n";
        must({"openssl", "x509", "-req", "-in", folder / "server.csr", "-CA", folder / "ca.crt", "-CAkey",
              folder / "ca.key", "-CAcreateserial", "-out", folder / "server.crt", "-days", "30", "-extfile",
              folder / "names"});
    }
    std::uint16_t collectorPort_;
    int collectors_ = 0;
    std::unique_ptr<RunningProgram> collector_;
};

} // namespace

SCENARIO("C4: every forbidden try is refused and on record", "[story][C4]")
{
    Hub hub;
    auto& gateway = hub.gateway;
    hub.send("PUZI_CT", "2.25.7001", nationalId, rareName);
    hub.send("SUNJIA_DR", "2.25.7002", "S-1", "LIU^QIANG");
    REQUIRE(waitForReady(gateway, 2));
    std::int64_t puziTask = 0, sunjiaTask = 0;
    for (auto const& task : parsed(gateway.command({"reading", "list", "--json"})))
        (task["site"] == "puzi" ? puziTask : sunjiaTask) = task["id"].get<std::int64_t>();
    auto const path = [](std::int64_t task, std::string const& rest = {}) {
        return "/api/v1/tasks/" + std::to_string(task) + rest;
    };
    auto const alert = [&](std::string const& person, std::string const& words) {
        return hub.recorded({"--event", "security-alert", "--person", person}, words);
    };

    // Nobody.
    CHECK(hub.http("GET", "/api/v1/tasks").status == 401);
    CHECK(hub.http("POST", path(puziTask, "/issue"), "stolen-token", "{}").status == 401);
    CHECK(hub.recorded({"--event", "security-alert"}, "GET api/v1/tasks was refused: nobody is signed in"));
    CHECK(hub.recorded({"--event", "security-alert"}, "POST api/v1/tasks/ID/issue was refused"));
    CHECK(run({"echoscu", "-aec", "QIANLI", "-aet", "NOBODY", "127.0.0.1", "1"}).exitCode != 0);
    CHECK(run({"findscu", "-S", "-aec", "QIANLI", "-aet", "NOBODY", "-k", "QueryRetrieveLevel=STUDY", "127.0.0.1",
               gateway.dicomPort()})
              .exitCode != 0);
    CHECK(hub.recorded({"--event", "association-refused"}, "\"callingAe\":\"NOBODY\""));

    // A township's person: the other township's study, and what belongs to those who read.
    auto const township = hub.signIn("puziyuan", "another-secret");
    CHECK(hub.http("GET", path(sunjiaTask), township).status == 404);
    CHECK(hub.http("POST", path(sunjiaTask, "/claim"), township).status == 404);
    CHECK(hub.http("GET", path(puziTask, "/draft"), township).status == 403);
    CHECK(hub.http("PUT", path(puziTask, "/draft"), township, "{}").status == 403);
    CHECK(hub.http("GET", path(puziTask, "/priors"), township).status == 403);
    CHECK(hub.http("POST", path(puziTask, "/issue"), township, "{}").status == 403);
    for (auto const& words : {"GET api/v1/tasks/ID of task " + std::to_string(sunjiaTask),
                              "POST api/v1/tasks/ID/claim of task " + std::to_string(sunjiaTask),
                              std::string("GET api/v1/tasks/ID/draft"), std::string("PUT api/v1/tasks/ID/draft"),
                              std::string("GET api/v1/tasks/ID/priors"), std::string("POST api/v1/tasks/ID/issue")})
        CHECK(alert("puziyuan", words));

    // A township's device: a service that it has not, and the other's study.
    static_cast<void>(run({"findscu", "-S", "-aec", "QIANLI", "-aet", "SUNJIA_DR", "-k", "QueryRetrieveLevel=STUDY",
                           "127.0.0.1", gateway.dicomPort()}));
    CHECK(hub.recorded({"--event", "association-refused"}, "\"callingAe\":\"SUNJIA_DR\""));
    static_cast<void>(
        run({"getscu", "-S", "-aec", "QIANLI", "-aet", "PUZI_CT", "-od", gateway.folder(), "-k",
             "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=2.25.7002", "127.0.0.1", gateway.dicomPort()}));
    CHECK(hub.recorded({"--event", "transfer", "--site", "puzi"}, "\"outcome\":\"minor-failure\""));

    // A radiologist: signs what isn't there.
    auto const radiologist = hub.signIn("wangmin", "a-long-secret");
    CHECK(hub.http("POST", path(puziTask, "/claim"), radiologist).status == 200);
    CHECK(
        hub.http("POST", path(puziTask, "/issue"), radiologist, R"({"srUid":"2.25.999","pdfUid":"2.25.998"})").status ==
        404);
    CHECK(hub.recorded({"--event", "sign", "--person", "wangmin"}, "POST api/v1/tasks/ID/issue"));
    CHECK(hub.recorded({"--event", "access", "--person", "wangmin"}, "claimed"));
    CHECK(hub.http("POST", "/api/v1/session", {}, R"({"user":"wangmin","password":"a guess"})").status == 401);
    CHECK(hub.recorded({"--event", "login", "--person", "wangmin"}, "\"outcome\":\"minor-failure\""));
    CHECK(hub.recorded({"--event", "login", "--person", "wangmin"}, "\"outcome\":\"success\""));
    CHECK(hub.http("DELETE", "/api/v1/session", township).status == 204);
    CHECK(hub.recorded({"--event", "logout", "--person", "puziyuan"}, "signed out"));

    // What was allowed is on record, too: who brought what, and who made the users.
    CHECK(hub.recorded({"--event", "transfer", "--study", "2.25.7001"}, "2.25.7001.1.1"));
    CHECK(hub.recorded({"--event", "user"}, "user puziyuan added as site of puzi"));
    CHECK(hub.recorded({"--event", "start"}, "process "));
    CHECK(hub.recorded({"--event", "audit-used"}, "entries shown"));

    THEN("national IDs are masked in every list, and neither they nor names are in the log or in the trail's text")
    {
        for (auto const& words : std::vector<std::vector<std::string>>{{"audit", "list"},
                                                                       {"audit", "list", "--json"},
                                                                       {"audit", "list", "--xml"},
                                                                       {"study", "list"},
                                                                       {"study", "list", "--json"},
                                                                       {"study", "show", "2.25.7001"},
                                                                       {"patient", "list"},
                                                                       {"patient", "list", "--json"},
                                                                       {"patient", "conflicts", "--json"},
                                                                       {"reading", "list"},
                                                                       {"reading", "list", "--json"},
                                                                       {"report", "list", "--json"},
                                                                       {"queue", "list", "--json"}}) {
            CAPTURE(words);
            CHECK(gateway.command(words).output.find(nationalId) == std::string::npos);
        }
        CHECK(gateway.command({"audit", "list"}).output.find(maskedNationalId) != std::string::npos);
        CHECK(gateway.command({"audit", "list", "--reveal"}).output.find(nationalId) != std::string::npos);
        CHECK(hub.recorded({"--event", "reveal"}, "national IDs in full"));
        for (char const* const secret : {nationalId, "ZHUGE", "KONGKONG", "LIU^QIANG"})
            CHECK(gateway.log().find(secret) == std::string::npos);
        for (auto const& file : std::filesystem::directory_iterator(gateway.folder() / "data/audit"))
            CHECK(readFile(file.path(), 100 << 20).value().find("ZHUGE") == std::string::npos);
    }

    THEN("the messages are valid, and the collector has them over TLS, also after it was away")
    {
        std::vector<std::string> command{"xmllint", "--noout", "--relaxng",
                                         QIANLI_SOURCE_DIR "/tests/audit/audit_message.rng"};
        auto const lines = text::split(gateway.command({"audit", "list", "--xml"}).output, '\n');
        REQUIRE(lines.size() > 10);
        for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
            auto const file = gateway.folder() / (std::to_string(i) + ".xml");
            std::ofstream(file) << lines[i];
            command.push_back(file);
        }
        auto const valid = run(command);
        INFO(valid.errors.substr(0, 3000));
        CHECK(valid.exitCode == 0);

        CHECK(hub.collector().waitForLog("user puziyuan added as site of puzi"));
        CHECK(hub.collector().waitForLog("DICOM+RFC3881"));
        hub.collector().stop(SIGKILL);
        REQUIRE(gateway.command({"user", "password", "puziyuan"}, "a-third-secret\n").exitCode == 0);
        hub.startCollector();
        CHECK(hub.collector().waitForLog("user puziyuan has a new password", std::chrono::seconds(40)));
        CHECK(hub.collector().log().find(nationalId) == std::string::npos);
    }

    THEN("an entry that is altered on disk is named")
    {
        CHECK(gateway.command({"audit", "verify"}).exitCode == 0);
        auto const file = gateway.folder() / "data/audit/audit-000000000001.jsonl";
        auto content = readFile(file, 100 << 20).value();
        auto const at = content.find("\"puziyuan\"");
        REQUIRE(at != std::string::npos);
        auto const line = 1 + std::count(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(at), '\n');
        content.replace(at, 10, "\"wangmin2\"");
        std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
        auto const found = gateway.command({"audit", "verify"});
        CHECK(found.exitCode == 1);
        INFO(found.output << found.errors);
        CHECK(found.output.find(fmt::format("altered: audit-000000000001.jsonl line {}: entry {} is altered", line,
                                            line)) != std::string::npos);
    }
}

SCENARIO("C4: with stop_on_failure nothing new is accepted while nothing can be put on record", "[story][C4]")
{
    GatewayProgram gateway;
    std::ofstream(gateway.configuration(), std::ios::app) << "[audit]\nstop_on_failure = true\n";
    REQUIRE(gateway.start());
    auto const echo = [&] {
        return run({"echoscu", "-v", "-aec", "QIANLI", "-aet", "PUZI_CT", "127.0.0.1", gateway.dicomPort()});
    };
    auto const post = [&] {
        return run({"curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-d", R"({"user":"x","password":"y"})",
                    gateway.httpAddress() + "/api/v1/session"})
            .output;
    };
    auto const eventually = [](auto const& condition) {
        for (int i = 0; i < 100; ++i) {
            if (condition())
                return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        return false;
    };
    REQUIRE(echo().exitCode == 0);
    auto const trail = gateway.folder() / "data/audit";
    // The disk refuses, whoever runs this test.
    std::filesystem::rename(trail, gateway.folder() / "data/away");
    std::ofstream(trail) << "no folder";
    CHECK(eventually([&] { return echo().exitCode != 0; }));
    auto const refused = echo();
    INFO(refused.output << refused.errors);
    CHECK((refused.output + refused.errors).find("Rejected Transient") != std::string::npos);
    CHECK((refused.output + refused.errors).find("Local Limit Exceeded") != std::string::npos);
    CHECK(post() == "503");
    CHECK(gateway.log().find("alarm audit: what happens can't be put on record") != std::string::npos);

    std::filesystem::remove(trail);
    std::filesystem::rename(gateway.folder() / "data/away", trail);
    CHECK(eventually([&] { return echo().exitCode == 0; }));
    CHECK(post() == "401");
    // What happened meanwhile was kept, and the alarm itself is on record.
    CHECK(gateway.command({"audit", "verify"}).exitCode == 0);
    auto const entries = gateway.command({"audit", "list", "--json"}).output;
    CHECK(entries.find("stop_on_failure is set") != std::string::npos);
    CHECK(entries.find("\"event\": \"alarm\"") != std::string::npos);
    CHECK(entries.find("\"event\": \"alarm-over\"") != std::string::npos);
    CHECK(gateway.stop() == 0);
}
