// index.db and workflow.db: locked, cut, overwritten, deleted, with and without their logs; before the start and while
// the gateway works. The index heals from the archive; workflow.db is never begun anew in silence.
#include "common/sqlite/database.h"
#include "gateway/ingest/healing_index.h"
#include "tests/nature/nature_gateway.h"
#include "tests/support/gateway_fixture.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <mutex>
#include <sys/resource.h>
#include <thread>

using namespace qianli;
using namespace qianli::test;

namespace {

void overwriteWithNoise(std::filesystem::path const& file, std::uint64_t from)
{
    auto const size = std::filesystem::file_size(file);
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    std::uint32_t state = 7;
    for (std::uint64_t at = from; at < size; ++at) {
        out.seekp(static_cast<std::streamoff>(at));
        out.put(static_cast<char>((state = state * 1664525u + 1013904223u) >> 24));
    }
}

void damage(std::filesystem::path const& file, std::string const& how)
{
    if (how == "cut")
        std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2 / 4096 * 4096);
    if (how == "empty")
        std::filesystem::resize_file(file, 0);
    if (how == "noise")
        overwriteWithNoise(file, 0);
    if (how == "noise behind the first pages")
        overwriteWithNoise(file, 8192);
    if (how == "deleted")
        std::filesystem::remove(file);
    if (how == "its log deleted")
        std::filesystem::remove(file.string() + "-wal");
}

bool isAskable(NatureGateway const& gateway)
{
    auto const now = gateway.status();
    return now.contains("index") && now["index"].is_null();
}

bool isSetAside(NatureGateway const& gateway)
{
    for (auto const& entry : std::filesystem::directory_iterator(gateway.data()))
        if (entry.path().filename().string().starts_with("index.db.damaged-"))
            return true;
    return false;
}

} // namespace

TEST_CASE("an index that was damaged while the gateway was away is made again from the archive", "[nature][databases]")
{
    std::string const how = GENERATE("cut", "noise", "noise behind the first pages", "deleted", "its log deleted");
    CAPTURE(how);
    NatureGateway gateway;
    REQUIRE(gateway.start());
    Town town(gateway);
    REQUIRE(town.sendMany(2, 0, [](int sent) { return sent >= 12; }) == 12);
    if (how == "its log deleted")
        gateway.killHard(); // with its log
    else
        REQUIRE(gateway.stop() == 0);
    damage(gateway.data() / "index.db", how);

    REQUIRE(gateway.start());
    INFO(gateway.log());
    // What only a look at the whole file shows is found beside the work.
    CHECK(eventually([&] { return isAskable(gateway) && town.get(townStudy).completed == town.promised(); }));
    CHECK(isSetAside(gateway) == (how != "deleted"));
    CHECK(gateway.log().find("the index was made again from the archive") != std::string::npos);
    CHECK(gateway.alarm("database").empty());
    CHECK(town.sendMany(2, 1000, [](int sent) { return sent >= 8; }) == 8);
    CHECK(gateway.stop() == 0);
    CHECK(town.examine() == "");
}

TEST_CASE("an index that is damaged while the gateway works is made again beside the work", "[nature][databases]")
{
    std::string const how = GENERATE("cut", "noise", "deleted", "its log deleted");
    CAPTURE(how);
    NatureGateway gateway;
    REQUIRE(gateway.start());
    Town town(gateway);
    REQUIRE(town.sendMany(4, 0, [](int sent) { return sent >= 24; }) == 24);
    std::this_thread::sleep_for(std::chrono::milliseconds(1500)); // the log is moved into the file after a second
    damage(gateway.data() / "index.db", how);

    // Whatever is answered meanwhile is true: Success for what is kept, A700H for what is not.
    for (int i = 0; i < 8; ++i) {
        auto const status = town.send(Town::object(1000 + i, 20'000));
        CHECK((status == 0 || status == 0xA700));
        // Never a part of the study as if it were all.
        auto const got = town.get(townStudy);
        CHECK((got.status != 0 || got.completed == town.promised()));
    }
    CHECK(eventually([&] {
        return isAskable(gateway) &&
               gateway.log().find("the index was made again from the archive") != std::string::npos;
    }));
    INFO(gateway.log());
    CHECK(town.get(townStudy).completed == town.promised());
    CHECK(gateway.stop() == 0);
    CHECK(town.examine() == "");
}

SCENARIO("another program holds the index for a while", "[nature][databases]")
{
    NatureGateway gateway;
    REQUIRE(gateway.start());
    Town town(gateway);
    REQUIRE(town.send(Town::object(1, 20'000)) == 0);
    {
        auto other = sqlite::Database::open(gateway.data() / "index.db");
        REQUIRE(other);
        REQUIRE(other->execute("BEGIN IMMEDIATE"));
        CHECK(town.send(Town::object(2, 20'000)) == 0xA700);
        CHECK(!gateway.alarm("database").empty());
        REQUIRE(other->execute("ROLLBACK"));
    }
    CHECK(town.send(Town::object(2, 20'000)) == 0);
    CHECK(gateway.alarm("database").empty());
    CHECK(gateway.stop() == 0);
    CHECK(town.examine() == "");
}

TEST_CASE("while the index is made again objects are taken, questions wait, and then everything is there",
          "[nature][databases]")
{
    GatewayFixture gateway;
    for (int i = 0; i < 30; ++i)
        gateway.mustSend(GatewayFixture::site("puzi"), Town::object(i, 1000));
    gateway.stop();
    std::filesystem::remove(gateway.indexFile());

    auto store = gateway::BlobStore::open(gateway.archive()).value();
    gateway::AlarmBoard alarms(gateway.clock);
    std::atomic<bool> mayGoOn = false; // held in the middle, where others ask
    gateway::HealingSettings settings;
    settings.file = gateway.indexFile();
    settings.observers.alarms = &alarms;
    settings.patience = Duration(0);
    settings.charsets = [&]() -> Result<gateway::CharsetOf> {
        return [&](gateway::Receipt const& receipt) {
            while (!mayGoOn)
                std::this_thread::yield();
            return receipt.charset;
        };
    };
    auto index = gateway::HealingIndex::open(*store, settings, gateway.clock).value();
    REQUIRE(index->rebuilding());
    CHECK(alarms.stands("database", "index.db"));
    auto ingest = gateway::Ingest::start(*store, *index, gateway.clock, GatewayFixture::quickSettings()).value();
    auto const send = [&](gateway::Sender const& sender, SyntheticObject const& object) {
        auto reception =
            ingest
                ->begin(sender, {dicom::Uid::ofKnown(object.sopClass()), dicom::Uid::ofKnown(object.sopInstance()),
                                 dicom::Uid::ofKnown(SyntheticObject::transferSyntax)})
                .value();
        REQUIRE(reception->append(object.dataSet()));
        std::promise<Result<gateway::StoreOutcome>> answer;
        reception->finish([&](Result<gateway::StoreOutcome> outcome) { answer.set_value(std::move(outcome)); });
        return answer.get_future().get();
    };
    using Kind = gateway::StoreOutcome::Kind;
    auto const fresh = send(GatewayFixture::site("puzi"), Town::object(100, 1000));
    REQUIRE(fresh);
    CHECK(fresh->kind == Kind::Stored);
    auto const repeated = send(GatewayFixture::site("puzi"), Town::object(3, 1000));
    REQUIRE(repeated);
    CHECK(repeated->kind == Kind::Duplicate);
    auto const other = send(GatewayFixture::site("puzi"), Town::object(4, 1200));
    REQUIRE(other);
    CHECK(other->receipt.version == 2);
    auto const ofStation = send(GatewayFixture::station(), Town::object(101, 1000));
    REQUIRE_FALSE(ofStation);
    CHECK(ofStation.error().code == ErrorCode::Unavailable);
    auto const asked = index->studiesOf(dicom::Uid::ofKnown(townStudy));
    REQUIRE_FALSE(asked);
    CHECK(asked.error().code == ErrorCode::Unavailable);

    mayGoOn = true;
    REQUIRE(eventually([&] { return !index->rebuilding(); }));
    CHECK_FALSE(alarms.stands("database", "index.db"));
    auto const studies = index->studiesOf(dicom::Uid::ofKnown(townStudy));
    REQUIRE(studies);
    CHECK(studies->front().instances == 31);
    CHECK(index->appliedSequence() == store->lastSequence());
    CHECK(store->lastSequence() == 32);
    CHECK(ingest->stop());
}

namespace {

// An index that is made again from the fixture's archive, and is asked for the character set of each object.
struct Rebuilt {
    Rebuilt(GatewayFixture& gateway, gateway::CharsetOf charsetOf)
        : store(gateway::BlobStore::open(gateway.archive()).value())
    {
        gateway::HealingSettings settings;
        settings.file = gateway.indexFile();
        settings.patience = Duration(0);
        settings.tryAgainAfter = std::chrono::milliseconds(50);
        settings.charsets = [charsetOf = std::move(charsetOf)]() -> Result<gateway::CharsetOf> { return charsetOf; };
        settings.observers.alarms = &alarms;
        index = gateway::HealingIndex::open(*store, settings, gateway.clock).value();
    }
    int instances() const
    {
        auto const studies = index->studiesOf(dicom::Uid::ofKnown(townStudy));
        return studies && !studies->empty() ? studies->front().instances : 0;
    }

    ManualClock clock{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)};
    gateway::AlarmBoard alarms{clock};
    std::unique_ptr<gateway::BlobStore> store;
    std::unique_ptr<gateway::HealingIndex> index;
};

} // namespace

TEST_CASE("what can't be opened for a moment is not left out of an index that is made again", "[nature][databases]")
{
    GatewayFixture gateway;
    for (int i = 0; i < 30; ++i)
        gateway.mustSend(GatewayFixture::site("puzi"), Town::object(i, 1000));
    auto const lost = gateway.archive() /
                      gateway.mustSend(GatewayFixture::site("puzi"), Town::object(30, 1000)).receipt.location.path;
    gateway.stop();
    std::filesystem::remove(gateway.indexFile());
    std::filesystem::remove(lost);

    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    std::atomic<bool> isShort = false;
    Rebuilt const rebuilt(gateway, [&](gateway::Receipt const& receipt) {
        // From the tenth object on there are no descriptors.
        if (receipt.sequence == 10 && !isShort) {
            auto none = before;
            none.rlim_cur = 3;
            ::setrlimit(RLIMIT_NOFILE, &none);
            isShort = true;
        }
        return receipt.charset;
    });
    bool const wasShort = eventually([&] { return isShort.load(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(wasShort);
    REQUIRE(eventually([&] { return !rebuilt.index->rebuilding(); }));
    CHECK(rebuilt.instances() == 30);
    // What is really lost is left out, and that is told.
    auto const standing = rebuilt.alarms.standing();
    CHECK(std::ranges::any_of(standing, [](gateway::Alarm const& alarm) {
        return alarm.code == "integrity" && alarm.text.find("1 objects are lost or damaged") != std::string::npos;
    }));
}

TEST_CASE("a new index does not take its place while a part of it is in its log", "[nature][databases]")
{
    GatewayFixture gateway;
    for (int i = 0; i < 30; ++i)
        gateway.mustSend(GatewayFixture::site("puzi"), Town::object(i, 1000));
    gateway.stop();
    std::filesystem::remove(gateway.indexFile());

    // An object comes during the first round, and while it is taken in somebody holds the log open.
    std::atomic<gateway::BlobStore*> store = nullptr;
    std::once_flag once, held;
    std::mutex mutex;
    std::optional<sqlite::Database> reader;
    std::atomic<bool> holds = false;
    auto const commitOne = [&] {
        auto const object = Town::object(99, 1000);
        auto incoming = store.load()->begin({dicom::Uid::ofKnown(object.sopClass()),
                                             dicom::Uid::ofKnown(object.sopInstance()),
                                             dicom::Uid::ofKnown(SyntheticObject::transferSyntax),
                                             {}});
        if (!incoming || !(*incoming)->append(object.dataSet()) || !(*incoming)->seal())
            return;
        std::vector<gateway::BlobStore::Commit> group;
        group.push_back({*std::move(incoming), {}});
        auto& receipt = group.front().receipt;
        receipt.site = {"puzi"};
        receipt.study = dicom::Uid::ofKnown(townStudy);
        receipt.series = dicom::Uid::ofKnown(std::string(townStudy) + ".1");
        receipt.sopInstance = dicom::Uid::ofKnown(object.sopInstance());
        receipt.sopClass = dicom::Uid::ofKnown(object.sopClass());
        receipt.transferSyntax = dicom::Uid::ofKnown(SyntheticObject::transferSyntax);
        receipt.version = 1;
        (void)store.load()->commit(group);
    };
    auto const holdLog = [&] {
        auto opened = sqlite::Database::open(gateway.indexFile().string() + ".new");
        if (!opened || !opened->execute("BEGIN") || !opened->execute("SELECT count(*) FROM sqlite_schema"))
            return;
        std::lock_guard const lock(mutex);
        reader = *std::move(opened);
        holds = true;
    };
    Rebuilt const rebuilt(gateway, [&](gateway::Receipt const& receipt) {
        while (store == nullptr)
            std::this_thread::yield();
        if (receipt.sequence == 30)
            std::call_once(once, commitOne);
        if (receipt.sequence == 31)
            std::call_once(held, holdLog);
        return receipt.charset;
    });
    store = rebuilt.store.get();
    REQUIRE(eventually([&] { return holds.load(); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(300)); // it would be in its place by now
    {
        std::lock_guard const lock(mutex);
        reader.reset();
    }
    REQUIRE(eventually([&] { return !rebuilt.index->rebuilding(); }));
    CHECK(rebuilt.index->appliedSequence() == 31);
    CHECK(rebuilt.instances() == 31);
}

TEST_CASE("what people did last is not lost in silence with the log of workflow.db", "[nature][databases]")
{
    NatureGateway gateway;
    REQUIRE(gateway.start());
    auto const mark = gateway.data() / "workflow.db.open", log = gateway.data() / "workflow.db-wal";
    CHECK(gateway.command({"user", "add", "lihua", "--role", "radiologist"}, {}, "a-long-password-1\n").exitCode == 0);
    gateway.killHard();
    REQUIRE(std::filesystem::exists(log));
    std::filesystem::rename(log, gateway.folder() / "kept");
    std::filesystem::remove(gateway.data() / "workflow.db-shm");

    CHECK_FALSE(gateway.start());
    CHECK(gateway.log().find("its log workflow.db-wal is gone") != std::string::npos);
    CHECK(gateway.log().find("backup restore") != std::string::npos);
    CHECK(gateway.command({"user", "list"}).exitCode == 1);
    CHECK(gateway.command({"doctor"}).output.find("its log workflow.db-wal is gone") != std::string::npos);

    std::filesystem::rename(gateway.folder() / "kept", log);
    // Who only looks, or ends in order, leaves no trap to the next start.
    CHECK(gateway.command({"doctor"}).output.find("workflow.db-wal") == std::string::npos);
    CHECK(gateway.command({"user", "list"}).output.find("lihua") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(mark));
    REQUIRE(gateway.start());
    CHECK(std::filesystem::file_size(mark) > 0);
    CHECK(gateway.command({"user", "list"}).output.find("lihua") != std::string::npos);
    CHECK(std::filesystem::file_size(mark) > 0);
    CHECK(gateway.stop() == 0);
    CHECK_FALSE(std::filesystem::exists(mark));
    REQUIRE(gateway.start());
    CHECK(gateway.stop() == 0);
}

TEST_CASE("a lost or damaged workflow.db stops the start and names the way back", "[nature][databases]")
{
    std::string const how = GENERATE("deleted", "empty", "cut", "noise");
    CAPTURE(how);
    NatureGateway gateway;
    REQUIRE(gateway.start());
    Town town(gateway);
    REQUIRE(town.send(Town::object(1, 20'000)) == 0);
    REQUIRE(gateway.stop() == 0);
    auto const file = gateway.data() / "workflow.db";
    auto const whole = gateway.folder() / "workflow.whole";
    std::filesystem::copy_file(file, whole);
    damage(file, how);

    CHECK_FALSE(gateway.start());
    INFO(gateway.log());
    CHECK(gateway.log().find("backup restore") != std::string::npos);
    // Neither the daemon nor a command has made a new one.
    auto const users = gateway.command({"user", "list"});
    CHECK(users.exitCode == 1);
    CHECK(users.errors.find("backup restore") != std::string::npos);
    CHECK(std::filesystem::exists(file) == (how != "deleted"));

    if (how == "deleted") {
        std::ofstream(gateway.data() / "workflow.none").flush();
        CHECK(gateway.start());
        CHECK_FALSE(std::filesystem::exists(gateway.data() / "workflow.none"));
    } else {
        std::filesystem::copy_file(whole, file, std::filesystem::copy_options::overwrite_existing);
        CHECK(gateway.start());
    }
    CHECK(gateway.stop() == 0);
    CHECK(town.examine() == "");
}
