#include "gateway/configuration/configuration.h"
#include "tests/support/support.h"

#include <catch2/catch.hpp>
#include <fstream>

using namespace qianli;
using namespace qianli::gateway;

namespace {

Result<Configuration> read(test::TemporaryFolder const& folder, std::string const& text)
{
    std::ofstream(folder / "gateway.toml", std::ios::trunc) << text;
    return Configuration::load(folder / "gateway.toml");
}

} // namespace

TEST_CASE("the trail is kept for half a year at least, whatever is written", "[configuration][R44]")
{
    test::TemporaryFolder folder;
    CHECK(read(folder, "")->audit.keep >= std::chrono::hours(24 * 180));
    CHECK(read(folder, "[audit]\nkeep = \"180 d\"\n")->audit.keep == std::chrono::hours(24 * 180));
    auto const shorter = read(folder, "[audit]\nkeep = \"179 d\"\n");
    REQUIRE_FALSE(shorter);
    CHECK(shorter.error().message.find("180 d") != std::string::npos);
}

TEST_CASE("[audit] names a collector only with the authority that it is known by", "[configuration][R42]")
{
    test::TemporaryFolder folder;
    auto const bare = read(folder, "[audit]\nsyslog_host = \"logs.county\"\n");
    REQUIRE_FALSE(bare);
    CHECK(bare.error().message.find("trust") != std::string::npos);
    std::ofstream(folder / "ca.crt") << "x";
    auto const whole = read(folder, "[audit]\nsyslog_host = \"logs.county\"\nsyslog_port = 6515\ntrust = \"ca.crt\"\n"
                                    "stop_on_failure = true\n");
    REQUIRE(whole);
    CHECK(whole->audit.syslogHost == "logs.county");
    CHECK(whole->audit.syslogPort == 6515);
    CHECK(whole->audit.syslogTls.trust == folder / "ca.crt");
    CHECK(whole->audit.stopOnFailure);
    CHECK_FALSE(read(folder, "")->audit.stopOnFailure);
    CHECK_FALSE(read(folder, "[audit]\nsyslog_hots = \"x\"\n"));
}
