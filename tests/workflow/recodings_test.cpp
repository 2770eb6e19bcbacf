#include "gateway/workflow/recodings.h"
#include "tests/workflow/workflow_fixture.h"

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

namespace {

Receipt receiptOf(std::string const& site, std::uint64_t sequence, int minute)
{
    Receipt receipt;
    receipt.site.value = site;
    receipt.sequence = sequence;
    receipt.charset = "ISO_IR 100";
    receipt.receivedAt = TimePoint(std::chrono::minutes(minute));
    return receipt;
}

} // namespace

TEST_CASE("what an operator decided about how text is read is kept, and the newest that holds counts", "[workflow]")
{
    TemporaryFolder const folder;
    auto const file = folder / "workflow.db";
    CHECK(need(recodingsIn(file)).empty());
    {
        auto const database = need(WorkflowDatabase::open(file));
        Recodings recodings(*database);
        need(recodings.add(
            {{"puzi"}, std::nullopt, std::nullopt, 100, "GB18030", "root", TimePoint(std::chrono::hours(9))}));
        need(recodings.add({{"puzi"},
                            TimePoint(std::chrono::minutes(10)),
                            TimePoint(std::chrono::minutes(20)),
                            50,
                            "",
                            "lijun",
                            TimePoint(std::chrono::hours(10))}));
    }
    auto const kept = need(recodingsIn(file));
    REQUIRE(kept.size() == 2);
    CHECK(kept[0].person == "root");
    CHECK_FALSE(kept[0].from);
    CHECK(kept[1].person == "lijun");
    CHECK(kept[1].at == TimePoint(std::chrono::hours(10)));
    CHECK(kept[1].upTo == 50);

    CHECK(charsetOf(receiptOf("puzi", 1, 5), kept) == "GB18030");
    CHECK(charsetOf(receiptOf("puzi", 1, 10), kept) == ""); // both ends are included
    CHECK(charsetOf(receiptOf("puzi", 1, 20), kept) == "");
    CHECK(charsetOf(receiptOf("puzi", 1, 21), kept) == "GB18030");
    CHECK(charsetOf(receiptOf("puzi", 51, 15), kept) == "GB18030");     // it came behind the second decision
    CHECK(charsetOf(receiptOf("puzi", 101, 15), kept) == "ISO_IR 100"); // and behind both
    CHECK(charsetOf(receiptOf("sunjia", 1, 15), kept) == "ISO_IR 100");
}

SCENARIO("the reading list says how a name was read, and follows when it is read otherwise", "[workflow]")
{
    TemporaryFolder const folder;
    ManualClock clock{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)};
    WorkflowSettings settings;
    settings.file = folder / "workflow.db";
    auto const workflow = need(Workflow::open(settings, clock));
    StudyRecord study;
    study.site.value = "puzi";
    study.header.studyUid = dicom::Uid::ofKnown("1.2.3");
    study.header.patientName = "ñUñV";
    study.header.charset = {"ISO_IR 100", "ISO_IR 100", 6, false};
    study.imageInstances = study.instances = 1;
    study.lastSequence = 7;
    need(workflow->tasks().takeOver({study}));
    auto const before = need(workflow->tasks().ofStudy({"puzi"}, "1.2.3"));
    REQUIRE(before);
    CHECK(before->charsetRule == 6);
    CHECK(before->charsetUncertain);
    CHECK_FALSE(before->charsetCorrected);

    auto const change = need(workflow->tasks().newestChange());
    study.header.patientName = "馯馰";
    study.header.charset = {"ISO_IR 100", "GB18030", 6, true};
    study.lastSequence = 9; // of objects that are not taken over yet
    need(workflow->tasks().readAgain({study}));
    auto const after = need(workflow->tasks().ofStudy({"puzi"}, "1.2.3"));
    CHECK(after->patientName == "馯馰");
    CHECK(after->charsetCorrected);
    CHECK_FALSE(after->charsetUncertain);
    CHECK(after->state == before->state);
    CHECK(need(workflow->tasks().newestChange()) > change); // viewers are told
    CHECK(need(workflow->tasks().caughtUpTo()) == 7);
}
