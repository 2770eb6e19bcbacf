// Devices' habits as DCMTK's storescu and files written by hand (dump2dcm) have them.
#include "tests/interop/peers.h"

#include <catch2/catch.hpp>
#include <fstream>

using namespace qianli;
using namespace qianli::test;

namespace {

constexpr char wholeSlice[] = "(0008,0016) UI [1.2.840.10008.5.1.4.1.1.2]\n"
                              "(0008,0018) UI [2.25.950.1]\n"
                              "(0008,0060) CS [CT]\n"
                              "(0010,0010) PN [ZHANG SAN]\n"
                              "(0010,0020) LO [P950]\n"
                              "(0020,000e) UI [2.25.951]\n";

std::filesystem::path dumped(ServedGateway const& gateway, std::string const& name, std::string const& text)
{
    auto const dump = gateway.folder() / (name + ".dump"), file = gateway.folder() / (name + ".dcm");
    std::ofstream(dump) << text;
    auto const made = runPeer({"dump2dcm", "-q", dump.string(), file.string()});
    INFO(made.errors);
    REQUIRE(made.exitCode == 0);
    return file;
}

ProgramResult stored(ServedGateway const& gateway, std::filesystem::path const& file)
{
    return runPeer(
        {"storescu", "-d", "-aet", "STORESCU", "-aec", "QIANLI", "127.0.0.1", gateway.portText(), file.string()});
}

} // namespace

TEST_CASE("storescu is told which attribute is missing", "[interop][devices]")
{
    ServedGateway const gateway;
    auto const sent = stored(gateway, dumped(gateway, "no-study", wholeSlice));
    INFO(sent.errors << sent.output);
    auto const told = sent.errors + sent.output;
    CHECK(told.find("0xa900") != std::string::npos);
    CHECK(told.find("Study Instance UID (0020,000D) is missing") != std::string::npos);
    CHECK(told.find("(0000,0901) AT (0020,000d)") != std::string::npos);
    CHECK(gateway.log().find("STORESCU") != std::string::npos);
}

TEST_CASE("what storescu sends against the standard is kept, and the same again is success", "[interop][devices]")
{
    ServedGateway const gateway;
    // A study UID with a leading zero and letters, no Study Date, no Rows.
    auto const file = dumped(gateway, "habits", std::string(wholeSlice) + "(0020,000d) UI [2.25.0950.DR]\n");
    CHECK(stored(gateway, file).exitCode == 0);
    CHECK(stored(gateway, file).exitCode == 0);
    auto const fetched = gateway.fetchCt("2.25.0950.DR");
    REQUIRE(fetched.size() == 1);
    CHECK(fetched.at("2.25.950.1").dataSet == dataSetOf(file));
}
