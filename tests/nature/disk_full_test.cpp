// A disk that is full, read-only or broken, seen by a modality: refused with a status that lets it try again, nothing
// acknowledged is lost, and it goes on by itself.
#include "gateway/archive/blob_store.h"
#include "gateway/ingest/ingest.h"
#include "tests/nature/nature_gateway.h"
#include "tests/support/gateway_fixture.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

using namespace qianli;
using namespace qianli::test;

namespace {

std::uint64_t freeOn(std::filesystem::path const& folder)
{
    return std::filesystem::space(folder).available;
}

// Takes everything that is left.
void fill(std::filesystem::path const& file)
{
    int const descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT, 0600);
    std::vector<char> const block(64 << 10);
    while (::write(descriptor, block.data(), block.size()) > 0) {
    }
    ::close(descriptor);
}

} // namespace

namespace {

struct Rush {
    std::size_t stored = 0, refused = 0;
    bool isTold = false, givesRoomBack = false;
    bool isAsPromised() const { return stored + refused == 64 && refused > 40 && isTold && givesRoomBack; }
};

// Sixty-four objects of 2 MiB, sent at once to an archive that has room for a third of them.
Rush rushIn(GatewayFixture& gateway, bool hasOwnDisk)
{
    constexpr std::uint64_t mebibyte = 1 << 20;
    Rush rush;
    auto settings = GatewayFixture::quickSettings();
    gateway::AlarmBoard alarms(gateway.clock);
    settings.observers.alarms = &alarms;
    // Without a disk of our own the others' files count, too: what is left for us is then the same.
    settings.diskReserveBytes = hasOwnDisk ? 24 * mebibyte : freeOn(gateway.archive()) - 40 * mebibyte;
    gateway.start(settings);

    // All have begun before any of them has written much.
    std::vector<std::unique_ptr<gateway::Reception>> receptions;
    std::vector<std::vector<std::uint8_t>> bytes;
    for (int i = 0; i < 64; ++i) {
        auto const object = Town::object(i, 2 * mebibyte);
        auto reception =
            gateway.ingest().begin(GatewayFixture::site("puzi"),
                                   {dicom::Uid::ofKnown(object.sopClass()), dicom::Uid::ofKnown(object.sopInstance()),
                                    dicom::Uid::ofKnown(SyntheticObject::transferSyntax)});
        REQUIRE(reception);
        receptions.push_back(*std::move(reception));
        bytes.push_back(object.dataSet());
    }
    for (std::size_t at = 0; at < bytes.front().size(); at += 32 << 10)
        for (std::size_t i = 0; i < receptions.size(); ++i) {
            auto const rest = std::span(bytes[i]).subspan(at);
            if (auto const taken = receptions[i]->append(rest.first(std::min<std::size_t>(rest.size(), 32 << 10)));
                !taken && at + (32 << 10) >= bytes[i].size()) {
                CHECK(taken.error().code == ErrorCode::Unavailable);
                ++rush.refused;
            }
            if (hasOwnDisk)
                REQUIRE(freeOn(gateway.archive()) >= settings.diskReserveBytes);
        }
    for (auto& reception : receptions) {
        std::promise<bool> answer;
        reception->finish([&](Result<gateway::StoreOutcome> outcome) { answer.set_value(outcome.has_value()); });
        rush.stored += answer.get_future().get() ? 1 : 0;
    }
    receptions.clear();
    rush.isTold = alarms.stands("disk", "");
    rush.givesRoomBack = gateway.send(GatewayFixture::site("puzi"), Town::object(100, 1000)).has_value();
    gateway.stop();
    return rush;
}

} // namespace

TEST_CASE("sixty-four large objects at once leave the reserve alone", "[nature][full]")
{
    Rush rush;
    // Where others write and remove on the same disk, one round may show their work instead of ours.
    for (int round = 0; round < 5 && !rush.isAsPromised(); ++round) {
        GatewayFixture gateway;
        gateway.stop();
        SmallDisk const disk(gateway.archive(), "64m");
        rush = rushIn(gateway, disk.isThere());
        if (disk.isThere())
            break;
    }
    CHECK(rush.stored + rush.refused == 64);
    CHECK(rush.refused > 40);
    CHECK(rush.isTold);
    CHECK(rush.givesRoomBack);
}

SCENARIO("somebody else fills the disk, and makes room again", "[nature][full]")
{
    NatureGateway gateway;
    SmallDisk const disk(gateway.data(), "96m");
    if (!disk.isThere())
        return;
    gateway.dicomLines = "disk_reserve = \"4 MiB\"\n";
    REQUIRE(gateway.start());
    Town town(gateway);
    REQUIRE(town.sendMany(4, 0, [](int sent) { return sent >= 24; }) == 24);

    // While objects are on their way, below the reserve, to the last byte.
    std::atomic<bool> full = false;
    std::jthread const filler([&] {
        fill(gateway.data() / "somebody-elses.bin");
        full = true;
    });
    int const during = town.sendMany(4, 1000, [&](int sent) { return full && sent >= 40; });
    INFO("stored meanwhile: " << during);
    CHECK(town.send(Town::object(2000, 20'000)) == 0xA700);
    CHECK(gateway.program().isRunning());
    CHECK(eventually([&] { return !gateway.alarm("disk").empty(); }));

    std::filesystem::remove(gateway.data() / "somebody-elses.bin");
    CHECK(eventually([&] { return town.send(Town::object(2001, 20'000)) == 0; }));
    CHECK(eventually([&] { return gateway.alarm("disk").empty(); }));
    CHECK(gateway.stop() == 0);
    CHECK(town.examine() == "");
}

TEST_CASE("whatever the disk refuses, the modality is told to try again and the gateway goes on by itself",
          "[nature][full]")
{
    std::string const fault = GENERATE("full", "read-only", "broken", "sync");
    CAPTURE(fault);
    NatureGateway gateway;
    gateway.httpPort = freePort();
    REQUIRE(gateway.startWithFaults());
    Town town(gateway);
    REQUIRE(town.sendMany(2, 0, [](int sent) { return sent >= 8; }) == 8);
    CHECK(gateway.alarm("disk", "archive").empty());
    CHECK(gateway.health() == R"({"status":"ok"})");

    // In the middle of objects: any write, sync and name of ingest, receipts, index and workflow.db may be the first.
    std::atomic<int> answered = 0;
    std::jthread const breaks([&] {
        while (answered < 6)
            std::this_thread::yield();
        gateway.fault(fault);
    });
    town.sendMany(4, 100, [&](int sent) {
        answered = sent;
        return sent >= 24;
    });
    CHECK(town.send(Town::object(1000, 20'000)) == 0xA700);
    CHECK(town.send(Town::object(1001, 3'000'000)) == 0xA700);
    CHECK(gateway.program().isRunning());
    CHECK(gateway.alarm("disk", "archive").find("C-STORE answers A700H") != std::string::npos);
    CHECK(gateway.health() == R"({"reason":"disk","status":"failing"})");

    gateway.fault("");
    // Also when nobody sends; once is enough, it takes some seconds.
    if (fault == "read-only") {
        CHECK(eventually([&] { return gateway.alarm("disk", "archive").empty(); }));
        CHECK(eventually([&] { return gateway.health() == R"({"status":"ok"})"; }));
    }
    CHECK(eventually([&] { return town.send(Town::object(1001, 3'000'000)) == 0; }));
    CHECK(town.sendMany(4, 2000, [](int sent) { return sent >= 8; }) == 8);
    SECTION("and it is stopped")
    {
        CHECK(gateway.stop() == 0);
    }
    SECTION("and it is killed")
    {
        gateway.killHard();
    }
    // The next start clears away what could not be removed.
    REQUIRE(gateway.start());
    CHECK(gateway.stop() == 0);
    INFO(gateway.log());
    CHECK(town.examine() == "");
}

TEST_CASE("a disk that still takes small files, but no large ones, is told of as well", "[nature][full]")
{
    NatureGateway gateway;
    REQUIRE(gateway.startWithFaults());
    Town town(gateway);
    REQUIRE(town.sendMany(2, 0, [](int sent) { return sent >= 8; }) == 8);
    gateway.fault("quota");
    CHECK(town.send(Town::object(1000, 20'000)) == 0);
    CHECK(gateway.alarm("disk", "archive").empty());
    CHECK(town.send(Town::object(1001, 3'000'000)) == 0xA700);
    CHECK(gateway.alarm("disk", "archive").find("quota") != std::string::npos);
    gateway.fault("");
    CHECK(eventually([&] { return gateway.alarm("disk", "archive").empty(); }));
    CHECK(town.send(Town::object(1001, 3'000'000)) == 0);
    CHECK(gateway.stop() == 0);
    CHECK(town.examine() == "");
}

TEST_CASE("what the disk refuses of an unknown caller is told of, too", "[nature][full]")
{
    std::string const fault = GENERATE("full", "read-only", "broken", "sync");
    CAPTURE(fault);
    NatureGateway gateway;
    gateway.dicomLines += "unknown_callers = \"quarantine\"\n";
    REQUIRE(gateway.startWithFaults());
    Town stranger(gateway, "STRANGER");
    REQUIRE(stranger.send(Town::object(1, 20'000)) == 0);
    CHECK(gateway.alarm("disk", "archive").empty());
    gateway.fault(fault);
    CHECK(stranger.send(Town::object(2, 20'000)) == 0xA700);
    CHECK(gateway.alarm("disk", "archive").find("C-STORE answers A700H") != std::string::npos);
    gateway.fault("");
    CHECK(eventually([&] { return gateway.alarm("disk", "archive").empty(); }));
    CHECK(stranger.send(Town::object(2, 20'000)) == 0);
    CHECK(gateway.stop() == 0);
}

TEST_CASE("whether a disk takes again is tried with what it refused", "[nature][full]")
{
    constexpr std::size_t mebibyte = 1 << 20;
    TemporaryFolder folder;
    SmallDisk const disk(folder / "disk", "32m");
    if (!disk.isThere())
        return;
    auto const store = gateway::BlobStore::open(folder / "disk" / "archive");
    REQUIRE(store);
    auto const refused = [&] {
        auto const object = Town::object(1, 1000);
        auto const begun =
            (*store)->begin({dicom::Uid::ofKnown(object.sopClass()), dicom::Uid::ofKnown(object.sopInstance()),
                             dicom::Uid::ofKnown(SyntheticObject::transferSyntax), ""});
        REQUIRE(begun);
        std::vector<std::uint8_t> const piece(mebibyte);
        for (int i = 0; i < 8; ++i)
            if (!(*begun)->append(piece))
                return true;
        return false;
    };
    CHECK_FALSE(refused());
    fill(folder / "disk" / "somebody-elses.bin");
    std::filesystem::resize_file(folder / "disk" / "somebody-elses.bin",
                                 std::filesystem::file_size(folder / "disk" / "somebody-elses.bin") - 2 * mebibyte);
    REQUIRE((*store)->tryToWrite());
    CHECK(refused());
    CHECK_FALSE((*store)->tryToWrite()); // two MiB are left, and that was not enough
    std::filesystem::remove(folder / "disk" / "somebody-elses.bin");
    CHECK((*store)->tryToWrite());
}
