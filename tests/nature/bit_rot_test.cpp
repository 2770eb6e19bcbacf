// A flipped bit, a cut and a missing file: seen by who reads, by `archive verify` and by the scrub; never handed out as
// good; healed by the same object coming again.
#include "common/dicom/part10.h"
#include "gateway/upkeep/scrub.h"
#include "tests/nature/nature_gateway.h"
#include "tests/nature/no_more_descriptors.h"
#include "tests/support/gateway_fixture.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

using namespace qianli;
using namespace qianli::test;

namespace {

void hurt(std::filesystem::path const& file, std::string const& how)
{
    if (how == "missing")
        std::filesystem::remove(file);
    if (how == "cut")
        std::filesystem::resize_file(file, std::filesystem::file_size(file) - 100);
    if (how == "flipped") {
        std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
        out.seekg(-200, std::ios::end);
        char const byte = static_cast<char>(out.get() ^ 1);
        out.seekp(-200, std::ios::end);
        out.put(byte);
    }
}

std::filesystem::path fileOf(std::filesystem::path const& archive, std::string const& uid)
{
    auto const store = gateway::BlobStore::openForReading(archive).value();
    std::filesystem::path found;
    (void)store->replay(0, [&](gateway::Receipt const& receipt) -> Result<void> {
        if (receipt.sopInstance.value() == uid)
            found = store->absolutePath(receipt.location);
        return {};
    });
    REQUIRE(!found.empty());
    return found;
}

} // namespace

TEST_CASE("a damaged object is no part of what is handed out, is told of, and heals when it comes again",
          "[nature][rot]")
{
    std::string const how = GENERATE("flipped", "cut", "missing");
    auto const pixels = GENERATE(std::size_t{20'000}, std::size_t{3'000'000}); // sent from memory, sent from the file
    CAPTURE(how, pixels);
    NatureGateway gateway;
    REQUIRE(gateway.start());
    Town town(gateway);
    for (int i = 1; i <= 3; ++i)
        REQUIRE(town.send(Town::object(i, pixels)) == 0);
    auto const victim = Town::object(2, pixels);
    auto const file = fileOf(gateway.data() / "archive", victim.sopInstance());
    // Until then each object has a second name, and a lost one comes back from there.
    REQUIRE(eventually([&] { return std::filesystem::is_empty(gateway.data() / "archive" / "incoming"); }));
    hurt(file, how);

    auto const got = town.get(townStudy);
    CHECK(got.completed == 2);
    CHECK(got.failed == 1);
    CHECK(got.status == 0xB000);
    CHECK_FALSE(got.objects.contains(victim.sopInstance()));
    CHECK(gateway.alarm("integrity").find(victim.sopInstance()) != std::string::npos);
    auto const verified = gateway.command({"archive", "verify", "--json"});
    CHECK(verified.exitCode == 1);
    auto const report = nlohmann::json::parse(verified.output, nullptr, false);
    REQUIRE(report.is_object());
    CHECK(report[how == "missing" ? "missing" : "damaged"].size() == 1);

    CHECK(town.send(victim) == 0);
    CHECK(gateway.alarm("integrity").empty());
    auto const again = town.get(townStudy);
    CHECK(again.completed == 3);
    CHECK(again.objects.at(victim.sopInstance()) == victim.dataSet());
    auto const aside = gateway.data() / "archive" / "damaged";
    CHECK(std::filesystem::exists(aside) == (how != "missing"));
    CHECK(gateway.stop() == 0);
    CHECK(town.examine() == "");
}

TEST_CASE("a sector that can't be read any more is damage like any other", "[nature][rot]")
{
    auto const pixels = GENERATE(std::size_t{20'000}, std::size_t{3'000'000}); // sent from memory, sent from the file
    bool const isAskedForFirst = GENERATE(true, false);
    CAPTURE(pixels, isAskedForFirst);
    NatureGateway gateway;
    REQUIRE(gateway.startWithFaults());
    Town town(gateway);
    for (int i = 1; i <= 3; ++i)
        REQUIRE(town.send(Town::object(i, pixels)) == 0);
    REQUIRE(eventually([&] { return std::filesystem::is_empty(gateway.data() / "archive" / "incoming"); }));
    auto const victim = Town::object(2, pixels);
    auto const file = fileOf(gateway.data() / "archive", victim.sopInstance());
    gateway.fault("read " + std::filesystem::relative(file, gateway.data()).string());
    if (isAskedForFirst) {
        auto const got = town.get(townStudy);
        CHECK(got.completed == 2);
        CHECK(got.failed == 1);
        CHECK(gateway.alarm("integrity").find(victim.sopInstance()) != std::string::npos);
        auto const verified = nlohmann::json::parse(
            gateway.command({"archive", "verify", "--json"}, gateway.faultLayer()).output, nullptr, false);
        REQUIRE(verified.is_object());
        CHECK(verified["damaged"].size() == 1);
        // All others are saved.
        auto const backup =
            gateway.command({"backup", "create", gateway.folder() / "backups", "--json"}, gateway.faultLayer());
        auto const report = nlohmann::json::parse(backup.output, nullptr, false);
        INFO(backup.output << backup.errors);
        REQUIRE(report.is_object());
        CHECK(report["objects"] == 2);
    }
    // The bad sector stays; the object gets others.
    CHECK(town.send(victim) == 0);
    CHECK_FALSE(std::filesystem::is_empty(gateway.data() / "archive" / "damaged"));
    gateway.fault("");
    CHECK(gateway.alarm("integrity").empty());
    auto const again = town.get(townStudy);
    CHECK(again.completed == 3);
    CHECK(again.objects.at(victim.sopInstance()) == victim.dataSet());
    CHECK(gateway.stop() == 0);
    CHECK(town.examine() == "");
}

TEST_CASE("the scrub tells of a sector that can't be read any more", "[nature][rot]")
{
    NatureGateway gateway;
    REQUIRE(gateway.start());
    Town town(gateway);
    for (int i = 1; i <= 3; ++i)
        REQUIRE(town.send(Town::object(i, 20'000)) == 0);
    REQUIRE(gateway.stop() == 0);
    auto const uid = Town::object(2, 20'000).sopInstance();
    auto const file = fileOf(gateway.data() / "archive", uid);
    gateway.sections = "[archive]\nscrub_rate = \"100 MiB\"\n";
    REQUIRE(gateway.startWithFaults("read " + std::filesystem::relative(file, gateway.data()).string()));
    CHECK(eventually([&] { return gateway.alarm("integrity").find(uid) != std::string::npos; }));
    CHECK(gateway.stop() == 0);
}

SCENARIO("the scrub finds what nobody has asked for, and remembers its place", "[nature][rot]")
{
    GatewayFixture gateway;
    std::vector<gateway::StoreOutcome> stored;
    for (int i = 1; i <= 20; ++i)
        stored.push_back(gateway.mustSend(GatewayFixture::site("puzi"), Town::object(i, 50'000)));
    REQUIRE(gateway.store().checkpoint());
    auto const path = stored[12].receipt.location.path;
    hurt(gateway.archive() / path, "flipped");

    gateway::AlarmBoard alarms(gateway.clock);
    gateway::Observers observers{&alarms, nullptr};
    gateway.store().setDamageListener(
        {[&](std::string const& where, std::string const& what) { observers.raise("integrity", where, what, ""); },
         [&](std::string const& where) { observers.clear("integrity", where); }});
    gateway::ScrubSettings settings;
    settings.bytesPerSecond = 1ull << 40;
    settings.stateFile = gateway.folder / "scrub.json";
    settings.observers = observers;
    {
        // So slow that it does not get beyond the first.
        auto slow = settings;
        slow.bytesPerSecond = 1;
        gateway::Scrub const scrub(gateway.store(), slow, gateway.clock);
        REQUIRE(eventually([&] { return scrub.progress().reached == 1; }));
    }
    {
        gateway::Scrub const scrub(gateway.store(), settings, gateway.clock);
        REQUIRE(eventually([&] { return scrub.progress().lastFullPass.has_value(); }));
        auto const done = scrub.progress();
        CHECK(done.objects == 19); // it went on where it was
        CHECK(done.damaged == std::set<std::uint64_t>{13});
        CHECK(alarms.stands("integrity", path));
    }
    // After a restart the alarm stands again although no new pass is due, until the object is whole.
    alarms.clear("integrity", path);
    {
        gateway::Scrub const scrub(gateway.store(), settings, gateway.clock);
        CHECK(eventually([&] { return alarms.stands("integrity", path); }));
    }
    gateway.mustSend(GatewayFixture::site("puzi"), Town::object(13, 50'000));
    CHECK_FALSE(alarms.stands("integrity", path));
    gateway::Scrub const scrub(gateway.store(), settings, gateway.clock);
    CHECK(eventually([&] { return scrub.progress().damaged.empty(); }));
}

TEST_CASE("what the scrub could not open for want of descriptors is looked at when there are some", "[nature][rot]")
{
    GatewayFixture gateway;
    std::vector<gateway::StoreOutcome> stored;
    for (int i = 1; i <= 4; ++i)
        stored.push_back(gateway.mustSend(GatewayFixture::site("puzi"), Town::object(i, 50'000)));
    gateway.stop(); // so that nothing else in this process opens and closes
    auto const store = gateway::BlobStore::openForReading(gateway.archive()).value();
    hurt(gateway.archive() / stored[1].receipt.location.path, "flipped");

    gateway::AlarmBoard alarms(gateway.clock);
    std::optional<NoMoreDescriptors> scarce;
    std::atomic<bool> wasScarce = false;
    gateway::ScrubSettings settings;
    settings.bytesPerSecond = 1ull << 40;
    settings.stateFile = gateway.folder / "scrub.json";
    settings.observers = {&alarms, nullptr};
    settings.rest = std::chrono::milliseconds(20);
    settings.busy = [&] { // asked after each object
        if (!wasScarce) {
            scarce.emplace();
            wasScarce = true;
        }
        return false;
    };
    gateway::Scrub const scrub(*store, settings, gateway.clock);
    REQUIRE(eventually([&] { return wasScarce.load(); }));
    bool const isTold = eventually([&] { return alarms.stands("scrub", ""); });
    CHECK(scrub.progress().objects == 1);
    scarce.reset();
    CHECK(isTold);
    REQUIRE(eventually([&] { return scrub.progress().lastFullPass.has_value(); }));
    CHECK(scrub.progress().objects == 4);
    CHECK(scrub.progress().damaged == std::set<std::uint64_t>{2});
    CHECK_FALSE(alarms.stands("scrub", ""));
}

TEST_CASE("the scrub leaves the disk to others, and does not stand still", "[nature][rot]")
{
    GatewayFixture gateway;
    for (int i = 1; i <= 3; ++i)
        gateway.mustSend(GatewayFixture::site("puzi"), Town::object(i, 1000));
    std::atomic<int> asked = 0;
    gateway::ScrubSettings settings;
    settings.bytesPerSecond = 1ull << 40;
    settings.stateFile = gateway.folder / "scrub.json";
    settings.busy = [&] {
        ++asked;
        return true;
    };
    gateway::Scrub const scrub(gateway.store(), settings, gateway.clock);
    REQUIRE(eventually([&] { return scrub.progress().reached >= 2; }));
    CHECK(asked >= 1);
}

TEST_CASE("what was damaged the last time is looked at again, though descriptors are short meanwhile", "[nature][rot]")
{
    GatewayFixture gateway;
    std::vector<gateway::StoreOutcome> stored;
    for (int i = 1; i <= 4; ++i)
        stored.push_back(gateway.mustSend(GatewayFixture::site("puzi"), Town::object(i, 50'000)));
    gateway.stop();
    auto const store = gateway::BlobStore::openForReading(gateway.archive()).value();
    for (std::size_t const i : {1u, 2u})
        hurt(gateway.archive() / stored[i].receipt.location.path, "flipped");
    std::ofstream(gateway.folder / "scrub.json")
        << nlohmann::json{{"damaged", {2, 3}}, {"lastFullPass", toIso8601(gateway.clock.now())}};

    // The first one that is found takes the descriptors away.
    std::optional<NoMoreDescriptors> scarce;
    std::atomic<int> found = 0;
    store->setDamageListener({[&](std::string const&, std::string const&) {
                                  if (++found == 1)
                                      scarce.emplace();
                              },
                              [](std::string const&) {}});
    gateway::AlarmBoard alarms(gateway.clock);
    gateway::ScrubSettings settings;
    settings.stateFile = gateway.folder / "scrub.json";
    settings.observers = {&alarms, nullptr};
    settings.rest = std::chrono::milliseconds(20);
    gateway::Scrub const scrub(*store, settings, gateway.clock);
    REQUIRE(eventually([&] { return found.load() == 1; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(found == 1);
    scarce.reset();
    CHECK(eventually([&] { return store->isKnownDamaged(stored[2].receipt.location); }));
    CHECK(scrub.progress().damaged == std::set<std::uint64_t>{2, 3});
}

TEST_CASE("objects that may not be read are told, not called sound", "[nature][rot]")
{
    GatewayFixture gateway;
    auto const stored = gateway.mustSend(GatewayFixture::site("puzi"), Town::object(1, 50'000));
    gateway.mustSend(GatewayFixture::site("puzi"), Town::object(2, 50'000));
    gateway.stop();
    auto const store = gateway::BlobStore::openForReading(gateway.archive()).value();
    auto const path = gateway.archive() / stored.receipt.location.path;
    auto const aside = gateway.folder / "aside";
    std::filesystem::rename(path, aside);
    std::filesystem::create_symlink(path.filename(), path); // ELOOP, whoever asks

    gateway::AlarmBoard alarms(gateway.clock);
    gateway::ScrubSettings settings;
    settings.bytesPerSecond = 1ull << 40;
    settings.stateFile = gateway.folder / "scrub.json";
    settings.observers = {&alarms, nullptr};
    settings.rest = std::chrono::milliseconds(20);
    {
        gateway::Scrub const scrub(*store, settings, gateway.clock);
        REQUIRE(eventually([&] { return scrub.progress().lastFullPass.has_value(); }));
        CHECK(eventually([&] { return alarms.stands("scrub", "unread"); }));
        CHECK(scrub.progress().damaged.empty());
    }
    std::filesystem::remove(path);
    std::filesystem::rename(aside, path);
    std::filesystem::remove(settings.stateFile); // a new pass
    gateway::Scrub const scrub(*store, settings, gateway.clock);
    REQUIRE(eventually([&] { return scrub.progress().lastFullPass.has_value(); }));
    CHECK(eventually([&] { return !alarms.stands("scrub", "unread"); }));
}
