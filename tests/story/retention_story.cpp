// C5: what has been kept as long as the law says goes, when two administrators say so, and nothing else.
#include "gateway/archive/verification.h"
#include "tests/retention/index_rows.h"
#include "tests/retention/retention_fixture.h"
#include "tests/support/gateway_program.h"

#include <nlohmann/json.hpp>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

namespace {

// Thirty years of a township, on the clocks of those days; read and delivered then.
class ThirtyYears : public RetentionFixture {
public:
    ThirtyYears()
    {
        past(onDay(1995, 6, 1), "2.25.7050.1", "IN_OLD");  // inpatient, until 2025
        past(onDay(2009, 5, 1), "2.25.7050.2", "OUT_OLD"); // outpatient, until 2024
        past(onDay(2009, 6, 1), "2.25.7050.3", "BACK");    // outpatient, but the patient came back in year 14
        past(onDay(2009, 7, 1), "2.25.7050.4", "IN_NEW");  // inpatient, until 2039
        past(onDay(2009, 8, 1), "2.25.7050.5", "UNKNOWN"); // counts as inpatient
        past(onDay(2009, 9, 1), "2.25.7050.6", "DISPUTE"); // outpatient, held
        past(onDay(2023, 4, 1), "2.25.7050.7", "BACK");
        addUser("admin1", model::Role::Admin);
        addUser("admin2", model::Role::Admin);
        workflow.reset();
        gateway.stop();
    }

private:
    void past(TimePoint day, std::string const& study, std::string const& patient)
    {
        gateway.clock.set(day);
        receive(study, patient);
        issue(study);
    }
};

nlohmann::json json(ProgramResult const& result)
{
    INFO(result.output << result.errors);
    REQUIRE(result.exitCode == 0);
    return nlohmann::json::parse(result.output);
}

std::vector<std::string> uidsOf(nlohmann::json const& list)
{
    std::vector<std::string> uids;
    for (auto const& one : list)
        uids.push_back(one["studyInstanceUid"].get<std::string>().substr(10));
    std::ranges::sort(uids);
    return uids;
}

std::size_t filesBelow(std::filesystem::path const& folder)
{
    std::size_t files = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder))
        files += entry.is_regular_file() ? 1 : 0;
    return files;
}

} // namespace

SCENARIO("C5: after fifteen and thirty years only what is expired goes, by two administrators", "[story][C5]")
{
    using Uids = std::vector<std::string>;
    GatewayProgram gateway;
    auto const data = gateway.folder() / "data";
    {
        ThirtyYears const past;
        std::filesystem::copy(past.gateway.folder.path(), data, std::filesystem::copy_options::recursive);
    }
    for (auto const& [uid, patientClass] :
         {std::pair(".1", "inpatient"), std::pair(".2", "outpatient"), std::pair(".3", "outpatient"),
          std::pair(".4", "inpatient"), std::pair(".6", "outpatient"), std::pair(".7", "outpatient")})
        REQUIRE(gateway.command({"study", "set", std::string("2.25.7050") + uid, "--class", patientClass}).exitCode ==
                0);
    REQUIRE(gateway.command({"study", "hold", "2.25.7050.6", "--reason", "dispute 17"}).exitCode == 0);
    REQUIRE(gateway.start());

    // Simulated dates: what goes by then.
    auto const at = [&](char const* date) {
        return uidsOf(json(gateway.command({"purge", "--dry-run", "--at", date, "--json"}))["goes"]);
    };
    CHECK(at("2024-05-03") == Uids{"2"});
    CHECK(at("2025-06-03") == Uids{"1", "2"});
    CHECK(at("2038-03-30") == Uids{"1", "2"});
    CHECK(at("2038-04-03") == Uids{"1", "2", "3", "7"});
    CHECK(at("2039-08-03") == Uids{"1", "2", "3", "4", "5", "7"});

    auto const list = json(gateway.command({"purge", "--dry-run", "--json"}));
    CHECK(uidsOf(list["goes"]) == Uids{"1", "2"});
    REQUIRE(uidsOf(list["stays"]) == Uids{"6"});
    CHECK(list["stays"][0]["obstacles"][0].get<std::string>().find("dispute 17") != std::string::npos);
    std::string const digest = list["digest"];
    CHECK(run({"sha256sum", list["file"].get<std::string>()}).output.starts_with(digest));

    // One person is not two, and a wrong password is nobody.
    auto const confirm = [&](std::string const& user, std::string const& password) {
        return gateway.command({"purge", "--confirm", digest, "--user", user, "--json"}, password + "\n");
    };
    CHECK(confirm("admin1", "guessed").exitCode == 1);
    CHECK(json(confirm("admin1", "correct horse admin1"))["executed"] == false);
    CHECK(confirm("admin1", "correct horse admin1").errors.find("another administrator") != std::string::npos);
    CHECK(filesBelow(data / "archive" / "objects") == 14);
    auto const done = json(confirm("admin2", "correct horse admin2"));
    CHECK(done["executed"] == true);
    CHECK(done["studies"] == 2);
    CHECK(done["objects"] == 4);
    CHECK(done["leftOut"].empty());

    // The files are gone, the rest is whole, and the running gateway says so.
    CHECK(filesBelow(data / "archive" / "objects") == 10);
    CHECK(json(gateway.command({"study", "list", "--json"})).size() == 5);
    CHECK(json(gateway.command({"archive", "verify", "--json"}))["strangers"].empty());
    CHECK(gateway.command({"study", "delete", "2.25.7050.6", "--reason", "x"}).errors.find("dispute 17") !=
          std::string::npos);
    auto const trail = json(gateway.command({"audit", "list", "--event", "study-deleted", "--json"}));
    CHECK(trail.size() == 2);
    CHECK(gateway.stop() == 0);

    // The index is one that is made from what stays.
    auto const store = BlobStore::open(data / "archive");
    REQUIRE(store);
    auto rebuilt = StudyIndex::open(gateway.folder() / "rebuilt.db");
    REQUIRE(rebuilt);
    REQUIRE(reindex(**store, **rebuilt, nullptr, nullptr));
    // As the gateway does at its start. The reports of this story are words without objects, so nothing went of them.
    for (int i = 1; i <= 7; ++i) {
        dicom::Uid const reports[] = {dicom::Uid::ofKnown(fmt::format("2.25.7050.{}.9.1", i)),
                                      dicom::Uid::ofKnown(fmt::format("2.25.7050.{}.9.2", i))};
        REQUIRE((*rebuilt)->release({"puzi"}, reports));
    }
    rebuilt->reset();
    CHECK(difference(indexRows(data / "index.db"), indexRows(gateway.folder() / "rebuilt.db")) == "");
}
