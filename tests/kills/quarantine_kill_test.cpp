// kill -9 of the gateway while an unknown caller sends, and while what it sent is released: what was acknowledged is
// there again, and in the end once.
#include "tests/kills/death_at_sync.h"
#include "tests/support/synthetic_object.h"

#include "common/base/file.h"
#include "common/dicom/network/dicom_client.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

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

void keepUnknownCallers(GatewayProgram const& gateway)
{
    auto text = readFile(gateway.configuration(), 1 << 20).value();
    auto const place = text.find("[dicom]\n");
    REQUIRE(place != std::string::npos);
    text.insert(place + 8, "unknown_callers = \"quarantine\"\n");
    std::ofstream(gateway.configuration()) << text;
}

// Sends one study after the other, each an object of its own, until the gateway is gone or `count` were taken; the
// Study Instance UIDs that got Success.
std::set<std::string> sendUntilDead(GatewayProgram const& gateway, int first, int count)
{
    std::set<std::string> acknowledged;
    dicom::Destination destination;
    destination.host = "127.0.0.1";
    destination.port = static_cast<std::uint16_t>(std::stoi(gateway.dicomPort()));
    destination.calledAe = "QIANLI";
    destination.callingAe = "STORESCU";
    auto const ct = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2");
    auto const syntax = dicom::Uid::ofKnown(SyntheticObject::transferSyntax);
    auto client = dicom::DicomClient::connect(destination, {{ct, {syntax}}});
    for (int i = first; client && i < first + count; ++i) {
        auto const study = "2.25.77." + std::to_string(i);
        auto const bytes = SyntheticObject(study, study + ".1", study + ".1.1").dataSet();
        dicom::OutgoingObject outgoing;
        outgoing.sopClass = ct;
        outgoing.sopInstance = dicom::Uid::ofKnown(study + ".1.1");
        outgoing.transferSyntax = syntax;
        outgoing.bytes = bytes;
        auto const answer = (*client)->store(outgoing);
        if (!answer)
            break;
        if (answer->isSuccess())
            acknowledged.insert(study);
    }
    return acknowledged;
}

std::set<std::string> quarantined(GatewayProgram const& gateway)
{
    std::set<std::string> studies;
    for (auto const& group : parsed(gateway.command({"quarantine", "list", "--json"}))) {
        CHECK(group["objects"] == 1);
        studies.insert(group["studyInstanceUid"]);
    }
    return studies;
}

} // namespace

TEST_CASE("kill -9 while an unknown caller sends and while its objects are released loses nothing and doubles nothing",
          "[quarantine]")
{
    if (!mayTrace())
        return;
    GatewayProgram gateway;
    keepUnknownCallers(gateway);
    REQUIRE(gateway.start());
    std::set<std::string> acknowledged;
    int round = 0;
    // The object's file, its record, the folder, and within the second object.
    for (int const sync : {1, 2, 3, 5}) {
        DeathAtSync death(gateway, sync, ++round);
        acknowledged.merge(sendUntilDead(gateway, round * 100, 60));
        CHECK(death.struck());
        REQUIRE(gateway.start());
        auto const waiting = quarantined(gateway);
        CHECK(std::ranges::includes(waiting, acknowledged));
    }
    CHECK(acknowledged.size() >= 1);
    acknowledged.merge(sendUntilDead(gateway, 900, 100));
    REQUIRE(acknowledged.size() > 100);
    auto const all = quarantined(gateway); // with those whose answer was lost

    // Files of the archive, its log, the decision, the folder: wherever it dies, the release is said again.
    int cutOff = 0;
    for (int const sync : {1, 30, 64, 67, 68, 70}) {
        DeathAtSync death(gateway, sync, ++round);
        gateway.command({"quarantine", "release", "all", "--site", "sunjia"});
        cutOff += death.struck() ? 1 : 0;
        REQUIRE(gateway.start());
    }
    CHECK(cutOff >= 3);
    auto const last = gateway.command({"quarantine", "release", "all", "--site", "sunjia"});
    CHECK((last.exitCode == 0 || last.errors.find("nothing in quarantine") != std::string::npos));
    CHECK(quarantined(gateway).empty());
    std::set<std::string> released;
    for (auto const& study : parsed(gateway.command({"study", "list", "--site", "sunjia", "--limit", "0", "--json"}))) {
        CHECK(study["instances"] == 1);
        CHECK(study["versionConflict"] == false);
        released.insert(study["studyInstanceUid"]);
    }
    CHECK(released == all);
    CHECK(gateway.command({"archive", "verify"}).exitCode == 0);
    CHECK(gateway.stop() == 0);
}
