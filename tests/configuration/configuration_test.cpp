#include "gateway/configuration/added_sites.h"
#include "gateway/configuration/certificate_subject.h"
#include "gateway/configuration/configuration.h"
#include "gateway/configuration/tls_section.h"
#include "tests/support/support.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fstream>

using namespace qianli;
using namespace qianli::gateway;

namespace {

struct Outcome {
    Result<Configuration> result;
    std::string message() const { return result ? "" : result.error().message; }
};

class Written {
public:
    Outcome load(std::string const& text)
    {
        std::ofstream(folder_ / "gateway.toml", std::ios::trunc) << text;
        return {Configuration::load(folder_ / "gateway.toml")};
    }
    std::string file() const { return (folder_ / "gateway.toml").string(); }
    std::filesystem::path folder() const { return folder_.path(); }

private:
    test::TemporaryFolder folder_;
};

} // namespace

TEST_CASE("the shipped example loads as it is, and what it shows is the default", "[configuration]")
{
    auto const example = Configuration::load(std::filesystem::path(QIANLI_SOURCE_DIR) / "config" / "gateway.toml");
    REQUIRE(example);
    CHECK(example->sites.size() == 2);
    CHECK(example->site({"puzi"})->name == "普子乡卫生院");
    CHECK(example->site({"puzi"})->allow.size() == 5);
    CHECK(example->site({"sunjia"})->allow == std::set{model::Service::Echo, model::Service::Store});
    CHECK(example->site({"nobody"}) == nullptr);
    REQUIRE(example->peer("PUZI_PACS") != nullptr);
    CHECK(example->peer("PUZI_PACS")->port == 11113);
    REQUIRE(example->stations.size() == 1);
    CHECK(example->stations[0].seesAll);

    Configuration const defaults;
    CHECK(example->data == "/var/lib/qianli");
    CHECK(example->dicom.aeTitle == defaults.dicom.aeTitle);
    CHECK(example->dicom.bind == defaults.dicom.bind);
    CHECK(example->dicom.port == defaults.dicom.port);
    CHECK(example->dicom.anyCalledAe == defaults.dicom.anyCalledAe);
    CHECK(example->dicom.maxAssociations == defaults.dicom.maxAssociations);
    CHECK(example->dicom.maxActive == defaults.dicom.maxActive);
    CHECK(example->dicom.maxAssociationsPerSite == defaults.dicom.maxAssociationsPerSite);
    CHECK(example->dicom.diskReserveBytes == defaults.dicom.diskReserveBytes);
    CHECK(example->dicom.quietTime == defaults.dicom.quietTime);
    CHECK(example->dicom.limits.pduBytes == defaults.dicom.limits.pduBytes);
    CHECK(example->dicom.limits.dataSetBytes == defaults.dicom.limits.dataSetBytes);
    CHECK(example->dicom.limits.depth == defaults.dicom.limits.depth);
    CHECK(example->dicom.limits.contexts == defaults.dicom.limits.contexts);
    CHECK(example->dicom.limits.deflateRatio == defaults.dicom.limits.deflateRatio);
    CHECK(example->dicom.limits.firstByte == defaults.dicom.limits.firstByte);
    CHECK(example->dicom.limits.idle == defaults.dicom.limits.idle);
    CHECK(example->dicom.limits.operation == defaults.dicom.limits.operation);
    CHECK(example->dicom.limits.answers == defaults.dicom.limits.answers);
    CHECK(example->dicom.limits.elementBytes == defaults.dicom.limits.elementBytes);
    CHECK(example->dicom.limits.request == defaults.dicom.limits.request);
    CHECK(example->dicom.limits.slowestBytes == defaults.dicom.limits.slowestBytes);
    CHECK(example->http.bind == defaults.http.bind);
    CHECK(example->http.port == defaults.http.port);
    CHECK(example->http.certificate.empty());
    CHECK(example->delivery.firstRetry == defaults.delivery.firstRetry);
    CHECK(example->delivery.longestRetry == defaults.delivery.longestRetry);
    CHECK(example->delivery.giveUpAfter == defaults.delivery.giveUpAfter);
    CHECK(example->reading.claimExpires == defaults.reading.claimExpires);
    CHECK(example->reading.hospital == defaults.reading.hospital);
}

TEST_CASE("values are taken, and relative paths are relative to the file", "[configuration]")
{
    Written written;
    std::ofstream(written.folder() / "a.crt") << "x";
    std::ofstream(written.folder() / "a.key") << "x";
    auto const loaded = written.load(R"(
data = "state/here"
[dicom]
called = "any"
port = 0
disk_reserve = "500 MB"
quiet_time = "1500 ms"
[dicom.limits]
pdu = "16 KiB"
[http]
bind = "0.0.0.0"
certificate = "a.crt"
key = "a.key"
[delivery]
first_retry = "1 s"
give_up_after = "2 h"
[[station]]
ae_title = "READ1"
address = "10.0.0.0/8"
sees = ["a"]
[[site]]
id = "a"
callers = [{ ae_title = "*", address = "fd00::/8" }]
called = ["OTHER"]
fuzzy_names = true
)");
    INFO(loaded.message());
    REQUIRE(loaded.result);
    Configuration const& configuration = *loaded.result;
    CHECK(configuration.data == written.folder() / "state/here");
    CHECK(configuration.dicom.anyCalledAe);
    CHECK(configuration.dicom.port == 0);
    CHECK(configuration.dicom.diskReserveBytes == 500'000'000);
    CHECK(configuration.dicom.quietTime == Duration(1500));
    CHECK(configuration.dicom.limits.pduBytes == 16384);
    CHECK(configuration.http.certificate == written.folder() / "a.crt");
    CHECK(configuration.delivery.giveUpAfter == std::chrono::hours(2));
    REQUIRE(configuration.stations.size() == 1);
    CHECK(!configuration.stations[0].seesAll);
    CHECK(configuration.stations[0].sees.at(0).value == "a");
    CHECK(configuration.sites[0].called == std::vector<std::string>{"OTHER"});
    CHECK(configuration.sites[0].name == "a");
    CHECK(configuration.sites[0].fuzzyNames);
}

TEST_CASE("a documented key whose feature is not in this version stops the start, its off value does not",
          "[configuration]")
{
    struct Row {
        std::string before, key, on, off, name;
    };
    std::string const site = "[[site]]\nid = \"a\"\n";
    auto const row = GENERATE_COPY(values<Row>({
        {"[index]\n", "url", "\"postgresql://h\"", "\"sqlite\"", "index.url"},
        {site, "worklist_charset", "\"GB18030\"", "\"\"", "site.worklist_charset"},
        {site, "allow", "[\"worklist\"]", "[]", "site.allow \"worklist\""},
        {site, "allow", "[\"mpps\"]", "[]", "site.allow \"mpps\""},
        {site, "allow", "[\"commitment\"]", "[]", "site.allow \"commitment\""},
    }));
    Written written;
    auto const refused = written.load(row.before + row.key + " = " + row.on + "\n");
    auto const line = 1 + std::count(row.before.begin(), row.before.end(), '\n');
    CHECK(refused.message() == fmt::format("{}:{}: {}: not available in this version", written.file(), line, row.name));
    auto const accepted = written.load(row.before + row.key + " = " + row.off + "\n");
    CHECK(accepted.message() == "");
}

TEST_CASE("what may be nothing may be a plain 0; other sizes want a unit", "[configuration]")
{
    Written written;
    auto const off = written.load("[archive]\nscrub_rate = 0\n[dicom]\ndisk_reserve = 0\n");
    REQUIRE(off.message() == "");
    CHECK(off.result->archive.scrubBytesPerSecond == 0);
    CHECK(off.result->dicom.diskReserveBytes == 0);
    CHECK(written.load("[archive]\nscrub_rate = 5\n").message().find("archive.scrub_rate: expected a size") !=
          std::string::npos);
    CHECK(written.load("[dicom.limits]\npdu = 0\n").message().find("dicom.limits.pdu: expected a size") !=
          std::string::npos);
}

TEST_CASE("a mistake is named with file, line, column and what was expected", "[configuration]")
{
    struct Row {
        std::string text, place, words;
    };
    auto const row = GENERATE(values<Row>({
        {"dota = 1\n", "1:1", "dota: unknown key; expected one of: alarms, "},
        {"[dicom]\nporrt = 1\n", "2:1", "dicom.porrt: unknown key"},
        {"[dicom.limits]\nx = 1\n", "2:1", "dicom.limits.x: unknown key"},
        {"data = 5\n", "1:8", "data: expected a path in quotes, found 5"},
        {"data = \"\"\n", "1:8", "data: expected a folder"},
        {"data = \"a\\u0000b\"\n", "1:8", "data: expected a path without control characters, found \"a\\x00b\""},
        {"[dicom]\nport = \"x\"\n", "2:8", "dicom.port: expected a number from 0 to 65535, found \"x\""},
        {"[dicom]\nport = 65536\n", "2:8", "dicom.port: expected a number from 0 to 65535, found 65536"},
        {"[dicom]\nport = -1\n", "2:8", "dicom.port: expected a number from 0 to 65535, found -1"},
        {"[dicom]\nae_title = \"SEVENTEEN_LETTERS\"\n", "2:12", "dicom.ae_title: expected an AE title"},
        {"[dicom]\nae_title = \"千里\"\n", "2:12", "dicom.ae_title: expected an AE title"},
        {"[dicom]\nae_title = \"A\\\\B\"\n", "2:12", "dicom.ae_title: expected an AE title"},
        {"[dicom]\nae_title = \" A\"\n", "2:12", "dicom.ae_title: expected an AE title"},
        {"[dicom]\nbind = \"localhost\"\n", "2:8", "dicom.bind: expected an IP address"},
        {"[dicom]\ncalled = \"all\"\n", "2:10", "dicom.called: expected \"exact\" or \"any\", found \"all\""},
        {"[dicom]\nquiet_time = 60\n", "2:14", "dicom.quiet_time: expected a duration such as"},
        {"[dicom]\nquiet_time = \"60\"\n", "2:14", "dicom.quiet_time: expected a duration such as"},
        {"[dicom]\nquiet_time = \"0 s\"\n", "2:14", "dicom.quiet_time: expected a duration such as"},
        {"[dicom]\nquiet_time = \"99999999999999999 d\"\n", "2:14", "dicom.quiet_time: expected a duration such as"},
        {"[dicom]\ndisk_reserve = \"2 GiBs\"\n", "2:16", "dicom.disk_reserve: expected a size such as"},
        {"[dicom.limits]\npdu = \"1 KiB\"\n", "2:7", "dicom.limits.pdu: expected a size from 4096 to 1048576 bytes"},
        {"[http]\nbind = \"0.0.0.0\"\n", "2:8", "http.bind: without certificate and key"},
        {"[http]\ncertificate = \"missing.crt\"\nkey = \"missing.key\"\n", "2:15",
         "http.certificate: expected a file that can be read"},
        {"[dicom.tls]\ntrust = \"gateway.toml\\u0000.pem\"\n", "2:9",
         "dicom.tls.trust: expected a path without control characters, found \"gateway.toml\\x00.pem\""},
        {"[http]\ncertificate = \"gateway.toml\"\n", "1:1", "http: certificate and key belong together"},
        {"[delivery]\nfirst_retry = \"2 h\"\n", "1:1", "delivery: first_retry is longer than longest_retry"},
        {"[[site]]\nname = \"x\"\n", "1:1", "site: expected an id"},
        {"[[site]]\nid = \"../x\"\n", "2:6", "site.id: expected 1 to 32 small letters"},
        {"[[site]]\nid = \"a\"\n[[site]]\nid = \"a\"\n", "4:6", "site.id: \"a\" is the id of an earlier [[site]]"},
        {"[[site]]\nid = \"a\"\ndeliver = [\"X\"]\n", "3:12",
         "site.deliver: expected the ae_title of a [[peer]], found \"X\""},
        {"[[site]]\nid = \"a\"\ndestinations = [\"X\"]\n", "3:17",
         "site.destinations: expected the ae_title of a [[peer]], found \"X\""},
        {"[[site]]\nid = \"a\"\nallow = [\"delete\"]\n", "3:10", "site.allow: expected \"echo\", \"store\""},
        {"[[site]]\nid = \"a\"\ncharset = \"KLINGON\"\n", "3:11", "site.charset: expected a character set"},
        {"[[site]]\nid = \"a\"\ncallers = [{ ae_title = \"A\", address = \"10.0.0.0/33\" }]\n", "3:40",
         "site.callers.address: expected an IP address"},
        {"[[site]]\nid = \"a\"\ncallers = [{ ae_title = \"A\" }]\n", "3:12",
         "site.callers: expected ae_title and address"},
        {"[[site]]\nid = \"a\"\ncallers = \"A\"\n", "3:11", "site.callers: expected tables"},
        {"[site]\nid = \"a\"\n", "1:1", "site: expected tables [[site]]"},
        {"[[station]]\nae_title = \"*\"\naddress = \"any\"\nsees = [\"a\"]\n", "4:9",
         "station.sees: expected the id of a [[site]]"},
        {"[[station]]\nae_title = \"*\"\naddress = \"any\"\nsees = \"none\"\n", "4:8",
         "station.sees: expected \"all\" or a list of site ids"},
        {"[[peer]]\nae_title = \"P\"\n", "1:1", "peer: expected a host"},
        {"[[peer]]\nae_title = \"P\"\nhost = \"h\"\n[[peer]]\nae_title = \"P\"\nhost = \"h\"\n", "5:12",
         "peer.ae_title: \"P\" is an earlier [[peer]]"},
        {"[index]\nurl = 5\n", "2", "index.url: not available in this version"},
        {"data = \"x\n", "1:10", ""},
    }));
    Written written;
    auto const loaded = written.load(row.text);
    INFO(loaded.message());
    REQUIRE(!loaded.result);
    CHECK(loaded.result.error().code == ErrorCode::InvalidInput);
    CHECK(loaded.message().starts_with(fmt::format("{}:{}: {}", written.file(), row.place, row.words)));
}

TEST_CASE("two sites can't claim the same caller", "[configuration]")
{
    Written written;
    auto const loaded = written.load("[[site]]\nid = \"a\"\ncallers = [{ ae_title = \"DR\", address = \"any\" }]\n"
                                     "[[site]]\nid = \"b\"\ncallers = [{ ae_title = \"DR\", address = \"any\" }]\n");
    CHECK(loaded.message().find("caller DR at any already belongs to site \"a\"") != std::string::npos);
    // Unless each calls us by a name of its own.
    auto const named = [&](std::string const& first, std::string const& second) {
        auto const callers = std::string("callers = [{ ae_title = \"DR\", address = \"any\" }]\n");
        return written.load("[[site]]\nid = \"a\"\n" + callers + first + "[[site]]\nid = \"b\"\n" + callers + second)
            .message();
    };
    CHECK(named("called = [\"HUB_A\"]\n", "called = [\"HUB_B\"]\n").empty());
    CHECK(named("", "called = [\"HUB_B\"]\n").empty());
    CHECK_FALSE(named("", "called = [\"QIANLI\"]\n").empty());
    CHECK_FALSE(named("called = [\"HUB_A\", \"HUB_B\"]\n", "called = [\"HUB_B\"]\n").empty());
}

TEST_CASE("unknown callers are rejected or kept, with a bound on what is kept", "[configuration]")
{
    Written written;
    auto const kept = written.load("[dicom]\nunknown_callers = \"quarantine\"\nquarantine_limit = \"5 GiB\"\n");
    REQUIRE(kept.result);
    CHECK(kept.result->dicom.quarantine);
    CHECK(kept.result->dicom.quarantineLimitBytes == 5ull << 30);
    auto const absent = written.load("");
    REQUIRE(absent.result);
    CHECK_FALSE(absent.result->dicom.quarantine);
    CHECK_FALSE(written.load("[dicom]\nunknown_callers = \"maybe\"\n").result);
    CHECK_FALSE(written.load("[dicom]\nquarantine_limit = \"0 GiB\"\n").result);
}

TEST_CASE("all mistakes of a file are told at once, in its order", "[configuration]")
{
    Written written;
    auto const loaded = written.load(
        "nonsense = 1\n[dicom]\nport = \"x\"\n[index]\nurl = \"postgresql://h\"\n[http]\nbind = \"0.0.0.0\"\n");
    auto const message = loaded.message();
    CHECK(std::count(message.begin(), message.end(), '\n') == 3);
    CHECK(message.find(":1:1: nonsense") < message.find(":3:8: dicom.port"));
    CHECK(message.find(":3:8: dicom.port") < message.find(":5: index.url"));
    CHECK(message.find(":5: index.url") < message.find(":7:8: http.bind"));
}

// Found by fuzzing (docs/decisions/0019).
TEST_CASE("an address with a NUL in it is none, and brackets alone are no TOML", "[configuration]")
{
    Written written;
    auto const named = [&](std::string const& text) { return written.load(text).message(); };
    CHECK(named("[http]\nbind = \"127.0.0.1\\u00000.0.0.0\"\n").find("http.bind: expected an IP address") !=
          std::string::npos);
    CHECK(named("[[site]]\nid = \"a\"\ncallers = [{ ae_title = \"X\", address = \"10.0.0.1\\u0000\" }]\n")
              .find("address: expected") != std::string::npos);
    for (char const* const text :
         {"[[[a]]]\n", "[[[", "[[\"", "[[", "[site]\u00e9\n", "a\u00e9 = 1\n", "a = 1 \u4e00\n"})
        CHECK(named(text).find(written.file()) == 0);
}

TEST_CASE("a missing file is said by its name", "[configuration]")
{
    auto const loaded = Configuration::load("/nonexistent/gateway.toml");
    REQUIRE(!loaded);
    CHECK(loaded.error().message.find("/nonexistent/gateway.toml") != std::string::npos);
}

TEST_CASE("a TLS port has a certificate, its key and whom it believes", "[configuration][tls]")
{
    Written written;
    for (char const* name : {"a.crt", "a.key", "ca.crt", "ca.crl"})
        std::ofstream(written.folder() / name) << "x";
    std::string const files = "certificate = \"a.crt\"\nkey = \"a.key\"\n";
    auto const whole = written.load("[dicom.tls]\nport = 2762\n" + files +
                                    "trust = \"ca.crt\"\nrevoked = \"ca.crl\"\nclient_certificate = \"request\"\n"
                                    "[[peer]]\nae_title = \"P\"\nhost = \"h\"\ntls = true\n"
                                    "[[site]]\nid = \"a\"\ncertificate_subject = \"CN=a\"\n");
    CHECK(whole.message() == "");
    REQUIRE(whole.result);
    auto const& dicom = whole.result->dicom;
    CHECK(dicom.tlsPort == 2762);
    CHECK(dicom.tls.key == written.folder() / "a.key");
    CHECK(dicom.tls.revoked == written.folder() / "ca.crl");
    CHECK(dicom.tls.clientCertificate == ClientCertificate::Request);
    CHECK(whole.result->peers.at(0).tls);
    CHECK(whole.result->sites.at(0).certificateSubject == "CN=a");

    auto const wrong = [&](std::string const& text, std::string const& expected) {
        auto const message = written.load(text).message();
        INFO(text << message);
        CHECK(message.find(expected) != std::string::npos);
    };
    wrong("[dicom.tls]\nport = 2762\n", "needs `certificate` and `key`");
    wrong("[dicom.tls]\nport = 2762\n" + files, "clients' certificates are checked against `trust`");
    wrong("[dicom.tls]\ncertificate = \"a.crt\"\n", "belong together");
    wrong("[dicom.tls]\ncertificate = \"absent\"\nkey = \"a.key\"\n", ":2:15: dicom.tls.certificate: expected a file");
    wrong("[dicom.tls]\nport = 11112\nclient_certificate = \"no\"\n" + files, "that of [dicom] already");
    wrong("[dicom.tls]\nclient_certificate = \"maybe\"\n", "\"require\" or \"request\" or \"no\"");
    wrong("[[peer]]\nae_title = \"P\"\nhost = \"h\"\ntls = true\n", "needs [dicom.tls] trust");
    wrong("[[site]]\nid = \"a\"\ncertificate_subject = \"CN=a\"\n", "nobody can show a certificate");
    auto const two = "[dicom.tls]\nport = 2762\nclient_certificate = \"no\"\n" + files +
                     "[[site]]\nid = \"a\"\ncertificate_subject = \"CN=a\"\n"
                     "[[site]]\nid = \"b\"\ncertificate_subject = \"CN=a\"\n";
    wrong(two, "is that of site \"a\" already");
    auto const subjects = [&](std::string const& first, std::string const& second) {
        return "[dicom.tls]\nport = 2762\nclient_certificate = \"no\"\n" + files +
               "[[site]]\nid = \"a\"\ncertificate_subject = '" + first +
               "'\n[[site]]\nid = \"b\"\ncertificate_subject = '" + second + "'\n";
    };
    wrong(subjects("CN=普子", "subject=CN=\\E6\\99\\AE\\E5\\AD\\90"), "is that of site \"a\" already");
    for (char const* nothing : {"subject=", "subject=subject=", " ", "CN=\\FF"})
        wrong(subjects("CN=a", nothing), "expected a subject such as");
    auto const spelled = written.load(subjects("CN=a", "subject=CN=\\E6\\99\\AE\\E5\\AD\\90"));
    CHECK(spelled.message() == "");
    CHECK(spelled.result->sites.at(1).certificateSubject == "CN=普子");
}

TEST_CASE("a subject is read as openssl prints it, escaped or not", "[configuration][tls]")
{
    CHECK(readSubject("CN=puzi,O=Puzi") == "CN=puzi,O=Puzi");
    CHECK(readSubject("subject=CN=puzi") == "CN=puzi");
    CHECK(readSubject("CN=\\E6\\99\\AE\\E5\\AD\\90") == "CN=普子");
    CHECK(readSubject("CN=普子") == "CN=普子");
    CHECK(readSubject("CN=a\\,b\\0Ac\\\\E6") == "CN=a\\,b\\0Ac\\\\E6"); // what stays escaped, stays
    CHECK(readSubject("CN=a\\") == "CN=a\\");
    CHECK(readSubject("subject=subject=") == "");
}

TEST_CASE("who leaves plain DICOM open beside a TLS port is warned", "[configuration][tls]")
{
    Configuration configuration;
    configuration.dicom.tlsPort = 2762;
    configuration.dicom.tls.revoked = "ca.crl";
    CHECK(warningsAbout(configuration).empty());
    configuration.dicom.bind = "0.0.0.0";
    auto const warnings = warningsAbout(configuration);
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find("0.0.0.0:11112") != std::string::npos);
    configuration.dicom.port = 0;
    CHECK(warningsAbout(configuration).empty());
}

TEST_CASE("sites that were added are read behind the file's own, by the same rules", "[configuration]")
{
    Written configuration;
    std::string const file = "data = \"data\"\n[[peer]]\nae_title = \"P\"\nhost = \"h\"\n[[site]]\nid = "
                             "\"puzi\"\ncallers = [{ ae_title = \"A\", address = \"any\" }]\n";
    auto const folder = configuration.folder() / "data" / "sites";
    std::filesystem::create_directories(folder);
    auto const added = [&](std::string const& id, std::string const& text) {
        std::ofstream(folder / (id + ".toml"), std::ios::trunc) << text;
        auto outcome = configuration.load(file);
        std::filesystem::remove(folder / (id + ".toml"));
        return outcome;
    };
    model::Site site;
    site.id = {"gaolou"};
    site.name = "高楼 \"镇\" \\ 卫生院";
    site.callers = {{"GAOLOU_DR", "10.8.7.0/24"}, {"*", "10.8.8.1"}};
    site.allow = {model::Service::Echo, model::Service::Find};
    site.called = {"QIANLI", "OTHER"};
    site.destinations = site.deliver = {"P"};
    site.charset = "GB18030";
    site.stat = site.fuzzyNames = true;

    SECTION("what is written is what is read")
    {
        auto const loaded = added("gaolou", toToml(site));
        INFO(loaded.message());
        REQUIRE(loaded.result);
        REQUIRE(loaded.result->sites.size() == 2);
        CHECK(loaded.result->sites[0].inConfiguration);
        auto const& read = loaded.result->sites[1];
        CHECK(!read.inConfiguration);
        CHECK(toToml(read) == toToml(site));
        CHECK(read.name == site.name);
    }
    SECTION("mistakes name the file that has them")
    {
        auto const path = (folder / "gaolou.toml").string();
        CHECK(added("gaolou", "id = \"gaolou\"\nallow = [\"fly\"]\n").message().find(path + ":2:") == 0);
        CHECK(added("gaolou", "id = \"gaolou\"\nname = \"").message().find(path + ":2:") == 0);
        CHECK(added("gaolou", "id = \"gaolou\"\ncolour = 1\n").message().find("unknown key") != std::string::npos);
        CHECK(added("gaolou", "id = \"other\"\n").message().find("as the file is named") != std::string::npos);
        auto const twice = added("puzi", "id = \"puzi\"\n").message();
        CHECK(twice.find((folder / "puzi.toml").string()) == 0);
        CHECK(twice.find(configuration.file()) != std::string::npos);
        auto const same = added("gaolou", "id = \"gaolou\"\ncallers = [{ ae_title = \"A\", address = \"any\" }]\n");
        CHECK(same.message().find("already belongs to site \"puzi\"") != std::string::npos);
    }
    SECTION("a change is read before it is written")
    {
        REQUIRE(configuration.load(file).result);
        SiteEdit edit{site.id, toToml(site)};
        auto const loaded = Configuration::load(configuration.folder() / "gateway.toml", &edit);
        REQUIRE(loaded);
        CHECK(loaded->sites.size() == 2);
        CHECK(!std::filesystem::exists(folder / "gaolou.toml"));
        site.deliver = {"NOBODY"};
        edit.text = toToml(site);
        CHECK(!Configuration::load(configuration.folder() / "gateway.toml", &edit));
    }
    SECTION("a station may see it, so it can't just go")
    {
        std::string const seeing = file + "[[station]]\nae_title = \"*\"\naddress = \"any\"\nsees = [\"gaolou\"]\n";
        std::ofstream(folder / "gaolou.toml") << toToml(site);
        REQUIRE(configuration.load(seeing).result);
        SiteEdit const gone{site.id, std::nullopt};
        CHECK(!Configuration::load(configuration.folder() / "gateway.toml", &gone));
    }
}
