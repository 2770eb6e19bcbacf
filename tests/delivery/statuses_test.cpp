#include "common/dicom/sop_class.h"
#include "tests/delivery/answering_receiver.h"
#include "tests/delivery/delivery_fixture.h"

using namespace qianli;
using namespace qianli::test;

namespace {

constexpr auto sr = dicom::sop::basicTextSr;
constexpr auto pdf = dicom::sop::encapsulatedPdf;
constexpr auto page = dicom::sop::secondaryCapture;
using Statuses = AnsweringReceiver::Statuses;

} // namespace

TEST_CASE("what the township answers decides what becomes of a delivery", "[delivery]")
{
    struct Row {
        char const* name;
        Statuses statuses;
        DeliveryState state;
        char const* outcome;
    };
    Row const table[] = {
        {"a warning counts and is noted",
         {{sr, {0xB007}}, {pdf, {0xB000}}},
         DeliveryState::Delivered,
         "SR accepted with warning B007H, PDF accepted with warning B000H"},
        {"one form is enough",
         {{pdf, {0xA900}}, {page, {0xC000}}},
         DeliveryState::Delivered,
         "SR accepted, PDF refused with status A900H, page 1 as Secondary Capture refused with status C000H"},
        {"pages take the place of a PDF that is refused",
         {{sr, {0x0122}}, {pdf, {0x0122}}},
         DeliveryState::Delivered,
         "SR refused with status 0122H, PDF refused with status 0122H, 1 page(s) as Secondary Capture accepted"},
        {"refused in every form",
         {{sr, {0xA900}}, {pdf, {0xC123}}, {page, {0x0124}}},
         DeliveryState::GivenUp,
         "SR refused with status A900H, PDF refused with status C123H, page 1 as Secondary Capture refused with status "
         "0124H"},
        {"a full disk there is no refusal",
         {{sr, {0xA700}}, {pdf, {0xA700}}},
         DeliveryState::Waiting,
         "SR refused with status A700H, PDF refused with status A700H"},
    };
    for (auto const& row : table) {
        INFO(row.name);
        DeliveryFixture fixture;
        AnsweringReceiver receiver(fixture.port, row.statuses);
        fixture.startSender();
        auto const task = fixture.issuedTask();
        REQUIRE(eventually([&] { return fixture.delivery().attempts == 1; }));
        CHECK(fixture.delivery().state == row.state);
        CHECK(fixture.delivery().outcome == row.outcome);
        if (row.state == DeliveryState::Waiting) {
            fixture.clock.advance(10s);
            fixture.sender->nudge();
            CHECK(fixture.becomes(DeliveryState::Delivered));
        }
    }
}

SCENARIO("a line that breaks in the middle of a delivery costs a repetition, no more", "[delivery]")
{
    DeliveryFixture fixture;
    AnsweringReceiver receiver(fixture.port, {{pdf, {AnsweringReceiver::breakOff}}});
    fixture.startSender();
    auto const task = fixture.issuedTask();
    REQUIRE(eventually([&] { return fixture.delivery().attempts == 1; }));
    CHECK(fixture.delivery().state == DeliveryState::Waiting);
    fixture.clock.advance(10s);
    fixture.sender->nudge();
    REQUIRE(fixture.becomes(DeliveryState::Delivered));
    std::vector<std::string> const expected{task.reportSrUid, task.reportPdfUid, task.reportSrUid, task.reportPdfUid};
    CHECK(receiver.received() == expected);
}

SCENARIO("what was accepted once is delivered, also when the rest never arrives", "[delivery]")
{
    auto const [statuses, first] =
        GENERATE(std::pair{Statuses{{pdf, {0xA700}}}, "SR accepted, PDF refused with status A700H"},
                 std::pair{Statuses{{pdf, {AnsweringReceiver::breakOff}}}, "SR accepted, then "});
    DeliveryFixture fixture;
    std::optional<AnsweringReceiver> receiver;
    receiver.emplace(fixture.port, statuses);
    fixture.startSender();
    auto const task = fixture.issuedTask();
    REQUIRE(eventually([&] { return fixture.delivery().attempts == 1; }));
    CHECK(fixture.delivery().state == DeliveryState::Waiting);
    CHECK(fixture.delivery().outcome.find(first) == 0);
    receiver.reset(); // away for good
    fixture.clock.advance(10s);
    fixture.sender->nudge();
    REQUIRE(eventually([&] { return fixture.delivery().attempts == 2; }));
    CHECK(fixture.delivery().state == DeliveryState::Waiting);
    fixture.clock.advance(24h);
    fixture.sender->nudge();
    REQUIRE(eventually([&] { return fixture.delivery().attempts == 3; }));
    CHECK(fixture.delivery().state == DeliveryState::Delivered);
    CHECK(fixture.delivery().outcome.find(first) == 0);
    CHECK(fixture.task(task.studyUid).state == model::TaskState::Delivered);
}

SCENARIO("a rejected association may be the other side's configuration, so we are patient", "[delivery]")
{
    DeliveryFixture fixture;
    AnsweringReceiver receiver(fixture.port, {}, 1);
    fixture.startSender();
    fixture.issuedTask();
    REQUIRE(eventually([&] { return fixture.delivery().attempts == 1; }));
    CHECK(fixture.delivery().state == DeliveryState::Waiting);
    CHECK(receiver.received().empty());
    fixture.clock.advance(10s);
    fixture.sender->nudge();
    CHECK(fixture.becomes(DeliveryState::Delivered));
}

SCENARIO("a destination that hangs delays nobody else", "[delivery]")
{
    DeliveryFixture fixture;
    // Takes the connection and says nothing.
    TemporaryFolder logs;
    auto const silentPort = freePort();
    RunningProgram silent({"python3", "-c",
                           "import socket,time\ns=socket.socket()\ns.bind(('127.0.0.1'," + std::to_string(silentPort) +
                               "))\ns.listen()\nprint('up',flush=True)\ntime.sleep(600)"},
                          logs / "log");
    REQUIRE(silent.waitForLog("up"));
    auto site = puzi;
    site.deliver = {"A_SILENT", "PUZI_PACS"};
    fixture.workflow->setSites({site});
    fixture.township.switchOn();
    fixture.startSender({{"A_SILENT", "127.0.0.1", silentPort}, {"PUZI_PACS", "127.0.0.1", fixture.port}});
    fixture.issuedTask();
    CHECK(eventually([&] {
        auto const done = need(fixture.workflow->outbox().list({DeliveryState::Delivered, "PUZI_PACS", 0}));
        return done.size() == 1;
    }));
    // Broken off, not waited for: the time-out is 30 s and stop() leaves nothing noted.
    CHECK_FALSE(fixture.sender->endsBy(std::chrono::steady_clock::now()));
    fixture.sender->requestStop();
    CHECK(fixture.sender->endsBy(std::chrono::steady_clock::now() + 20s));
    fixture.sender.reset();
    REQUIRE(silent.isRunning());
    auto const hanging = need(fixture.workflow->outbox().list({DeliveryState::Waiting, "A_SILENT", 0}));
    REQUIRE(hanging.size() == 1);
    CHECK(hanging.front().attempts == 0);
}
