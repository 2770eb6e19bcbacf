// Incomplete studies on the reading list: how they come to be, how they end, and what a reader is told.
#include "tests/workflow/workflow_fixture.h"

#include <fmt/format.h>

using namespace qianli;
using namespace qianli::test;
using gateway::Departure;
using model::TaskState;
using namespace std::chrono_literals;

namespace {

struct CtFixture : WorkflowFixture {
    // Slices of a CT of which the device says that it has 350.
    void slices(int from, int to, std::string const& told = "350")
    {
        std::vector<gateway::IndexedObject> objects;
        for (int number = from; number <= to; ++number) {
            gateway::IndexedObject object;
            object.receipt.sequence = ++sequence;
            object.receipt.site = {"puzi"};
            object.receipt.callingAe = "PUZI_CT";
            object.receipt.receivedAt = clock.now();
            object.receipt.study = object.header.studyUid = study;
            object.receipt.series = object.header.seriesUid = dicom::Uid::ofKnown("1.2.3.1");
            object.receipt.sopInstance = object.header.sopInstanceUid =
                dicom::Uid::ofKnown(fmt::format("1.2.3.1.{}", number));
            object.receipt.sopClass = object.header.sopClassUid = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2");
            object.receipt.transferSyntax = dicom::Uid::ofKnown("1.2.840.10008.1.2.1");
            object.receipt.location = {fmt::format("objects/{}", sequence), 400, 1000};
            object.header.patientName = "张^三";
            object.header.patientId = "P1";
            object.header.modality = "CT";
            object.header.seriesNumber = "2";
            object.header.instanceNumber = std::to_string(number);
            object.header.imagePosition = fmt::format("-180\\-180\\{}", -100 + 1.25 * number);
            object.header.imageOrientation = "1\\0\\0\\0\\1\\0";
            object.header.acquisitionNumber = "1";
            object.header.imagesInAcquisition = told;
            objects.push_back(std::move(object));
        }
        need(index->apply(objects));
        follow();
    }
    void leave(Departure::Way way, std::string const& callingAe = "PUZI_CT")
    {
        need(workflow->tasks().noteDepartures({{way, {"puzi"}, callingAe, {study}}}));
        follow();
    }
    void pass(Duration time)
    {
        clock.advance(time);
        follow();
    }
    std::string lastReason() { return need(workflow->tasks().history(task().id)).back().reason; }

    dicom::Uid const study = dicom::Uid::ofKnown("1.2.3");
    std::string const missing137 = "received=137;expected=350;z=72.5..337.5;series=2;why=count";
};

} // namespace

SCENARIO("a CT breaks off and is sent again: nobody is told that it is complete before it is", "[workflow][incomplete]")
{
    CtFixture fixture;
    fixture.slices(1, 137);
    CHECK(fixture.task().state == TaskState::Receiving);
    fixture.leave(Departure::Way::InObject);
    // At once: the sender has gone.
    CHECK(fixture.task().state == TaskState::Incomplete);
    CHECK(fixture.task().missing == fixture.missing137);
    CHECK(fixture.lastReason() == "137 of 350 images; missing from 72.5 to 337.5 mm (series 2)");
    fixture.pass(24h);
    CHECK(fixture.task().state == TaskState::Incomplete);

    WHEN("the rest comes")
    {
        fixture.slices(138, 200);
        CHECK(fixture.task().state == TaskState::Receiving);
        CHECK(fixture.task().missing.empty()); // it may just be coming
        fixture.pass(30s);
        fixture.slices(201, 350);
        fixture.leave(Departure::Way::Released);
        CHECK(fixture.task().state == TaskState::Receiving);
        fixture.pass(60s);
        THEN("it is ready, and nothing is missing")
        {
            CHECK(fixture.task().state == TaskState::Ready);
            CHECK(fixture.task().missing.empty());
            CHECK(fixture.lastReason() == "silence; as many images as the device said");
            CHECK(fixture.states(fixture.task().id) ==
                  std::vector<std::string>{"receiving", "incomplete", "receiving", "ready"});
        }
    }
    WHEN("a reader takes it early, and gives it back")
    {
        need(fixture.workflow->tasks().claim(fixture.task().id, fixture.user("wangmin")));
        CHECK(fixture.task().missing == fixture.missing137);
        need(fixture.workflow->tasks().release(fixture.task().id, fixture.user("wangmin")));
        THEN("it is as incomplete as before")
        {
            CHECK(fixture.task().state == TaskState::Incomplete);
        }
    }
    WHEN("the rest comes while a reader has it")
    {
        need(fixture.workflow->tasks().claim(fixture.task().id, fixture.user("wangmin")));
        fixture.slices(138, 350);
        CHECK(fixture.task().missing == fixture.missing137);
        fixture.leave(Departure::Way::Released);
        fixture.pass(60s);
        THEN("the reader keeps it, and is told of what came")
        {
            CHECK(fixture.task().state == TaskState::Claimed);
            CHECK(fixture.task().missing.empty());
            CHECK(fixture.task().instances == 350);
            CHECK(fixture.lastReason() == "213 more images");
        }
    }
}

SCENARIO("a sender that was cut off is believed when it comes back and leaves in order", "[workflow][incomplete]")
{
    CtFixture fixture;
    fixture.slices(1, 137, "");
    fixture.leave(Departure::Way::CutOff);
    CHECK(fixture.task().state == TaskState::Incomplete);
    CHECK(fixture.task().missing == "received=137;why=broke-off");
    // Nothing new: it only makes sure that we have all.
    fixture.leave(Departure::Way::Released);
    CHECK(fixture.task().state == TaskState::Ready);
    CHECK(fixture.task().missing.empty());
    // And whoever is cut off while it repeats that once more leaves no doubt behind.
    fixture.leave(Departure::Way::InObject);
    CHECK(fixture.task().state == TaskState::Ready);
}

SCENARIO("a device that never releases its associations is known after a while", "[workflow][incomplete]")
{
    CtFixture fixture;
    auto const sends = [&](int number) {
        auto const uid = fmt::format("1.2.60.{}", number);
        fixture.arrive({.study = uid});
        fixture.follow();
        need(fixture.workflow->tasks().noteDepartures(
            {{Departure::Way::CutOff, {"puzi"}, "OLD_DR", {dicom::Uid::ofKnown(uid)}}}));
        fixture.pass(60s);
        return fixture.task(uid).state;
    };
    for (int i = 0; i < 3; ++i)
        CHECK(sends(i) == TaskState::Incomplete);
    for (int i = 3; i < 6; ++i)
        CHECK(sends(i) == TaskState::Ready);
    // In the middle of an object is nobody's habit.
    fixture.arrive({.study = "1.2.61"});
    fixture.follow();
    need(fixture.workflow->tasks().noteDepartures(
        {{Departure::Way::InObject, {"puzi"}, "OLD_DR", {dicom::Uid::ofKnown("1.2.61")}}}));
    fixture.pass(60s);
    CHECK(fixture.task("1.2.61").state == TaskState::Incomplete);
}

SCENARIO("while a picture is on its way its study is not complete, however long that takes", "[workflow][incomplete]")
{
    CtFixture fixture;
    auto& transfers = fixture.transfers;
    auto const id = transfers.begin({"puzi"}, "PUZI_CT");
    fixture.slices(1, 1, "");
    transfers.taken(id, fixture.study);
    transfers.objectBegins(id);
    fixture.pass(10min);
    CHECK(fixture.task().state == TaskState::Receiving);
    transfers.objectEnds(id);
    WHEN("its sender stays without a word")
    {
        fixture.follow();
        CHECK(fixture.task().state == TaskState::Ready);
    }
    WHEN("another one comes")
    {
        fixture.slices(2, 2, "");
        fixture.pass(119s);
        CHECK(fixture.task().state == TaskState::Receiving);
        fixture.pass(1s);
        CHECK(fixture.task().state == TaskState::Ready);
    }
}

SCENARIO("what was being received when the gateway ended may not be whole", "[workflow][incomplete]")
{
    CtFixture fixture;
    fixture.arrive({.study = "1.2.70"}); // silent for long
    fixture.follow();
    fixture.clock.advance(30min);
    fixture.slices(1, 137, "");
    fixture.arrive({.study = "1.2.71"}); // its sender left in order
    fixture.arrive({.study = "1.2.72"}); // of which workflow was not told yet
    need(fixture.workflow->tasks().takeOver(
        need(fixture.index->studiesChangedSince(need(fixture.workflow->tasks().caughtUpTo()), 10))));
    need(fixture.workflow->tasks().noteDepartures(
        {{Departure::Way::Released, {"puzi"}, "PUZI_DR", {dicom::Uid::ofKnown("1.2.71")}}}));
    fixture.workflow = fixture.open();
    need(fixture.workflow->tasks().noteRestart());
    fixture.pass(60s);
    CHECK(fixture.task("1.2.70").state == TaskState::Ready);
    CHECK(fixture.task("1.2.71").state == TaskState::Ready);
    CHECK(fixture.task("1.2.72").state == TaskState::Incomplete);
    CHECK(fixture.task().state == TaskState::Incomplete);
    CHECK(fixture.task().missing == "received=137;why=broke-off");
}

SCENARIO("a task tells how wrong its device's clock is", "[workflow][incomplete]")
{
    CtFixture fixture;
    fixture.arrive({.studyDate = "20000101"});
    fixture.follow();
    REQUIRE(fixture.task().clockSkewSeconds);
    CHECK(*fixture.task().clockSkewSeconds > 9000LL * 86400);
    fixture.arrive({.study = "1.2.80", .studyDate = "00000000"});
    fixture.follow();
    CHECK_FALSE(fixture.task("1.2.80").clockSkewSeconds);
}
