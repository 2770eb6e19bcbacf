// Who is who within one site: variants under a Patient ID, parts of a study, and that both follow from the receipts
// alone.
#include "gateway/index/study_index.h"
#include "tests/support/support.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace qianli;
using namespace qianli::gateway;
namespace tag = dicom::tag;

namespace {

struct Sent {
    std::string site, study, id, name, birthDate, sex, otherIds{};
    Origin origin = Origin::Site;
    std::string sopInstance{};
};

class Fixture {
public:
    Fixture() { open("index.db"); }

    void open(std::string const& file)
    {
        index.reset();
        index = StudyIndex::open(folder / file).value();
    }
    void send(Sent const& sent)
    {
        IndexedObject object;
        object.receipt.sequence = log.size() + 1;
        object.receipt.origin = sent.origin;
        object.receipt.site = {sent.site};
        auto const instance =
            sent.sopInstance.empty() ? fmt::format("{}.1.{}", sent.study, log.size() + 1) : sent.sopInstance;
        for (IndexedObject const& before : log)
            if (before.receipt.sopInstance.value() == instance && before.receipt.site == object.receipt.site)
                object.receipt.version = before.receipt.version + 1;
        object.receipt.study = object.header.studyUid = dicom::Uid::ofKnown(sent.study);
        object.receipt.series = object.header.seriesUid = dicom::Uid::ofKnown(sent.study + ".1");
        object.receipt.sopInstance = object.header.sopInstanceUid = dicom::Uid::ofKnown(instance);
        object.receipt.sopClass = object.header.sopClassUid = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2");
        object.receipt.transferSyntax = dicom::Uid::ofKnown("1.2.840.10008.1.2.1");
        object.receipt.receivedAt = TimePoint(std::chrono::seconds(1000 + log.size()));
        object.receipt.location = {fmt::format("objects/{}", log.size()), 300, 5000};
        object.header.patientId = sent.id;
        object.header.patientName = sent.name;
        object.header.patientBirthDate = sent.birthDate;
        object.header.patientSex = sent.sex;
        object.header.otherPatientIds = sent.otherIds;
        object.header.modality = "CT";
        log.push_back(object);
        auto const done = index->apply({&log.back(), 1});
        if (!done)
            FAIL(done.error().message);
    }
    StudyRecord study(std::string const& site, std::string const& uid, int part = 0) const
    {
        auto const found = index->study({site}, dicom::Uid::ofKnown(uid), part);
        REQUIRE(found);
        REQUIRE(*found);
        return **found;
    }
    std::vector<PatientRecord> variants(std::string const& site, std::string const& id) const
    {
        return index->variantsOf({{site}, id, 0, ""}).value();
    }
    // Everything that is known of patients and studies, as text.
    std::string told() const
    {
        std::string text;
        auto const patients = index->patients({}).value();
        auto const studies = index->studiesChangedSince(0, 0).value();
        for (auto const& one : patients)
            text += fmt::format("{}/{}{}#{} {} {} {} [{} {} {} {} {}] {} {}\n", one.key.site.value, one.key.id,
                                one.key.studyUid, one.key.variant, one.name, one.birthDate, one.sex, one.person.hanzi,
                                one.person.latin, one.person.birthDate, one.person.sex, one.person.nationalId,
                                one.unusableId, one.studies);
        for (auto const& one : studies)
            text += fmt::format("{} {} part {} of {}/{}{}#{}: {} {} {} conflict {} split {} shared {} versions {}\n",
                                one.site.value, one.header.studyUid.value(), one.part, one.patient.site.value,
                                one.patient.id, one.patient.studyUid, one.patient.variant, one.header.patientName,
                                one.header.patientId, one.instances, one.identityConflict, one.splitStudy,
                                one.siteConflict, one.versionConflict);
        return text;
    }

    test::TemporaryFolder folder;
    std::unique_ptr<StudyIndex> index;
    std::vector<IndexedObject> log;
};

} // namespace

TEST_CASE("a study joins the person under its Patient ID that it does not disagree with", "[index][identity]")
{
    struct Case {
        char const* why;
        Sent first, second;
        bool isSame;
    };
    auto const cases = std::vector<Case>{
        {"equal", {"a", "", "1", "王芳", "19600304", "F", ""}, {"a", "", "1", "王芳", "19600304", "F", ""}, true},
        {"another name",
         {"a", "", "1", "王芳", "19600304", "F", ""},
         {"a", "", "1", "王军", "19600304", "F", ""},
         false},
        {"another sex",
         {"a", "", "1", "王芳", "19600304", "F", ""},
         {"a", "", "1", "王芳", "19600304", "M", ""},
         false},
        {"another birth date",
         {"a", "", "1", "王芳", "19600304", "F", ""},
         {"a", "", "1", "王芳", "19600305", "F", ""},
         false},
        {"nothing said", {"a", "", "1", "王芳", "19600304", "F", ""}, {"a", "", "1", "", "", "", ""}, true},
        {"sex other", {"a", "", "1", "王芳", "19600304", "F", ""}, {"a", "", "1", "王芳", "19600304", "O", ""}, true},
        {"noise", {"a", "", "1", "王芳", "", "", ""}, {"a", "", "1", "王^芳 (急)2", "", "", ""}, true},
        {"full width noise", {"a", "", "1", "王芳", "", "", ""}, {"a", "", "1", "王·芳（急）", "", "", ""}, true},
        {"case and order", {"a", "", "1", "Smith^John", "", "", ""}, {"a", "", "1", "JOHN SMITH", "", "", ""}, true},
        {"joined", {"a", "", "1", "ZHANG^XIAO MING", "", "", ""}, {"a", "", "1", "Zhang^Xiaoming", "", "", ""}, true},
        {"other letters", {"a", "", "1", "Smith^John", "", "", ""}, {"a", "", "1", "Smith^Jane", "", "", ""}, false},
        {"the Chinese group counts",
         {"a", "", "1", "Wang^Fang=王^芳", "", "", ""},
         {"a", "", "1", "WANG FANG=王芳", "", "", ""},
         true},
        {"the Chinese groups differ",
         {"a", "", "1", "Wang^Fang=王^芳", "", "", ""},
         {"a", "", "1", "Wang^Fang=汪^芳", "", "", ""},
         false},
        {"a national ID differs",
         {"a", "", "1", "王芳", "", "", "500101196001011236"},
         {"a", "", "1", "王芳", "", "", "50010119600101121X"},
         false},
        {"pinyin that fits", {"a", "", "1", "王芳", "", "", ""}, {"a", "", "1", "WANG^FANG", "", "", ""}, true},
        {"family name last", {"a", "", "1", "欧阳娜", "", "", ""}, {"a", "", "1", "NA^OUYANG", "", "", ""}, true},
        {"another reading", {"a", "", "1", "ZENG^LE", "", "", ""}, {"a", "", "1", "曾乐", "", "", ""}, true},
        {"pinyin that fits nobody", {"a", "", "1", "王芳", "", "", ""}, {"a", "", "1", "LI^NA", "", "", ""}, false},
        {"traditional", {"a", "", "1", "張三", "", "", ""}, {"a", "", "1", "张三", "", "", ""}, true},
        {"another script", {"a", "", "1", "さくら", "", "", ""}, {"a", "", "1", "すずき", "", "", ""}, false},
        {"numbers for names", {"a", "", "1", "0017", "", "", ""}, {"a", "", "1", "0018", "", "", ""}, false},
        {"a year is not a date that differs",
         {"a", "", "1", "王芳", "1960", "F", ""},
         {"a", "", "1", "王芳", "19600304", "F", ""},
         true},
    };
    for (Case one : cases) {
        INFO(one.why);
        Fixture fixture;
        one.first.study = "1.1";
        one.second.study = "1.2";
        fixture.send(one.first);
        fixture.send(one.second);
        CHECK(fixture.variants("a", "1").size() == (one.isSame ? 1 : 2));
        CHECK(fixture.study("a", "1.1").identityConflict == !one.isSame);
        CHECK(fixture.study("a", "1.2").identityConflict == !one.isSame);
        CHECK(fixture.study("a", "1.2").patient.variant == (one.isSame ? 0 : 1));
    }
}

TEST_CASE("a person does not drift from one name to another", "[index][identity]")
{
    Fixture fixture;
    fixture.send({"a", "1.1", "1", "Wang^Fang", "", "", ""});
    fixture.send({"a", "1.2", "1", "王芳", "", "", ""}); // the same as far as we can tell
    fixture.send({"a", "1.3", "1", "", "", "F", ""});
    fixture.send({"a", "1.4", "1", "王方", "", "", ""});  // letters would fit, the characters don't
    fixture.send({"a", "1.5", "1", "Li^Na", "", "", ""}); // and these letters fit nobody
    CHECK(fixture.variants("a", "1").size() == 3);
    CHECK(fixture.study("a", "1.2").patient.variant == 0);
    CHECK(fixture.study("a", "1.3").patient.variant == 0);
    CHECK(fixture.study("a", "1.4").patient.variant == 1);
    CHECK(fixture.variants("a", "1")[0].name == "王芳");
    CHECK(fixture.variants("a", "1")[0].person.sex == "F");
}

TEST_CASE("a study stays with its patient, whoever else becomes known and however often we start", "[index][identity]")
{
    bool const restarts = GENERATE(false, true);
    CAPTURE(restarts);
    std::string const card = "card-7"; // says nothing of who it is, but is looked at
    Fixture fixture;
    fixture.send({"a", "1.1", "1", "张三", "19600101", "", ""});
    fixture.send({"a", "1.2", "1", "张三", "19700101", "F", ""});
    fixture.send({"a", "1.3", "1", "张三", "", "F", card}); // the second one, by her sex
    REQUIRE(fixture.study("a", "1.3").patient.variant == 1);
    fixture.send({"a", "1.4", "1", "张三", "19600101", "F", ""}); // that is the sex of the first one, too
    REQUIRE(fixture.study("a", "1.4").patient.variant == 0);
    if (restarts)
        fixture.open("index.db");
    fixture.send({"a", "1.3", "1", "张三", "", "F", card});
    CHECK(fixture.study("a", "1.3").patient.variant == 1);
    // Neither does another value of the study move it.
    fixture.log.back().header.studyDescription = "CHEST";
    fixture.log.back().receipt.sequence += 1;
    fixture.log.back().receipt.sopInstance = fixture.log.back().header.sopInstanceUid = dicom::Uid::ofKnown("1.3.9");
    REQUIRE(fixture.index->apply({&fixture.log.back(), 1}));
    CHECK(fixture.study("a", "1.3").header.studyDescription == "CHEST");
    CHECK(fixture.study("a", "1.3").patient.variant == 1);
    // What speaks against it does.
    fixture.send({"a", "1.2", "1", "", "", "", ""});
    CHECK(fixture.study("a", "1.2").patient.variant == 1);
}

TEST_CASE("the same Patient ID at two sites has nothing in common", "[index][identity]")
{
    Fixture fixture;
    fixture.send({"a", "1.1", "000123", "王芳", "19600304", "F", ""});
    fixture.send({"b", "1.2", "000123", "刘强", "19850607", "M", ""});
    fixture.send({"b", "1.3", "000123", "刘强", "19850607", "M", ""});
    CHECK(fixture.variants("a", "000123").size() == 1);
    CHECK(fixture.variants("b", "000123").size() == 1);
    CHECK(fixture.variants("b", "000123")[0].studies == 2);
    CHECK_FALSE(fixture.study("a", "1.1").identityConflict);
    CHECK(fixture.index->suspects(Suspicion::SameId)->empty());
}

TEST_CASE("without Patient ID each study is a patient of its own", "[index][identity]")
{
    Fixture fixture;
    fixture.send({"a", "1.1", "", "无名", "", "", ""});
    fixture.send({"a", "1.2", "", "无名", "", "", ""});
    CHECK(fixture.study("a", "1.1").patient != fixture.study("a", "1.2").patient);
    CHECK(fixture.study("a", "1.1").patient.studyUid == "1.1");
    CHECK_FALSE(fixture.study("a", "1.1").identityConflict);
    // Who they are becomes known.
    fixture.send({"a", "1.1", "77", "", "", "", ""});
    CHECK(fixture.study("a", "1.1").patient == model::PatientKey{{"a"}, "77", 0, ""});
    CHECK(fixture.index->patients({})->size() == 2);
    CHECK(fixture.index->studiesOf(dicom::Uid::ofKnown("1.1"))->size() == 1);
}

SCENARIO("a cloned console gives two patients one Study Instance UID", "[index][identity]")
{
    Fixture fixture;
    fixture.send({"a", "1.1", "1", "王芳", "19600304", "F", "", Origin::Site, "1.1.1.1"});
    fixture.send({"a", "1.1", "2", "刘强", "19850607", "M", "", Origin::Site, "1.1.1.1"}); // the SOP Instance UID, too
    fixture.send({"a", "1.1", "1", "王芳", "19600304", "F", "", Origin::Site, "1.1.1.2"});
    fixture.send({"a", "1.1", "2", "刘强", "19850607", "M", "", Origin::Site, "1.1.1.3"});

    THEN("each patient's images are in a study of their own, and none is hidden by the other's")
    {
        auto const first = fixture.study("a", "1.1", 0), second = fixture.study("a", "1.1", 1);
        CHECK(first.header.patientName == "王芳");
        CHECK(second.header.patientName == "刘强");
        CHECK(first.instances == 2);
        CHECK(second.instances == 2);
        CHECK(first.splitStudy);
        CHECK(second.splitStudy);
        CHECK_FALSE(first.siteConflict);
        CHECK_FALSE(second.versionConflict);
        CHECK_FALSE(first.identityConflict);
        CHECK(fixture.index->sitesOfStudy(dicom::Uid::ofKnown("1.1"))->size() == 1);
        CHECK(fixture.index->studiesOf(dicom::Uid::ofKnown("1.1"))->size() == 2);
        CHECK(fixture.index->sharedStudies()->size() == 2);
        auto const all = fixture.index->instances({true, {}, true}, {Level::Image, {}, 0, false});
        REQUIRE(all);
        REQUIRE(all->size() == 4);
        for (auto const& one : *all) {
            CHECK((one.part == 0) == (one.header.patientId == "1"));
            CHECK((one.patient == all->front().patient) == (one.part == 0));
        }
    }
    THEN("a report joins the patient whose ID and name it carries, whatever came last")
    {
        fixture.send({"a", "1.1", "1", "王^芳", "", "", "", Origin::Station});
        fixture.send({"a", "1.1", "2", "刘强", "", "", "", Origin::Station});
        CHECK(fixture.study("a", "1.1", 0).instances == 3);
        CHECK(fixture.study("a", "1.1", 1).instances == 3);
        // A station opens no part and renames nobody.
        fixture.send({"a", "1.1", "9", "陌生人", "", "", "", Origin::Station});
        CHECK(fixture.index->studiesOf(dicom::Uid::ofKnown("1.1"))->size() == 2);
        CHECK(fixture.study("a", "1.1", 0).header.patientName == "王芳");
    }
    THEN("under one Patient ID it is both a split and a conflict")
    {
        fixture.send({"a", "1.2", "5", "王芳", "19600304", "F", ""});
        fixture.send({"a", "1.2", "5", "刘强", "19850607", "M", ""});
        CHECK(fixture.study("a", "1.2", 1).identityConflict);
        CHECK(fixture.study("a", "1.2", 0).identityConflict);
        CHECK(fixture.study("a", "1.2", 0).splitStudy);
        CHECK(fixture.index->suspects(Suspicion::SameId)->size() == 2);
    }
}

TEST_CASE("another Patient ID is another patient of a study, whatever else is the same", "[index][identity]")
{
    Fixture fixture;
    fixture.send({"a", "1.1", "1", "王芳", "19600304", "F", ""});
    fixture.send({"a", "1.1", "2", "王芳", "19600304", "F", ""});
    CHECK(fixture.study("a", "1.1", 1).header.patientId == "2");
    // An object that says little goes where its Patient ID is, not to whoever has none.
    fixture.send({"a", "1.2", "", "李娜", "19850607", "F", ""});
    fixture.send({"a", "1.2", "5", "刘强", "19850607", "M", ""});
    fixture.send({"a", "1.2", "5", "", "", "", ""});
    CHECK(fixture.study("a", "1.2", 0).instances == 1);
    CHECK(fixture.study("a", "1.2", 1).instances == 2);
    CHECK(fixture.study("a", "1.2", 0).header.patientId.empty());
}

TEST_CASE("a study that two sites hold is flagged at both, and is no split", "[index][identity]")
{
    Fixture fixture;
    fixture.send({"a", "1.1", "1", "王芳", "", "F", ""});
    fixture.send({"b", "1.1", "1", "王芳", "", "F", ""});
    CHECK(fixture.study("a", "1.1").siteConflict);
    CHECK(fixture.study("b", "1.1").siteConflict);
    CHECK_FALSE(fixture.study("b", "1.1").splitStudy);
    CHECK(fixture.study("b", "1.1").part == 0);
}

TEST_CASE("national IDs come from Patient ID or Other Patient IDs", "[index][identity]")
{
    Fixture fixture;
    fixture.send({"a", "1.1", "50010119600101121x", "甲", "", "", ""});
    fixture.send({"a", "1.2", "7", "乙", "", "", "card\\500101196001011236"});
    fixture.send({"a", "1.3", "500101196001011237", "丙", "", "", ""});
    fixture.send({"b", "1.4", "500101600101123", "丁", "19600101", "", ""});
    fixture.send({"b", "1.5", "500101600101124", "戊", "", "", ""}); // nothing speaks for it
    CHECK(fixture.variants("a", "50010119600101121x")[0].person.nationalId == "50010119600101121X");
    CHECK(fixture.variants("a", "7")[0].person.nationalId == "500101196001011236");
    CHECK(fixture.variants("a", "500101196001011237")[0].person.nationalId.empty());
    CHECK(fixture.variants("a", "500101196001011237")[0].unusableId == "500101196001011237");
    CHECK(fixture.variants("b", "500101600101123")[0].person.nationalId == "500101196001011236");
    CHECK(fixture.variants("b", "500101600101124")[0].person.nationalId.empty());
    CHECK(fixture.index->suspects(Suspicion::SameNationalId)->size() == 2);
    CHECK(fixture.index->suspects(Suspicion::UnusableNationalId)->size() == 1);
    CHECK(fixture.index->patients({{"a"}, "", "", "500101196001011236", 0})->size() == 1);
}

TEST_CASE("the site is the issuer, as an answer and as a key", "[index][identity]")
{
    Fixture fixture;
    fixture.send({"a", "1.1", "1", "王芳", "", "", ""});
    fixture.send({"b", "1.2", "1", "刘强", "", "", ""});
    fixture.log.back().header.issuerOfPatientId.clear();
    for (Level const level : {Level::Patient, Level::Study, Level::Image})
        for (std::string const site : {"a", "b"}) {
            std::vector<std::string> issuers;
            REQUIRE(fixture.index->find({true, {}, true},
                                        {level, {{Match::Kind::Value, tag::issuerOfPatientId, {site}}}, 0, true},
                                        [&](Answer const& answer) {
                                            CHECK(answer.site.value == site);
                                            issuers.push_back(answer.values.at(tag::issuerOfPatientId));
                                            return true;
                                        }));
            CHECK(issuers == std::vector<std::string>{site});
        }
}

TEST_CASE("a rebuilt index has the same patients and parts", "[index][identity]")
{
    Fixture fixture;
    // Every way of arriving, in an order that makes later ones depend on earlier ones.
    std::vector<std::string> const names{"王芳", "Wang^Fang", "", "刘强", "LIU QIANG", "王芳 2", "刘强（急）", "张^昞"};
    std::vector<std::string> const dates{"19600304", "", "1960", "19850607"};
    unsigned state = 12345;
    auto const pick = [&](std::size_t count) { return (state = state * 1103515245U + 12345U) / 65536U % count; };
    for (int i = 0; i < 400; ++i)
        fixture.send({pick(2) == 0 ? "a" : "b", fmt::format("1.{}", pick(40)),
                      pick(5) == 0 ? "" : fmt::format("{}", pick(6)), names[pick(names.size())],
                      dates[pick(dates.size())], std::vector<std::string>{"F", "M", "", "O"}[pick(4)],
                      pick(9) == 0 ? "500101196001011236" : "", pick(8) == 0 ? Origin::Station : Origin::Site,
                      pick(6) == 0 ? fmt::format("9.{}", pick(20)) : ""});
    std::string const before = fixture.told();
    CHECK(before.find("split true") != std::string::npos);
    fixture.open("again.db");
    SECTION("in groups")
    {
        for (std::size_t first = 0; first < fixture.log.size(); first += 37)
            REQUIRE(fixture.index->apply(
                std::span(fixture.log).subspan(first, std::min<std::size_t>(37, fixture.log.size() - first))));
    }
    SECTION("with a restart between any two objects")
    {
        for (std::size_t i = 0; i < fixture.log.size(); ++i) {
            REQUIRE(fixture.index->apply(std::span(fixture.log).subspan(i, 1)));
            if (i % 3 == 0)
                fixture.open("again.db");
        }
    }
    CHECK(fixture.told() == before);
}
