#include "gateway/index/name_search.h"
#include "gateway/index/study_index.h"
#include "tests/support/support.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <set>
#include <thread>

using namespace qianli;
using namespace qianli::gateway;
namespace tag = dicom::tag;

namespace {

Scope const everything{true, {}, true};

IndexedObject object(std::uint64_t sequence, std::string const& site, std::string const& study,
                     std::string const& series, std::string const& sopInstance)
{
    IndexedObject made;
    made.receipt.sequence = sequence;
    made.receipt.site = {site};
    made.receipt.study = made.header.studyUid = dicom::Uid::ofKnown(study);
    made.receipt.series = made.header.seriesUid = dicom::Uid::ofKnown(series);
    made.receipt.sopInstance = made.header.sopInstanceUid = dicom::Uid::ofKnown(sopInstance);
    made.receipt.sopClass = made.header.sopClassUid = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2");
    made.receipt.transferSyntax = dicom::Uid::ofKnown("1.2.840.10008.1.2.1");
    made.receipt.receivedAt = TimePoint(std::chrono::seconds(1000 + sequence));
    made.receipt.location = {"objects/" + sopInstance, 300, 5000};
    made.header.modality = "CT";
    return made;
}

class Fixture {
public:
    Fixture()
    {
        auto opened = StudyIndex::open(folder / "index.db");
        if (!opened)
            FAIL(opened.error().message);
        index = std::move(*opened);
    }

    IndexedObject& add(std::string const& site, std::string const& study, std::string const& series,
                       std::string const& sopInstance)
    {
        group.push_back(object(++sequence, site, study, series, sopInstance));
        return group.back();
    }
    void apply()
    {
        auto done = index->apply(group);
        if (!done)
            FAIL(done.error().message);
        group.clear();
    }

    std::vector<Answer> find(Level level, std::vector<Match> matches, Scope const& scope = everything,
                             std::size_t limit = 0)
    {
        std::vector<Answer> answers;
        Query query{level, std::move(matches), limit, true};
        auto const done = index->find(scope, query, [&](Answer const& answer) {
            answers.push_back(answer);
            return true;
        });
        if (!done)
            FAIL(done.error().message);
        return answers;
    }
    // The values of one attribute in the answers.
    std::multiset<std::string> values(Level level, dicom::Tag wanted, std::vector<Match> matches,
                                      Scope const& scope = everything)
    {
        std::multiset<std::string> found;
        for (Answer const& answer : find(level, std::move(matches), scope))
            found.insert(answer.values.at(wanted));
        return found;
    }

    test::TemporaryFolder folder;
    std::unique_ptr<StudyIndex> index;
    std::vector<IndexedObject> group;
    std::uint64_t sequence = 0;
};

Match value(dicom::Tag attribute, std::string text)
{
    return {Match::Kind::Value, attribute, {std::move(text)}};
}
Match wildcard(dicom::Tag attribute, std::string text)
{
    return {Match::Kind::Wildcard, attribute, {std::move(text)}};
}
Match range(dicom::Tag attribute, std::string from, std::string to)
{
    return {Match::Kind::Range, attribute, {std::move(from), std::move(to)}};
}
Match list(dicom::Tag attribute, std::vector<std::string> texts)
{
    return {Match::Kind::UidList, attribute, std::move(texts)};
}

using Strings = std::multiset<std::string>;

} // namespace

TEST_CASE("names match by component group, ASCII letters in either case", "[index][names]")
{
    char const* const name = "Zhang^Bing=张^昞=zhang1^bing3";
    for (char const* key : {"Zhang^Bing", "ZHANG^BING", "zhang^bing", "zhang*", "*bing", "张^昞", "张*", "*昞", "?^昞",
                            "Zhang^Bing=张^昞", "=张*", "Zhang*=", "*", "zhang1*", "Zhang^Bing^^^", "Z*=*昞"}) {
        INFO(key);
        CHECK(matchesName(key, name));
    }
    for (char const* key :
         {"Zhang", "bing", "昞", "张", "张?^昞", "=昞*", "Wang*=张*", "Zhang%", "Zhang_Bing", "Zhang*==x*"}) {
        INFO(key);
        CHECK_FALSE(matchesName(key, name));
    }
    CHECK(matchesName("Müller*", "Müller^Eva"));
    CHECK(matchesName("wang^fang", "Wang^Fang^^ "));
}

TEST_CASE("a name of a thousand groups is one of three", "[index][names]")
{
    Fixture fixture;
    std::string name = "Zhang^San";
    for (int i = 0; i < 30'000; ++i)
        name += "=x";
    fixture.add("puzi", "1.1", "1.1.1", "1.1.1.1").header.patientName = name;
    fixture.apply();
    CHECK(fixture.find(Level::Study, {value(tag::patientName, "Zhang^San")}).size() == 1);
    CHECK(fixture.find(Level::Study, {value(tag::patientName, name)}).size() == 1);
    CHECK(nameGroups(name).size() == 3);
}

TEST_CASE("studies are found by name through the index of names", "[index][names]")
{
    Fixture fixture;
    char const* const names[] = {
        "Zhang^Bing=张^昞", "ZHANG^SAN", "Wang^Fang=王^芳", "张三", "100%_O'Neil\\x[a]", "ü^ö", ""};
    int n = 0;
    for (char const* name : names)
        fixture.add("puzi", fmt::format("1.{}", ++n), "1.1", fmt::format("1.1.{}", n)).header.patientName = name;
    fixture.apply();
    struct Case {
        char const* key;
        Strings found;
    };
    for (auto const& [key, found] : std::vector<Case>{
             {"zhang*", {"1.1", "1.2"}},
             {"*^san", {"1.2"}},
             {"张*", {"1.1", "1.4"}},
             {"张^*", {"1.1"}},
             {"王^芳", {"1.3"}},
             {"wang^fang=王*", {"1.3"}},
             {"wang^fang=张*", {}},
             {"?^昞", {"1.1"}},
             {"100%*", {"1.5"}},
             {"%", {}},
             {"_*", {}},
             {"*o'neil\\x[a]", {"1.5"}},
             {"100%_o'neil\\x[a]", {"1.5"}},
             {"[a-z]*", {}},
             {"Ü*", {}}, // only ASCII letters are folded
             {"ü*", {"1.6"}},
             {"' OR 1=1 --", {}},
         }) {
        INFO(key);
        CHECK(fixture.values(Level::Study, tag::studyInstanceUid, {wildcard(tag::patientName, key)}) == found);
        CHECK(fixture.values(Level::Study, tag::studyInstanceUid, {value(tag::patientName, key)}) == found);
        // The patient level asks the patients themselves.
        CHECK(fixture.find(Level::Patient, {wildcard(tag::patientName, key)}).size() == found.size());
    }
    CHECK(fixture.find(Level::Study, {wildcard(tag::patientName, "*")}).size() == 7);
    CHECK(fixture.find(Level::Study, {value(tag::patientName, "")}).size() == 7);
}

TEST_CASE("matching by value, wildcard, range and list", "[index][find]")
{
    Fixture fixture;
    struct Study {
        char const *uid, *id, *date, *time, *accession, *description, *modality;
    };
    for (auto const& [uid, id, date, time, accession, description, modality] : std::vector<Study>{
             {"1.1", "P1", "20260101", "080000", "A_1", "Chest 50%", "CT"},
             {"1.2", "p1", "20260102", "101500.250", "AX1", "Chest", "DX"},
             {"1.3", "P10", "2026.02.28", "10:15", "A%1", "胸部", "CT"},
             {"1.4", "P2", "20261231", "235959", "", "[a]*b?", "MR"},
             {"1.5", "", "", "", "A*1", "O'Neil \\ x", "CT"},
         }) {
        auto& header = fixture.add("puzi", uid, std::string(uid) + ".1", std::string(uid) + ".1.1").header;
        header.patientId = id;
        header.studyDate = date;
        header.studyTime = time;
        header.accessionNumber = accession;
        header.studyDescription = description;
        header.modality = modality;
    }
    auto& report = fixture.add("puzi", "1.1", "1.1.2", "1.1.2.1");
    report.receipt.origin = Origin::Station;
    report.header.modality = "SR";
    fixture.apply();

    struct Case {
        Match match;
        Strings found;
    };
    for (auto const& [match, found] : std::vector<Case>{
             {value(tag::patientId, "P1"), {"1.1"}},
             {value(tag::patientId, "P_"), {}},
             {wildcard(tag::patientId, "P1*"), {"1.1", "1.3"}},
             {wildcard(tag::patientId, "P?"), {"1.1", "1.4"}},
             {wildcard(tag::patientId, "*1"), {"1.1", "1.2"}},
             {value(tag::patientId, "' OR ''='"), {}},
             {value(tag::accessionNumber, "A_1"), {"1.1"}},
             {value(tag::accessionNumber, "A%1"), {"1.3"}},
             {value(tag::accessionNumber, "A*1"), {"1.5"}},
             {wildcard(tag::accessionNumber, "A*1"), {"1.1", "1.2", "1.3", "1.5"}},
             {value(tag::studyDescription, "[a]*b?"), {"1.4"}},
             {wildcard(tag::studyDescription, "[a]*"), {"1.4"}},
             {wildcard(tag::studyDescription, "*%"), {"1.1"}},
             {wildcard(tag::studyDescription, "胸?"), {"1.3"}},
             {value(tag::studyDescription, "O'Neil \\ x"), {"1.5"}},
             {wildcard(tag::studyDescription, "*'*\\*"), {"1.5"}},
             {value(tag::studyDate, "20260228"), {"1.3"}},
             {range(tag::studyDate, "20260102", "20260301"), {"1.2", "1.3"}},
             {range(tag::studyDate, "20260102", ""), {"1.2", "1.3", "1.4"}},
             {range(tag::studyDate, "", "20260101"), {"1.1"}},
             {range(tag::studyDate, "", ""), {"1.1", "1.2", "1.3", "1.4", "1.5"}},
             {range(tag::studyDate, "20270101", "20260101"), {}},
             {range(tag::studyTime, "10", "1015"), {"1.2", "1.3"}},
             {range(tag::studyTime, "1015", "10"), {"1.2", "1.3"}},
             {range(tag::studyTime, "101500.1", "11"), {"1.2"}},
             {range(tag::studyTime, "", "09"), {"1.1"}},
             {range(tag::studyTime, "23", ""), {"1.4"}},
             {value(tag::studyTime, "1015"), {"1.2", "1.3"}},
             {value(tag::studyTime, "101500"), {"1.2", "1.3"}},
             {value(tag::studyTime, "101500.25"), {"1.2"}},
             {value(tag::studyInstanceUid, "1.4"), {"1.4"}},
             {list(tag::studyInstanceUid, {"1.4", "1.1", "9", "1.4"}), {"1.1", "1.4"}},
             {list(tag::studyInstanceUid, {"' OR 1=1", "\"", "\\"}), {}},
             {value(tag::modalitiesInStudy, "CT"), {"1.1", "1.3", "1.5"}},
             {value(tag::modalitiesInStudy, "MR\\DX"), {"1.2", "1.4"}},
             {list(tag::modalitiesInStudy, {"MR", "SR"}), {"1.1", "1.4"}},
             {wildcard(tag::modalitiesInStudy, "?X"), {"1.2"}},
         }) {
        INFO(toString(match.tag) << " " << match.values.front());
        CHECK(fixture.values(Level::Study, tag::studyInstanceUid, {match}) == found);
    }
    // Several keys must all fit.
    CHECK(fixture.values(Level::Study, tag::studyInstanceUid,
                         {value(tag::modalitiesInStudy, "CT"), range(tag::studyDate, "20260101", "20260131")}) ==
          Strings{"1.1"});

    SECTION("what the index does not hold at a level is refused by name")
    {
        for (auto const& [level, attribute] :
             std::vector<std::pair<Level, dicom::Tag>>{{Level::Study, tag::seriesInstanceUid},
                                                       {Level::Patient, tag::studyDate},
                                                       {Level::Image, {0x0010, 0x4000}}}) {
            auto const done = fixture.index->find(everything, {level, {value(attribute, "x")}, 0, true},
                                                  [](Answer const&) { return true; });
            REQUIRE_FALSE(done);
            CHECK(done.error().code == ErrorCode::InvalidInput);
            CHECK(done.error().message.find(toString(attribute)) != std::string::npos);
            CHECK_FALSE(StudyIndex::holds(level, attribute));
        }
        CHECK(StudyIndex::holds(Level::Image, tag::patientName));
        CHECK(StudyIndex::holds(Level::Study, tag::modalitiesInStudy));
    }
    SECTION("newest first, a limit, and stopping")
    {
        auto const two = fixture.find(Level::Study, {}, everything, 2);
        REQUIRE(two.size() == 2);
        CHECK(two[0].values.at(tag::studyInstanceUid) == "1.5");
        int visited = 0;
        REQUIRE(fixture.index->find(everything, {}, [&](Answer const&) { return ++visited < 3; }));
        CHECK(visited == 3);
    }
}

TEST_CASE("answers hold what the index knows at that level and above", "[index][find]")
{
    Fixture fixture;
    for (int i = 1; i <= 3; ++i) {
        auto& header = fixture.add("puzi", "1.1", i < 3 ? "1.1.1" : "1.1.2", fmt::format("1.1.1.{}", i)).header;
        header.patientName = "张^昞";
        header.patientId = "P1";
        header.patientBirthDate = "19560203";
        header.seriesNumber = i < 3 ? "10" : "9";
        header.instanceNumber = std::to_string(20 - i);
        header.imagePosition = "-1\\2\\3.5";
        header.imageOrientation = "1\\0\\0\\0\\1\\0";
        header.rows = header.columns = "512";
        header.modality = i < 3 ? "CT" : "SR";
    }
    fixture.add("puzi", "1.2", "1.2.1", "1.2.1.1").header.patientId = "P1";
    fixture.apply();

    auto const study = fixture.find(Level::Study, {value(tag::studyInstanceUid, "1.1")});
    REQUIRE(study.size() == 1);
    auto const& values = study[0].values;
    CHECK(study[0].site.value == "puzi");
    CHECK(values.at(tag::patientName) == "张^昞");
    CHECK(values.at(tag::modalitiesInStudy) == "CT\\SR");
    CHECK(values.at({0x0020, 0x1206}) == "2");
    CHECK(values.at({0x0020, 0x1208}) == "3");

    auto const patient = fixture.find(Level::Patient, {value(tag::patientId, "P1")});
    REQUIRE(patient.size() == 1);
    CHECK(patient[0].values.at({0x0020, 0x1200}) == "2");
    CHECK(patient[0].values.at({0x0020, 0x1202}) == "3");
    CHECK(patient[0].values.at({0x0020, 0x1204}) == "4");

    auto const series = fixture.find(Level::Series, {value(tag::studyInstanceUid, "1.1")});
    REQUIRE(series.size() == 2);
    CHECK(series[0].values.at(tag::seriesInstanceUid) == "1.1.2"); // series number 9 before 10
    CHECK(series[1].values.at({0x0020, 0x1209}) == "2");
    CHECK(series[1].values.at(tag::patientId) == "P1");
    CHECK(fixture.values(Level::Series, tag::seriesInstanceUid, {value(tag::seriesNumber, "010")}) == Strings{"1.1.1"});

    auto const image = fixture.find(Level::Image, {value(tag::seriesInstanceUid, "1.1.1")});
    REQUIRE(image.size() == 2);
    CHECK(image[0].values.at(tag::instanceNumber) == "18");
    CHECK(image[0].values.at(tag::imagePosition) == "-1\\2\\3.5");
    CHECK(image[0].values.at(tag::imageOrientation) == "1\\0\\0\\0\\1\\0");
    CHECK(image[0].values.at(tag::rows) == "512");
    CHECK(image[0].values.at(tag::columns) == "512");
    CHECK(image[0].values.at(tag::sopClassUid) == "1.2.840.10008.5.1.4.1.1.2");
    CHECK(image[0].values.at(tag::sopInstanceUid) == "1.1.1.2");
    CHECK(image[0].values.at(tag::studyInstanceUid) == "1.1");
    CHECK(image[0].values.at(tag::patientName) == "张^昞");
}

TEST_CASE("a list of ten thousand UIDs is answered in its order", "[index][find]")
{
    Fixture fixture;
    std::vector<std::string> uids;
    for (int i = 0; i < 10'000; ++i) {
        uids.push_back(fmt::format("1.1.1.{}", i * 7919 % 10'007));
        fixture.add("puzi", "1.1", "1.1.1", fmt::format("1.1.1.{}", i)).header.instanceNumber = std::to_string(i);
    }
    fixture.apply();
    auto const found = fixture.index->instances(everything, {Level::Image, {list(tag::sopInstanceUid, uids)}, 0, true});
    REQUIRE(found);
    std::vector<std::string> order;
    for (auto const& record : *found)
        order.push_back(record.receipt.sopInstance.value());
    std::erase_if(uids, [](std::string const& uid) { return std::stoi(uid.substr(6)) >= 10'000; });
    CHECK(order == uids);

    auto const all =
        fixture.index->instances(everything, {Level::Series, {value(tag::studyInstanceUid, "1.1")}, 0, true});
    REQUIRE(all);
    CHECK(all->size() == 10'000);
    CHECK(all->at(9'999).header.instanceNumber == "9999");
}

SCENARIO("a site sees its own studies only, and reports when they are released", "[index][scope]")
{
    Fixture fixture;
    fixture.add("puzi", "1.1", "1.1.1", "1.1.1.1").header.patientId = "000123";
    fixture.add("lintai", "1.1", "1.1.1", "1.1.1.1").header.patientId = "000123";
    fixture.add("lintai", "1.2", "1.2.1", "1.2.1.1");
    auto& report = fixture.add("puzi", "1.1", "1.1.9", "1.1.9.1");
    report.receipt.origin = Origin::Station;
    report.header.modality = "SR";
    fixture.apply();

    Scope const puzi{false, {{"puzi"}}, false};
    Scope const lintai{false, {{"lintai"}}, false};
    Scope const nobody{};
    CHECK(fixture.values(Level::Study, tag::studyInstanceUid, {}, puzi) == Strings{"1.1"});
    CHECK(fixture.values(Level::Study, tag::studyInstanceUid, {}, lintai) == Strings{"1.1", "1.2"});
    CHECK(fixture.find(Level::Study, {}, nobody).empty());
    CHECK(fixture.find(Level::Study, {}).size() == 3);
    CHECK(fixture.find(Level::Patient, {value(tag::patientId, "000123")}).size() == 2);
    CHECK(fixture.find(Level::Patient, {}, puzi).size() == 1);
    for (Level const level : {Level::Patient, Level::Study, Level::Series, Level::Image})
        CHECK(fixture.find(level, {}, nobody).empty());

    auto const counts = [&](Scope const& scope) {
        auto const answer = fixture.find(Level::Study, {value(tag::studyInstanceUid, "1.1")}, scope).front().values;
        return answer.at(tag::modalitiesInStudy) + " " + answer.at({0x0020, 0x1206}) + " " +
               answer.at({0x0020, 0x1208});
    };
    Scope const station{false, {{"puzi"}}, true};
    CHECK(counts(puzi) == "CT 1 1");
    CHECK(counts(station) == "CT\\SR 2 2");
    CHECK(fixture.find(Level::Series, {}, puzi).size() == 1);
    CHECK(fixture.find(Level::Image, {}, puzi).size() == 1);
    CHECK(fixture.index->instances(puzi, {Level::Image, {value(tag::sopInstanceUid, "1.1.9.1")}, 0, true})->empty());
    CHECK(fixture.find(Level::Study, {value(tag::modalitiesInStudy, "SR")}, puzi).empty());

    std::vector<dicom::Uid> const uids{dicom::Uid::ofKnown("1.1.9.1"), dicom::Uid::ofKnown("unknown")};
    REQUIRE(fixture.index->release({"puzi"}, uids));
    CHECK(counts(puzi) == "CT\\SR 2 2");
    CHECK(fixture.find(Level::Image, {}, puzi).size() == 2);
    CHECK(counts(lintai) == "CT 1 1");
}

SCENARIO("a station sends other content under the UID of a site's image", "[index][versions]")
{
    Fixture fixture;
    fixture.add("puzi", "1.1", "1.1.1", "1.1.1.1").header.instanceNumber = "1";
    auto& forged = fixture.add("puzi", "1.1", "1.1.1", "1.1.1.1");
    forged.receipt.origin = Origin::Station;
    forged.receipt.version = 2;
    forged.header.instanceNumber = "2";
    fixture.apply();
    Scope const puzi{false, {{"puzi"}}, false};
    // The site goes on seeing its own; who reads sees the newest.
    CHECK(fixture.values(Level::Image, tag::instanceNumber, {}, puzi) == Strings{"1"});
    CHECK(fixture.values(Level::Image, tag::instanceNumber, {}) == Strings{"2"});
    auto const record = fixture.index->study({"puzi"}, dicom::Uid::ofKnown("1.1"));
    CHECK((*record)->versionConflict);
    CHECK((*record)->instances == 1);
    CHECK(fixture.index->findBySopInstance({"puzi"}, dicom::Uid::ofKnown("1.1.1.1"))->size() == 2);
}

SCENARIO("other content comes under the UID of a report", "[index][versions]")
{
    Fixture fixture;
    fixture.add("puzi", "1.1", "1.1.1", "1.1.1.1");
    auto const add = [&](int version, Origin origin) {
        auto& report = fixture.add("puzi", "1.1", "1.1.9", "1.1.9.1");
        report.receipt.origin = origin;
        report.receipt.version = version;
        report.header.instanceNumber = std::to_string(version);
        fixture.apply();
    };
    std::vector<dicom::Uid> const uids{dicom::Uid::ofKnown("1.1.9.1")};
    Scope const puzi{false, {{"puzi"}}, false};
    auto const seen = [&](Scope const& scope) {
        return fixture.values(Level::Image, tag::instanceNumber, {value(tag::sopInstanceUid, "1.1.9.1")}, scope);
    };
    Origin const later = GENERATE(Origin::Station, Origin::Site);
    WHEN("it comes after the report was issued")
    {
        add(1, Origin::Station);
        REQUIRE(fixture.index->release({"puzi"}, uids));
        add(2, later);
        THEN("everybody goes on seeing what was issued")
        {
            CHECK(seen(puzi) == Strings{"1"});
            CHECK(seen(everything) == Strings{"1"});
        }
    }
    WHEN("releases are named again after the index was built anew, with both versions in it")
    {
        add(1, Origin::Station);
        add(2, later);
        REQUIRE(fixture.index->release({"puzi"}, uids));
        REQUIRE(fixture.index->release({"puzi"}, uids));
        THEN("the issued one is seen")
        {
            CHECK(seen(puzi) == Strings{"1"});
            CHECK(seen(everything) == Strings{"1"});
        }
    }
    auto const record = fixture.index->study({"puzi"}, dicom::Uid::ofKnown("1.1"));
    CHECK((*record)->versionConflict);
    CHECK((*record)->instances == 2);
}

SCENARIO("a report of one site is issued, and another site holds a station's object under the same UID",
         "[index][scope]")
{
    Fixture fixture;
    for (char const* site : {"puzi", "lintai"}) {
        fixture.add(site, "1.1", "1.1.1", std::string("1.1.1.") + (site[0] == 'p' ? "1" : "2"));
        fixture.add(site, "1.1", "1.1.9", "1.1.9.1").receipt.origin = Origin::Station;
    }
    fixture.apply();
    std::vector<dicom::Uid> const uids{dicom::Uid::ofKnown("1.1.9.1")};
    REQUIRE(fixture.index->release({"puzi"}, uids));
    auto const seen = [&](char const* site) {
        return fixture.find(Level::Image, {value(tag::sopInstanceUid, "1.1.9.1")}, {false, {{site}}, false}).size();
    };
    CHECK(seen("puzi") == 1);
    CHECK(seen("lintai") == 0);
}

SCENARIO("objects of a study bring its attributes little by little", "[index]")
{
    Fixture fixture;
    auto& first = fixture.add("puzi", "1.1", "1.1.1", "1.1.1.1").header;
    first.patientName = "Zhang^San";
    first.patientId = "P1";
    fixture.apply();
    auto& second = fixture.add("puzi", "1.1", "1.1.2", "1.1.2.1").header;
    second.patientName = "Zhang^San=张^三";
    second.patientId = "P1";
    second.bodyPart = "CHEST";
    second.modality = "DX";
    second.patientSex = "F";
    fixture.apply();
    fixture.add("puzi", "1.1", "1.1.2", "1.1.2.2").header.modality = "DX";
    auto& report = fixture.add("puzi", "1.1", "1.1.3", "1.1.3.1");
    report.receipt.origin = Origin::Station;
    report.header.patientName = "Another^Name";
    report.header.patientId = "P9";
    fixture.apply();

    auto const record = fixture.index->study({"puzi"}, dicom::Uid::ofKnown("1.1"));
    REQUIRE(record);
    REQUIRE(*record);
    StudyRecord const& study = **record;
    CHECK(study.header.patientName == "Zhang^San=张^三");
    CHECK(study.header.patientId == "P1");
    CHECK(study.header.patientSex == "F");
    CHECK(study.header.bodyPart == "CHEST");
    CHECK(study.header.modality == "CT");
    CHECK(study.modalities == std::vector<std::string>{"CT", "DX"});
    CHECK(study.series == 3);
    CHECK(study.instances == 4);
    CHECK(study.imageInstances == 3);
    CHECK(study.lastSequence == 4);
    CHECK(study.lastReceivedAt - study.firstReceivedAt == std::chrono::seconds(3));
    CHECK(fixture.find(Level::Patient, {}).size() == 1);
    CHECK(fixture.find(Level::Study, {wildcard(tag::patientName, "张*")}).size() == 1);
    CHECK_FALSE(*fixture.index->study({"lintai"}, dicom::Uid::ofKnown("1.1")));
    CHECK_FALSE(*fixture.index->study({"puzi"}, dicom::Uid::ofKnown("9")));
}

TEST_CASE("without a Patient ID each study is a patient of its own", "[index]")
{
    Fixture fixture;
    fixture.add("puzi", "1.1", "1.1.1", "1.1.1.1");
    fixture.add("puzi", "1.2", "1.2.1", "1.2.1.1");
    fixture.add("puzi", "1.2", "1.2.1", "1.2.1.2");
    fixture.apply();
    CHECK(fixture.find(Level::Patient, {}).size() == 2);
    // The ID comes later: the nameless patient becomes that one.
    fixture.add("puzi", "1.1", "1.1.1", "1.1.1.2").header.patientId = "P1";
    fixture.apply();
    CHECK(fixture.values(Level::Patient, tag::patientId, {}) == Strings{"", "P1"});
}

TEST_CASE("a group goes in as a whole, once, and who catches up sees it", "[index]")
{
    Fixture fixture;
    fixture.add("puzi", "1.1", "1.1.1", "1.1.1.1");
    fixture.add("puzi", "1.2", "1.2.1", "1.2.1.1");
    auto const again = fixture.group;
    fixture.apply();
    CHECK(fixture.index->appliedSequence() == 2);
    REQUIRE(fixture.index->apply(again));
    CHECK(fixture.find(Level::Image, {}).size() == 2);

    auto const uids = [&](std::uint64_t after, std::size_t limit) {
        std::vector<std::string> found;
        auto const changed = fixture.index->studiesChangedSince(after, limit);
        for (StudyRecord const& record : *changed)
            found.push_back(record.header.studyUid.value());
        return found;
    };
    CHECK(uids(0, 10) == std::vector<std::string>{"1.1", "1.2"});
    CHECK(uids(0, 1) == std::vector<std::string>{"1.1"});
    fixture.add("puzi", "1.1", "1.1.1", "1.1.1.2");
    fixture.apply();
    CHECK(uids(2, 10) == std::vector<std::string>{"1.1"});
    CHECK(uids(0, 10) == std::vector<std::string>{"1.2", "1.1"});
    CHECK(uids(3, 10).empty());

    SECTION("a receipt reads back from the index")
    {
        auto const receipt = fixture.index->findBySopInstance({"puzi"}, dicom::Uid::ofKnown("1.1.1.2"))->at(0);
        auto const given = object(3, "puzi", "1.1", "1.1.1", "1.1.1.2").receipt;
        CHECK(receipt.sequence == 3);
        CHECK(receipt.receivedAt == given.receivedAt);
        CHECK(receipt.location.path == given.location.path);
        CHECK(receipt.location.dataSetLength == 5000);
        CHECK(receipt.study == given.study);
        CHECK(receipt.transferSyntax == given.transferSyntax);
    }
    SECTION("another process may look, and sees later groups too")
    {
        CHECK(StudyIndex::openForReading(fixture.folder / "none.db").error().code == ErrorCode::NotFound);
        auto reader = StudyIndex::openForReading(fixture.folder / "index.db");
        REQUIRE(reader);
        CHECK((*reader)->appliedSequence() == 3);
        CHECK_FALSE((*reader)->apply(again));
        fixture.add("puzi", "1.7", "1.7.1", "1.7.1.1");
        fixture.apply();
        CHECK(*(*reader)->study({"puzi"}, dicom::Uid::ofKnown("1.7")));
    }
    SECTION("it is all there after opening again")
    {
        REQUIRE(fixture.index->checkpoint());
        fixture.index.reset();
        fixture.index = std::move(*StudyIndex::open(fixture.folder / "index.db"));
        CHECK(fixture.index->appliedSequence() == 3);
        CHECK(fixture.find(Level::Image, {}).size() == 3);
    }
}

TEST_CASE("readers see whole groups while a writer works", "[index]")
{
    Fixture fixture;
    std::atomic<bool> stop = false;
    std::atomic<int> wrong = 0, queries = 0;
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i) {
        readers.emplace_back([&] {
            while (!stop) {
                std::size_t count = 0;
                auto const done = fixture.index->find(everything, {Level::Image, {}, 0, true}, [&](Answer const&) {
                    ++count;
                    return true;
                });
                wrong += !done || count % 5 != 0;
                ++queries;
            }
        });
    }
    for (int round = 0; round < 40 || queries < 10; ++round) {
        for (int i = 0; i < 5; ++i)
            fixture.add("puzi", fmt::format("1.{}", round), "1.1", fmt::format("1.{}.{}", round, i));
        fixture.apply();
    }
    stop = true;
    for (std::thread& reader : readers)
        reader.join();
    CHECK(wrong == 0);
}
