#include "tests/delivery/delivery_fixture.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctk.h>

#include <set>

using namespace qianli;
using namespace qianli::test;
using gateway::DeliveryState;
using namespace std::chrono_literals;

namespace {

DcmDataset& load(DcmFileFormat& format, std::filesystem::path const& file)
{
    REQUIRE(format.loadFile(file.c_str()).good());
    return *format.getDataset();
}

std::string valueOf(DcmDataset& dataset, DcmTagKey const& tag)
{
    OFString value;
    dataset.findAndGetOFStringArray(tag, value);
    return {value.c_str(), value.size()};
}

} // namespace

SCENARIO("the signed report is back in the township, as it was signed", "[delivery]")
{
    DeliveryFixture fixture;
    fixture.township.switchOn();
    fixture.startSender();
    auto const task = fixture.issuedTask();

    REQUIRE(fixture.becomes(DeliveryState::Delivered));
    CHECK(fixture.delivery().outcome == "SR accepted, PDF accepted");
    CHECK(fixture.task(task.studyUid).state == model::TaskState::Delivered);
    auto const files = fixture.township.received();
    REQUIRE(files.size() == 2);
    auto const verified =
        need(crypto::verifyReportFiles(files, need(fixture.certificates.trust()), fixture.clock.now()));
    std::set<std::string> const uids{verified[0].sopInstanceUid, verified[1].sopInstanceUid};
    CHECK(uids == std::set<std::string>{task.reportSrUid, task.reportPdfUid});
}

SCENARIO("a township that is switched off gets its report when it is back, also after our own restart", "[delivery]")
{
    DeliveryFixture fixture;
    GIVEN("a report that could not be delivered")
    {
        fixture.startSender();
        auto const task = fixture.issuedTask();
        REQUIRE(eventually([&] { return fixture.delivery().attempts == 1; }));
        auto const waiting = fixture.delivery();
        CHECK(waiting.state == DeliveryState::Waiting);
        CHECK(waiting.nextAttemptAt == fixture.clock.now() + 10s);
        CHECK_FALSE(waiting.outcome.empty());
        fixture.clock.advance(10s);
        fixture.sender->nudge();
        REQUIRE(eventually([&] { return fixture.delivery().attempts == 2; }));
        CHECK(fixture.delivery().nextAttemptAt == fixture.clock.now() + 20s); // the delay grows

        WHEN("the township is back")
        {
            fixture.township.switchOn();
            fixture.clock.advance(20s);
            fixture.sender->nudge();
            THEN("it is delivered")
            {
                REQUIRE(fixture.becomes(DeliveryState::Delivered));
                CHECK(fixture.township.received().size() == 2);
            }
        }
        WHEN("we are restarted meanwhile")
        {
            fixture.sender.reset();
            fixture.township.switchOn();
            fixture.clock.advance(20s);
            fixture.startSender();
            THEN("it is delivered")
            {
                REQUIRE(fixture.becomes(DeliveryState::Delivered));
                CHECK(fixture.task(task.studyUid).state == model::TaskState::Delivered);
            }
        }
        WHEN("it stays away for longer than we are patient")
        {
            fixture.clock.advance(24h);
            fixture.sender->nudge();
            THEN("it is given up with the reason, and the operator can put it back in line")
            {
                REQUIRE(fixture.becomes(DeliveryState::GivenUp));
                CHECK_FALSE(fixture.delivery().outcome.empty());
                CHECK(fixture.task(task.studyUid).state == model::TaskState::Issued);
                CHECK(fixture.task(task.studyUid).deliveryNote.find("PUZI_PACS: given up: ") == 0);
                fixture.township.switchOn();
                need(fixture.workflow->outbox().retryAllGivenUp());
                CHECK(fixture.becomes(DeliveryState::Delivered));
            }
        }
    }
}

SCENARIO("a PACS that knows images only gets the pages of the PDF as images", "[delivery]")
{
    DeliveryFixture fixture(Takes::ImagesOnly);
    fixture.township.switchOn();
    fixture.startSender();
    auto const task = fixture.issuedTask();

    REQUIRE(fixture.becomes(DeliveryState::Delivered));
    CHECK(fixture.delivery().outcome ==
          "SR not negotiated, PDF not negotiated, 1 page(s) as Secondary Capture accepted");
    auto const files = fixture.township.received();
    REQUIRE(files.size() == 1);
    DcmFileFormat format;
    auto& page = load(format, files[0]);
    CHECK(valueOf(page, DCM_SOPClassUID) == UID_SecondaryCaptureImageStorage);
    CHECK(valueOf(page, DCM_StudyInstanceUID) == task.studyUid);
    CHECK(valueOf(page, DCM_PatientName) == "Ouyang^Qing=欧阳^清");
    CHECK(valueOf(page, DCM_SpecificCharacterSet) == "ISO_IR 192");
    CHECK(valueOf(page, DCM_PatientID) == "PZ20260415007");
    CHECK(valueOf(page, DCM_BurnedInAnnotation) == "YES");
    auto const rows = std::stoi(valueOf(page, DCM_Rows));
    auto const columns = std::stoi(valueOf(page, DCM_Columns));
    CHECK(rows > columns);
    CHECK(rows > 1600); // an A4 page at 150 dpi
    // Something stands on it: dark pixels on white.
    Uint8 const* pixels = nullptr;
    unsigned long count = 0;
    REQUIRE(page.findAndGetUint8Array(DCM_PixelData, pixels, &count).good());
    auto const dark = std::count_if(pixels, pixels + count, [](Uint8 value) { return value < 64; });
    CHECK(dark > 1000);
    CHECK(dark < static_cast<std::ptrdiff_t>(count) / 4);
    // What an independent reader says of the object.
    auto const checked = run({"dciodvfy", files[0].string()});
    INFO(checked.errors);
    CHECK(checked.errors.find("Error") == std::string::npos);

    AND_WHEN("it is sent once more, because we were killed before we could note it")
    {
        fixture.sender.reset();
        need(fixture.workflow->database().write([](sqlite::Database& database) {
            return database.execute("UPDATE deliveries SET state = 'waiting', next_attempt_at = 0");
        }));
        fixture.startSender();
        REQUIRE(fixture.becomes(DeliveryState::Delivered));
        THEN("the township has the same page again, not a second one")
        {
            auto const again = fixture.township.received();
            REQUIRE(again.size() == 1);
            CHECK(again == files);
        }
    }
}

SCENARIO("a report is given up at once when it is refused in every form", "[delivery]")
{
    DeliveryFixture fixture(Takes::NothingOfOurs);
    fixture.township.switchOn();
    fixture.startSender();
    auto const task = fixture.issuedTask();
    REQUIRE(fixture.becomes(DeliveryState::GivenUp));
    CHECK(fixture.delivery().outcome == "SR not negotiated, PDF not negotiated, Secondary Capture not negotiated");
    CHECK(fixture.task(task.studyUid).state == model::TaskState::Issued);
}

SCENARIO("a destination that the configuration doesn't know waits for the operator", "[delivery]")
{
    DeliveryFixture fixture;
    fixture.township.switchOn();
    fixture.startSender({});
    fixture.issuedTask();
    REQUIRE(eventually([&] { return fixture.delivery().attempts == 1; }));
    CHECK(fixture.delivery().outcome == "there is no [[peer]] of this name in the configuration");
    fixture.clock.advance(10s);
    fixture.sender->setPeers({{"PUZI_PACS", "127.0.0.1", fixture.port}}, nullptr);
    CHECK(fixture.becomes(DeliveryState::Delivered));
}
