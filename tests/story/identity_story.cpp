// A4, A5: the same Patient ID at two sites, another person under it at one, and a national ID that links.
#include "tests/story/modality.h"

using namespace qianli;
using namespace qianli::test;

namespace {

struct Person {
    std::string id, name, birthDate, sex;
};

class TwoSites {
public:
    TwoSites()
    {
        addRadiologist(gateway);
        REQUIRE(gateway.start());
    }
    // As PUZI_CT or SUNJIA_DR; gives the Study Instance UID.
    std::string send(std::string const& aeTitle, Person const& person)
    {
        auto const uid = fmt::format("2.25.7004.{}", ++studies_);
        auto object = picture(uid, uid + ".1", uid + ".1.1");
        object.set(0x00100020, "LO", person.id)
            .set(0x00100010, "PN", person.name)
            .set(0x00100030, "DA", person.birthDate)
            .set(0x00100040, "CS", person.sex);
        auto const folder = gateway.folder() / ("study-" + std::to_string(studies_));
        writeFile(folder / "1.dcm", object);
        REQUIRE(gateway.sendAs(aeTitle, folder).exitCode == 0);
        REQUIRE(waitForReady(gateway, static_cast<std::size_t>(studies_)));
        return uid;
    }
    nlohmann::json conflicts() const { return parsed(gateway.command({"patient", "conflicts", "--json"})); }
    nlohmann::json patients() const { return parsed(gateway.command({"patient", "list", "--json"})); }

    GatewayProgram gateway;

private:
    int studies_ = 0;
};

} // namespace

SCENARIO("A4: the same Patient ID at two sites is two people; another name under it at one site is a conflict",
         "[story][A4]")
{
    TwoSites sites;
    sites.send("PUZI_CT", {"000123", "王芳", "19600304", "F"});
    sites.send("SUNJIA_DR", {"000123", "刘强", "19850607", "M"});
    CHECK(sites.patients().size() == 2);
    CHECK(sites.conflicts().empty());

    auto const third = sites.send("PUZI_CT", {"000123", "王军", "19600304", "M"});
    CHECK(sites.patients().size() == 3);
    auto const conflicts = sites.conflicts();
    REQUIRE(conflicts.size() == 1);
    INFO(conflicts.dump(1));
    auto const words = sites.gateway.command({"patient", "conflicts"}).output;
    CHECK(words.find("王芳") != std::string::npos);
    CHECK(words.find("王军") != std::string::npos);
    CHECK(words.find("刘强") == std::string::npos);

    auto const rows = toldByViewer(sites.gateway);
    CHECK(rowWith(rows, "王军").find("身份冲突") != std::string::npos);
    CHECK(rowWith(rows, "王芳").find("身份冲突") != std::string::npos);
    CHECK(rowWith(rows, "刘强").find("身份冲突") == std::string::npos);
    auto const opened = toldWhenOpened(sites.gateway, "王军");
    CHECK(opened.find("身份冲突") != std::string::npos);

    // A person decides that the name was corrected; the band goes; and can be brought back.
    auto const merged =
        sites.gateway.command({"patient", "merge", "puzi/000123", "puzi/000123#1", "--reason", "name corrected"});
    INFO(merged.errors);
    REQUIRE(merged.exitCode == 0);
    CHECK(sites.conflicts().empty());
    CHECK(rowWith(toldByViewer(sites.gateway, "merged.log"), "王军").find("身份冲突") == std::string::npos);
    REQUIRE(sites.gateway
                .command({"patient", "unmerge", "puzi/000123", "puzi/000123#1", "--reason", "two people after all"})
                .exitCode == 0);
    CHECK(sites.conflicts().size() == 1);
    // What people decided and what the index holds survive a rebuild; nothing stored was touched.
    REQUIRE(sites.gateway.stop() == 0);
    REQUIRE(sites.gateway.command({"archive", "reindex"}).exitCode == 0);
    CHECK(sites.conflicts().size() == 1);
    CHECK(studyWith(sites.gateway, third)["patientName"] == "王军");
    CHECK(parsed(sites.gateway.command({"archive", "verify", "--json"}))["verified"] == 3);
}

SCENARIO("A5: a valid national ID links a person across sites; a doubtful one does not", "[story][A5]")
{
    TwoSites sites;
    std::string const valid = "500101196001011236"; // 17th digit odd: male
    GIVEN("the same valid ID at two sites, with the birth date and sex that it says")
    {
        sites.send("PUZI_CT", {valid, "陈建国", "19600101", "M"});
        sites.send("SUNJIA_DR", {valid, "陈建国", "19600101", "M"});
        THEN("one person: the prior is offered with its site's name; the ID is masked wherever several people are seen")
        {
            CHECK(sites.conflicts().empty());
            auto const rows = toldByViewer(sites.gateway);
            CHECK(rowWith(rows, "普子乡卫生院").find("孙家镇卫生院") != std::string::npos);
            CHECK(rowWith(rows, "孙家镇卫生院").find("普子乡卫生院") != std::string::npos);
            for (auto const& row : rows)
                CHECK(row.find(valid) == std::string::npos);
            auto const list = sites.gateway.command({"study", "list"}).output;
            CHECK(list.find(valid) == std::string::npos);
            CHECK(list.find("500101********1236") != std::string::npos);
            CHECK(sites.gateway.command({"study", "list", "--json"}).output.find(valid) == std::string::npos);
            CHECK(sites.gateway.command({"study", "list", "--json", "--reveal"}).output.find(valid) !=
                  std::string::npos);
            // C-FIND is not masked.
            auto const found =
                run({"findscu", "-S", "-aet", "PUZI_CT", "-aec", "QIANLI", "-k", "QueryRetrieveLevel=STUDY", "-k",
                     "PatientID=" + valid, "-k", "StudyInstanceUID", "127.0.0.1", sites.gateway.dicomPort()});
            CHECK((found.output + found.errors).find(valid) != std::string::npos);
        }
    }
    GIVEN("the same valid ID with another sex and another birth date")
    {
        sites.send("PUZI_CT", {valid, "陈建国", "19600101", "M"});
        sites.send("SUNJIA_DR", {valid, "陈建国", "19600101", "F"});
        THEN("a candidate for a person, not linked")
        {
            auto const conflicts = sites.conflicts();
            REQUIRE(conflicts.size() >= 1);
            CHECK(rowWith(toldByViewer(sites.gateway), "普子乡卫生院").find("孙家镇卫生院") == std::string::npos);
            WHEN("the operator links them")
            {
                REQUIRE(sites.gateway
                            .command({"patient", "link", "puzi/" + valid, "sunjia/" + valid, "--reason",
                                      "sex was typed wrongly"})
                            .exitCode == 0);
                THEN("the prior is offered, and no longer after unlink")
                {
                    CHECK(rowWith(toldByViewer(sites.gateway, "linked.log"), "普子乡卫生院").find("孙家镇卫生院") !=
                          std::string::npos);
                    REQUIRE(
                        sites.gateway
                            .command({"patient", "unlink", "puzi/" + valid, "sunjia/" + valid, "--reason", "was right"})
                            .exitCode == 0);
                    CHECK(rowWith(toldByViewer(sites.gateway, "unlinked.log"), "普子乡卫生院").find("孙家镇卫生院") ==
                          std::string::npos);
                }
            }
        }
    }
    GIVEN("an ID whose check digit is wrong")
    {
        sites.send("PUZI_CT", {"500101196001011237", "陈建国", "19600101", "M"});
        sites.send("SUNJIA_DR", {"500101196001011237", "陈建国", "19600101", "M"});
        THEN("it does not link, and is named")
        {
            CHECK(sites.conflicts().size() >= 1);
            CHECK(rowWith(toldByViewer(sites.gateway), "普子乡卫生院").find("孙家镇卫生院") == std::string::npos);
        }
    }
}
