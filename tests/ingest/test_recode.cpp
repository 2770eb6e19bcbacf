// Recode: text is read otherwise, and the index is what a rebuilt one would be.
#include "common/base/text.h"
#include "common/sqlite/database.h"
#include "gateway/ingest/recode.h"
#include "gateway/ingest/replay.h"
#include "tests/support/gateway_fixture.h"

#include <fmt/format.h>
#include <future>
#include <thread>

using namespace qianli;
using namespace qianli::gateway;
using qianli::test::GatewayFixture;
using qianli::test::SyntheticObject;
using qianli::test::TemporaryFolder;

namespace {

// A column as text; the number of a row as what the row is about.
std::string columnText(std::string const& table, std::string const& column)
{
    auto const isOne = [&](char const* of, char const* name) { return table == of && column == name; };
    std::string const study = "SELECT c.site || ' ' || c.uid || ' ' || c.part FROM study c WHERE c.id = ";
    if (isOne("patient", "id") || isOne("study", "patient"))
        return fmt::format("(SELECT c.site || ' ' || c.identity || ' ' || c.variant FROM patient c WHERE c.id = t.{})",
                           column);
    if (isOne("study", "id") || isOne("series", "study") || isOne("study_name", "study"))
        return fmt::format("({}t.{})", study, column);
    if (isOne("series", "id") || isOne("run", "series") || isOne("acquisition", "series"))
        return fmt::format("(SELECT s.uid || ' of ' || ({}s.study) FROM series s WHERE s.id = t.{})", study, column);
    return fmt::format("quote(\"{}\")", column);
}

// Every row of every table.
std::string dump(std::filesystem::path const& file)
{
    auto database = sqlite::Database::open(file);
    REQUIRE(database);
    std::string text;
    auto tables = database->prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' "
                                    "AND name <> 'schema_version' ORDER "
                                    "BY name");
    REQUIRE(tables);
    while (*tables->step()) {
        std::string const table = tables->text(0);
        auto names = database->prepare(fmt::format("SELECT name FROM pragma_table_info('{}')", table));
        std::string row;
        while (*names->step())
            row += (row.empty() ? "" : "||'|'||") + columnText(table, names->text(0));
        auto rows = database->prepare(fmt::format("SELECT {} FROM {} t ORDER BY 1", row, table));
        REQUIRE(rows);
        text += "== " + table + "\n";
        while (*rows->step())
            text += rows->text(0) + "\n";
    }
    return text;
}

// The rows that only one of them has.
std::string difference(std::string const& one, std::string const& other)
{
    std::string rows;
    for (auto const& [mine, theirs, mark] : {std::tuple(&one, &other, "- "), std::tuple(&other, &one, "+ ")})
        for (std::string const& row : text::split(*mine, '\n'))
            if (!row.empty() && ("\n" + *theirs).find("\n" + row + "\n") == std::string::npos)
                rows += mark + row + "\n";
    return rows;
}

// The bytes mean "馯馰" and "ñUñV" alike; with what is beside them, or by the site's policy, they are told apart.
constexpr char const* open = "\xF1\x55\xF1\x56";
constexpr char const* rare = "馯馰";

SyntheticObject image(std::string const& study, int number, std::string const& patient, std::string const& rawName)
{
    SyntheticObject object(study, study + ".1", study + ".1." + std::to_string(number));
    return object.set(0x00200013, "IS", std::to_string(number))
        .set(0x00080005, "CS", "ISO_IR 100")
        .set(0x00100020, "LO", patient)
        .set(0x00100010, "PN", rawName)
        .set(0x00081030, "LO", "CHEST");
}

CharsetOf always(std::string const& charset)
{
    return [charset](Receipt const& receipt) { return receipt.site.value == "puzi" ? charset : receipt.charset; };
}

CharsetOf asReceived()
{
    return [](Receipt const& receipt) { return receipt.charset; };
}

std::string nameOf(StudyIndex const& index, std::string const& study, std::string const& site = "puzi")
{
    auto const record = index.study({site}, dicom::Uid::ofKnown(study));
    REQUIRE(record);
    return *record ? (*record)->header.patientName : "-";
}

} // namespace

SCENARIO("what a site sent is read again by another character set", "[ingest][recode]")
{
    GIVEN("an archive whose site had no policy when its objects came")
    {
        GatewayFixture gateway;
        auto urgent = gateway.site("puzi");
        urgent.stat = true;
        gateway.mustSend(gateway.site("puzi"), image("1.2.1", 1, "P1", open));
        gateway.mustSend(gateway.site("puzi"), image("1.2.1", 2, "P1", open));
        gateway.mustSend(gateway.site("puzi"), image("1.2.2", 1, "P2", "ZHANG^SAN"));
        gateway.clock.advance(std::chrono::hours(24));
        gateway.mustSend(urgent, image("1.2.3", 1, "P1", "馯馰").set(0x00080005, "CS", "ISO_IR 192"));
        gateway.mustSend(gateway.site("puzi"), image("1.2.1", 1, "P1", open).pixels(64, 9));
        gateway.mustSend(gateway.site("lintai"), image("1.2.1", 1, "P1", open));
        gateway.mustSend(gateway.station({{"puzi"}}), image("1.2.1", 9, "P1", open));
        for (int i = 1; i <= 20; ++i)
            gateway.mustSend(gateway.site("puzi"), image("1.2.4", i, "P4", open).set(0x00081010, "SH", open));
        auto const puzi = gateway.index().devices({"puzi"});
        REQUIRE(puzi);
        auto const uncertainBefore = puzi->front().charsetUncertain;
        auto const variants = gateway.index().variantsOf({{"puzi"}, "P1", 0, ""});
        REQUIRE(variants);
        CHECK(variants->size() == 2); // the same person, once read wrongly
        CHECK(nameOf(gateway.index(), "1.2.1") != rare);
        RecodeRequest request{{"puzi"}, std::nullopt, std::nullopt, asReceived(), always("GB18030"), Reread::Write};

        WHEN("it is only asked what would change")
        {
            auto const before = dump(gateway.indexFile());
            request.how = Reread::Look;
            auto const report = recode(gateway.store(), gateway.index(), request, nullptr);
            REQUIRE(report);
            CHECK(report->studies == 4);
            CHECK(report->changed == 2);
            REQUIRE(report->first.size() == 2);
            CHECK(report->first[0].after.patientName == rare);
            CHECK(report->first[0].before.patientName != rare);
            CHECK(dump(gateway.indexFile()) == before);
        }
        WHEN("it is done")
        {
            std::uint64_t last = 0;
            auto const report =
                recode(gateway.store(), gateway.index(), request, [&](std::uint64_t done, std::uint64_t) {
                    last = done;
                    return true;
                });
            REQUIRE(report);
            CHECK(report->studies == 4);
            CHECK(report->changed == 2);
            CHECK(report->damaged.empty());
            CHECK(last > 0);

            THEN("names are right, the same person is one again, and other sites keep their reading")
            {
                CHECK(nameOf(gateway.index(), "1.2.1") == rare);
                CHECK(nameOf(gateway.index(), "1.2.4") == rare);
                CHECK(nameOf(gateway.index(), "1.2.2") == "ZHANG^SAN");
                CHECK(nameOf(gateway.index(), "1.2.1", "lintai") != rare);
                CHECK(gateway.index().variantsOf({{"puzi"}, "P1", 0, ""})->size() == 1);
                auto const found = gateway.index().study({"puzi"}, dicom::Uid::ofKnown("1.2.3"));
                CHECK((*found)->statSequence > 0);
                CHECK((*gateway.index().study({"puzi"}, dicom::Uid::ofKnown("1.2.1")))->versionConflict);
                CHECK(gateway.index().devices({"puzi"})->front().charsetUncertain < uncertainBefore);
            }
            THEN("every row is that of an index that is rebuilt by the same decision")
            {
                auto rebuilt = StudyIndex::open(gateway.folder / "rebuilt.db");
                REQUIRE(rebuilt);
                REQUIRE(reindex(gateway.store(), **rebuilt, always("GB18030"), nullptr));
                rebuilt->reset();
                auto const now = dump(gateway.indexFile());
                CHECK(now.find(rare) != std::string::npos);
                CHECK(difference(now, dump(gateway.folder / "rebuilt.db")) == "");
            }
            THEN("objects that come later join the same rows")
            {
                auto configured = gateway.site("puzi");
                configured.siteCharset = "GB18030";
                gateway.mustSend(configured, image("1.2.4", 21, "P4", open));
                CHECK((*gateway.index().study({"puzi"}, dicom::Uid::ofKnown("1.2.4")))->instances == 21);
                gateway.stop();
                gateway.start();
                CHECK((*gateway.index().study({"puzi"}, dicom::Uid::ofKnown("1.2.4")))->instances == 21);
            }
            THEN("it can be taken back, and all is as it was received")
            {
                auto received = StudyIndex::open(gateway.folder / "received.db");
                REQUIRE(reindex(gateway.store(), **received, nullptr, nullptr));
                received->reset();
                RecodeRequest const back{{"puzi"},          std::nullopt, std::nullopt,
                                         always("GB18030"), asReceived(), Reread::Write};
                REQUIRE(recode(gateway.store(), gateway.index(), back, nullptr));
                CHECK(nameOf(gateway.index(), "1.2.4") != rare);
                CHECK(difference(dump(gateway.indexFile()), dump(gateway.folder / "received.db")) == "");
            }
        }
        WHEN("only a period is meant")
        {
            request.to = gateway.clock.now() - std::chrono::hours(12);
            auto const end = *request.to;
            request.after = [&](Receipt const& receipt) {
                return receipt.site.value == "puzi" && receipt.receivedAt <= end ? "GB18030" : receipt.charset;
            };
            auto const report = recode(gateway.store(), gateway.index(), request, nullptr);
            REQUIRE(report);
            CHECK(report->studies == 2);
            CHECK(report->changed == 1);
            CHECK(nameOf(gateway.index(), "1.2.4") != rare);
            auto rebuilt = StudyIndex::open(gateway.folder / "rebuilt.db");
            REQUIRE(reindex(gateway.store(), **rebuilt, request.after, nullptr));
            rebuilt->reset();
            CHECK(difference(dump(gateway.indexFile()), dump(gateway.folder / "rebuilt.db")) == "");
        }
        WHEN("it ends on the way and is given again, when what was decided the first time holds already")
        {
            REQUIRE(recode(gateway.store(), gateway.index(), request, [](auto...) { return false; }));
            RecodeRequest again = request;
            again.before = again.after;
            REQUIRE(recode(gateway.store(), gateway.index(), again, nullptr));
            auto rebuilt = StudyIndex::open(gateway.folder / "rebuilt.db");
            REQUIRE(reindex(gateway.store(), **rebuilt, always("GB18030"), nullptr));
            rebuilt->reset();
            CHECK(gateway.index().devices({"puzi"})->front().station == rare);
            CHECK(difference(dump(gateway.indexFile()), dump(gateway.folder / "rebuilt.db")) == "");
        }
        WHEN("a file can't be read any more")
        {
            auto const receipts = gateway.index().findBySopInstance({"puzi"}, dicom::Uid::ofKnown("1.2.4.1.7"));
            REQUIRE(receipts);
            std::filesystem::remove(gateway.store().absolutePath(receipts->front().location));
            auto const report = recode(gateway.store(), gateway.index(), request, nullptr);
            REQUIRE(report);
            CHECK(report->damaged.size() == 1);
            CHECK(nameOf(gateway.index(), "1.2.4") != rare);
            CHECK(nameOf(gateway.index(), "1.2.1") == rare);
        }
        WHEN("objects of the same studies come meanwhile")
        {
            std::thread sender([&] {
                for (int i = 30; i < 60; ++i)
                    (void)gateway.send(gateway.site("puzi"), image("1.2.4", i, "P4", open));
            });
            for (int i = 0; i < 5; ++i)
                CHECK(recode(gateway.store(), gateway.index(), request, nullptr));
            sender.join();
            REQUIRE(recode(gateway.store(), gateway.index(), request, nullptr));
            CHECK((*gateway.index().study({"puzi"}, dicom::Uid::ofKnown("1.2.4")))->instances == 50);
            CHECK(nameOf(gateway.index(), "1.2.4") == rare);
        }
    }
}

SCENARIO("whoever sends does not wait for the files of what came while a study was read again", "[ingest][recode]")
{
    GatewayFixture gateway;
    gateway.mustSend(gateway.site("puzi"), image("1.2.1", 1, "P1", "ZHANG^SAN"));
    std::vector<std::size_t> asked;
    std::vector<std::future<Result<StoreOutcome>>> arrivals;
    auto const read = [&](std::span<Receipt const> receipts) -> Result<std::vector<ReadAgain>> {
        asked.push_back(receipts.size());
        if (int const number = static_cast<int>(arrivals.size()) + 2; number <= 4) {
            arrivals.push_back(gateway.sendLater(gateway.site("puzi"), image("1.2.1", number, "P1", "ZHANG^SAN")));
            // Not before the writer is free; the ten seconds are for the case that it is not.
            CHECK(arrivals.back().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
        }
        std::vector<ReadAgain> headers(receipts.size());
        for (std::size_t i = 0; i < receipts.size(); ++i) {
            QIANLI_ASSIGN(headers[i].after, readHeaderAgain(gateway.store(), receipts[i], "GB18030"));
            headers[i].before = headers[i].after;
        }
        return headers;
    };
    REQUIRE(gateway.index().reread({{"puzi"}, "1.2.1"}, read, Reread::Write));
    CHECK(asked == std::vector<std::size_t>{1, 1, 1, 1});
    CHECK((*gateway.index().study({"puzi"}, dicom::Uid::ofKnown("1.2.1")))->instances == 4);
}

SCENARIO("what is too much to be written at once is left for archive reindex", "[ingest][recode]")
{
    // As of consoles that know one Patient ID.
    TemporaryFolder const folder;
    auto store = BlobStore::open(folder / "archive");
    REQUIRE(store);
    auto index = StudyIndex::open(folder / "index.db");
    REQUIRE(index);
    constexpr std::uint64_t studies = 201, ofEach = 100;
    std::vector<IndexedObject> objects(studies * ofEach);
    for (std::uint64_t i = 0; i < objects.size(); ++i) {
        Receipt& receipt = objects[i].receipt;
        dicom::InstanceHeader& header = objects[i].header;
        std::string const study = fmt::format("1.2.{}", i / ofEach + 1);
        receipt.sequence = i + 1;
        receipt.site = {"puzi"};
        receipt.study = header.studyUid = dicom::Uid::ofKnown(study);
        receipt.series = header.seriesUid = dicom::Uid::ofKnown(study + ".1");
        receipt.sopInstance = header.sopInstanceUid = dicom::Uid::ofKnown(fmt::format("{}.1.{}", study, i));
        header.patientId = i / ofEach == 0 ? "2" : "1";
    }
    REQUIRE((*index)->apply(objects));
    std::size_t asked = 0;
    auto const read = [&](std::span<Receipt const> receipts) -> Result<std::vector<ReadAgain>> {
        asked += receipts.size();
        std::vector<ReadAgain> headers(receipts.size());
        for (std::size_t i = 0; i < receipts.size(); ++i)
            headers[i].before = headers[i].after = objects[receipts[i].sequence - 1].header;
        return headers;
    };
    // Two hundred studies of a hundred are just not too many.
    auto const together = (*index)->reread({{"puzi"}, "1.2.7"}, read, Reread::Look);
    REQUIRE(together);
    CHECK(together->size() == 200);
    CHECK(asked == 20'000);

    IndexedObject one = objects.back();
    one.receipt.sequence = objects.size() + 1;
    one.receipt.sopInstance = one.header.sopInstanceUid = dicom::Uid::ofKnown("1.2.201.1.999999");
    REQUIRE((*index)->apply({&one, 1}));
    objects.push_back(one);
    asked = 0;
    auto const refused = (*index)->reread({{"puzi"}, "1.2.7"}, read, Reread::Write);
    REQUIRE(!refused);
    CHECK(refused.error().message.find("archive reindex") != std::string::npos);
    CHECK(asked == 0);
    // No other patient is held up by that; the report of a recoding names those who are.
    CHECK((*index)->reread({{"puzi"}, "1.2.1"}, read, Reread::Write));
    RecodeRequest request{{"puzi"}, std::nullopt, std::nullopt, asReceived(), always("GB18030"), Reread::Look};
    request.from = one.receipt.receivedAt;
    request.to = one.receipt.receivedAt;
    auto const report = recode(**store, **index, request, nullptr);
    REQUIRE(report);
    CHECK(report->damaged.size() == studies); // one for want of its file
}
