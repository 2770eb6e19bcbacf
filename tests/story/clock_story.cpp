// A6: clocks that are wrong, and a SOP Instance UID that is used twice.
#include "tests/story/modality.h"

#include <ctime>

using namespace qianli;
using namespace qianli::test;

namespace {

// The device's own date and time, as local time says it so many hours from now.
SyntheticObject& setClock(SyntheticObject& object, int hoursFromNow)
{
    std::time_t const then = std::time(nullptr) + hoursFromNow * 3600;
    std::tm local{};
    localtime_r(&then, &local);
    char date[16], time[16];
    std::strftime(date, sizeof date, "%Y%m%d", &local);
    std::strftime(time, sizeof time, "%H%M%S", &local);
    for (std::uint32_t const tag : {0x00080020u, 0x00080021u, 0x00080023u})
        object.set(tag, "DA", date);
    for (std::uint32_t const tag : {0x00080030u, 0x00080031u, 0x00080033u})
        object.set(tag, "TM", time);
    return object;
}

} // namespace

SCENARIO("A6: device clocks are wrong and a UID is used again; the order stays, and nothing is overwritten",
         "[story][A6]")
{
    GatewayProgram gateway;
    addRadiologist(gateway);
    REQUIRE(gateway.start());
    auto const send = [&](std::string const& name, SyntheticObject const& object) {
        writeFile(gateway.folder() / name / "1.dcm", object);
        REQUIRE(gateway.sendAs("PUZI_CT", gateway.folder() / name).exitCode == 0);
    };
    auto behind = picture("2.25.7006.1", "2.25.7006.1.1", "2.25.7006.1.1.1");
    behind.set(0x00080020, "DA", "20000101")
        .set(0x00080030, "TM", "000500")
        .set(0x00100010, "PN", "钱一")
        .set(0x00100020, "LO", "C1");
    send("one", behind);
    auto eight = picture("2.25.7006.2", "2.25.7006.2.1", "2.25.7006.2.1.1");
    setClock(eight, -8).set(0x00100010, "PN", "钱二").set(0x00100020, "LO", "C2");
    send("two", eight);
    auto twice = picture("2.25.7006.3", "2.25.7006.3.1", "2.25.7006.3.1.1");
    setClock(twice, 0).set(0x00100010, "PN", "钱三").set(0x00100020, "LO", "C3");
    send("three", twice);
    auto changed = twice;
    changed.pixels(64 * 64 * 2, 99);
    send("three-again", changed);
    REQUIRE(waitForReady(gateway, 3));

    // By what came last, whatever the clocks say.
    auto const studies = parsed(gateway.command({"study", "list", "--json"}));
    REQUIRE(studies.size() == 3);
    CHECK(studies[0]["patientName"] == "钱三");
    CHECK(studies[1]["patientName"] == "钱二");
    CHECK(studies[2]["patientName"] == "钱一");
    CHECK(studies[2]["studyDate"] == "20000101");
    CHECK(studies[2]["clockSkewSeconds"].get<std::int64_t>() > 9000LL * 86400);
    CHECK(std::abs(studies[1]["clockSkewSeconds"].get<std::int64_t>() - 8 * 3600) < 120);
    CHECK(std::abs(studies[0]["clockSkewSeconds"].get<std::int64_t>()) < 120);
    auto const count = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"study", "list", "--json"});
        return parsed(gateway.command(words)).size();
    };
    CHECK(count({"--from", "2000-01-01", "--to", "2000-01-01"}) == 1);
    CHECK(count({"--received-to", "2000-01-01 12:00"}) == 0);
    CHECK(count({"--received-from", "2026-01-01"}) == 3);
    auto const found = run({"findscu", "-S", "-aet", "PUZI_CT", "-aec", "QIANLI", "-k", "QueryRetrieveLevel=STUDY",
                            "-k", "StudyDate=20000101", "-k", "StudyInstanceUID", "127.0.0.1", gateway.dicomPort()});
    CHECK((found.output + found.errors).find("2.25.7006.1") != std::string::npos);
    CHECK((found.output + found.errors).find("2.25.7006.2") == std::string::npos);

    // Both versions are kept, the newest is shown.
    CHECK(studies[0]["versionConflict"] == true);
    auto const shown = gateway.command({"study", "show", "2.25.7006.3"}).output;
    INFO(shown);
    CHECK(shown.find("2 versions") != std::string::npos);
    auto const document = parsed(gateway.command({"study", "show", "2.25.7006.3", "--json"}));
    std::set<std::string> digests;
    for (auto const& object : document["versions"])
        for (auto const& version : object["versions"])
            digests.insert(version["xxh3"].get<std::string>());
    CHECK(digests.size() == 2);
    auto const out = gateway.folder() / "out";
    auto const files = parsed(gateway.command({"study", "export", "2.25.7006.3", out, "--json"}))["files"];
    REQUIRE(files.size() == 1);
    CHECK(dataSetOf(files[0]["file"].get<std::string>()) == dataSetOf(gateway.folder() / "three-again" / "1.dcm"));
    CHECK(parsed(gateway.command({"archive", "verify", "--json"}))["verified"] == 4);

    auto const rows = toldByViewer(gateway);
    REQUIRE(rows.size() == 3);
    CHECK(rowWith(rows, "钱三").find("2个版本") != std::string::npos);
    CHECK(rowWith(rows, "钱二").find("8小时") != std::string::npos);
    CHECK(rowWith(rows, "钱一").find("天") != std::string::npos);
    CHECK(rowWith(rows, "钱三").find("时钟") == std::string::npos);
}
