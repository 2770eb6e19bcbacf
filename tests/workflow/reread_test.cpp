// What follows when headers are read again and say something else: tasks stay with their images, and what people
// decided stays with the persons it was about.
#include "gateway/identity/conflicts.h"
#include "gateway/workflow/identity_marks.h"
#include "gateway/workflow/priors.h"
#include "tests/workflow/workflow_fixture.h"

#include <set>

using namespace qianli;
using namespace qianli::test;

namespace {

std::string const garbled = "ÕÅÈý", zhang = "张三", li = "李四";

struct RereadFixture : WorkflowFixture {
    void come(std::string const& study, std::string const& id, std::string const& name)
    {
        clock.advance(between);
        arrive({.study = study, .patientId = id, .patientName = name});
        names.push_back(name);
        follow();
        auto const reached = need(gateway::identitiesSeenUpTo(*workflow));
        need(gateway::markIdentities(*workflow, *index, need(index->studiesChangedSince(reached, 1000)), seen));
    }
    // Now these bytes are known to mean Zhang San.
    void recodeIndex(std::string const& study)
    {
        auto const read = [&](std::span<gateway::Receipt const> receipts) -> Result<std::vector<gateway::ReadAgain>> {
            std::vector<gateway::ReadAgain> headers;
            for (auto const& receipt : receipts)
                headers.push_back(headersOf(receipt));
            return headers;
        };
        need(index->reread({{"puzi"}, study}, read, gateway::Reread::Write));
    }
    void recode(std::string const& study)
    {
        recodeIndex(study);
        tell();
    }
    void tell()
    {
        std::set<std::string> uids;
        for (auto const& one : need(index->studiesChangedSince(0, 0)))
            uids.insert(one.header.studyUid.value());
        std::vector<gateway::StudyRecord> records;
        for (auto const& uid : uids)
            std::ranges::move(need(index->studiesOf(dicom::Uid::ofKnown(uid))), std::back_inserter(records));
        need(workflow->tasks().readAgain(records));
        need(gateway::markIdentitiesAgain(*workflow, *index, records));
    }
    gateway::ReadAgain headersOf(gateway::Receipt const& receipt) const
    {
        gateway::ReadAgain both;
        for (auto* header : {&both.before, &both.after}) {
            header->studyUid = receipt.study;
            header->seriesUid = receipt.series;
            header->sopInstanceUid = receipt.sopInstance;
            header->sopClassUid = receipt.sopClass;
            header->patientId = ids.at(receipt.study.value());
            header->patientSex = "M";
            header->modality = "CT";
            header->transferSyntaxUid = receipt.transferSyntax.value();
            header->patientName = names.at(receipt.sequence - 1);
        }
        if (both.after.patientName == garbled)
            both.after.patientName = zhang;
        return both;
    }
    model::ReadingTask at(std::string const& study, int part = 0)
    {
        auto const found = need(workflow->tasks().ofStudy({"puzi"}, study, part));
        REQUIRE(found);
        return *found;
    }
    void say(gateway::IdentityVerb verb, int one, int other)
    {
        need(gateway::decideIdentity(*workflow, *index,
                                     {verb, key(one), key(other), "wangmin", "because", clock.now()}));
    }
    static model::PatientKey key(int variant) { return {{"puzi"}, "77", variant, ""}; }
    std::vector<std::string> conflicts()
    {
        std::vector<std::string> words;
        for (auto const& one : need(workflow->database().read([&](sqlite::Database& database) {
                 return gateway::conflictsOf(*index, gateway::Decisions(database));
             })))
            words.push_back(std::string(gateway::code(one.kind)) + ": " + one.reason);
        return words;
    }

    Duration between = std::chrono::seconds(1);
    gateway::SeenIdentities seen;
    std::vector<std::string> names;         // by sequence
    std::map<std::string, std::string> ids; // by study
};

using Words = std::vector<std::string>;

} // namespace

SCENARIO("who was merged under a number stays apart from whoever has that number later", "[workflow]")
{
    RereadFixture fixture;
    fixture.ids = {{"1.1", "77"}, {"1.2", "77"}, {"1.3", "77"}, {"1.4", "77"}};
    fixture.come("1.1", "77", garbled);
    fixture.come("1.2", "77", zhang);
    fixture.come("1.3", "77", li);
    REQUIRE(fixture.at("1.3").part == 0);
    REQUIRE(need(fixture.index->study({"puzi"}, dicom::Uid::ofKnown("1.3")))->patient.variant == 2);
    fixture.say(gateway::IdentityVerb::Merge, 0, 1);
    REQUIRE(need(gateway::priorsOf(*fixture.workflow, *fixture.index, fixture.at("1.1"))).size() == 1);

    fixture.recode("1.1");
    REQUIRE(need(fixture.index->study({"puzi"}, dicom::Uid::ofKnown("1.3")))->patient.variant == 1);
    for (auto const* study : {"1.1", "1.2", "1.3"})
        CHECK(fixture.at(study).identityConflict);
    CHECK(need(gateway::priorsOf(*fixture.workflow, *fixture.index, fixture.at("1.3"))).empty());
    CHECK(need(gateway::priorsOf(*fixture.workflow, *fixture.index, fixture.at("1.1"))).size() == 1);
    CHECK(fixture.conflicts() == Words{"patient-id: Patient ID 77 of puzi stands for 2 persons: name disagree",
                                       "outdated-decision: puzi/77 and puzi/77#1 were said to be one person, but that "
                                       "was about persons who are not the ones under these IDs now: decide again"});

    THEN("the question is cleared by deciding again, either way")
    {
        fixture.say(gateway::IdentityVerb::Unmerge, 0, 1);
        CHECK(fixture.conflicts().empty());
        CHECK(fixture.at("1.3").identityConflict);
        fixture.say(gateway::IdentityVerb::Merge, 0, 1);
        CHECK(fixture.conflicts().empty());
        CHECK_FALSE(fixture.at("1.3").identityConflict);
    }
    THEN("a stranger who comes later joins nobody either")
    {
        fixture.come("1.4", "77", "王五");
        CHECK(need(gateway::priorsOf(*fixture.workflow, *fixture.index, fixture.at("1.4"))).empty());
    }
}

SCENARIO("a decision about somebody unknown is asked again once it is known who that is", "[workflow]")
{
    RereadFixture fixture;
    fixture.come("1.1", "", zhang);
    fixture.come("1.2", "78", "");
    model::PatientKey const unknown{{"puzi"}, "", 0, "1.1"}, known{{"puzi"}, "78", 0, ""};
    need(gateway::decideIdentity(
        *fixture.workflow, *fixture.index,
        {gateway::IdentityVerb::Merge, unknown, known, "wangmin", "because", fixture.clock.now()}));
    CHECK(fixture.conflicts().empty());
    fixture.come("1.1", "77", zhang);
    CHECK(fixture.conflicts() ==
          Words{"outdated-decision: puzi/study:1.1 and puzi/78 were said to be one person, but that was about persons "
                "who stand elsewhere by now: decide again"});
    need(gateway::decideIdentity(
        *fixture.workflow, *fixture.index,
        {gateway::IdentityVerb::Merge, RereadFixture::key(0), known, "wangmin", "because", fixture.clock.now()}));
    CHECK(fixture.conflicts().empty());
}

SCENARIO("a task stays with the images that it was made for when a study has other parts", "[workflow]")
{
    RereadFixture fixture;
    fixture.ids = {{"1.1", "77"}};
    fixture.come("1.1", "77", garbled);
    fixture.come("1.1", "77", zhang);
    fixture.come("1.1", "77", li);
    auto const first = fixture.at("1.1", 0), second = fixture.at("1.1", 1), third = fixture.at("1.1", 2);
    REQUIRE(third.patientName == li);
    auto const write = [&](model::ReadingTask const& task) {
        need(fixture.workflow->tasks().claim(task.id, fixture.user("wangmin")));
        need(fixture.workflow->tasks().saveDraft(task.id, fixture.user("wangmin"), {"所见", "诊断", ""}, 0));
    };
    auto const shown = [&](model::ReadingTask const& task) { return need(fixture.workflow->tasks().show(task.id)); };
    write(third);

    GIVEN("the index alone was read again, and the gateway starts anew")
    {
        fixture.recodeIndex("1.1");
        REQUIRE(need(fixture.index->studiesOf(dicom::Uid::ofKnown("1.1"))).size() == 2);
        need(fixture.workflow->tasks().settleParts(*fixture.index));
        CHECK(shown(third).patientName == li);
        CHECK(shown(third).part == 1);
        CHECK(shown(second).state == model::TaskState::Withdrawn);
    }
    GIVEN("both were")
    {
        fixture.recode("1.1");
        CHECK(shown(first).patientName == zhang);
        CHECK(shown(first).instances == 2);
        CHECK(shown(third).patientName == li);
        CHECK(shown(third).part == 1);
        CHECK(shown(third).state == model::TaskState::Drafting);
        CHECK(need(fixture.workflow->tasks().draft(third.id)).text.findings == "所见");
        CHECK(fixture.at("1.1", 1).id == third.id);
        // The second one's images are the first one's now.
        auto const gone = shown(second);
        CHECK(gone.state == model::TaskState::Withdrawn);
        CHECK(need(fixture.workflow->tasks().history(second.id)).back().reason.find("read again") == 0);
        CHECK(errorOf(fixture.workflow->tasks().claim(second.id, fixture.user("lihua"))) == ErrorCode::Refused);
        fixture.clock.advance(std::chrono::hours(1));
        fixture.follow();
        CHECK(shown(second).state == model::TaskState::Withdrawn);
        CHECK(shown(first).state == model::TaskState::Ready);

        AND_THEN("they are as before when that is taken back")
        {
            fixture.names = {garbled + "1", zhang, li};
            fixture.recode("1.1");
            CHECK(shown(first).patientName == garbled + "1");
            CHECK(shown(second).patientName == zhang);
            CHECK(shown(second).part == 1);
            CHECK(shown(second).state == model::TaskState::Receiving);
            CHECK(shown(third).patientName == li);
            CHECK(shown(third).part == 2);
            CHECK(need(fixture.workflow->tasks().draft(third.id)).text.findings == "所见");
        }
    }
}

SCENARIO("parts that came in one moment are told apart by the persons, as far as these are known", "[workflow]")
{
    RereadFixture fixture;
    fixture.ids = {{"1.1", "77"}};
    fixture.between = Duration(0);
    fixture.come("1.1", "77", garbled);
    fixture.come("1.1", "77", zhang);
    fixture.come("1.1", "77", li);
    auto const third = fixture.at("1.1", 2);
    auto const written = fixture.at("1.1", GENERATE(0, 1, 2));
    CAPTURE(written.part);
    need(fixture.workflow->tasks().claim(written.id, fixture.user("wangmin")));
    need(fixture.workflow->tasks().saveDraft(written.id, fixture.user("wangmin"), {"所见", "诊断", ""}, 0));
    fixture.recode("1.1");
    CHECK(fixture.at("1.1", 1).id == third.id);
    auto const kept = need(fixture.workflow->tasks().show(written.id));
    // Nobody else's name stands over what was written.
    CHECK(kept.patientName == written.patientName);
    CHECK(need(fixture.workflow->tasks().draft(written.id)).text.findings == "所见");
    CHECK((kept.state == model::TaskState::Withdrawn) == (written.part == 0));
}

SCENARIO("what was written about images that are another task's now is not lost", "[workflow]")
{
    RereadFixture fixture;
    fixture.ids = {{"1.1", "77"}};
    fixture.come("1.1", "77", garbled);
    fixture.come("1.1", "77", zhang);
    auto const first = fixture.at("1.1", 0), second = fixture.at("1.1", 1);
    need(fixture.workflow->tasks().claim(second.id, fixture.user("wangmin")));
    GIVEN("a draft")
    {
        need(fixture.workflow->tasks().saveDraft(second.id, fixture.user("wangmin"), {"所见", "诊断", ""}, 0));
        fixture.recode("1.1");
        CHECK(need(fixture.workflow->tasks().show(second.id)).state == model::TaskState::Withdrawn);
        CHECK(need(fixture.workflow->tasks().show(second.id)).claimedBy.empty());
        CHECK(need(fixture.workflow->tasks().draft(first.id)).text.findings == "所见");
        CHECK(fixture.at("1.1", 0).instances == 2);
    }
    GIVEN("a report")
    {
        need(fixture.issue(second.id));
        fixture.recode("1.1");
        auto const kept = need(fixture.workflow->tasks().show(second.id));
        CHECK(kept.state == model::TaskState::Issued);
        CHECK(kept.patientName == zhang);
        CHECK(fixture.at("1.1", 0).id == first.id);
        CHECK(need(fixture.workflow->tasks().history(second.id)).back().reason.find("what was issued stays") !=
              std::string::npos);
    }
}
