// site add, set, remove; study set, hold, delete; purge: as an operator types them, beside the running gateway and
// without it.
#include "tests/support/gateway_program.h"
#include "tests/support/synthetic_object.h"

#include "common/dicom/part10.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <thread>

using namespace qianli;
using namespace qianli::test;

namespace {

nlohmann::json parsed(ProgramResult const& result)
{
    INFO(result.output << result.errors);
    REQUIRE(result.exitCode == 0);
    auto json = nlohmann::json::parse(result.output, nullptr, false);
    REQUIRE(!json.is_discarded());
    return json;
}

bool says(ProgramResult const& result, std::string const& words)
{
    UNSCOPED_INFO(result.output << result.errors);
    return (result.output + result.errors).find(words) != std::string::npos;
}

std::filesystem::path picture(GatewayProgram const& gateway, std::string const& study)
{
    SyntheticObject object(study, study + ".1", study + ".1.1");
    auto const folder = gateway.folder() / study;
    std::filesystem::create_directories(folder);
    std::ofstream out(folder / "1.dcm", std::ios::binary);
    out << dicom::encodeFileMeta({dicom::Uid::ofKnown(object.sopClass()), dicom::Uid::ofKnown(object.sopInstance()),
                                  dicom::Uid::ofKnown(SyntheticObject::transferSyntax), ""});
    auto const bytes = object.dataSet();
    out.write(reinterpret_cast<char const*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return folder;
}

void waitForTask(GatewayProgram const& gateway, std::string const& study)
{
    for (int i = 0; i < 100; ++i) {
        for (auto const& one : parsed(gateway.command({"study", "list", "--json"})))
            if (one["studyInstanceUid"] == study && one["state"] == "ready")
                return;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    FAIL("no task");
}

} // namespace

SCENARIO("a site is added, changed and removed without the configuration file", "[cli][site]")
{
    GatewayProgram gateway;
    REQUIRE(gateway.start());
    auto const folder = picture(gateway, "2.25.811");
    CHECK(gateway.sendAs("GAOLOU_DR", folder).exitCode != 0);

    REQUIRE(gateway.command({"site", "add", "gaolou", "--name", "高楼镇卫生院", "--caller", "GAOLOU_DR@127.0.0.1"})
                .exitCode == 0);
    // The running gateway knows it at once.
    CHECK(gateway.sendAs("GAOLOU_DR", folder).exitCode == 0);
    auto const file = gateway.folder() / "data" / "sites" / "gaolou.toml";
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    auto const sites = parsed(gateway.command({"site", "list", "--json"}));
    REQUIRE(sites.size() == 3);
    CHECK(sites[2]["file"].get<std::string>() == file.string());
    CHECK(sites[0]["file"].get<std::string>() == gateway.configuration().string());

    REQUIRE(gateway
                .command(
                    {"site", "set", "gaolou", "--deliver", "PUZI_PACS", "--allow", "echo,store,find", "--stat", "true"})
                .exitCode == 0);
    auto const changed = parsed(gateway.command({"site", "show", "gaolou", "--json"}));
    CHECK(changed["deliver"] == nlohmann::json({"PUZI_PACS"}));
    CHECK(changed["allow"].size() == 3);
    CHECK(changed["stat"] == true);
    CHECK(changed["name"] == "高楼镇卫生院");

    // What is wrong is said, and nothing is written.
    auto const before = std::filesystem::last_write_time(file);
    CHECK(says(gateway.command({"site", "set", "gaolou", "--deliver", "NOBODY"}), "ae_title of a [[peer]]"));
    CHECK(says(gateway.command({"site", "set", "gaolou", "--caller", "GAOLOU_DR"}), "expected AE@ADDRESS"));
    CHECK(says(gateway.command({"site", "set", "gaolou", "--charset", "KLINGON"}), "expected a character set"));
    CHECK(says(gateway.command({"site", "add", "../x", "--caller", "A@any"}), "expected 1 to 32 small letters"));
    CHECK(says(gateway.command({"site", "add", "other", "--caller", "PUZI_CT@127.0.0.1"}), "already belongs"));
    CHECK(says(gateway.command({"site", "add", "gaolou"}), "already"));
    CHECK(says(gateway.command({"site", "set", "puzi", "--stat", "true"}), gateway.configuration().string()));
    CHECK(says(gateway.command({"site", "remove", "puzi"}), "change it there"));
    CHECK(std::filesystem::last_write_time(file) == before);
    CHECK(!std::filesystem::exists(gateway.folder() / "data" / "sites" / "other.toml"));

    REQUIRE(gateway.command({"user", "add", "gl", "--role", "site", "--site", "gaolou"}, "a-long-secret\n").exitCode ==
            0);
    CHECK(says(gateway.command({"site", "remove", "gaolou"}), "people sign in for it (gl)"));
    REQUIRE(gateway.command({"user", "disable", "gl"}).exitCode == 0);
    CHECK(says(gateway.command({"site", "remove", "gaolou"}), "its 1 studies stay"));
    CHECK(gateway.sendAs("GAOLOU_DR", folder).exitCode != 0);
    CHECK(parsed(gateway.command({"study", "list", "--json"})).size() == 1);

    // A damaged file stops the next start, with its line.
    CHECK(gateway.stop() == 0);
    std::ofstream(file) << "id = \"gaolou\"\nallow = 7\n";
    CHECK(!gateway.start());
    CHECK(gateway.log().find(file.string() + ":2:") != std::string::npos);
}

SCENARIO("a study is held, classed and deleted", "[cli][retention]")
{
    auto const running = GENERATE(true, false);
    CAPTURE(running);
    GatewayProgram gateway;
    REQUIRE(gateway.start());
    REQUIRE(gateway.sendAs("PUZI_CT", picture(gateway, "2.25.821")).exitCode == 0);
    REQUIRE(gateway.sendAs("PUZI_CT", picture(gateway, "2.25.822")).exitCode == 0);
    waitForTask(gateway, "2.25.821");
    waitForTask(gateway, "2.25.822");
    if (!running)
        REQUIRE(gateway.stop() == 0);

    CHECK(gateway.command({"study", "set", "2.25.821", "--class", "ward"}).exitCode == 2);
    CHECK(parsed(gateway.command({"study", "set", "2.25.821", "--class", "outpatient", "--json"}))["class"] ==
          "outpatient");
    CHECK(gateway.command({"study", "hold", "2.25.821"}).exitCode == 2);
    REQUIRE(gateway.command({"study", "hold", "2.25.821", "--reason", "dispute"}).exitCode == 0);
    auto const shown = parsed(gateway.command({"study", "show", "2.25.821", "--json"}));
    CHECK(shown["class"] == "outpatient");
    CHECK(shown["hold"] == "dispute");
    CHECK(says(gateway.command({"study", "list"}), "held: dispute"));

    auto const held = gateway.command({"study", "delete", "2.25.821", "--reason", "test"});
    CHECK(held.exitCode == 1);
    CHECK(says(held, "dispute"));
    REQUIRE(gateway.command({"study", "unhold", "2.25.821"}).exitCode == 0);
    CHECK(gateway.command({"study", "delete", "2.25.821"}).exitCode == 2);
    auto const deleted = parsed(gateway.command({"study", "delete", "2.25.821", "--reason", "test", "--json"}));
    CHECK(deleted["objects"] == 1);
    CHECK(parsed(gateway.command({"study", "list", "--json"})).size() == 1);
    CHECK(says(gateway.command({"study", "delete", "2.25.821", "--reason", "test"}), "there is no study"));
    CHECK(says(gateway.command({"archive", "verify"}), ""));
    CHECK(gateway.command({"archive", "verify"}).exitCode == 0);
    bool isWithdrawn = false;
    for (auto const& task : parsed(gateway.command({"reading", "list", "--state", "withdrawn", "--json"})))
        isWithdrawn = isWithdrawn || task["studyInstanceUid"] == "2.25.821" || task["studyUid"] == "2.25.821";
    CHECK(isWithdrawn);

    CHECK(gateway.command({"purge"}).exitCode == 2);
    CHECK(gateway.command({"purge", "--confirm", "abc"}).exitCode == 2);
    auto const list = parsed(gateway.command({"purge", "--dry-run", "--at", "2070-01-01", "--json"}));
    CHECK(list["goes"].empty()); // nobody has read it
    CHECK(list["stays"].size() == 1);
    CHECK(says(gateway.command({"purge", "--confirm", std::string(64, 'a'), "--user", "nobody"}, "x\n"),
               "the name or the password is wrong"));
}
