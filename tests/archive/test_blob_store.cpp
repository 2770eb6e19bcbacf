#include "common/base/file.h"
#include "gateway/archive/blob_store.h"
#include "gateway/archive/spare_files.h"
#include "gateway/archive/verification.h"
#include "tests/support/support.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <fstream>
#include <new>
#include <sys/stat.h>
#include <thread>

using namespace qianli;
using namespace qianli::gateway;
using qianli::test::TemporaryFolder;

namespace {

std::vector<std::uint8_t> bytes(std::size_t count, std::uint8_t first)
{
    std::vector<std::uint8_t> made(count);
    for (std::size_t i = 0; i < count; ++i)
        made[i] = static_cast<std::uint8_t>(first + i);
    return made;
}

std::unique_ptr<BlobStore> mustOpen(std::filesystem::path const& root)
{
    auto store = BlobStore::open(root);
    if (!store)
        FAIL(store.error().message);
    return std::move(*store);
}

BlobStore::Commit received(BlobStore& store, std::string const& sopInstance, std::vector<std::uint8_t> const& content,
                           int version = 1)
{
    dicom::FileMeta const meta{dicom::Uid::ofKnown("1.2.840.10008.5.1.4.1.1.2"), dicom::Uid::ofKnown(sopInstance),
                               dicom::Uid::ofKnown("1.2.840.10008.1.2.1"), "CT1"};
    auto object = store.begin(meta);
    REQUIRE(object);
    REQUIRE((*object)->append(content));
    REQUIRE((*object)->seal());
    BlobStore::Commit commit{std::move(*object), {}};
    commit.receipt.site = {"puzi"};
    commit.receipt.study = dicom::Uid::ofKnown("1.2");
    commit.receipt.series = dicom::Uid::ofKnown("1.2.1");
    commit.receipt.sopInstance = meta.sopInstanceUid;
    commit.receipt.sopClass = meta.sopClassUid;
    commit.receipt.transferSyntax = meta.transferSyntaxUid;
    commit.receipt.version = version;
    return commit;
}

Receipt put(BlobStore& store, std::string const& sopInstance, std::vector<std::uint8_t> const& content)
{
    std::vector<BlobStore::Commit> group;
    group.push_back(received(store, sopInstance, content));
    REQUIRE(store.commit(group));
    return group[0].receipt;
}

std::vector<Receipt> allOf(BlobStore const& store)
{
    std::vector<Receipt> receipts;
    REQUIRE(store.replay(0, [&](Receipt const& receipt) -> Result<void> {
        receipts.push_back(receipt);
        return {};
    }));
    return receipts;
}

bool isSound(BlobStore const& store, std::filesystem::path const& root)
{
    auto const report = verifyArchive(store, root, nullptr);
    REQUIRE(report);
    return report->isSound();
}

std::size_t filesIn(std::filesystem::path const& folder)
{
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

} // namespace

TEST_CASE("what is committed is there with its bytes, also after opening again", "[archive]")
{
    TemporaryFolder const folder;
    auto const root = (folder / "a") / "archive";
    for (std::size_t const size : {std::size_t(0), std::size_t(1), std::size_t(65'000), std::size_t(1'000'001)}) {
        auto store = mustOpen(root);
        auto const content = bytes(size, 3);
        Receipt const receipt = put(*store, "1.2.1." + std::to_string(size), content);
        for (int pass = 0; pass < 2; ++pass) {
            auto const object = store->open(receipt.location);
            REQUIRE(object);
            std::vector<std::uint8_t> read(size);
            REQUIRE(readAllAt(object->file.get(), read, receipt.location.dataSetOffset));
            CHECK(read == content);
            CHECK(store->verify(receipt));
            store.reset();
            store = mustOpen(root);
        }
    }
    auto const store = mustOpen(root);
    CHECK(store->lastSequence() == 4);
    CHECK(isSound(*store, root));
    auto const usage = store->usage();
    REQUIRE(usage);
    CHECK(usage->objects == 4);
    std::uint64_t sum = 0;
    for (Receipt const& receipt : allOf(*store))
        sum += std::filesystem::file_size(store->absolutePath(receipt.location));
    CHECK(usage->bytes == sum);
    CHECK(usage->freeBytes <= usage->totalBytes);
}

TEST_CASE("only the owner can read the archive", "[archive]")
{
    TemporaryFolder const folder;
    auto store = mustOpen(folder / "archive");
    Receipt const receipt = put(*store, "1", bytes(10, 0));
    struct stat status {};
    ::stat(store->absolutePath(receipt.location).c_str(), &status);
    CHECK((status.st_mode & 0777) == 0600);
    ::stat((folder / "archive" / "objects").c_str(), &status);
    CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("one process writes, others may look", "[archive]")
{
    TemporaryFolder const folder;
    auto const root = folder / "archive";
    CHECK(BlobStore::openForReading(root).error().code == ErrorCode::NotFound);
    auto store = mustOpen(root);
    put(*store, "1", bytes(10, 0));
    auto const second = BlobStore::open(root);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ErrorCode::Conflict);

    auto const reader = BlobStore::openForReading(root);
    REQUIRE(reader);
    CHECK((*reader)->lastSequence() == 1);
    CHECK(isSound(**reader, root));
    CHECK((*reader)->begin({}).error().code == ErrorCode::Refused);
    CHECK_FALSE((*reader)->checkpoint());
    CHECK((*reader)->usage()->bytes == store->usage()->bytes);
}

TEST_CASE("nothing is overwritten: a taken place moves the version on", "[archive]")
{
    TemporaryFolder const folder;
    auto store = mustOpen(folder / "archive");
    Receipt const first = put(*store, "1", bytes(10, 0));
    Receipt const second = put(*store, "1", bytes(10, 1));
    CHECK(second.version == 2);
    std::vector<BlobStore::Commit> group;
    group.push_back(received(*store, "1", bytes(10, 2)));
    group.push_back(received(*store, "1", bytes(10, 3)));
    REQUIRE(store->commit(group));
    CHECK(group[0].receipt.version == 3);
    CHECK(group[1].receipt.version == 4);
    CHECK(store->verify(first));
    CHECK(isSound(*store, folder / "archive"));
}

TEST_CASE("what is not committed goes away", "[archive]")
{
    TemporaryFolder const folder;
    auto const root = folder / "archive";
    {
        auto store = mustOpen(root);
        {
            auto const dropped = received(*store, "1", bytes(100, 0));
            CHECK(filesIn(root / "incoming") == 1);
        }
        CHECK(filesIn(root / "incoming") == 0);
        std::vector<BlobStore::Commit> group;
        group.push_back(received(*store, "2", bytes(100, 0)));
        auto unsealed = store->begin(
            {dicom::Uid::ofKnown("1.2"), dicom::Uid::ofKnown("3"), dicom::Uid::ofKnown("1.2.840.10008.1.2"), ""});
        group.push_back({std::move(*unsealed), {}});
        CHECK_FALSE(store->commit(group));
        CHECK(store->lastSequence() == 0);
    }
    std::ofstream(root / "incoming" / "left-by-a-power-cut.dcm") << "half";
    auto const store = mustOpen(root);
    CHECK(filesIn(root / "incoming") == 0);
    CHECK(isSound(*store, root));
}

SCENARIO("the gateway died between the log and the final place", "[archive]")
{
    TemporaryFolder const folder;
    auto const root = folder / "archive";
    Receipt receipt;
    {
        auto store = mustOpen(root);
        receipt = put(*store, "1", bytes(5000, 7));
        put(*store, "2", bytes(100, 7));
        CHECK(filesIn(root / "incoming") == 2);
    }
    // As after a power cut before the checkpoint: the folders of the final places had not been synced.
    std::filesystem::remove_all(root / "objects");
    {
        auto const reader = BlobStore::openForReading(root);
        REQUIRE(reader);
        CHECK((*reader)->verify(receipt));
    }
    auto store = mustOpen(root);
    CHECK(store->verify(receipt));
    CHECK(isSound(*store, root));
    CHECK(filesIn(root / "incoming") == 0);
}

TEST_CASE("after a checkpoint incoming/ is empty and the start looks at nothing before it", "[archive]")
{
    TemporaryFolder const folder;
    auto const root = folder / "archive";
    {
        auto store = mustOpen(root);
        for (int i = 0; i < 5; ++i)
            put(*store, std::to_string(i), bytes(100, 7));
        CHECK(filesIn(root / "incoming") == 5);
        REQUIRE(store->checkpoint());
        CHECK(filesIn(root / "incoming") == 0);
    }
    auto const checkpoint = readFile(root / "checkpoint", 1000);
    REQUIRE(checkpoint);
    CHECK(checkpoint->find("\"sequence\":5") != std::string::npos);

    SECTION("a checkpoint that can't be read costs time only")
    {
        std::ofstream(root / "checkpoint") << "torn";
        auto const store = mustOpen(root);
        CHECK(isSound(*store, root));
        CHECK(store->usage()->objects == 5);
    }
    SECTION("a checkpoint beyond the log says that the log lost its end")
    {
        std::filesystem::remove_all(root / "receipts");
        auto const store = BlobStore::open(root);
        REQUIRE_FALSE(store);
        CHECK(store.error().code == ErrorCode::Corrupt);
    }
}

TEST_CASE("damage is found", "[archive]")
{
    TemporaryFolder const folder;
    auto store = mustOpen(folder / "archive");
    Receipt const receipt = put(*store, "1", bytes(5000, 7));
    auto const path = store->absolutePath(receipt.location);
    SECTION("a flipped bit")
    {
        std::fstream(path, std::ios::in | std::ios::out).seekp(4000).put('X');
        CHECK(store->open(receipt.location));
        CHECK(store->verify(receipt).error().code == ErrorCode::Corrupt);
    }
    SECTION("a short file")
    {
        std::filesystem::resize_file(path, 4000);
        CHECK(store->open(receipt.location).error().code == ErrorCode::Corrupt);
    }
    SECTION("a longer file")
    {
        std::filesystem::resize_file(path, 9000);
        CHECK(store->open(receipt.location).error().code == ErrorCode::Corrupt);
    }
    SECTION("no file")
    {
        std::filesystem::remove(path);
        CHECK(store->open(receipt.location).error().code == ErrorCode::Corrupt);
    }
}

TEST_CASE("the file system refuses the final place for a while", "[archive]")
{
    TemporaryFolder const folder;
    auto const root = folder / "archive";
    auto store = mustOpen(root);
    // A file stands where the folder should be made.
    std::filesystem::remove(root / "objects");
    std::ofstream(root / "objects") << "in the way";
    Receipt const receipt = put(*store, "1", bytes(5000, 7));
    CHECK(store->verify(receipt));
    CHECK_FALSE(store->checkpoint());
    std::filesystem::remove(root / "objects");
    std::filesystem::create_directory(root / "objects");
    CHECK(store->checkpoint());
    CHECK(store->verify(receipt));
    CHECK(filesIn(root / "incoming") == 0);
    CHECK(isSound(*store, root));
}

namespace {

void mustDelete(BlobStore& store, Receipt const& receipt)
{
    auto const number = store.beginRemoval({}, {&receipt, 1});
    REQUIRE(number);
    REQUIRE(store.finishRemoval(*number));
}

} // namespace

TEST_CASE("what is lost at a place that was emptied and taken again is damage", "[archive]")
{
    TemporaryFolder const folder;
    auto store = mustOpen(folder / "archive");
    Receipt const before = put(*store, "1", bytes(5000, 7));
    mustDelete(*store, before);
    CHECK(store->open(before.location).error().code == ErrorCode::NotFound);
    Receipt const after = put(*store, "1", bytes(5000, 7));
    REQUIRE(after.location.path == before.location.path);
    REQUIRE(store->checkpoint());
    std::filesystem::remove(store->absolutePath(after.location));
    CHECK(store->verify(after).error().code == ErrorCode::Corrupt);
    CHECK(store->isKnownDamaged(after.location));
}

TEST_CASE("a place that healing could not take is taken later", "[archive]")
{
    TemporaryFolder const folder;
    auto const root = folder / "archive";
    auto store = mustOpen(root);
    std::filesystem::remove(root / "objects");
    std::ofstream(root / "objects") << "in the way";
    Receipt const receipt = put(*store, "1", bytes(5000, 7));
    auto again = received(*store, "1", bytes(5000, 7));
    CHECK_FALSE(store->heal(receipt, again.object));
    again.object.reset();
    std::filesystem::remove(root / "objects");
    std::filesystem::create_directory(root / "objects");
    CHECK(store->checkpoint());
    CHECK(store->verify(receipt));
    store.reset();
    store = mustOpen(root);
    CHECK(store->verify(receipt));
    CHECK(isSound(*store, root));
}

TEST_CASE("a log of removals that is lost or can't be opened is not taken for an empty one", "[archive]")
{
    TemporaryFolder const folder;
    auto const root = folder / "archive";
    {
        auto store = mustOpen(root);
        mustDelete(*store, put(*store, "1", bytes(5000, 7)));
    }
    auto const log = root / "removals" / "log";
    SECTION("lost")
    {
        std::filesystem::remove(log);
        auto const opened = BlobStore::open(root);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == ErrorCode::Corrupt);
    }
    SECTION("not to be opened")
    {
        std::filesystem::remove(log);
        std::filesystem::create_symlink("log", log);
        CHECK_FALSE(BlobStore::openForReading(root));
        CHECK_FALSE(BlobStore::open(root));
    }
}

TEST_CASE("want of memory costs the making of spare files a round, not the program", "[archive]")
{
    TemporaryFolder folder;
    auto const descriptor = openFile(folder.path(), O_RDONLY | O_DIRECTORY);
    REQUIRE(descriptor);
    std::atomic<int> names = 0;
    SpareFiles spare(folder.path(), descriptor->get(), [&] {
        if (++names == 1)
            throw std::bad_alloc();
        return std::to_string(names);
    });
    bool isThere = false;
    for (int i = 0; i < 2000 && !isThere; ++i) {
        for (int object = 0; object < 20; ++object)
            isThere = spare.take().has_value() || isThere;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    CHECK(isThere);
}
