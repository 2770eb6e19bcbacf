// Who is who, at the command line: the real program beside the real daemon (domain.md, scenarios A4 and A5).
#include "common/dicom/part10.h"
#include "gateway/workflow/reveals.h"
#include "gateway/workflow/workflow.h"
#include "tests/support/gateway_program.h"
#include "tests/support/synthetic_object.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

using namespace qianli;
using namespace qianli::test;

namespace {

std::string const validId = "500101196001011236", maskedValidId = "500101********1236";

nlohmann::json parsed(ProgramResult const& result)
{
    INFO(result.output << result.errors);
    auto json = nlohmann::json::parse(result.output, nullptr, false);
    REQUIRE(!json.is_discarded());
    return json;
}

class TwoSites {
public:
    TwoSites() { REQUIRE(gateway.start()); }

    // Gives the Study Instance UID; a new one unless it is given.
    std::string send(std::string const& site, std::string const& id, std::string const& name,
                     std::string const& birthDate, std::string const& sex, std::string study = {})
    {
        ++sent_;
        if (study.empty())
            study = fmt::format("2.25.88.{}", sent_);
        SyntheticObject object(study, study + ".1", fmt::format("{}.1.{}", study, sent_));
        object.set(0x00100020, "LO", id).set(0x00100010, "PN", name).set(0x00100030, "DA", birthDate);
        object.set(0x00100040, "CS", sex);
        auto const folder = gateway.folder() / fmt::format("import-{}", sent_);
        std::filesystem::create_directories(folder);
        std::ofstream out(folder / "1.dcm", std::ios::binary);
        auto const dataSet = object.dataSet();
        out << dicom::encodeFileMeta({dicom::Uid::ofKnown(object.sopClass()),
                                      dicom::Uid::ofKnown(object.sopInstance()),
                                      dicom::Uid::ofKnown(SyntheticObject::transferSyntax),
                                      {}});
        out.write(reinterpret_cast<char const*>(dataSet.data()), static_cast<std::streamsize>(dataSet.size()));
        out.close();
        auto const imported = gateway.command({"archive", "import", folder.string(), "--site", site});
        INFO(imported.errors);
        REQUIRE(imported.exitCode == 0);
        return study;
    }
    nlohmann::json ask(std::vector<std::string> words) const
    {
        words.emplace_back("--json");
        return parsed(gateway.command(words));
    }
    nlohmann::json conflicts() const { return ask({"patient", "conflicts"}); }
    // Exit code and sentence.
    std::string refused(std::vector<std::string> const& words) const
    {
        auto const result = gateway.command(words);
        CAPTURE(words, result.output);
        CHECK(result.exitCode == 1);
        return result.errors;
    }
    void said(std::string const& verb, std::string const& one, std::string const& other) const
    {
        auto const result = gateway.command({"patient", verb, one, other, "--reason", "because"});
        INFO(result.errors);
        REQUIRE(result.exitCode == 0);
    }
    // The task of a study, once `holds` of it is true: the daemon follows within a second.
    template <typename Condition>
    bool waitForTask(std::string const& study, Condition holds) const
    {
        for (int i = 0; i < 100; ++i) {
            for (auto const& task : ask({"reading", "list"}))
                if (task["studyUid"] == study && holds(task))
                    return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        return false;
    }
    bool waitForLinked(std::string const& study, std::string const& sites) const
    {
        return waitForTask(study, [&](auto const& task) { return task["linkedSites"] == sites; });
    }

    GatewayProgram gateway;

private:
    int sent_ = 0;
};

} // namespace

SCENARIO("the same Patient ID at two sites is two people, and another name at one site is a conflict", "[cli][A4]")
{
    TwoSites sites;
    auto const first = sites.send("puzi", "000123", "王芳", "19600304", "F");
    auto const second = sites.send("sunjia", "000123", "刘强", "19850607", "M");
    CHECK(sites.ask({"patient", "list"}).size() == 2);
    CHECK(sites.conflicts().empty());
    auto const third = sites.send("puzi", "000123", "王军", "19600304", "M");

    auto const patients = sites.ask({"patient", "list", "--site", "puzi"});
    REQUIRE(patients.size() == 2);
    CHECK(patients[0]["patient"] == "puzi/000123#1");
    CHECK(patients[1]["patient"] == "puzi/000123");
    CHECK(patients[1]["identityConflict"] == true);
    auto const conflicts = sites.conflicts();
    REQUIRE(conflicts.size() == 1);
    CHECK(conflicts[0]["kind"] == "patient-id");
    CHECK(conflicts[0]["reason"] == "Patient ID 000123 of puzi stands for 2 persons: name, sex disagree");
    CHECK(conflicts[0]["patients"].size() == 2);
    for (auto const& study : {first, third})
        CHECK(sites.waitForTask(study, [](auto const& task) { return task["identityConflict"] == true; }));
    CHECK(sites.waitForTask(second, [](auto const& task) { return task["identityConflict"] == false; }));

    CHECK(sites.ask({"study", "show", first})["identityConflict"] == true);

    sites.said("merge", "puzi/000123", "puzi/000123#1");
    CHECK(sites.conflicts().empty());
    CHECK(sites.ask({"study", "show", first})["identityConflict"] == false);
    for (auto const& study : {first, third})
        CHECK(sites.waitForTask(study, [](auto const& task) { return task["identityConflict"] == false; }));
    CHECK(sites.refused({"patient", "merge", "puzi/000123#1", "puzi/000123", "--reason", "again"})
              .find("one person already") != std::string::npos);
    // A third person comes under that ID: the merge doesn't hide it.
    sites.send("puzi", "000123", "赵云", "19700101", "M");
    CHECK(sites.waitForTask(first, [](auto const& task) { return task["identityConflict"] == true; }));
    CHECK(sites.conflicts().size() == 1);
    sites.said("unmerge", "puzi/000123", "puzi/000123#1");

    THEN("what was decided outlives a rebuilt index, with its history")
    {
        sites.said("merge", "puzi/000123", "puzi/000123#2");
        auto const before = sites.ask({"patient", "list"});
        REQUIRE(sites.gateway.stop() == 0);
        REQUIRE(sites.gateway.command({"archive", "reindex"}).exitCode == 0);
        CHECK(sites.ask({"patient", "list"}) == before);
        auto const history = sites.ask({"patient", "list", "--id", "000123", "--name", "王芳"})[0]["decisions"];
        REQUIRE(history.size() == 3);
        CHECK(history[0]["verb"] == "merge");
        CHECK(history[0]["after"] == "one person");
        CHECK(history[0]["reason"] == "because");
        CHECK(history[0]["person"] != "");
        CHECK(history[0]["before"].get<std::string>().find("王军") != std::string::npos);
        CHECK(history[1]["verb"] == "unmerge");
        CHECK(history[1]["after"] == "open");
        CHECK(history[1]["before"].get<std::string>().find("one person") != std::string::npos);
    }
    THEN("the operator may say that they are two persons, which empties the queue and not the band")
    {
        for (auto const* other : {"puzi/000123#1", "puzi/000123#2"})
            sites.said("unmerge", "puzi/000123", other);
        sites.said("unmerge", "puzi/000123#1", "puzi/000123#2");
        CHECK(sites.conflicts().empty());
        CHECK(sites.waitForTask(first, [](auto const& task) { return task["identityConflict"] == true; }));
    }
}

SCENARIO("a valid national ID joins a person across sites, a doubtful one does not", "[cli][A5]")
{
    TwoSites sites;
    GIVEN("a valid one, with the birth date and the sex that it says")
    {
        auto const first = sites.send("puzi", validId, "陈建国", "19600101", "M");
        auto const second = sites.send("sunjia", validId, "CHEN^JIANGUO", "19600101", "M");
        CHECK(sites.waitForLinked(first, "孙家镇卫生院"));
        CHECK(sites.waitForLinked(second, "普子乡卫生院"));
        CHECK(sites.conflicts().empty());
        CHECK(sites.refused({"patient", "link", "puzi/" + validId, "sunjia/" + validId, "--reason", "sure"})
                  .find("one person already: same national ID") != std::string::npos);
        // A person wins over the data sets, and can take that back.
        sites.said("unlink", "puzi/" + maskedValidId, "sunjia/" + maskedValidId);
        CHECK(sites.waitForLinked(first, ""));
        CHECK(sites.conflicts().empty());
        sites.said("link", "puzi/" + validId, "sunjia/" + validId);
        CHECK(sites.waitForLinked(first, "孙家镇卫生院"));
    }
    GIVEN("another sex or another birth date")
    {
        auto const& [date, sex, words] = GENERATE(table<std::string, std::string, std::string>(
            {{"19600101", "F", "the sex is F"}, {"19610101", "M", "the birth date is 1961-01-01"}}));
        auto const first = sites.send("puzi", validId, "陈建国", "19600101", "M");
        sites.send("sunjia", validId, "陈建国", date, sex);
        auto const conflicts = sites.conflicts();
        REQUIRE(conflicts.size() == 2);
        CHECK(conflicts[0]["kind"] == "candidate");
        CHECK(conflicts[0]["patients"].size() == 2);
        CHECK(conflicts[0]["reason"].get<std::string>().find(words) != std::string::npos);
        CHECK(conflicts[1]["kind"] == "national-id");
        CHECK(conflicts[1]["patients"][0]["site"] == "sunjia");
        CHECK(sites.waitForLinked(first, ""));
        sites.said("link", "puzi/" + validId, "sunjia/" + validId);
        CHECK(sites.waitForLinked(first, "孙家镇卫生院"));
        CHECK(sites.conflicts().size() == 1);
        sites.said("unlink", "puzi/" + validId, "sunjia/" + validId);
        CHECK(sites.waitForLinked(first, ""));
        CHECK(sites.conflicts().size() == 2);
        // Once more: these are two persons.
        sites.said("unlink", "puzi/" + validId, "sunjia/" + validId);
        CHECK(sites.conflicts().size() == 1);
    }
    GIVEN("a wrong check digit")
    {
        auto const first = sites.send("puzi", "500101196001011237", "陈建国", "19600101", "M");
        sites.send("sunjia", "500101196001011237", "陈建国", "19600101", "M");
        CHECK(sites.waitForLinked(first, ""));
        auto const conflicts = sites.conflicts();
        REQUIRE(conflicts.size() == 3);
        CHECK(conflicts[0]["reason"] ==
              "perhaps one person: same name, birth date and sex, and no national ID that says so");
        CHECK(conflicts[1]["reason"] == "500101********1237 looks like a national ID, but its check digit would be 6");
    }
}

TEST_CASE("decisions are refused in words where they say nothing", "[cli]")
{
    TwoSites sites;
    sites.send("puzi", "1", "王芳", "19600304", "F");
    sites.send("puzi", "2", "李娜", "19850607", "F");
    sites.send("sunjia", "3", "刘强", "19850607", "M");
    auto const says = [&](std::string const& verb, std::string const& one, std::string const& other) {
        return sites.refused({"patient", verb, one, other, "--reason", "because"});
    };
    CHECK(says("link", "puzi/1", "puzi/2").find("that is `patient merge`") != std::string::npos);
    CHECK(says("unlink", "puzi/1", "puzi/2").find("that is `patient unmerge`") != std::string::npos);
    CHECK(says("merge", "puzi/1", "sunjia/3").find("that is `patient link`") != std::string::npos);
    CHECK(says("link", "puzi/1", "puzi/1").find("named twice") != std::string::npos);
    CHECK(says("link", "puzi/1", "sunjia/4").find("sunjia/4 is not known") != std::string::npos);
    CHECK(says("link", "puzi/1#1", "sunjia/3").find("puzi/1#1 is not known") != std::string::npos);
    CHECK(says("link", "1", "sunjia/3").find("expected SITE/PATIENT-ID") != std::string::npos);
    CHECK(says("unlink", "puzi/1", "sunjia/3").find("nothing joins") != std::string::npos);
    CHECK(sites.refused({"patient", "link", "puzi/1", "sunjia/3", "--reason", " "}).find("a reason") !=
          std::string::npos);
    CHECK(sites.gateway.command({"patient", "link", "puzi/1", "sunjia/3"}).exitCode == 2);
    CHECK(sites.gateway.command({"patient", "link", "puzi/1", "--reason", "x"}).exitCode == 2);
    // Through a third one.
    sites.said("link", "puzi/1", "sunjia/3");
    sites.said("merge", "puzi/1", "puzi/2");
    CHECK(says("unlink", "puzi/2", "sunjia/3").find("only through puzi/1") != std::string::npos);
}

TEST_CASE("patients are looked for by name as studies are: the best answer first", "[cli]")
{
    TwoSites sites;
    sites.send("puzi", "1", "张三", "19600304", "M");
    sites.send("sunjia", "2", "ZHANG^SAN", "19700304", "F");
    for (int i = 0; i < 12; ++i) // of one patient, newer than what is looked for
        sites.send("puzi", "3", "张三丰", "19850607", "M");
    auto const found = sites.ask({"patient", "list", "--name", "张三"});
    REQUIRE(found.size() == 2);
    CHECK(found[0]["patient"] == "puzi/1");
    CHECK(found[1]["patient"] == "puzi/3");
    CHECK(sites.ask({"patient", "list", "--name", "zhangsan"}).size() == 3);
    // Behind many studies of one there are still the others.
    CHECK(sites.ask({"patient", "list", "--name", "zs", "--limit", "2"}).size() == 2);
    CHECK(sites.ask({"patient", "list", "--name", "zhangsan", "--site", "sunjia"})[0]["patientId"] == "2");
    CHECK(sites.ask({"patient", "list", "--name", "zhangsan", "--id", "3"}).size() == 1);
    CHECK(sites.ask({"patient", "list", "--name", "lisi"}).empty());
}

TEST_CASE("a study of two patients is asked for by part", "[cli]")
{
    TwoSites sites;
    auto const study = sites.send("puzi", "1", "王芳", "19600304", "F");
    sites.send("puzi", "2", "刘强", "19850607", "M", study);
    sites.send("puzi", "2", "刘强", "19850607", "M", study);
    CHECK(sites.ask({"study", "list"}).size() == 2);
    CHECK(sites.refused({"study", "show", study}).find("--part (0: 王芳 1; 1: 刘强 2)") != std::string::npos);
    CHECK(sites.ask({"study", "show", study, "--part", "0"})["objects"].size() == 1);
    CHECK(sites.ask({"study", "show", study, "--part", "1"})["objects"].size() == 2);
    CHECK(sites.refused({"study", "show", study, "--part", "2"}).find("there is no study") != std::string::npos);
    auto const conflicts = sites.conflicts();
    REQUIRE(conflicts.size() == 1);
    CHECK(conflicts[0]["kind"] == "split-study");
    CHECK(conflicts[0]["studyInstanceUid"] == study);
    for (int part : {0, 1})
        CHECK(sites.waitForTask(study, [&](auto const& task) {
            return task["part"] == part && task["splitStudy"] == true && task["patientId"] == (part == 0 ? "1" : "2");
        }));
    sites.said("merge", "puzi/1", "puzi/2");
    CHECK(sites.conflicts().empty());
    CHECK(sites.waitForTask(study, [](auto const& task) { return task["part"] == 1 && task["splitStudy"] == false; }));
    // Still two parts: whoever asks for the images has to say whose.
    CHECK(sites.waitForTask(study, [](auto const& task) { return task["part"] == 1 && task["severalParts"] == true; }));
    // At another site it is somebody else's.
    sites.send("sunjia", "1", "王芳", "19600304", "F", study);
    CHECK(sites.conflicts().size() == 2);
    CHECK(sites.ask({"study", "show", study, "--site", "sunjia"})["siteConflict"] == true);
}

TEST_CASE("a part of a study is deleted by whose it is, not by its number", "[cli][retention]")
{
    TwoSites sites;
    auto const study = sites.send("puzi", "1", "王芳", "19600304", "F");
    sites.send("puzi", "2", "刘强", "19850607", "M", study);
    auto const isReady = [&](int part) {
        return sites.waitForTask(study, [&](auto const& task) { return task["part"] == part; });
    };
    REQUIRE(isReady(0));
    REQUIRE(isReady(1));
    auto const remove = [&](std::vector<std::string> more) {
        std::vector<std::string> words{"study", "delete", study, "--part", "0", "--reason", "wrong worklist"};
        words.insert(words.end(), more.begin(), more.end());
        return sites.gateway.command(words);
    };
    CHECK(remove({}).exitCode != 0);
    CHECK(remove({"--patient", "2"}).exitCode == 1);
    CHECK(remove({"--patient", "puzi/2"}).exitCode == 1);
    CHECK(sites.ask({"study", "list"}).size() == 2);

    auto const deleted = remove({"--patient", "1"});
    INFO(deleted.output << deleted.errors);
    CHECK(deleted.exitCode == 0);
    REQUIRE(sites.ask({"study", "list"}).size() == 1);
    // The same line again: part 0 is somebody else's by now.
    auto const again = remove({"--patient", "1"});
    CHECK(again.exitCode == 1);
    CHECK(again.errors.find("is not of the patient whom --patient names") != std::string::npos);
    REQUIRE(sites.ask({"study", "list"}).size() == 1);
    CHECK(sites.ask({"study", "list"})[0]["patientId"] == "2");
}

TEST_CASE("national IDs are masked wherever the command line shows them, unless it is put on record", "[cli]")
{
    TwoSites sites;
    auto const study = sites.send("puzi", validId, "陈建国", "19600101", "M");
    sites.send("sunjia", validId, "陈建国", "19600101", "F", study);
    REQUIRE(sites.waitForTask(study, [](auto const&) { return true; }));
    auto const commands = std::vector<std::vector<std::string>>{{"study", "list"},
                                                                {"study", "list", "--patient", validId},
                                                                {"study", "show", study, "--site", "puzi"},
                                                                {"patient", "list"},
                                                                {"patient", "conflicts"},
                                                                {"reading", "list"},
                                                                {"report", "list"},
                                                                {"queue", "list"}};
    for (auto words : commands)
        for (auto const* form : {"", "--json"}) {
            if (*form != '\0')
                words.emplace_back(form);
            auto const result = sites.gateway.command(words);
            CAPTURE(words, result.output);
            CHECK(result.exitCode == 0);
            CHECK(result.output.find(validId) == std::string::npos);
            bool const hasPatients = words[0] != "report" && words[0] != "queue";
            CHECK((words == std::vector<std::string>{"reading", "list"} || !hasPatients ||
                   result.output.find(maskedValidId) != std::string::npos));
        }
    CHECK(sites.gateway.command({"study", "show", study, "--site", "puzi", "--part", "0", "--reveal"})
              .output.find(validId) != std::string::npos);
    CHECK(sites.ask({"study", "list", "--reveal"})[0]["patientId"] == validId);
    CHECK(sites.ask({"patient", "list", "--reveal"})[0]["patient"] == "sunjia/" + validId);
    // Who, when, by what command.
    SystemClock const clock;
    gateway::WorkflowSettings settings;
    settings.file = sites.gateway.folder() / "data/workflow.db";
    auto const workflow = gateway::Workflow::open(settings, clock);
    REQUIRE(workflow);
    auto const reveals = gateway::revealsOf(**workflow, 0);
    REQUIRE(reveals);
    REQUIRE(reveals->size() == 3);
    CHECK((*reveals)[1].command.find("study list --reveal --json") != std::string::npos);
    CHECK((*reveals)[1].person != "");
    CHECK((*reveals)[1].at + std::chrono::minutes(5) > clock.now());
}
