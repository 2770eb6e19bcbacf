// Deleting from archive and index: gone from the disk, and as if an index had been made from what stays.
#include "gateway/archive/verification.h"
#include "gateway/index/device_writer.h"
#include "gateway/ingest/removal.h"
#include "gateway/ingest/replay.h"
#include "tests/retention/index_rows.h"
#include "tests/support/gateway_fixture.h"

#include <fmt/format.h>
#include <fstream>

using namespace qianli;
using namespace qianli::gateway;
using qianli::test::difference;
using qianli::test::GatewayFixture;
using qianli::test::indexRows;
using qianli::test::SyntheticObject;

namespace {

SyntheticObject image(std::string const& study, int number, std::string const& patient, std::string const& name)
{
    SyntheticObject object(study, study + ".1", study + ".1." + std::to_string(number));
    return object.set(0x00200013, "IS", std::to_string(number))
        .set(0x00100020, "LO", patient)
        .set(0x00100010, "PN", name)
        .set(0x00081010, "SH", "CT" + patient);
}

RemovalRequest requestFor(std::string const& study, int part = 0, std::string const& site = "puzi")
{
    RemovalRequest request;
    request.studies = {{{{site}, study}, part}};
    request.person = "admin";
    request.reason = "test images";
    return request;
}

RemovalReport mustRemove(GatewayFixture& gateway, RemovalRequest const& request)
{
    auto report = removeStudies(gateway.store(), gateway.index(), request);
    if (!report)
        FAIL(report.error().message);
    CHECK(report->unfinished == "");
    return *report;
}

// The index that the gateway has against one made from the archive.
std::string againstRebuilt(GatewayFixture& gateway)
{
    auto const file = gateway.folder / "rebuilt.db";
    for (char const* part : {"", "-wal", "-shm"})
        std::filesystem::remove(file.string() + part);
    auto rebuilt = StudyIndex::open(file);
    REQUIRE(rebuilt);
    auto const report = reindex(gateway.store(), **rebuilt, nullptr, nullptr);
    REQUIRE(report);
    CHECK(report->damaged.empty());
    rebuilt->reset();
    return difference(indexRows(gateway.indexFile()), indexRows(file));
}

std::size_t filesBelow(std::filesystem::path const& folder)
{
    std::size_t files = 0;
    std::error_code ignored;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder, ignored))
        files += entry.is_regular_file() ? 1 : 0;
    return files;
}

void checkSound(GatewayFixture& gateway)
{
    auto const report = verifyArchive(gateway.store(), gateway.archive(), nullptr);
    REQUIRE(report);
    CHECK(report->missing == std::vector<std::string>{});
    CHECK(report->damaged == std::vector<std::string>{});
    CHECK(report->strangers == std::vector<std::string>{});
}

bool holds(GatewayFixture& gateway, std::string const& study, std::string const& site = "puzi")
{
    auto const found = gateway.index().study({site}, dicom::Uid::ofKnown(study));
    REQUIRE(found);
    return found->has_value();
}

} // namespace

SCENARIO("a study that is deleted leaves the disk, and the index is one that is made from what stays", "[retention]")
{
    GIVEN("patients, versions, shared UIDs and a report")
    {
        GatewayFixture gateway;
        for (int i = 1; i <= 20; ++i)
            gateway.mustSend(gateway.site("puzi"), image("1.2.1", i, "P1", "ZHANG^SAN"));
        gateway.clock.advance(std::chrono::hours(1));
        gateway.mustSend(gateway.site("puzi"), image("1.2.2", 1, "P1", "ZHANG^SAN=张三"));
        gateway.mustSend(gateway.site("puzi"), image("1.2.3", 1, "P1", "LI^SI"));    // a second person under that ID
        gateway.mustSend(gateway.site("puzi"), image("1.2.1", 21, "P9", "WANG^WU")); // another patient in the study
        gateway.mustSend(gateway.site("puzi"), image("1.2.1", 1, "P1", "ZHANG^SAN").pixels(64, 9)); // another content
        gateway.mustSend(gateway.site("lintai"), image("1.2.1", 1, "P1", "ZHANG^SAN"));
        gateway.mustSend(gateway.station({{"puzi"}}), image("1.2.1", 99, "P1", "ZHANG^SAN"));
        gateway.mustSend(gateway.site("puzi"), image("1.2.4", 1, "P4", "ZHAO^LIU"));
        auto const before = filesBelow(gateway.archive() / "objects");
        auto const usage = gateway.store().usage();
        auto const devices = gateway.index().devices({"puzi"});
        REQUIRE(devices);

        WHEN("the first patient's study goes")
        {
            auto const report = mustRemove(gateway, requestFor("1.2.1"));
            CHECK(report.objects == 22);

            THEN("its files are gone, what else is under its UID stays, and every row is a rebuilt one's")
            {
                CHECK(filesBelow(gateway.archive() / "objects") == before - 22);
                auto const left = gateway.index().studiesOf(dicom::Uid::ofKnown("1.2.1"));
                REQUIRE(left);
                REQUIRE(left->size() == 2); // lintai's, and the other patient, who is the first one now
                CHECK(left->at(0).part == 0);
                CHECK(left->at(1).part == 0);
                CHECK(againstRebuilt(gateway) == "");
                checkSound(gateway);
                auto const now = gateway.store().usage();
                CHECK(now->objects == usage->objects - 22);
                CHECK(now->bytes == usage->bytes - report.bytes);
            }
            THEN("what its device has sent stays counted")
            {
                auto const now = gateway.index().devices({"puzi"});
                REQUIRE(now->size() == devices->size());
                CHECK(now->front().objects == devices->front().objects);
                CHECK(now->front().versions == devices->front().versions);
            }
            THEN("a restart finds it so")
            {
                gateway.stop();
                gateway.start();
                CHECK(holds(gateway, "1.2.4"));
                CHECK(gateway.store().usage()->bytes == usage->bytes - report.bytes);
                CHECK(againstRebuilt(gateway) == "");
                checkSound(gateway);
            }
            THEN("the same objects are taken as new ones, and stay")
            {
                auto const again = gateway.mustSend(gateway.site("puzi"), image("1.2.1", 2, "P1", "ZHANG^SAN"));
                CHECK(again.kind == StoreOutcome::Kind::Stored);
                CHECK(again.receipt.version == 1);
                for (int start = 0; start < 2; ++start) {
                    checkSound(gateway);
                    CHECK(againstRebuilt(gateway) == "");
                    gateway.stop();
                    // As in a copy: everything that was ever deleted is looked at.
                    std::filesystem::remove(gateway.archive() / "checkpoint");
                    gateway.start();
                }
                CHECK(gateway.index().findBySopInstance({"puzi"}, dicom::Uid::ofKnown("1.2.1.1.2"))->size() == 1);
            }
        }
        WHEN("all that came last goes")
        {
            mustRemove(gateway, requestFor("1.2.4"));
            THEN("the next objects still get numbers of their own")
            {
                gateway.stop();
                gateway.start();
                auto const next = gateway.mustSend(gateway.site("puzi"), image("1.2.5", 1, "P5", "QIAN^QI"));
                CHECK(next.receipt.sequence == usage->objects + 1);
                CHECK(againstRebuilt(gateway) == "");
            }
        }
        WHEN("everything goes at once")
        {
            auto request = requestFor("1.2.1");
            for (auto const& [site, study, part] :
                 {std::tuple("puzi", "1.2.1", 1), std::tuple("lintai", "1.2.1", 0), std::tuple("puzi", "1.2.2", 0),
                  std::tuple("puzi", "1.2.3", 0), std::tuple("puzi", "1.2.4", 0)})
                request.studies.push_back({{{site}, study}, part});
            mustRemove(gateway, request);
            THEN("no file is left")
            {
                CHECK(filesBelow(gateway.archive() / "objects") == 0);
                CHECK(gateway.store().usage()->objects == 0);
                CHECK(againstRebuilt(gateway) == "");
                gateway.stop();
                gateway.start();
                CHECK(againstRebuilt(gateway) == "");
            }
        }
    }
}

SCENARIO("what was begun to be deleted is finished at the next start", "[retention]")
{
    GatewayFixture gateway;
    for (int i = 1; i <= 3; ++i)
        gateway.mustSend(gateway.site("puzi"), image("1.2.1", i, "P1", "ZHANG^SAN"));
    gateway.mustSend(gateway.site("puzi"), image("1.2.2", 1, "P1", "ZHANG^SAN"));
    auto const receipts = gateway.index().receiptsOf({{"puzi"}, "1.2.1"}, 0);
    REQUIRE(receipts);
    Removal removal;
    removal.studies = {{{"puzi"}, "1.2.1"}};
    for (Receipt const& receipt : *receipts) {
        auto const header = readHeaderAgain(gateway.store(), receipt, "");
        REQUIRE(header);
        removal.notes.push_back(deviceNote(receipt, *header));
    }

    GIVEN("a gateway that ended behind the record")
    {
        REQUIRE(gateway.store().beginRemoval(removal, *receipts));
        // From here on nobody is handed them, though their files are there.
        CHECK(gateway.store().verify(receipts->front()).error().code == ErrorCode::NotFound);
        std::uint64_t left = 0;
        REQUIRE(gateway.store().replay(0, [&](Receipt const&) -> Result<void> {
            ++left;
            return {};
        }));
        CHECK(left == 1);
        gateway.stop();
        gateway.start();
        CHECK(filesBelow(gateway.archive() / "objects") == 1);
        CHECK(!holds(gateway, "1.2.1"));
        CHECK(holds(gateway, "1.2.2"));
        CHECK(againstRebuilt(gateway) == "");
        checkSound(gateway);
    }
    GIVEN("one that ended between two files")
    {
        REQUIRE(gateway.store().beginRemoval(removal, *receipts));
        std::filesystem::remove(gateway.store().absolutePath(receipts->at(1).location));
        gateway.stop();
        gateway.start();
        CHECK(filesBelow(gateway.archive() / "objects") == 1);
        CHECK(againstRebuilt(gateway) == "");
        checkSound(gateway);
    }
    GIVEN("an index that a power cut took back to before")
    {
        gateway.stop();
        std::filesystem::copy_file(gateway.indexFile(), gateway.folder / "before.db");
        std::filesystem::copy_file(gateway.archive() / "checkpoint", gateway.folder / "checkpoint");
        gateway.start();
        mustRemove(gateway, requestFor("1.2.1"));
        gateway.mustSend(gateway.site("puzi"), image("1.2.1", 1, "P1", "ZHANG^SAN"));
        gateway.stop();
        for (char const* part : {"", "-wal", "-shm"})
            std::filesystem::remove(gateway.indexFile().string() + part);
        auto const bytes = BlobStore::openForReading(gateway.archive()).value()->usage()->bytes;
        std::filesystem::copy_file(gateway.folder / "before.db", gateway.indexFile());
        std::filesystem::copy_file(gateway.folder / "checkpoint", gateway.archive() / "checkpoint",
                                   std::filesystem::copy_options::overwrite_existing);
        CHECK(BlobStore::openForReading(gateway.archive()).value()->usage()->bytes == bytes);
        gateway.start();
        CHECK(gateway.store().usage()->bytes == bytes);
        CHECK(gateway.index().receiptsOf({{"puzi"}, "1.2.1"}, 0)->size() == 1);
        CHECK(againstRebuilt(gateway) == "");
        checkSound(gateway);
    }
    GIVEN("a line of the journal that was torn")
    {
        gateway.stop();
        std::filesystem::create_directories(gateway.archive() / "removals");
        std::ofstream(gateway.archive() / "removals" / "log") << "0123456789abcdef {\"removal\":1,\"at\":\"20";
        gateway.start();
        CHECK(holds(gateway, "1.2.1"));
        mustRemove(gateway, requestFor("1.2.1"));
        gateway.stop();
        gateway.start();
        CHECK(!holds(gateway, "1.2.1"));
    }
    GIVEN("a journal that was damaged in the middle")
    {
        mustRemove(gateway, requestFor("1.2.1"));
        gateway.stop();
        auto const file = gateway.archive() / "removals" / "log";
        auto bytes = readFile(file, 1 << 20);
        REQUIRE(bytes);
        (*bytes)[30] ^= 1;
        std::ofstream(file, std::ios::binary) << *bytes;
        auto const opened = BlobStore::open(gateway.archive());
        REQUIRE(!opened);
        CHECK(opened.error().code == ErrorCode::Corrupt);
        CHECK(opened.error().message.find("log line 1") != std::string::npos);
    }
}

SCENARIO("a copy of the archive that was made while a study went has none of it in the end", "[retention]")
{
    GatewayFixture gateway;
    gateway.mustSend(gateway.site("puzi"), image("1.2.1", 1, "P1", "ZHANG^SAN"));
    gateway.mustSend(gateway.site("puzi"), image("1.2.1", 2, "P1", "ZHANG^SAN"));
    gateway.mustSend(gateway.site("puzi"), image("1.2.2", 1, "P2", "LI^SI"));
    gateway.stop();
    auto const copy = gateway.folder / "copy";
    std::filesystem::create_directories(copy);
    // Receipts first, then objects, then what was removed, as docs/operations.md says.
    for (char const* part : {"receipts", "objects"})
        std::filesystem::copy(gateway.archive() / part, copy / part, std::filesystem::copy_options::recursive);
    gateway.start();
    mustRemove(gateway, requestFor("1.2.1"));
    gateway.mustSend(gateway.site("puzi"), image("1.2.1", 2, "P1", "ZHANG^SAN"));
    gateway.stop();
    std::filesystem::copy(gateway.archive() / "removals", copy / "removals", std::filesystem::copy_options::recursive);
    auto store = BlobStore::open(copy);
    REQUIRE(store);
    CHECK(filesBelow(copy / "objects") == 1);
    auto const report = verifyArchive(**store, copy, nullptr);
    REQUIRE(report);
    CHECK(report->isSound());
    CHECK(report->objects == 1);
}

SCENARIO("a study whose objects arrive at that moment stays", "[retention]")
{
    GatewayFixture gateway;
    gateway.mustSend(gateway.site("puzi"), image("1.2.1", 1, "P1", "ZHANG^SAN"));
    auto request = requestFor("1.2.1");
    request.charsetOf = [&, sent = std::make_shared<std::atomic<bool>>(false)](Receipt const&) {
        if (!sent->exchange(true))
            gateway.mustSend(gateway.site("puzi"), image("1.2.1", 2, "P1", "ZHANG^SAN"));
        return std::string();
    };
    auto const refused = removeStudies(gateway.store(), gateway.index(), request);
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::Conflict);
    CHECK(gateway.index().receiptsOf({{"puzi"}, "1.2.1"}, 0)->size() == 2);
    checkSound(gateway);

    request.charsetOf = nullptr;
    request.stillMay = [] { return Result<void>(fail(ErrorCode::Refused, "somebody claimed it")); };
    CHECK(removeStudies(gateway.store(), gateway.index(), request).error().code == ErrorCode::Refused);
    CHECK(holds(gateway, "1.2.1"));
}

SCENARIO("an object that comes again while its deletion is under way is not deleted with it", "[retention]")
{
    GatewayFixture gateway;
    gateway.mustSend(gateway.site("puzi"), image("1.2.1", 1, "P1", "ZHANG^SAN"));
    auto const receipts = gateway.index().receiptsOf({{"puzi"}, "1.2.1"}, 0);
    REQUIRE(receipts);
    Removal removal;
    removal.studies = {{{"puzi"}, "1.2.1"}};
    REQUIRE(gateway.store().beginRemoval(removal, *receipts));
    REQUIRE(followRemovals(gateway.store(), gateway.index(), nullptr));
    // Its file is gone already, and the disk refuses the rest for a while.
    std::filesystem::remove(gateway.store().absolutePath(receipts->front().location));
    auto const again = gateway.mustSend(gateway.site("puzi"), image("1.2.1", 1, "P1", "ZHANG^SAN"));
    CHECK(again.receipt.sequence == 2);
    CHECK(again.receipt.location.path != receipts->front().location.path);
    REQUIRE(gateway.store().finishRemovals());
    CHECK(gateway.store().verify(again.receipt));
    checkSound(gateway);
    gateway.stop();
    gateway.start();
    CHECK(gateway.index().receiptsOf({{"puzi"}, "1.2.1"}, 0)->size() == 1);
    checkSound(gateway);
}

SCENARIO("an object whose deletion is begun and whose file is still there is stored anew when it comes", "[retention]")
{
    GatewayFixture gateway;
    auto const object = image("1.2.1", 1, "P1", "ZHANG^SAN");
    auto const first = gateway.mustSend(gateway.site("puzi"), object).receipt;
    Removal removal;
    removal.studies = {{{"puzi"}, "1.2.1"}};
    REQUIRE(gateway.store().beginRemoval(removal, std::span(&first, 1)));
    CHECK(!gateway.store().holdsAtItsPlace(first)); // as is asked while the index is made again
    auto const again = gateway.mustSend(gateway.site("puzi"), object);
    CHECK(again.kind == StoreOutcome::Kind::Stored);
    CHECK(again.receipt.sequence == 2);
    REQUIRE(gateway.store().finishRemovals());
    CHECK(gateway.store().verify(again.receipt));
    gateway.stop();
    gateway.start();
    CHECK(gateway.store().verify(again.receipt));
    checkSound(gateway);
}

SCENARIO("a deleted report's UID is no leave to be shown under it", "[retention]")
{
    GatewayFixture gateway;
    gateway.mustSend(gateway.site("puzi"), image("1.2.1", 1, "P1", "ZHANG^SAN"));
    gateway.mustSend(gateway.station({{"puzi"}}), image("1.2.1", 9, "P1", "ZHANG^SAN"));
    dicom::Uid const report[] = {dicom::Uid::ofKnown("1.2.1.1.9")};
    REQUIRE(gateway.index().release({"puzi"}, report));
    mustRemove(gateway, requestFor("1.2.1"));
    gateway.mustSend(gateway.site("puzi"), image("1.2.1", 1, "P1", "ZHANG^SAN"));
    gateway.mustSend(gateway.station({{"puzi"}}), image("1.2.1", 9, "P1", "WANG^WU"));
    Query query;
    query.level = Level::Image;
    Scope site;
    site.sites = {{"puzi"}};
    auto const seen = gateway.index().instances(site, query);
    REQUIRE(seen);
    CHECK(seen->size() == 1);
}
