// How a gateway ends, and what a copy of its archive is worth while it works.
#include "gateway/archive/verification.h"
#include "gateway/ingest/ingest.h"
#include "tests/nature/nature_gateway.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <fmt/format.h>
#include <iostream>
#include <thread>

using namespace qianli;
using namespace qianli::test;

SCENARIO("SIGTERM under load: the end comes in time, and nothing acknowledged is lost", "[nature][ends]")
{
    NatureGateway gateway;
    REQUIRE(gateway.start());
    Town town(gateway);
    REQUIRE(town.sendMany(4, 0, [](int sent) { return sent >= 12; }) == 12);
    std::atomic<bool> over = false;
    std::vector<std::jthread> readers;
    for (int i = 0; i < 4; ++i)
        readers.emplace_back([&] {
            while (!over)
                (void)town.get(townStudy);
        });
    std::jthread const sender([&] { town.sendMany(8, 1000, [&](int) { return over.load(); }); });
    REQUIRE(eventually([&] { return town.promised() > 40; }));
    // stop() kills after twenty seconds, and then it is no 0; the promise is ten.
    auto const before = std::chrono::steady_clock::now();
    CHECK(gateway.stop() == 0);
    auto const took = std::chrono::steady_clock::now() - before;
    over = true;
    readers.clear();
    std::cout << fmt::format("figure: SIGTERM under load: ended after {:.2f} s\n",
                             std::chrono::duration<double>(took).count());
    CHECK(took < std::chrono::seconds(10));
    CHECK(town.examine() == "");
}

SCENARIO("a copy of archive/ made while objects come in is consistent", "[nature][ends]")
{
    NatureGateway gateway;
    REQUIRE(gateway.start());
    Town town(gateway);
    REQUIRE(town.sendMany(4, 0, [](int sent) { return sent >= 24; }) == 24);
    std::atomic<bool> over = false;
    std::jthread sender([&] { town.sendMany(4, 1000, [&](int) { return over.load(); }); });
    REQUIRE(eventually([&] { return town.promised() > 40; }));
    std::size_t const promised = town.promised();
    // As docs/decisions/0001 says: receipts first.
    auto const archive = (gateway.data() / "archive").string(), copy = (gateway.folder() / "copy").string();
    std::filesystem::create_directories(copy);
    REQUIRE(run({"cp", "-r", archive + "/receipts", copy}).exitCode == 0);
    (void)run({"cp", "-r", archive + "/incoming", copy}); // what goes meanwhile is in its place by now
    REQUIRE(run({"cp", "-r", archive + "/objects", copy}).exitCode == 0);
    over = true;
    sender.join();

    auto const store = gateway::BlobStore::open(copy);
    INFO((store ? "" : store.error().message));
    REQUIRE(store);
    CHECK((*store)->lastSequence() >= promised);
    auto const report = gateway::verifyArchive(**store, copy, nullptr);
    REQUIRE(report);
    CHECK(report->missing.empty());
    CHECK(report->damaged.empty());
    // Objects whose receipts came after the log was copied are no damage.
    auto index = gateway::StudyIndex::open(gateway.folder() / "copied-index.db").value();
    auto const rebuilt = gateway::reindex(**store, *index, {}, {});
    REQUIRE(rebuilt);
    CHECK(rebuilt->damaged.empty());
    CHECK(index->appliedSequence() == (*store)->lastSequence());
    CHECK(gateway.stop() == 0);
}

SCENARIO("after a kill under load the gateway is ready again soon", "[nature][ends]")
{
    NatureGateway gateway;
    REQUIRE(gateway.start());
    Town town(gateway);
    std::atomic<bool> over = false;
    std::jthread sender([&] { town.sendMany(8, 0, [&](int) { return over.load(); }); });
    REQUIRE(eventually([&] { return town.promised() > 100; }));
    gateway.killHard();
    over = true;
    sender.join();
    auto const before = std::chrono::steady_clock::now();
    REQUIRE(gateway.start());
    std::cout << fmt::format("figure: ready {:.2f} s after kill -9 with {} objects\n",
                             std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count(),
                             town.promised());
    CHECK(gateway.stop() == 0);
    CHECK(town.examine() == "");
}
