// Every fuzz target over what it starts from, cut off at some places too: quick, and without libFuzzer
// (docs/decisions/0019). What is found by fuzzing gets a test beside the parser it was found in.
#include "tests/fuzz/targets.h"
#include "tests/support/support.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <set>

using namespace qianli;

namespace {

void runAlsoCut(fuzz::Target const& target, std::string const& bytes)
{
    auto const input = [&](std::size_t length) {
        return fuzz::Input(reinterpret_cast<std::uint8_t const*>(bytes.data()), length);
    };
    target.run(input(bytes.size()));
    for (std::size_t const part : {1u, 2u, 5u, 7u})
        target.run(input(bytes.size() * part / 8));
}

} // namespace

TEST_CASE("every fuzz target takes what it starts from, whole and cut off", "[fuzz]")
{
    test::TemporaryFolder const folder;
    REQUIRE(::setenv("QIANLI_FUZZ_REPORTS", folder.path().c_str(), 1) == 0);
    fuzz::prepareReports(folder.path());
    for (auto const& target : fuzz::targets()) {
        INFO(target.name);
        auto const corpus = target.corpus();
        CHECK(std::set<std::string>(corpus.begin(), corpus.end()).size() >= 50);
        for (auto const& bytes : corpus)
            runAlsoCut(target, bytes); // ends the program where something doesn't hold
    }
}

TEST_CASE("what fuzz targets start from is the same every time", "[fuzz]")
{
    test::TemporaryFolder const folder;
    REQUIRE(::setenv("QIANLI_FUZZ_REPORTS", folder.path().c_str(), 1) == 0);
    fuzz::prepareReports(folder.path());
    for (auto const& target : fuzz::targets()) {
        INFO(target.name);
        CHECK(target.corpus() == target.corpus());
    }
}
