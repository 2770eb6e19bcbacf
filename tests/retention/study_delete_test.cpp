// study delete, hold, set: what is refused, what becomes of the reading task, and what a restart remembers.
#include "tests/retention/retention_fixture.h"

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

namespace {

Deleter::Reason because(std::string const& text = "wrong patient")
{
    return {"operator", text, DeletionCause::Delete};
}

std::string refusal(RetentionFixture& gateway, std::string const& study)
{
    auto const removed = gateway.deleter().remove({gateway.study(study)}, because());
    return removed ? "" : removed.error().message;
}

bool has(std::string const& text, std::string const& word)
{
    return text.find(word) != std::string::npos;
}

} // namespace

SCENARIO("the wrong patient's study is deleted, and its task withdrawn", "[retention]")
{
    RetentionFixture gateway;
    gateway.receive("1.2.1", "P1");
    gateway.receive("1.2.2", "P2");
    auto const id = gateway.task("1.2.1")->id;
    auto const report = need(gateway.deleter().remove({gateway.study("1.2.1")}, because()));
    CHECK(report.objects == 2);
    CHECK(!gateway.holds("1.2.1"));
    CHECK(gateway.holds("1.2.2"));

    auto const task = need(gateway.workflow->tasks().show(id));
    CHECK(task.state == model::TaskState::Withdrawn);
    CHECK(has(need(gateway.workflow->tasks().history(id)).back().reason, "wrong patient"));
    REQUIRE(gateway.records.count(AuditEventKind::StudyDeleted) == 1);
    auto const& event = gateway.records.events.back();
    CHECK(event.person == "operator");
    CHECK(event.studies == std::vector<std::string>{"1.2.1"});
    // Not what people type: names stand in it.
    CHECK(event.detail.find("wrong patient") == std::string::npos);

    // Sent again it is a new study with a task of its own, also after a restart.
    gateway.receive("1.2.1", "P1");
    gateway.restart();
    REQUIRE(gateway.task("1.2.1"));
    CHECK(gateway.task("1.2.1")->id != id);
    CHECK(gateway.task("1.2.1")->instances == 2);
    CHECK(need(gateway.workflow->tasks().show(id)).state == model::TaskState::Withdrawn);
}

SCENARIO("a study is not deleted while something speaks against it", "[retention]")
{
    RetentionFixture gateway;
    gateway.addUser("lihua", model::Role::Radiologist);
    gateway.receive("1.2.1", "P1");
    StudyKey const key{{"puzi"}, "1.2.1"};
    StudyMarks marks(*gateway.workflow);

    GIVEN("a hold")
    {
        need(marks.hold(key, "dispute 17", "head"));
        CHECK(has(refusal(gateway, "1.2.1"), "held by head: dispute 17"));
        CHECK(marks.hold(key, "another", "head").error().code == ErrorCode::Conflict);
        need(marks.unhold(key, "", "head"));
        CHECK(marks.unhold(key, "", "head").error().code == ErrorCode::Conflict);
        CHECK(gateway.records.count(AuditEventKind::StudyHeld) == 2);
        CHECK(refusal(gateway, "1.2.1") == "");
    }
    GIVEN("somebody who reads it")
    {
        auto const reader = need(gateway.workflow->users().find("lihua"));
        auto const id = gateway.task("1.2.1")->id;
        need(gateway.workflow->tasks().claim(id, reader));
        CHECK(has(refusal(gateway, "1.2.1"), "held by lihua"));
        need(gateway.workflow->tasks().release(id, reader));
        CHECK(refusal(gateway, "1.2.1") == "");
    }
    GIVEN("a report")
    {
        gateway.issue("1.2.1", false);
        CHECK(has(refusal(gateway, "1.2.1"), "a report was issued"));
        CHECK(has(refusal(gateway, "1.2.1"), "1 deliveries of its report wait"));
    }
    GIVEN("an object of it on its way")
    {
        auto& transfers = gateway.gateway.ingest().transfers();
        auto const sender = transfers.begin({"puzi"}, "CT1");
        transfers.objectBegins(sender);
        transfers.objectIsOf(sender, dicom::Uid::ofKnown("1.2.1"));
        CHECK(has(refusal(gateway, "1.2.1"), "being received"));
        transfers.objectEnds(sender);
        CHECK(refusal(gateway, "1.2.1") == "");
    }
}

SCENARIO("what people say of a study outlives the index", "[retention]")
{
    RetentionFixture gateway;
    gateway.receive("1.2.1", "P1");
    StudyKey const key{{"puzi"}, "1.2.1"};
    StudyMarks marks(*gateway.workflow);
    need(marks.setClass(key, PatientClass::Outpatient, "operator"));
    need(marks.hold(key, "dispute", "operator"));
    gateway.gateway.stop();
    for (char const* part : {"", "-wal", "-shm"})
        std::filesystem::remove(gateway.gateway.indexFile().string() + part);
    gateway.gateway.start();
    gateway.openWorkflow();
    auto const mark = need(StudyMarks(*gateway.workflow).of(key));
    CHECK(mark.patientClass == PatientClass::Outpatient);
    REQUIRE(mark.hold);
    CHECK(mark.hold->reason == "dispute");
    need(StudyMarks(*gateway.workflow).setClass(key, PatientClass::Inpatient, "operator"));
    CHECK(need(StudyMarks(*gateway.workflow).of(key)).patientClass == PatientClass::Inpatient);
    CHECK(parsePatientClass("ward").error().code == ErrorCode::InvalidInput);
}

SCENARIO("a deletion is on record before it is done, so that a kill in between leaves none without a record",
         "[retention]")
{
    RetentionFixture gateway;
    gateway.receive("1.2.1", "P1");
    std::optional<std::size_t> pending;
    gateway.records.onRecord = [&](AuditEvent const& event) {
        if (event.kind == AuditEventKind::StudyDeleted)
            pending = need(Deletions(*gateway.workflow).unfinished()).size();
    };
    need(gateway.deleter().remove({gateway.study("1.2.1")}, because()));
    CHECK(pending == 1);
    CHECK(need(Deletions(*gateway.workflow).unfinished()).empty());
    gateway.records.onRecord = nullptr;
}

SCENARIO("the row of a deletion that never happened takes nothing with it", "[retention]")
{
    RetentionFixture gateway;
    gateway.receive("1.2.1", "P1");
    gateway.receive("1.2.2", "P2");
    auto const id = gateway.task("1.2.1")->id;
    StudyKey const key{{"puzi"}, "1.2.1"};
    std::vector<Deletion> deletions{
        {key, 0, "operator", "test image", DeletionCause::Delete, gateway.gateway.store().lastRemoval() + 1, 2, 0}};
    need(Deletions(*gateway.workflow).begin(deletions));
    CHECK(StudyMarks(*gateway.workflow).hold(key, "dispute", "head").error().code == ErrorCode::Conflict);

    WHEN("another study is deleted, which gets its number")
    {
        need(gateway.deleter().remove({gateway.study("1.2.2")}, because()));
        CHECK(need(Deletions(*gateway.workflow).unfinished()).empty());
    }
    WHEN("the archive's removal of that number is of another study")
    {
        Removal removal;
        removal.studies = {{{"puzi"}, "1.2.2"}};
        need(gateway.gateway.store().beginRemoval(removal,
                                                  need(gateway.gateway.index().receiptsOf({{"puzi"}, "1.2.2"}, 0))));
    }
    gateway.restart();
    CHECK(gateway.holds("1.2.1"));
    REQUIRE(gateway.task("1.2.1"));
    CHECK(gateway.task("1.2.1")->id == id);
    CHECK(gateway.task("1.2.1")->state == model::TaskState::Ready);
    CHECK(!gateway.task("1.2.1")->patientName.empty());
}

SCENARIO("an older reading list is told what the archive knows as deleted", "[retention]")
{
    RetentionFixture gateway;
    gateway.receive("1.2.1", "P1");
    gateway.receive("1.2.2", "P2");
    auto const id = gateway.task("1.2.1")->id;
    Removal removal;
    removal.person = "admin1, admin2";
    removal.reason = std::string(purgeReason) + "abc";
    removal.studies = {{{"puzi"}, "1.2.1"}};
    need(gateway.gateway.store().beginRemoval(removal,
                                              need(gateway.gateway.index().receiptsOf({{"puzi"}, "1.2.1"}, 0))));
    gateway.restart();
    REQUIRE(gateway.task("1.2.1"));
    CHECK(need(gateway.deleter().followArchive()) == 1);
    CHECK(need(gateway.deleter().followArchive()) == 0);
    CHECK(!gateway.task("1.2.1"));
    auto const task = need(gateway.workflow->tasks().show(id));
    CHECK(task.state == model::TaskState::Withdrawn);
    CHECK(task.patientName == "");
    CHECK(gateway.task("1.2.2")->state == model::TaskState::Ready);
}

SCENARIO("a database that was taken away is written no more", "[retention]")
{
    RetentionFixture gateway;
    auto const file = gateway.gateway.folder / "workflow.db";
    gateway.addUser("lihua", model::Role::Radiologist);
    std::filesystem::rename(file, file.string() + ".away");
    model::User user;
    user.name = user.displayName = "wangmin";
    auto const refused = gateway.workflow->users().add(user, "correct horse wangmin");
    REQUIRE(!refused);
    CHECK(has(refused.error().message, "was deleted while the gateway had it open"));
    std::filesystem::copy_file(file.string() + ".away", file);
    CHECK(has(gateway.workflow->database().mustBeInPlace().error().message, "replaced by another file"));
    std::filesystem::rename(file.string() + ".away", file);
    gateway.addUser("wangmin", model::Role::Radiologist);
}

SCENARIO("a gateway that ended in the middle of a deletion finishes it, or forgets it", "[retention]")
{
    RetentionFixture gateway;
    gateway.receive("1.2.1", "P1");
    auto const id = gateway.task("1.2.1")->id;
    StudyKey const key{{"puzi"}, "1.2.1"};
    Deletions record(*gateway.workflow);
    std::vector<Deletion> deletions{
        {key, 0, "operator", "test image", DeletionCause::Delete, gateway.gateway.store().lastRemoval() + 1, 2, 0}};
    need(record.begin(deletions));

    WHEN("it ended before anything went")
    {
        gateway.restart();
        CHECK(gateway.holds("1.2.1"));
        CHECK(need(Deletions(*gateway.workflow).unfinished()).empty());
        CHECK(gateway.task("1.2.1")->state == model::TaskState::Ready);
        CHECK(gateway.records.count(AuditEventKind::StudyDeleted) == 0);
    }
    WHEN("it ended behind the archive's record")
    {
        Removal removal;
        removal.studies = {{{"puzi"}, "1.2.1"}};
        need(gateway.gateway.store().beginRemoval(removal, need(gateway.gateway.index().receiptsOf(key, 0))));
        gateway.restart();
        CHECK(!gateway.holds("1.2.1"));
        CHECK(need(gateway.workflow->tasks().show(id)).state == model::TaskState::Withdrawn);
        CHECK(!gateway.task("1.2.1"));
        CHECK(gateway.records.count(AuditEventKind::StudyDeleted) == 1);
    }
}

TEST_CASE("a deletion that can't be put on record is not done until it is", "[retention]")
{
    RetentionFixture gateway;
    gateway.receive("1.2.1", "P1");
    gateway.receive("1.2.2", "P2");
    gateway.records.lasts = false;
    auto const report = need(gateway.deleter().remove({gateway.study("1.2.1")}, because("test image")));
    CHECK(has(report.unfinished, "on record"));
    CHECK(!gateway.holds("1.2.1"));
    REQUIRE(need(Deletions(*gateway.workflow).unfinished()).size() == 1);
    // The gateway starts all the same.
    gateway.restart();
    CHECK(need(Deletions(*gateway.workflow).unfinished()).size() == 1);
    gateway.records.events.clear();
    gateway.records.lasts = true;
    gateway.restart();
    CHECK(need(Deletions(*gateway.workflow).unfinished()).empty());
    CHECK(gateway.records.count(AuditEventKind::StudyDeleted) == 1);
    CHECK(gateway.holds("1.2.2"));
}
