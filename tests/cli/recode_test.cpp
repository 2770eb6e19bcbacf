// study recode: an operator corrects how a site's names are read, beside the running gateway and without it.
#include "common/dicom/part10.h"
#include "common/sqlite/database.h"
#include "tests/support/gateway_program.h"
#include "tests/support/synthetic_object.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

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

// Under ISO_IR 100; the bytes are both "馯馰" and "ñUñV".
void writeDoubtful(std::filesystem::path const& folder, std::string const& study)
{
    SyntheticObject object(study, study + ".1", study + ".1.1");
    object.set(0x00080005, "CS", "ISO_IR 100")
        .set(0x00100010, "PN", "\xF1\x55\xF1\x56")
        .set(0x00100020, "LO", "P" + study);
    object.set(0x00081030, "LO", "CHEST");
    std::filesystem::create_directories(folder);
    std::ofstream out(folder / (study + ".dcm"), std::ios::binary);
    out << dicom::encodeFileMeta({dicom::Uid::ofKnown(object.sopClass()), dicom::Uid::ofKnown(object.sopInstance()),
                                  dicom::Uid::ofKnown(SyntheticObject::transferSyntax), ""});
    auto const bytes = object.dataSet();
    out.write(reinterpret_cast<char const*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

nlohmann::json taskNamed(GatewayProgram const& gateway, std::string const& name)
{
    for (int i = 0; i < 100; ++i) {
        for (auto const& task : parsed(gateway.command({"reading", "list", "--json"})))
            if (task["patientName"] == name)
                return task;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return {};
}

} // namespace

SCENARIO("an operator says what a site's devices mean, and names are right from then on", "[cli][recode]")
{
    auto const running = GENERATE(true, false);
    CAPTURE(running);
    GatewayProgram gateway;
    writeDoubtful(gateway.folder() / "in", "2.25.501");
    writeDoubtful(gateway.folder() / "in", "2.25.502");
    REQUIRE(gateway.start());
    REQUIRE(gateway.sendAs("SUNJIA_DR", gateway.folder() / "in").exitCode == 0);
    REQUIRE(gateway.sendAs("PUZI_CT", gateway.folder() / "in").exitCode == 0);
    REQUIRE(taskNamed(gateway, "ñUñV").is_object());
    auto const list = [&] {
        auto studies = parsed(gateway.command({"study", "list", "--site", "sunjia", "--json"}));
        for (auto& study : studies)
            study.erase("state"); // passes with time
        return studies;
    };
    CHECK(list()[0]["patientName"] == "ñUñV");
    CHECK(list()[0]["charset"] == "ISO_IR 100");
    CHECK(list()[0]["charsetCertain"] == false);
    CHECK(gateway.command({"study", "list", "--site", "sunjia"}).output.find("name uncertain") != std::string::npos);
    auto const configured = gateway.command({"study", "show", "2.25.501", "--site", "puzi"});
    INFO(configured.output);
    CHECK(configured.output.find("charset corrected (rule 6)") != std::string::npos);
    if (!running)
        gateway.stop();
    auto const before = list();

    CHECK(gateway.command({"study", "recode", "--site", "nowhere"}).exitCode == 1);
    CHECK(gateway.command({"study", "recode", "--site", "sunjia", "--charset", "KLINGON"}).exitCode == 1);
    CHECK(gateway.command({"study", "recode", "--site", "sunjia", "--from", "2030-01-02", "--to", "2030-01-01"})
              .exitCode == 1);
    CHECK(gateway.command({"study", "recode"}).exitCode == 2);

    auto const looked =
        parsed(gateway.command({"study", "recode", "--site", "sunjia", "--charset", "GB18030", "--dry-run", "--json"}));
    CHECK(looked["studies"] == 2);
    CHECK(looked["changed"] == 2);
    CHECK(looked["first"][0]["before"]["patientName"] == "ñUñV");
    CHECK(looked["first"][0]["after"]["patientName"] == "馯馰");
    CHECK(list() == before);
    auto const never = parsed(gateway.command(
        {"study", "recode", "--site", "sunjia", "--charset", "GB18030", "--to", "2001-01-01", "--json"}));
    CHECK(never["studies"] == 0);
    CHECK(list() == before);

    auto const done = gateway.command({"study", "recode", "--site", "sunjia", "--charset", "GB18030"});
    INFO(done.output << done.errors);
    CHECK(done.exitCode == 0);
    CHECK(done.output.find("馯馰") != std::string::npos);
    CHECK(done.output.find("2 of 2 studies are now read otherwise, by GB18030") != std::string::npos);
    CHECK(list()[0]["patientName"] == "馯馰");
    CHECK(list()[0]["charsetUsed"] == "GB18030");
    CHECK(list()[0]["charsetRule"] == 6);
    CHECK(list()[0]["charsetCertain"] == true);
    auto const shown = gateway.command({"study", "show", "2.25.501", "--site", "sunjia"});
    CHECK(shown.output.find("charset corrected (rule 6)") != std::string::npos);
    for (auto const& task : parsed(gateway.command({"reading", "list", "--json"})))
        CHECK(task["patientName"] == "馯馰");
    CHECK(parsed(gateway.command({"study", "list", "--name", "馯馰", "--json"})).size() == 4);
    CHECK(gateway.command({"archive", "verify"}).exitCode == 0);

    // The decision outlives the index, whichever way it is made anew.
    auto const after = list();
    gateway.stop();
    REQUIRE(gateway.command({"archive", "reindex"}).exitCode == 0);
    CHECK(list() == after);
    for (char const* const suffix : {"", "-wal", "-shm"})
        std::filesystem::remove(gateway.folder() / "data" / (std::string("index.db") + suffix));
    REQUIRE(gateway.start());
    CHECK(list() == after);
    // What comes later is read by the configuration.
    writeDoubtful(gateway.folder() / "later", "2.25.503");
    REQUIRE(gateway.sendAs("SUNJIA_DR", gateway.folder() / "later").exitCode == 0);
    CHECK(taskNamed(gateway, "ñUñV").is_object());

    AND_THEN("the same without a term takes it back to what the configuration says")
    {
        REQUIRE(gateway.command({"study", "recode", "--site", "sunjia"}).exitCode == 0);
        CHECK(list()[0]["patientName"] == "ñUñV");
        CHECK(list()[1]["patientName"] == "ñUñV");
    }
}

SCENARIO("a recoding that the gateway's end cut short is done after the next start", "[cli][recode]")
{
    GatewayProgram gateway;
    for (auto const* study : {"2.25.511", "2.25.512", "2.25.513"})
        writeDoubtful(gateway.folder() / "in", study);
    REQUIRE(gateway.start());
    REQUIRE(gateway.sendAs("SUNJIA_DR", gateway.folder() / "in").exitCode == 0);
    REQUIRE(taskNamed(gateway, "ñUñV").is_object());
    auto const device = [&] {
        auto const shown = parsed(gateway.command({"site", "show", "sunjia", "--json"}));
        return shown["devices"][0]["charsetCorrected"].dump() + shown["devices"][0]["charsetUncertain"].dump();
    };
    auto const names = [&](std::vector<std::string> const& words) {
        std::set<std::string> found;
        for (auto const& one : parsed(gateway.command(words)))
            found.insert(one["patientName"]);
        return found;
    };
    auto const become = [&](std::string const& name) {
        for (int i = 0; i < 100; ++i) {
            if (names({"reading", "list", "--json"}) == std::set{name} &&
                names({"study", "list", "--json"}) == std::set{name})
                return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        return false;
    };
    auto const write = [&](std::string const& sql) {
        auto database = sqlite::Database::open(gateway.folder() / "data/workflow.db");
        REQUIRE(database);
        REQUIRE(database->execute(sql));
    };
    // Everything is done as far as the first study: as a kill between two studies leaves it.
    bool const isIndexWritten = GENERATE(false, true);
    CAPTURE(isIndexWritten);
    gateway.stop();
    std::string const begun = "INSERT INTO recodings (site, up_to, charset, person, at, done) VALUES ('sunjia', 1000, "
                              "'GB18030', 'root', 0, 0)";
    if (isIndexWritten) {
        REQUIRE(gateway.command({"study", "recode", "--site", "sunjia", "--charset", "GB18030"}).exitCode == 0);
        write("UPDATE recodings SET done = 0; UPDATE tasks SET patient_name = 'ñUñV'");
    } else {
        write(begun);
    }
    REQUIRE(gateway.start());
    CHECK(become("馯馰"));
    CHECK(device() == "30"); // three corrected, none uncertain, each counted once
    gateway.stop();
    auto database = sqlite::Database::open(gateway.folder() / "data/workflow.db");
    REQUIRE(database);
    auto open = database->prepare("SELECT count(*) FROM recodings WHERE done = 0");
    REQUIRE(open);
    REQUIRE(open->step());
    CHECK(open->integer(0) == 0);

    // A rebuilt index is followed from the start, too.
    write("UPDATE tasks SET patient_name = '?'");
    REQUIRE(gateway.command({"archive", "reindex"}).exitCode == 0);
    REQUIRE(gateway.start());
    CHECK(become("馯馰"));
}
