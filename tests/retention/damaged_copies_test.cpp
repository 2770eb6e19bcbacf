// Copies that were kept of damaged objects go with their study.
#include "gateway/ingest/removal.h"
#include "tests/retention/retention_fixture.h"

#include <catch2/catch.hpp>
#include <fstream>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

TEST_CASE("a deletion that could not look for copies of damaged objects is not said to be done", "[retention]")
{
    GatewayFixture gateway;
    gateway.mustSend(gateway.site("puzi"), SyntheticObject("1.2.1", "1.2.1.1", "1.2.1.1.1"));
    auto const folder = gateway.archive() / "damaged";
    std::ofstream(folder) << "where a folder may be"; // it can't be listed, as when descriptors are short
    RemovalRequest request;
    request.studies = {{{{"puzi"}, "1.2.1"}, 0}};
    request.person = "admin";
    request.reason = "test images";
    auto const report = removeStudies(gateway.store(), gateway.index(), request);
    REQUIRE(report);
    CHECK(report->unfinished.find("listing") != std::string::npos);

    std::filesystem::remove(folder);
    std::filesystem::create_directory(folder);
    std::ofstream(folder / "00000000000000000001-one.1.dcm") << "a copy";
    std::ofstream(folder / "00000000000000000002-other.1.dcm") << "another study's";
    REQUIRE(gateway.store().finishRemovals());
    CHECK_FALSE(std::filesystem::exists(folder / "00000000000000000001-one.1.dcm"));
    CHECK(std::filesystem::exists(folder / "00000000000000000002-other.1.dcm"));
}
