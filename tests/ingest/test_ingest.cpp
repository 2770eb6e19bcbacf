#include "common/dicom/sop_class.h"
#include "common/sqlite/database.h"
#include "gateway/archive/verification.h"
#include "tests/support/gateway_fixture.h"

#include <fmt/format.h>
#include <fstream>
#include <set>
#include <thread>

using namespace qianli;
using namespace qianli::gateway;
using qianli::test::GatewayFixture;
using qianli::test::SyntheticObject;

namespace {

SyntheticObject chest(int instance = 1, std::string study = "1.2.3")
{
    SyntheticObject object(study, study + ".1", study + ".1." + std::to_string(instance));
    object.set(0x00200013, "IS", std::to_string(instance));
    return object;
}

std::vector<std::uint8_t> bytesOf(BlobStore const& store, Receipt const& receipt)
{
    auto const object = store.open(receipt.location);
    REQUIRE(object);
    std::vector<std::uint8_t> bytes(receipt.location.dataSetLength);
    REQUIRE(readAllAt(object->file.get(), bytes, receipt.location.dataSetOffset));
    return bytes;
}

std::string dump(std::filesystem::path const& file)
{
    auto database = sqlite::Database::open(file);
    REQUIRE(database);
    std::string text;
    for (char const* table :
         {"patient", "study", "study_name", "series", "shared", "run", "sop_instance", "released"}) {
        auto columns = database->prepare(
            fmt::format("SELECT group_concat(quote(name) || ',' , '') FROM pragma_table_info('{}')", table));
        REQUIRE(columns);
        REQUIRE(*columns->step());
        auto names = database->prepare(fmt::format("SELECT name FROM pragma_table_info('{}')", table));
        std::string row;
        while (*names->step())
            row += (row.empty() ? "" : "||'|'||") + std::string("quote(\"") + names->text(0) + "\")";
        auto rows = database->prepare(fmt::format("SELECT {} FROM {} ORDER BY 1", row, table));
        REQUIRE(rows);
        text += std::string("== ") + table + "\n";
        while (*rows->step())
            text += rows->text(0) + "\n";
    }
    return text;
}

struct Listener : StudyEvents {
    void onCommitted(StudyEvent const& event) override { events.push_back(event); }
    std::vector<StudyEvent> events;
};

} // namespace

SCENARIO("an object that is acknowledged is on disk as it was sent, and found", "[ingest]")
{
    GatewayFixture gateway;
    Listener listener;
    gateway.ingest().addListener(listener);
    auto const object = chest();

    auto const outcome = gateway.mustSend(gateway.site("puzi"), object);
    CHECK(outcome.kind == StoreOutcome::Kind::Stored);
    CHECK_FALSE(outcome.siteConflict);
    CHECK(outcome.receipt.sequence == 1);
    CHECK(outcome.receipt.callingAe == "CT1");
    CHECK(bytesOf(gateway.store(), outcome.receipt) == object.dataSet());
    CHECK(gateway.store().verify(outcome.receipt));

    auto const study = gateway.index().study({"puzi"}, dicom::Uid::ofKnown("1.2.3"));
    REQUIRE(study);
    REQUIRE(*study);
    CHECK((*study)->header.patientName == "Zhang^Bing=张^昞");
    CHECK((*study)->instances == 1);
    REQUIRE(listener.events.size() == 1);
    CHECK(listener.events[0].site.value == "puzi");
    CHECK(listener.events[0].sequence == 1);
    CHECK_FALSE(listener.events[0].fromStation);
}

SCENARIO("the file in the archive is a plain DICOM file with a preamble of zeros", "[ingest]")
{
    GatewayFixture gateway;
    auto const outcome = gateway.mustSend(gateway.site("puzi"), chest());
    std::ifstream file(gateway.store().absolutePath(outcome.receipt.location), std::ios::binary);
    std::string start(132, 'x');
    file.read(start.data(), 132);
    CHECK(start == std::string(128, '\0') + "DICM");
    auto const dumped = test::run({"dcmdump", "+P", "0010,0010", "+P", "0002,0010",
                                   gateway.store().absolutePath(outcome.receipt.location).string()});
    CHECK(dumped.exitCode == 0);
    CHECK(dumped.output.find("张^昞") != std::string::npos);
}

SCENARIO("a device sends everything again", "[ingest]")
{
    GatewayFixture gateway;
    gateway.mustSend(gateway.site("puzi"), chest(1));
    gateway.mustSend(gateway.site("puzi"), chest(2));

    THEN("the same bytes are success without a new row")
    {
        auto const again = gateway.mustSend(gateway.site("puzi"), chest(1));
        CHECK(again.kind == StoreOutcome::Kind::Duplicate);
        CHECK(again.receipt.sequence == 1);
        CHECK(gateway.store().lastSequence() == 2);
    }
    THEN("what our disk has lost or spoilt meanwhile is taken in again, and Success is true")
    {
        auto const first = gateway.mustSend(gateway.site("puzi"), chest(1)).receipt;
        auto const path = gateway.store().absolutePath(first.location);
        SECTION("lost")
        {
            REQUIRE(std::filesystem::remove(path));
        }
        SECTION("spoilt")
        {
            std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(-5, std::ios::end);
            file.put('!');
        }
        bool const isSameDevice = GENERATE(true, false);
        auto sender = gateway.site("puzi");
        if (!isSameDevice)
            sender.callingAe = "CT1-NOW-LONGER"; // another meta header, for which the receipt would not be true
        auto const again = gateway.mustSend(sender, chest(1));
        CHECK(again.kind == (isSameDevice ? StoreOutcome::Kind::Duplicate : StoreOutcome::Kind::NewVersion));
        CHECK((again.receipt.sequence == first.sequence) == isSameDevice);
        CHECK(bytesOf(gateway.store(), again.receipt) == chest(1).dataSet());
        auto const shown = gateway.index().instances({false, {{"puzi"}}, false}, {});
        REQUIRE(shown);
        REQUIRE(shown->size() == 2);
        for (auto const& record : *shown)
            CHECK(gateway.store().verify(record.receipt));
        auto const third = gateway.mustSend(gateway.site("puzi"), chest(1));
        CHECK(third.kind == StoreOutcome::Kind::Duplicate);
        CHECK(third.receipt.sequence == again.receipt.sequence);
    }
    THEN("other bytes under a known UID are a second version, flagged, and the first stays")
    {
        auto const changed = gateway.mustSend(gateway.site("puzi"), chest(1).pixels(512, 99));
        CHECK(changed.kind == StoreOutcome::Kind::NewVersion);
        CHECK(changed.receipt.version == 2);
        auto const versions = gateway.index().findBySopInstance({"puzi"}, changed.receipt.sopInstance);
        REQUIRE(versions);
        REQUIRE(versions->size() == 2);
        CHECK(bytesOf(gateway.store(), versions->at(0)) == chest(1).dataSet());
        CHECK(bytesOf(gateway.store(), versions->at(1)) == chest(1).pixels(512, 99).dataSet());
        auto const study = gateway.index().study({"puzi"}, dicom::Uid::ofKnown("1.2.3"));
        CHECK((*study)->versionConflict);
        CHECK((*study)->instances == 2);

        // The first content once more is still a duplicate, of the first version.
        CHECK(gateway.mustSend(gateway.site("puzi"), chest(1)).receipt.version == 1);
        auto const shown = gateway.index().instances({true, {}, true}, {});
        REQUIRE(shown);
        REQUIRE(shown->size() == 2);
        CHECK(std::ranges::count_if(*shown, [](auto const& record) { return record.receipt.version == 2; }) == 1);
    }
    THEN("the same bytes in another transfer syntax are another version")
    {
        auto const object = chest(1);
        auto other = gateway
                         .sendBytes(gateway.site("puzi"), object.sopClass(), object.sopInstance(), object.dataSet(),
                                    "1.2.840.10008.1.2.4.90")
                         .get();
        REQUIRE(other);
        CHECK(other->kind == StoreOutcome::Kind::NewVersion);
    }
}

SCENARIO("the same object comes over many associations at the same time", "[ingest]")
{
    GatewayFixture gateway;
    std::vector<std::thread> senders;
    std::mutex mutex;
    std::vector<StoreOutcome> outcomes;
    for (int i = 0; i < 8; ++i) {
        senders.emplace_back([&, i] {
            auto const outcome =
                gateway.sendLater(gateway.site("puzi"), chest(1).pixels(512, i % 2 == 0 ? 1 : 2)).get();
            std::lock_guard const lock(mutex);
            if (outcome)
                outcomes.push_back(*outcome);
        });
    }
    for (std::thread& sender : senders)
        sender.join();
    REQUIRE(outcomes.size() == 8);
    std::set<int> versions;
    for (auto const& outcome : outcomes)
        versions.insert(outcome.receipt.version);
    CHECK(versions == std::set<int>{1, 2});
    CHECK(gateway.store().lastSequence() == 2);
    CHECK(std::ranges::count(outcomes, StoreOutcome::Kind::Duplicate, &StoreOutcome::kind) == 6);
    auto const report = verifyArchive(gateway.store(), gateway.archive(), nullptr);
    REQUIRE(report);
    CHECK(report->isSound());
}

SCENARIO("a Study Instance UID comes from a second site", "[ingest]")
{
    GatewayFixture gateway;
    CHECK_FALSE(gateway.mustSend(gateway.site("puzi"), chest()).siteConflict);
    auto const second = gateway.mustSend(gateway.site("lintai"), chest());
    CHECK(second.siteConflict);
    CHECK(second.kind == StoreOutcome::Kind::Stored);
    for (char const* site : {"puzi", "lintai"}) {
        auto const study = gateway.index().study({site}, dicom::Uid::ofKnown("1.2.3"));
        REQUIRE(*study);
        CHECK((*study)->siteConflict);
        CHECK((*study)->instances == 1);
    }
    auto const first = gateway.index().findBySopInstance({"puzi"}, second.receipt.sopInstance);
    CHECK(std::filesystem::path(first->at(0).location.path).parent_path() !=
          std::filesystem::path(second.receipt.location.path).parent_path());

    THEN("a report for it can't be placed, unless its station sees one of the sites only")
    {
        auto const report = chest(9);
        auto const refused = gateway.send(gateway.station(), report);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::Refused);
        CHECK(refused.error().message.find("two sites") != std::string::npos);
        auto const placed = gateway.mustSend(gateway.station({{"lintai"}}), report);
        CHECK(placed.receipt.site.value == "lintai");
    }
    THEN("a report that names the issuer of its Patient ID joins that site's study, if it is its patient")
    {
        auto const named = [](int number, std::string const& id) {
            return chest(number).set(0x00100020, "LO", id).set(0x00100021, "LO", "lintai");
        };
        auto const record = gateway.index().study({"lintai"}, dicom::Uid::ofKnown("1.2.3"));
        auto const placed = gateway.mustSend(gateway.station(), named(9, (*record)->header.patientId));
        CHECK(placed.receipt.site.value == "lintai");
        auto const refused = gateway.send(gateway.station(), named(10, "somebody else"));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.find("not of the patient") != std::string::npos);
    }
}

SCENARIO("a reading station sends a report", "[ingest]")
{
    GatewayFixture gateway;
    Listener listener;
    gateway.ingest().addListener(listener);
    auto report = chest(9)
                      .set(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.88.11")
                      .set(0x00080060, "CS", "SR")
                      .set(0x0020000E, "UI", "1.2.3.9");

    auto const refused = gateway.send(gateway.station(), report);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::Refused);
    CHECK(refused.error().message.find("no study 1.2.3") != std::string::npos);
    CHECK(std::filesystem::is_empty(gateway.archive() / "incoming"));

    gateway.mustSend(gateway.site("puzi"), chest());
    auto const stored = gateway.mustSend(gateway.station(), report);
    CHECK(stored.receipt.site.value == "puzi");
    CHECK(stored.receipt.person == "wangmin");
    CHECK(listener.events.back().fromStation);

    Scope const site{false, {{"puzi"}}, false};
    Scope const reader{true, {}, true};
    auto count = [&](Scope const& scope) { return gateway.index().instances(scope, {})->size(); };
    CHECK(count(reader) == 2);
    CHECK(count(site) == 1);
    auto const record = gateway.index().study({"puzi"}, dicom::Uid::ofKnown("1.2.3"));
    CHECK((*record)->instances == 2);
    CHECK((*record)->imageInstances == 1);
    CHECK((*record)->modalities == std::vector<std::string>{"CT"});

    std::vector<dicom::Uid> const uids{stored.receipt.sopInstance};
    REQUIRE(gateway.index().release({"puzi"}, uids));
    REQUIRE(gateway.index().release({"puzi"}, uids));
    CHECK(count(site) == 2);
    CHECK(count({false, {{"lintai"}}, false}) == 0);
}

TEST_CASE("what is wrong with an object is said, and nothing of it stays", "[ingest]")
{
    GatewayFixture gateway;
    struct Case {
        char const* what;
        SyntheticObject object;
        char const* words;
    };
    auto const sender = gateway.site("puzi");
    for (auto const& [what, object, words] : {
             Case{"no study", chest().remove(0x0020000D), "(0020,000D)"},
             Case{"empty series", chest().set(0x0020000E, "UI", ""), "(0020,000E)"},
             Case{"a study UID with a path in it", chest().set(0x0020000D, "UI", "1\\2"), "(0020,000D)"},
         }) {
        INFO(what);
        auto const outcome =
            gateway.sendBytes(sender, chest().sopClass(), chest().sopInstance(), object.dataSet()).get();
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().code == ErrorCode::Conflict); // A900H: not what its SOP class is
        CHECK(outcome.error().message.find(words) != std::string::npos);
    }
    auto const other = gateway.sendBytes(sender, chest().sopClass(), "9.9.9", chest().dataSet()).get();
    REQUIRE_FALSE(other);
    CHECK(other.error().code == ErrorCode::Conflict);
    CHECK(other.error().message.find("9.9.9") != std::string::npos);
    CHECK_FALSE(gateway.sendBytes(sender, "1.2.840.10008.5.1.4.1.1.4", chest().sopInstance(), chest().dataSet()).get());

    auto cut = chest().dataSet();
    cut.resize(cut.size() - 100);
    CHECK_FALSE(gateway.sendBytes(sender, chest().sopClass(), chest().sopInstance(), cut).get());
    CHECK_FALSE(gateway.sendBytes(sender, chest().sopClass(), chest().sopInstance(), {}).get());

    CHECK(gateway.store().lastSequence() == 0);
    CHECK(std::filesystem::is_empty(gateway.archive() / "incoming"));
    CHECK(gateway.mustSend(sender, chest()).receipt.sequence == 1);
}

TEST_CASE("an object in a private transfer syntax that can't be walked is kept under what the request says of it",
          "[ingest]")
{
    GatewayFixture gateway;
    std::vector<std::uint8_t> const noise(4000, 0x5A);
    auto const outcome =
        gateway.sendBytes(gateway.site("puzi"), "1.2.840.10008.5.1.4.1.1.2", "1.2.3.4", noise, "1.3.6.1.4.1.99999.7")
            .get();
    REQUIRE(outcome);
    CHECK(outcome->receipt.sopInstance.value() == "1.2.3.4");
    CHECK(outcome->receipt.location.dataSetLength == noise.size());
    CHECK(gateway.store().verify(outcome->receipt));
    // Nothing is no object.
    CHECK_FALSE(
        gateway.sendBytes(gateway.site("puzi"), "1.2.840.10008.5.1.4.1.1.2", "1.2.3.5", {}, "1.3.6.1.4.1.99999.7")
            .get());

    // One that is written like explicit VR little endian is taken.
    auto const object = chest();
    CHECK(gateway
              .sendBytes(gateway.site("puzi"), object.sopClass(), object.sopInstance(), object.dataSet(),
                         "1.3.6.1.4.1.99999.7")
              .get());
}

TEST_CASE("below the disk reserve nothing is taken", "[ingest]")
{
    GatewayFixture gateway;
    gateway.stop();
    auto settings = GatewayFixture::quickSettings();
    settings.diskReserveBytes = std::uint64_t(1) << 60;
    gateway.start(settings);
    auto const outcome = gateway.send(gateway.site("puzi"), chest());
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::Unavailable);
}

TEST_CASE("a reception that is dropped leaves nothing", "[ingest]")
{
    GatewayFixture gateway;
    {
        auto reception = gateway.ingest().begin(gateway.site("puzi"),
                                                {dicom::Uid::ofKnown(chest().sopClass()), dicom::Uid::ofKnown("1"),
                                                 dicom::Uid::ofKnown(SyntheticObject::transferSyntax)});
        REQUIRE(reception);
        auto const bytes = chest().dataSet();
        REQUIRE((*reception)->append(bytes));
    }
    CHECK(std::filesystem::is_empty(gateway.archive() / "incoming"));
}

TEST_CASE("after stop() an object is refused, not lost silently", "[ingest]")
{
    GatewayFixture gateway;
    REQUIRE(gateway.ingest().stop());
    auto const outcome = gateway.send(gateway.site("puzi"), chest());
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::Unavailable);
}

SCENARIO("the index is lost and built again from the archive", "[ingest][reindex]")
{
    GatewayFixture gateway;
    for (int i = 1; i <= 3; ++i)
        gateway.mustSend(gateway.site("puzi"), chest(i));
    gateway.clock.advance(std::chrono::minutes(3));
    gateway.mustSend(gateway.site("lintai"), chest(1));
    gateway.mustSend(gateway.site("puzi"), chest(2).pixels(512, 77));
    gateway.mustSend(gateway.site("puzi"), chest(1, "1.2.4").set(0x00100020, "LO", ""));
    gateway.mustSend(gateway.site("puzi"), chest(2, "1.2.4").set(0x00100020, "LO", "").set(0x00100010, "PN", "Li^Qi"));
    gateway.mustSend(gateway.station({{"puzi"}}), chest(9));
    auto odd = gateway.site("puzi");
    odd.callingAe = "B\xFF\"\\";
    odd.siteCharset = "GB18030";
    gateway.mustSend(odd, chest(1, "1.2.5").remove(0x00080005).set(0x00100010, "PN", "\xD5\xC5\x95\x5C"));
    gateway.stop();
    std::string const before = dump(gateway.indexFile());
    CHECK(before.find("张昞") != std::string::npos);

    WHEN("it is rebuilt by reindex")
    {
        for (char const* suffix : {"", "-wal", "-shm"})
            std::filesystem::remove(gateway.indexFile().string() + suffix);
        auto store = BlobStore::openForReading(gateway.archive());
        REQUIRE(store);
        auto index = StudyIndex::open(gateway.indexFile());
        REQUIRE(index);
        std::uint64_t last = 0;
        auto const report = reindex(**store, **index, nullptr, [&](std::uint64_t done, std::uint64_t) { last = done; });
        REQUIRE(report);
        CHECK(report->objects == 9);
        CHECK(last == 9);
        CHECK(report->damaged.empty());
        index->reset();
        CHECK(dump(gateway.indexFile()) == before);
        gateway.start();
    }
    WHEN("the gateway starts without it")
    {
        for (char const* suffix : {"", "-wal", "-shm"})
            std::filesystem::remove(gateway.indexFile().string() + suffix);
        gateway.start();
        gateway.stop();
        CHECK(dump(gateway.indexFile()) == before);
        gateway.start();
    }
    WHEN("files are missing or damaged")
    {
        auto store = BlobStore::openForReading(gateway.archive());
        std::vector<Receipt> receipts;
        REQUIRE((*store)->replay(0, [&](Receipt const& receipt) -> Result<void> {
            receipts.push_back(receipt);
            return {};
        }));
        REQUIRE(receipts.size() == 9);
        std::filesystem::remove((*store)->absolutePath(receipts[0].location));
        std::filesystem::resize_file((*store)->absolutePath(receipts[2].location), 300);
        {
            std::fstream((*store)->absolutePath(receipts[3].location), std::ios::in | std::ios::out)
                .seekp(-3, std::ios::end)
                .put('X');
        }
        std::ofstream(gateway.archive() / "objects" / "stray.dcm") << "x";
        auto const report = verifyArchive(**store, gateway.archive(), nullptr);
        REQUIRE(report);
        CHECK(report->objects == 9);
        CHECK(report->missing.size() == 1);
        CHECK(report->damaged.size() == 2);
        CHECK(report->strangers == std::vector<std::string>{"objects/stray.dcm"});

        auto index = StudyIndex::open(gateway.folder / "other.db");
        auto const rebuilt = reindex(**store, **index, nullptr, nullptr);
        REQUIRE(rebuilt);
        CHECK(rebuilt->objects == 7);
        REQUIRE(rebuilt->damaged.size() == 2);
        CHECK(rebuilt->damaged[0].find("receipt 1 (1.2.3.1.1)") != std::string::npos);
        gateway.start();
    }
}

TEST_CASE("an index that knows more than the archive stops the start", "[ingest]")
{
    GatewayFixture gateway;
    gateway.mustSend(gateway.site("puzi"), chest());
    gateway.stop();
    std::filesystem::remove_all(gateway.archive());
    auto store = BlobStore::open(gateway.archive());
    auto index = StudyIndex::open(gateway.indexFile());
    auto const started = Ingest::start(**store, **index, gateway.clock, GatewayFixture::quickSettings());
    REQUIRE_FALSE(started);
    CHECK(started.error().code == ErrorCode::Corrupt);
    store->reset();
    index->reset();
    std::filesystem::remove(gateway.indexFile());
    gateway.start();
}

TEST_CASE("real CT slices come out as they went in", "[ingest]")
{
    auto const folder = test::sharedData("ct");
    if (!folder)
        return;
    GatewayFixture gateway;
    int stored = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(*folder)) {
        if (!entry.is_regular_file() || stored >= 40)
            continue;
        auto const layout = dicom::readPart10Layout(entry.path());
        if (!layout || !dicom::isImageStorage(layout->meta.sopClassUid))
            continue;
        auto const whole = readFile(entry.path(), 1u << 30);
        REQUIRE(whole);
        std::vector<std::uint8_t> const bytes(whole->begin() + static_cast<std::ptrdiff_t>(layout->dataSetOffset),
                                              whole->end());
        auto const outcome =
            gateway
                .sendBytes(gateway.site("puzi"), layout->meta.sopClassUid.value(), layout->meta.sopInstanceUid.value(),
                           bytes, layout->meta.transferSyntaxUid.value())
                .get();
        INFO(entry.path().string() << ": " << (outcome ? "" : outcome.error().message));
        REQUIRE(outcome);
        if (outcome->kind == StoreOutcome::Kind::Stored)
            CHECK(bytesOf(gateway.store(), outcome->receipt) == bytes);
        ++stored;
    }
    CHECK(stored > 0);
}
