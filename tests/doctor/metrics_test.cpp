// /metrics and /healthz of the real gateway, over HTTP.
#include "common/base/file.h"
#include "gateway/daemon/metrics.h"
#include "tests/support/gateway_program.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

namespace {

struct Answer {
    int status = 0;
    std::string type, body;
};

Answer get(GatewayProgram const& gateway, std::string const& path, std::vector<std::string> const& more = {})
{
    std::vector<std::string> command{"curl", "-s", "-w", "\n%{http_code} %{content_type}",
                                     gateway.httpAddress() + path};
    command.insert(command.end(), more.begin(), more.end());
    auto output = run(command).output;
    auto const end = output.rfind('\n');
    REQUIRE(end != std::string::npos);
    std::istringstream last(output.substr(end + 1));
    Answer answer;
    last >> answer.status;
    std::getline(last >> std::ws, answer.type);
    answer.body = output.substr(0, end);
    return answer;
}

// The rules of the text format that a scraper insists on; gives the samples.
std::map<std::string, double> lint(std::string const& page)
{
    static std::regex const help(R"(# HELP ([a-z_:][a-z0-9_:]*) \S.*)");
    static std::regex const type(R"(# TYPE ([a-z_:][a-z0-9_:]*) (counter|gauge|histogram))");
    static std::regex const sample(
        R"(([a-z_:][a-z0-9_:]*)(\{([a-z_]+="([^"\\]|\\["\\n])*")(,[a-z_]+="([^"\\]|\\["\\n])*")*\})? (-?[0-9.e+-]+))");
    std::map<std::string, std::string> types;
    std::map<std::string, double> samples;
    std::set<std::string> done;
    std::string current;
    std::istringstream lines(page);
    REQUIRE(!page.empty());
    REQUIRE(page.back() == '\n');
    for (std::string line; std::getline(lines, line);) {
        INFO(line);
        std::smatch match;
        if (std::regex_match(line, match, help)) {
            current = match[1];
            CHECK(done.insert(current).second); // one family stands together
            CHECK(current.starts_with("qianli_"));
        } else if (std::regex_match(line, match, type)) {
            CHECK(match[1] == current);
            types[current] = match[2];
            CHECK((match[2] == "counter") == current.ends_with("_total"));
        } else {
            REQUIRE(std::regex_match(line, match, sample));
            std::string name = match[1];
            if (types[current] == "histogram")
                name = std::regex_replace(name, std::regex("_(bucket|sum|count)$"), "");
            CHECK(name == current);
            CHECK(samples.emplace(line.substr(0, line.rfind(' ')), std::stod(match[7])).second);
        }
    }
    return samples;
}

void configure(GatewayProgram const& gateway, std::string const& section, std::string const& line)
{
    auto text = readFile(gateway.configuration(), 1 << 20).value();
    text.insert(text.find("[" + section + "]\n") + section.size() + 3, line + "\n");
    std::ofstream(gateway.configuration()) << text;
}

std::string tokenOf(GatewayProgram const& gateway, std::string const& name, std::string const& role)
{
    REQUIRE(gateway.command({"user", "add", name, "--role", role}, "Geheim-2026-abc\n").exitCode == 0);
    auto const answer =
        get(gateway, "/api/v1/session", {"-d", R"({"user":")" + name + R"(","password":"Geheim-2026-abc"})"});
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    return "Authorization: Bearer " + nlohmann::json::parse(answer.body)["token"].get<std::string>();
}

} // namespace

TEST_CASE("metrics tell what came, how long it took and what is wrong, as a scraper reads it", "[metrics]")
{
    GatewayProgram gateway;
    configure(gateway, "dicom", "disk_reserve = \"1 MiB\"");
    REQUIRE(gateway.start());
    gateway.makeSamples("samples", {"--dx", "2"});
    auto const sent = gateway.sendAs("PUZI_CT", gateway.folder() / "samples");
    REQUIRE(sent.exitCode == 0);
    run({"findscu", "-S", "-aet", "PUZI_CT", "-aec", "QIANLI", "-k", "QueryRetrieveLevel=STUDY", "-k",
         "StudyInstanceUID", "127.0.0.1", gateway.dicomPort()});
    run({"echoscu", "-aet", "NOBODY", "-aec", "QIANLI", "127.0.0.1", gateway.dicomPort()});

    auto const page = get(gateway, "/metrics");
    REQUIRE(page.status == 200);
    CHECK(page.type == "text/plain; version=0.0.4; charset=utf-8");
    INFO(page.body);
    auto const samples = lint(page.body);
    auto const value = [&](std::string const& name) {
        INFO(name);
        auto const found = samples.find(name);
        REQUIRE(found != samples.end());
        return found->second;
    };
    auto const objects = value("qianli_received_objects_total{site=\"puzi\"}");
    CHECK(objects >= 2);
    CHECK(value("qianli_received_bytes_total{site=\"puzi\"}") > 1000);
    CHECK(value("qianli_site_last_seen_seconds{site=\"puzi\"}") > 1.6e9);
    CHECK(value("qianli_store_requests_total{outcome=\"stored\"}") == objects);
    CHECK(value("qianli_operation_seconds_count{operation=\"store\"}") == objects);
    CHECK(value("qianli_operation_seconds_bucket{operation=\"store\",le=\"+Inf\"}") == objects);
    CHECK(value("qianli_operation_seconds_sum{operation=\"store\"}") > 0);
    CHECK(value("qianli_operation_seconds_count{operation=\"find\"}") == 1);
    CHECK(value("qianli_associations_total{outcome=\"rejected\"}") == 1);
    CHECK(value("qianli_disk_flushes_total") > 0);
    CHECK(value("qianli_disk_free_bytes") > 0);
    CHECK(value("qianli_archive_objects") == objects);
    CHECK(page.body.find("qianli_reading_tasks{state=") != std::string::npos);
    CHECK(page.body.find("# TYPE qianli_deliveries gauge") != std::string::npos);
    CHECK(page.body.find("# TYPE qianli_certificate_days_left gauge") != std::string::npos);
    // No patient, no study.
    CHECK(page.body.find("2.25.") == std::string::npos);
    CHECK(page.body.find("1.2.8") == std::string::npos);
}

TEST_CASE("metrics are for their collectors and for administrators", "[metrics]")
{
    GatewayProgram gateway;
    configure(gateway, "http", "metrics_from = []");
    REQUIRE(gateway.start());
    CHECK(get(gateway, "/metrics").status == 401);
    CHECK(get(gateway, "/metrics", {"-H", "Authorization: Bearer wrong"}).status == 401);
    CHECK(get(gateway, "/metrics", {"-H", tokenOf(gateway, "wangmin", "radiologist")}).status == 403);
    CHECK(get(gateway, "/metrics", {"-H", tokenOf(gateway, "admin", "admin")}).status == 200);
}

TEST_CASE("healthz says in a word why nothing can be stored, and nothing else", "[metrics]")
{
    GatewayProgram gateway;
    REQUIRE(gateway.start());
    auto const well = get(gateway, "/healthz");
    CHECK(well.status == 200);
    CHECK(well.body == R"({"status":"ok"})");
    gateway.stop();
    configure(gateway, "dicom", "disk_reserve = \"900 TiB\"");
    REQUIRE(gateway.start());
    auto const full = get(gateway, "/healthz");
    CHECK(full.status == 503);
    CHECK(full.body == R"({"reason":"disk full","status":"failing"})");
    auto const samples = lint(get(gateway, "/metrics").body);
    CHECK(samples.at(R"(qianli_alarm{code="disk",subject="",level="failure"})") == 1);
}

TEST_CASE("labels are escaped, and histograms add up", "[metrics]")
{
    MetricsPage page;
    page.family("qianli_alarm", MetricsPage::Type::Gauge, "x y.");
    page.sample(1, {{"subject", "a\"b\\c\nd"}});
    LatencyHistogram latencies;
    latencies.add(std::chrono::milliseconds(3));
    latencies.add(std::chrono::milliseconds(30));
    latencies.add(std::chrono::seconds(60));
    page.histograms("qianli_operation_seconds", "x y.");
    page.histogram(latencies.counts(), {});
    CHECK(page.text().find(R"(qianli_alarm{subject="a\"b\\c\nd"} 1)") != std::string::npos);
    auto const samples = lint(page.text());
    CHECK(samples.at(R"(qianli_operation_seconds_bucket{le="0.005"})") == 1);
    CHECK(samples.at(R"(qianli_operation_seconds_bucket{le="0.05"})") == 2);
    CHECK(samples.at(R"(qianli_operation_seconds_bucket{le="10"})") == 2);
    CHECK(samples.at(R"(qianli_operation_seconds_bucket{le="+Inf"})") == 3);
    CHECK(samples.at("qianli_operation_seconds_sum") == Approx(60.033));
}
