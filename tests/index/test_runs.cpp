#include "common/sqlite/database.h"
#include "gateway/index/instance_run.h"
#include "gateway/index/study_index.h"
#include "gateway/index/uid_key.h"
#include "tests/support/support.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fstream>
#include <random>
#include <sstream>

using namespace qianli;
using namespace qianli::gateway;
namespace tag = dicom::tag;

namespace {

Scope const everything{true, {}, true};

// As a CT sends them, with everything in it that is unusual.
std::vector<RunInstance> slices()
{
    std::vector<RunInstance> made;
    for (int i = 1; i <= 16; ++i) {
        RunInstance one;
        one.sequence = 1000 + static_cast<std::uint64_t>(i < 9 ? i : 3 * i);
        one.sopInstance = fmt::format("1.2.840.113619.2.55.3.604688119.868.1234567891.{}.{}", 233 + i / 4, i);
        one.shared = i < 12 ? 7 : 300;
        one.digest.fill(static_cast<std::uint8_t>(i * 15));
        one.received = 1'800'000'000'000 + i * 40 - (i == 5 ? 90'000 : 0);
        one.offset = 340 + static_cast<std::uint32_t>(i % 2);
        one.length = i == 7 ? 0 : 524'288 + static_cast<std::uint64_t>(i);
        one.number = i == 3 ? "003" : i == 4 ? "" : i == 5 ? "neun" : i == 6 ? "999999999" : std::to_string(i);
        one.position = fmt::format("-182.5\\-180\\{}", 100 - 1.25 * i);
        one.orientation = i == 9 ? "方位" : "1\\0\\0\\0\\1\\0";
        one.contentDate = "20260102";
        one.contentTime = fmt::format("10150{}.{}", i % 10, i * 1000);
        one.acquisition = i == 10 ? "2 " : "1";
        if (i == 11) {
            one.version = 70'000;
            one.newest = one.released = one.newestReleased = false;
            one.path = "objects/aa/odd.dcm";
        }
        one.text = i < 6 ? 0 : i < 14 ? RunInstance::Noted : RunInstance::Noted | RunInstance::Uncertain;
        if (i == 16)
            one.sopInstance = std::string(128, 'x');
        made.push_back(one);
    }
    made[15].sequence = made[14].sequence + (1ull << 40);
    return made;
}

constexpr std::uint64_t runOfSlices = 1001;
constexpr char const* seriesOfSlices = "1.2.840.113619.2.55.3.604688119.868.1234567891.232";

IndexedObject object(std::uint64_t sequence, std::string const& series, int number)
{
    IndexedObject made;
    made.receipt.sequence = sequence;
    made.receipt.site = {"puzi"};
    made.receipt.study = made.header.studyUid = dicom::Uid::ofKnown("1.2.3");
    made.receipt.series = made.header.seriesUid = dicom::Uid::ofKnown(series);
    made.receipt.sopInstance = made.header.sopInstanceUid = dicom::Uid::ofKnown(fmt::format("{}.{}", series, number));
    made.receipt.sopClass = made.header.sopClassUid = dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2");
    made.receipt.transferSyntax = dicom::Uid::ofKnown("1.2.840.10008.1.2.1");
    made.receipt.receivedAt = TimePoint(std::chrono::seconds(1000 + sequence));
    made.receipt.digest.fill(static_cast<std::uint8_t>(sequence));
    made.receipt.location = {fmt::format("objects/{}", sequence), 300, 5000 + sequence};
    made.header.modality = "CT";
    made.header.instanceNumber = std::to_string(number);
    return made;
}

std::unique_ptr<StudyIndex> opened(std::filesystem::path const& file)
{
    auto index = StudyIndex::open(file);
    if (!index)
        FAIL(index.error().message);
    return std::move(*index);
}

std::vector<InstanceRecord> instancesOf(StudyIndex const& index, std::string const& series)
{
    auto found =
        index.instances(everything, {Level::Series, {{Match::Kind::Value, tag::seriesInstanceUid, {series}}}, 0, true});
    if (!found)
        FAIL(found.error().message);
    return *std::move(found);
}

// Every row of every table.
std::string dump(std::filesystem::path const& file)
{
    auto database = sqlite::Database::open(file);
    REQUIRE(database);
    std::string text;
    auto tables = database->prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN "
                                    "('schema_version') ORDER BY name");
    while (*tables->step()) {
        auto names = database->prepare(fmt::format("SELECT name FROM pragma_table_info('{}')", tables->text(0)));
        std::string row;
        while (*names->step())
            row += (row.empty() ? "" : "||'|'||") + fmt::format("quote(\"{}\")", names->text(0));
        auto rows = database->prepare(fmt::format("SELECT {} FROM {} ORDER BY 1", row, tables->text(0)));
        text += "== " + tables->text(0) + "\n";
        while (*rows->step())
            text += rows->text(0) + "\n";
    }
    return text;
}

} // namespace

TEST_CASE("a run gives back the instances that were packed into it", "[index][run]")
{
    auto const given = slices();
    auto const packed = packRun(given, runOfSlices, seriesOfSlices);
    auto const read = unpackRun(packed, runOfSlices, seriesOfSlices);
    REQUIRE(read);
    CHECK(*read == given);
    CHECK(packRun(*read, runOfSlices, seriesOfSlices) == packed);
    CHECK(unpackRun({}, runOfSlices, seriesOfSlices)->empty());

    std::vector<RunInstance> usual(16);
    for (std::size_t i = 0; i < usual.size(); ++i) {
        usual[i] = given[0];
        usual[i].sequence = runOfSlices + i;
        usual[i].sopInstance = fmt::format("{}.{}", seriesOfSlices, i + 1);
        usual[i].number = std::to_string(i + 1);
        usual[i].position = fmt::format("-182.5\\-180\\{}", 100 - 1.25 * static_cast<double>(i));
    }
    CHECK(packRun(usual, runOfSlices, seriesOfSlices).size() / usual.size() < 32);
}

TEST_CASE("a damaged run is refused or read as something else, never beyond its end", "[index][run]")
{
    auto const given = slices();
    auto const whole = packRun(given, runOfSlices, seriesOfSlices);
    std::size_t refused = 0;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        // A copy of exactly that length, so that a sanitizer sees each byte too many.
        std::vector<std::uint8_t> const part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
        auto const read = unpackRun(part, runOfSlices, seriesOfSlices);
        refused += !read && read.error().code == ErrorCode::Corrupt;
        if (read)
            CHECK(std::equal(read->begin(), read->end(), given.begin()));
    }
    CHECK(refused == whole.size() - given.size());
    std::mt19937 random(1);
    for (int round = 0; round < 2000; ++round) {
        auto bytes = whole;
        for (int i = 0; i < 3; ++i)
            bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
        (void)unpackRun(bytes, runOfSlices, seriesOfSlices);
    }
}

TEST_CASE("what a device numbers one after the other has neighbouring keys", "[index][run]")
{
    CHECK(uidKey("1.2.3.10") == uidKey("1.2.3.19"));
    CHECK(uidKey("1.2.3.20") == uidKey("1.2.3.10") + 1);
    CHECK(uidKey("1.2.3.999") == uidKey("1.2.3.1") + 99);
    CHECK(uidKey("1.2.3.1") != uidKey("1.2.4.1"));
    CHECK(uidKey("1.2.3.1001") != uidKey("1.2.3.2001"));
    for (char const* odd : {"", "x", "1", "12345", "..."}) {
        CHECK(uidKey(odd) >= 0);
        CHECK(uidKey(odd) < (std::int64_t(1) << 47));
    }
}

SCENARIO("the same objects come in other groups, with a restart between", "[index][run]")
{
    GIVEN("two series that arrive side by side, with more instances than a run holds, one of them twice")
    {
        std::vector<IndexedObject> objects;
        std::uint64_t sequence = 0;
        for (int i = 1; i <= 40; ++i)
            for (char const* series : {"1.2.3.4", "1.2.3.5"})
                objects.push_back(object(++sequence, series, i));
        objects.push_back(object(++sequence, "1.2.3.4", 17));
        objects.back().receipt.version = 2;
        objects.push_back(object(++sequence, "1.2.3.4", 41));

        test::TemporaryFolder folder;
        auto const take = [&](std::string const& name, std::size_t size, bool restarts) {
            auto index = opened(folder / name);
            for (std::size_t from = 0; from < objects.size(); from += size) {
                auto const group = std::span(objects).subspan(from, std::min(size, objects.size() - from));
                REQUIRE(index->apply(group));
                if (restarts && from % 7 == 0) {
                    index.reset();
                    index = opened(folder / name);
                }
            }
            return index;
        };
        auto const one = take("one.db", objects.size(), false);
        take("two.db", 1, false);
        take("three.db", 3, true);
        THEN("the rows are the same")
        {
            std::string const rows = dump(folder / "one.db");
            CHECK(rows.size() > 1000);
            CHECK(dump(folder / "two.db") == rows);
            CHECK(dump(folder / "three.db") == rows);
        }
        THEN("each is found, with its receipt, in its newest version")
        {
            auto const found = instancesOf(*one, "1.2.3.4");
            REQUIRE(found.size() == 41);
            for (std::size_t i = 0; i < found.size(); ++i) {
                auto const number = static_cast<int>(i) + 1;
                INFO(number);
                CHECK(found[i].header.instanceNumber == std::to_string(number));
                std::uint64_t const wanted = number == 17 ? 81 : number == 41 ? 82 : 2 * i + 1;
                Receipt const& receipt = found[i].receipt;
                Receipt const& given = objects[wanted - 1].receipt;
                CHECK(receipt.sequence == wanted);
                CHECK(receipt.digest == given.digest);
                CHECK(receipt.receivedAt == given.receivedAt);
                CHECK(receipt.location.path == given.location.path);
                CHECK(receipt.location.dataSetLength == given.location.dataSetLength);
            }
            auto const study = one->study({"puzi"}, dicom::Uid::ofKnown("1.2.3"));
            REQUIRE(*study);
            CHECK((*study)->instances == 81);
            CHECK((*study)->imageInstances == 81);
            CHECK((*study)->lastSequence == 82);
            CHECK((*study)->versionConflict);
            CHECK(one->findBySopInstance({"puzi"}, dicom::Uid::ofKnown("1.2.3.4.17"))->size() == 2);
            CHECK(one->findBySopInstance({"puzi"}, dicom::Uid::ofKnown("1.2.3.4.42"))->empty());
            CHECK(one->findBySopInstance({"lintai"}, dicom::Uid::ofKnown("1.2.3.4.17"))->empty());
        }
    }
}

TEST_CASE("a group that fails leaves nothing, also not in memory", "[index][run]")
{
    test::TemporaryFolder folder;
    auto index = opened(folder / "index.db");
    std::vector<IndexedObject> group{object(1, "1.2.3.4", 1), object(2, "1.2.3.4", 2)};
    REQUIRE(index->apply(group));
    {
        auto other = sqlite::Database::open(folder / "index.db");
        REQUIRE(other->execute("CREATE TRIGGER full BEFORE UPDATE ON series BEGIN SELECT raise(ABORT, 'full'); END"));
    }
    group = {object(3, "1.2.3.4", 3), object(4, "1.2.3.9", 1)};
    CHECK_FALSE(index->apply(group));
    CHECK(index->appliedSequence() == 2);
    CHECK(index->findBySopInstance({"puzi"}, dicom::Uid::ofKnown("1.2.3.4.3"))->empty());
    {
        auto other = sqlite::Database::open(folder / "index.db");
        REQUIRE(other->execute("DROP TRIGGER full"));
    }
    REQUIRE(index->apply(group));
    CHECK(instancesOf(*index, "1.2.3.4").size() == 3);
    CHECK(instancesOf(*index, "1.2.3.9").size() == 1);
}

SCENARIO("whoever asks reads the answers slowly", "[index][find]")
{
    test::TemporaryFolder folder;
    auto index = opened(folder / "index.db");
    std::vector<IndexedObject> group;
    std::uint64_t sequence = 0;
    for (int i = 1; i <= 600; ++i)
        group.push_back(object(++sequence, "1.2.3.4", i));
    REQUIRE(index->apply(group));
    REQUIRE(index->checkpoint());
    std::vector<std::string> numbers;
    auto const level = GENERATE(Level::Image, Level::Series);
    REQUIRE(index->find(everything, {level, {}, 0, true}, [&](Answer const& answer) {
        if (level == Level::Image)
            numbers.push_back(answer.values.at(tag::instanceNumber));
        ++sequence;
        std::vector<IndexedObject> const more{object(sequence, "1.2.3.4", static_cast<int>(sequence))};
        CHECK(index->apply(more));
        // A reader in the way would keep the log from being moved into the file as a whole.
        CHECK(index->checkpoint());
        return true;
    }));
    if (level == Level::Image) {
        REQUIRE(numbers.size() == 600);
        CHECK(numbers.front() == "1");
        CHECK(numbers.back() == "600");
    }
}

SCENARIO("an index of the former layout is opened", "[index]")
{
    test::TemporaryFolder folder;
    {
        auto database = sqlite::Database::open(folder / "index.db");
        std::ifstream file(std::string(QIANLI_SOURCE_DIR) + "/gateway/index/schema/0001_studies.sql");
        std::stringstream text;
        text << file.rdbuf();
        std::string const sql = text.str();
        sqlite::Migration const former[] = {{1, "studies", sql}};
        REQUIRE(sqlite::migrate(*database, former));
        REQUIRE(
            database->execute("UPDATE applied SET sequence = 9; INSERT INTO released VALUES ('puzi', '1.2.3.4.1')"));
    }
    auto index = opened(folder / "index.db");
    THEN("it is empty, so that everything is taken in again, but for what was released")
    {
        CHECK(index->appliedSequence() == 0);
        std::vector<IndexedObject> group{object(1, "1.2.3.4", 1)};
        group[0].receipt.origin = Origin::Station;
        REQUIRE(index->apply(group));
        CHECK(index->appliedSequence() == 1);
        CHECK(instancesOf(*index, "1.2.3.4").at(0).released);
    }
}
