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
    silent.stop(SIGKILL); // or the fixture's end would wait for the time-out
}
