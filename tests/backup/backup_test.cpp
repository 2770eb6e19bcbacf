// Backups of a data folder: what is in them, what is refused, what is found wrong in them, and what a kill leaves.
#include "tests/backup/backup_fixture.h"

#include "gateway/upkeep/backup_state.h"

#include <csignal>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace qianli;
using namespace qianli::test;

namespace {

void flipByte(std::filesystem::path const& file, std::size_t at)
{
    auto bytes = contentOf(file);
    REQUIRE(at < bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    std::ofstream(file, std::ios::binary) << bytes;
}

bool isNamed(std::vector<std::string> const& faults, std::string const& what)
{
    return std::ranges::any_of(faults, [&](auto const& fault) { return fault.find(what) != std::string::npos; });
}

void checkModes(std::filesystem::path const& folder)
{
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder)) {
        CAPTURE(entry.path());
        auto const wanted = entry.is_directory() ? 0700 : 0600;
        CHECK(static_cast<int>(entry.status().permissions()) == wanted);
    }
}

} // namespace

SCENARIO("a backup holds what can't be made again, and later ones copy only what is new", "[backup]")
{
    BackupFixture fixture;
    fixture.fill("1.2.1", 5);
    auto const first = fixture.create();
    CHECK(first.objects == 5);
    CHECK(first.newObjects == 5);
    CHECK(first.faults.empty());
    auto const noted = need(gateway::lastBackup(fixture.folder.path()));
    REQUIRE(noted);
    CHECK(noted->at == fixture.clock.now());
    CHECK(noted->name == first.name);
    CHECK(noted->objects == 5);
    checkModes(fixture.backups);

    auto const files = filesBelow(fixture.backup(first.name));
    for (auto const* file :
         {"complete", "files.sha256", "backup.json", "data/workflow.db", "data/keys/ca.key", "data/keys/ca.crt",
          "data/keys/ca.crl", "data/sites/sunjia.toml", "data/quarantine/decisions.log", "configuration/gateway.toml",
          "data/archive/receipts/00000000000000000001.log"}) {
        CAPTURE(file);
        CHECK(files.contains(file));
    }
    for (auto const& file : files) {
        CAPTURE(file);
        CHECK(file.find("index.db") == std::string::npos);
        CHECK(file.find("-wal") == std::string::npos);
        CHECK(file.find("incoming") == std::string::npos);
    }
    // A line that was being written is not half in it.
    CHECK(contentOf(fixture.backup(first.name) / "data/quarantine/decisions.log") == "{\"what\":\"dropped\"}\n");

    fixture.fill("1.2.2", 3);
    auto const second = fixture.create();
    CHECK(second.objects == 8);
    CHECK(second.newObjects == 3);
    CHECK(fixture.savedObjects().size() == 8);
    for (auto const& name : {first.name, second.name}) {
        auto const sound = fixture.verify(name);
        CAPTURE(sound.faults);
        CHECK(sound.faults.empty());
        CHECK(sound.objects == (name == first.name ? 5 : 8));
    }
    CHECK(fixture.verify().name == second.name);

    THEN("the tools of any system check it")
    {
        auto const check = [](std::filesystem::path const& in, std::string const& list) {
            return run({"sh", "-c", "cd '" + in.string() + "' && sha256sum --strict -c " + list});
        };
        CHECK(check(fixture.backup(second.name), "files.sha256").exitCode == 0);
        CHECK(check(fixture.backup(second.name), "complete").exitCode == 0);
        auto const objects = check(fixture.backups, "objects.sha256");
        CHECK(objects.exitCode == 0);
        CHECK(std::ranges::count(objects.output, '\n') == 8);
    }
    THEN("a backup that nobody needs any more is removed as a folder")
    {
        std::filesystem::remove_all(fixture.backup(first.name));
        CHECK(fixture.verify().faults.empty());
    }
}

SCENARIO("what is wrong with a backup is named", "[backup]")
{
    BackupFixture fixture;
    fixture.fill("1.2.1", 3);
    auto const name = fixture.create().name;
    auto const backup = fixture.backup(name);
    REQUIRE(fixture.verify().faults.empty());
    auto const faultsAfter = [&](auto const& harm) {
        harm();
        return fixture.verify().faults;
    };
    using Path = std::filesystem::path;
    Path const object = fixture.savedObjects().front();
    Path const receipts = backup / "data/archive/receipts/00000000000000000001.log";

    SECTION("a bit of an object")
    {
        CHECK(isNamed(faultsAfter([&] { flipByte(object, 900); }), object));
    }
    SECTION("a bit of an object's meta header, which no receipt speaks of")
    {
        CHECK(isNamed(faultsAfter([&] { flipByte(object, 5); }), object));
    }
    SECTION("a missing object")
    {
        CHECK(isNamed(faultsAfter([&] { std::filesystem::remove(object); }), object));
    }
    SECTION("a shorter object")
    {
        CHECK(isNamed(faultsAfter([&] { std::filesystem::resize_file(object, 1000); }), object));
    }
    SECTION("a bit of the database")
    {
        CHECK(isNamed(faultsAfter([&] { flipByte(backup / "data/workflow.db", 5000); }), "workflow.db"));
    }
    SECTION("a missing key")
    {
        CHECK(isNamed(faultsAfter([&] { std::filesystem::remove(backup / "data/keys/ca.key"); }), "ca.key is missing"));
    }
    SECTION("a bit of the receipts")
    {
        CHECK(isNamed(faultsAfter([&] { flipByte(receipts, 100); }), receipts));
    }
    SECTION("a bit of the list of files")
    {
        CHECK(isNamed(faultsAfter([&] { flipByte(backup / "files.sha256", 3); }), "files.sha256"));
    }
    SECTION("a line taken out of the list of files, and its file")
    {
        auto const faults = faultsAfter([&] {
            auto const list = contentOf(backup / "files.sha256");
            auto const at = list.find("data/sites"), start = list.rfind('\n', at) + 1;
            write(backup / "files.sha256", list.substr(0, start) + list.substr(list.find('\n', at) + 1));
            std::filesystem::remove(backup / "data/sites/sunjia.toml");
        });
        CHECK(isNamed(faults, "is not the list that was written"));
    }
    SECTION("a file that nobody wrote")
    {
        CHECK(isNamed(faultsAfter([&] { write(backup / "data/sites/strange.toml", "id"); }), "strange.toml"));
    }
    SECTION("no mark that it is complete")
    {
        CHECK(isNamed(faultsAfter([&] { std::filesystem::remove(backup / "complete"); }), "complete"));
    }
    SECTION("a list that points out of the backup")
    {
        auto const faults = faultsAfter([&] {
            write(backup / "files.sha256", contentOf(backup / "files.sha256") + std::string(64, '0') + "  ../../x\n");
        });
        CHECK(isNamed(faults, "names a file outside of the backup"));
    }
    // Whatever it is, it is not restored.
    TemporaryFolder empty;
    if (!fixture.verify().faults.empty()) {
        auto const restored = gateway::restoreBackup(fixture.backups, "", empty / "data", BackupFixture::ignored);
        REQUIRE_FALSE(restored);
        CHECK(restored.error().message.find("nothing was restored") != std::string::npos);
        CHECK_FALSE(std::filesystem::exists(empty / "data"));
    }
}

SCENARIO("an object that the archive has lost keeps nothing else from being saved", "[backup]")
{
    BackupFixture fixture;
    fixture.fill("1.2.1", 3);
    auto const earlier = fixture.create();
    fixture.fill("1.2.2", 2);
    std::vector<std::filesystem::path> ofSecond, ofFirst;
    need(fixture.store().replay(0, [&](gateway::Receipt const& receipt) -> Result<void> {
        (receipt.study.value() == "1.2.2" ? ofSecond : ofFirst)
            .push_back(fixture.store().absolutePath(receipt.location));
        return {};
    }));
    flipByte(ofSecond.front(), 2000);         // before it was ever saved
    std::filesystem::remove(ofFirst.front()); // an earlier backup has it
    auto const report = fixture.create();
    CHECK(report.objects == 4);
    CHECK(report.newObjects == 1);
    REQUIRE(report.faults.size() == 1);
    CHECK(report.faults.front().find("1.2.2.1.1") != std::string::npos);
    auto const verified = fixture.verify();
    CHECK(verified.faults.empty());
    CHECK(verified.lostBefore == report.faults);
    CHECK(verified.objects == 4);

    TemporaryFolder fresh;
    auto const restored = need(gateway::restoreBackup(fixture.backups, "", fresh / "data", BackupFixture::ignored));
    CHECK(restored.objects == 4);
    CHECK(restored.lostBefore == report.faults);
}

TEST_CASE("a backup is never written where it does not belong", "[backup]")
{
    BackupFixture fixture;
    fixture.fill("1.2.1", 1);
    auto const refusal = [&](std::filesystem::path const& folder) {
        fixture.clock.advance(std::chrono::seconds(1));
        auto const made = gateway::createBackup(fixture.configuration, folder, gateway::BackupArchive::Included,
                                                fixture.clock, BackupFixture::ignored);
        REQUIRE_FALSE(made);
        return made.error();
    };
    CHECK(refusal(fixture.folder / "backups").code == ErrorCode::Refused);
    CHECK(refusal(fixture.folder.path()).code == ErrorCode::Refused);
    CHECK(refusal(fixture.folder.path().parent_path()).code == ErrorCode::Refused);
    auto const link = fixture.elsewhere / "link";
    std::filesystem::create_directory_symlink(fixture.folder.path(), link);
    CHECK(refusal(link / "below").code == ErrorCode::Refused);

    write(fixture.elsewhere / "photos" / "holiday.jpg", "x");
    CHECK(refusal(fixture.elsewhere / "photos").message.find("holds something else") != std::string::npos);
    CHECK(filesBelow(fixture.elsewhere / "photos").size() == 1);

    fixture.create();
    BackupFixture other;
    auto const made = gateway::createBackup(other.configuration, fixture.backups, gateway::BackupArchive::Included,
                                            other.clock, BackupFixture::ignored);
    REQUIRE_FALSE(made);
    CHECK(made.error().message.find("another gateway") != std::string::npos);
}

TEST_CASE("a backup that has no room is refused before anything is copied", "[backup]")
{
    BackupFixture fixture;
    fixture.fill("1.2.1", 1);
    auto const earlier = fixture.create();
    auto const before = filesBelow(fixture.backups);
    // No disk of ours has 8 TiB free; the file takes none of it.
    write(fixture.folder / "quarantine" / "big.dcm", "x");
    std::filesystem::resize_file(fixture.folder / "quarantine" / "big.dcm", 8ull << 40);
    auto const made = fixture.tryCreate();
    REQUIRE_FALSE(made);
    CHECK(made.error().code == ErrorCode::Unavailable);
    CHECK(made.error().message.find("make room") != std::string::npos);
    CHECK(filesBelow(fixture.backups) == before);
    CHECK(need(gateway::lastBackup(fixture.folder.path()))->name == earlier.name);
}

TEST_CASE("a damaged workflow database never becomes a backup", "[backup]")
{
    BackupFixture fixture;
    auto const earlier = fixture.create();
    auto bytes = contentOf(fixture.folder / "workflow.db");
    bytes.replace(4096, 4096, std::string(4096, 'x'));
    write(fixture.folder / "workflow.db", bytes);
    auto const made = fixture.tryCreate();
    REQUIRE_FALSE(made);
    CHECK(made.error().code == ErrorCode::Corrupt);
    CHECK(fixture.verify().name == earlier.name);
}

SCENARIO("kill -9 while a backup is made leaves the earlier ones, and the next one is whole", "[backup]")
{
    BackupFixture fixture;
    fixture.fill("1.2.1", 4);
    auto const earlier = fixture.create();
    fixture.fill("1.2.2", 300);
    fixture.stop();
    for (std::uint64_t const killedAt : {1, 270}) {
        CAPTURE(killedAt);
        killedWhile([&] {
            (void)fixture.tryCreate([&](std::uint64_t done, std::uint64_t, std::string_view what) {
                if (what == "new objects" && done == killedAt)
                    ::kill(::getpid(), SIGKILL);
            });
        });
        CHECK(fixture.verify().name == earlier.name);
        CHECK(fixture.verify().faults.empty());
        CHECK(need(gateway::lastBackup(fixture.folder.path()))->name == earlier.name);
    }
    auto const report = fixture.create();
    CHECK(report.objects == 304);
    CHECK(report.newObjects < 300); // what the killed ones had finished is not copied again
    auto const verified = fixture.verify();
    CAPTURE(verified.faults);
    CHECK(verified.faults.empty());
    for (auto const& entry : std::filesystem::directory_iterator(fixture.backups))
        CHECK(entry.path().extension() != ".unfinished");
}

SCENARIO("a restore is whole or marked as cut off, and can be said again", "[backup]")
{
    BackupFixture fixture;
    fixture.fill("1.2.1", 20);
    auto const saved = fixture.create();
    fixture.stop();
    TemporaryFolder fresh;
    auto const data = fresh / "data";

    killedWhile([&] {
        (void)gateway::restoreBackup(fixture.backups, "", data, [](std::uint64_t done, std::uint64_t, auto what) {
            static int rounds = 0; // the objects are read twice: verified, then copied
            if (what == "objects" && done == 10 && ++rounds == 2)
                ::kill(::getpid(), SIGKILL);
        });
    });
    auto const refused = gateway::refuseUnfinishedRestore(data);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("say `backup restore` again") != std::string::npos);

    write(data / "half" / "written", "x");
    auto const restored = need(gateway::restoreBackup(fixture.backups, "", data, BackupFixture::ignored));
    CHECK(restored.objects == 20);
    CHECK(restored.at == fixture.clock.now());
    CHECK_FALSE(std::filesystem::exists(data / "half"));
    CHECK_FALSE(gateway::refuseUnfinishedRestore(data)); // until the index is made
    need(gateway::finishRestore(data));
    need(gateway::refuseUnfinishedRestore(data));
    checkModes(data);
    CHECK(contentOf(data / "keys/ca.key") == contentOf(fixture.folder / "keys/ca.key"));
    auto const store = need(gateway::BlobStore::open(data / "archive"));
    std::uint64_t sound = 0;
    need(store->replay(0, [&](gateway::Receipt const& receipt) {
        ++sound;
        return store->verify(receipt);
    }));
    CHECK(sound == 20);
    CHECK(need(gateway::lastBackup(data))->name == saved.name);

    AND_THEN("never over what is there")
    {
        auto const again = gateway::restoreBackup(fixture.backups, "", data, BackupFixture::ignored);
        REQUIRE_FALSE(again);
        CHECK(again.error().message.find("is not empty") != std::string::npos);
        CHECK(again.error().message.find("stop the gateway, move the folder away") != std::string::npos);
    }
}

SCENARIO("a restore that was cut off beside an archive never clears that for another backup", "[backup]")
{
    BackupFixture fixture;
    fixture.fill("1.2.1", 3);
    auto const whole = fixture.create();
    fixture.fill("1.2.2", 2);
    auto const without = need(fixture.tryCreate(BackupFixture::ignored, gateway::BackupArchive::LeftOut));
    fixture.stop();
    TemporaryFolder fresh;
    auto const data = fresh / "data";
    std::filesystem::create_directories(data);
    std::filesystem::copy(fixture.archive(), data / "archive", std::filesystem::copy_options::recursive);
    need(gateway::restoreBackup(fixture.backups, without.name, data, BackupFixture::ignored)); // never finished
    auto const refused = gateway::restoreBackup(fixture.backups, whole.name, data, BackupFixture::ignored);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("was there before the restore") != std::string::npos);
    CHECK(need(gateway::BlobStore::openForReading(data / "archive"))->lastSequence() == 5);
    need(gateway::restoreBackup(fixture.backups, without.name, data, BackupFixture::ignored));
    CHECK(need(gateway::BlobStore::openForReading(data / "archive"))->lastSequence() == 5);
}

SCENARIO("a backup without the archive comes back beside a mirrored one", "[backup]")
{
    BackupFixture fixture;
    fixture.fill("1.2.1", 3);
    need(fixture.tryCreate(BackupFixture::ignored, gateway::BackupArchive::LeftOut));
    CHECK_FALSE(std::filesystem::exists(fixture.backups / "objects"));
    CHECK(fixture.verify().faults.empty());
    CHECK_FALSE(need(gateway::lastBackup(fixture.folder.path()))->withArchive);
    fixture.stop();
    TemporaryFolder fresh;
    std::filesystem::create_directories(fresh / "data");
    std::filesystem::copy(fixture.archive(), fresh / "data" / "archive", std::filesystem::copy_options::recursive);
    auto const restored = need(gateway::restoreBackup(fixture.backups, "", fresh / "data", BackupFixture::ignored));
    CHECK_FALSE(restored.withArchive);
    CHECK(need(gateway::BlobStore::openForReading(fresh / "data" / "archive"))->lastSequence() == 3);
    CHECK(std::filesystem::exists(fresh / "data" / "workflow.db"));
}

SCENARIO("where only the workflow database is lost, it alone comes back, and no image goes", "[backup]")
{
    BackupFixture fixture;
    fixture.fill("1.2.1", 2);
    fixture.create();
    fixture.fill("1.2.2", 3);
    auto const database = fixture.folder / "workflow.db";
    write(database, "no database any more");
    auto const restore = [&] {
        return gateway::restoreWorkflow(fixture.backups, "", fixture.folder.path(), fixture.clock,
                                        BackupFixture::ignored);
    };
    auto const beside = restore();
    REQUIRE_FALSE(beside);
    CHECK(beside.error().code == ErrorCode::Conflict);
    CHECK(contentOf(database) == "no database any more");

    fixture.stop();
    need(restore());
    gateway::WorkflowSettings settings;
    settings.file = database;
    CHECK(need(need(gateway::Workflow::open(settings, fixture.clock))->users().find("wangmin")).displayName == "王敏");
    CHECK(need(gateway::BlobStore::openForReading(fixture.archive()))->lastSequence() == 5);
    std::string replaced;
    for (auto const& entry : std::filesystem::directory_iterator(fixture.folder.path()))
        if (entry.path().filename().string().starts_with("workflow.db.replaced-"))
            replaced = entry.path();
    CHECK(contentOf(replaced) == "no database any more");
}
