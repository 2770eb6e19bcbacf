// Who is served next, who gets a place, and what a waiting peer costs.
#include "gateway/association/connection.h"
#include "gateway/association/fair_queue.h"
#include "gateway/association/operation_places.h"
#include "gateway/association/operation_threads.h"
#include "tests/association/gateway_fixture.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <thread>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

namespace {

std::size_t threadsOfThisProcess()
{
    auto const all = std::filesystem::directory_iterator("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

} // namespace

TEST_CASE("a site with many associations gets no more than a site with one", "[association]")
{
    FairQueue<std::string> queue;
    // Each association has always something to be read; reading costs what a turn allows.
    for (int i = 0; i < 9; ++i)
        queue.push("greedy", Urgency::Routine, "greedy");
    queue.push("modest", Urgency::Routine, "modest");
    std::map<std::string, int> served;
    for (int i = 0; i < 1000; ++i) {
        auto const next = queue.pop();
        REQUIRE(next);
        ++served[*next];
        queue.spend(*next, 512 << 10);
        queue.push(*next, Urgency::Routine, *next);
    }
    CHECK(served["modest"] >= 490);
    CHECK(served["greedy"] >= 490);
}

TEST_CASE("shares are counted in bytes, and nothing is left unused", "[association]")
{
    FairQueue<std::string> queue;
    std::map<std::string, std::uint64_t> bytes;
    std::map<std::string, std::uint64_t> const cost{{"large", 512 << 10}, {"small", 8 << 10}};
    for (auto const& [key, each] : cost)
        queue.push(key, Urgency::Routine, key);
    for (int i = 0; i < 20'000; ++i) {
        auto const next = queue.pop();
        REQUIRE(next);
        bytes[*next] += cost.at(*next);
        queue.spend(*next, cost.at(*next));
        queue.push(*next, Urgency::Routine, *next);
    }
    CHECK(bytes["large"] < bytes["small"] * 11 / 10);
    CHECK(bytes["small"] < bytes["large"] * 11 / 10);
    queue.pop();
    queue.pop();
    CHECK_FALSE(queue.pop());
    // Alone, a site that has used up its share is served all the same.
    queue.spend("large", 100 << 20);
    queue.push("large", Urgency::Routine, "large");
    CHECK(queue.pop() == "large");
}

TEST_CASE("who was away or urgent for long comes back with a bucket of credit or debt at most", "[association]")
{
    FairQueue<std::string> queue;
    auto const serve = [&](int turns) {
        std::map<std::string, int> served;
        for (int i = 0; i < turns; ++i) {
            auto const next = queue.pop();
            REQUIRE(next);
            ++served[*next];
            queue.spend(*next, 64 << 10);
            queue.push(*next, Urgency::Routine, *next);
        }
        return served;
    };
    queue.push("steady", Urgency::Routine, "steady");
    serve(1000);
    queue.push("late", Urgency::Routine, "late");
    auto served = serve(100); // 16 turns are a bucket
    CHECK(served["late"] >= 50);
    CHECK(served["late"] <= 60);
    // 1 GB as urgent.
    queue.push("other", Urgency::Routine, "other");
    serve(1);
    for (int i = 0; i < 1000; ++i) {
        queue.push("urgent", Urgency::Stat, "urgent");
        while (queue.size() > 3) { // every ninth turn is another's
            auto const next = queue.pop();
            REQUIRE(next);
            queue.spend(*next, *next == "urgent" ? 1 << 20 : 64 << 10);
            if (*next != "urgent")
                queue.push(*next, Urgency::Routine, *next);
        }
    }
    queue.push("urgent", Urgency::Routine, "urgent");
    CHECK(serve(200)["urgent"] >= 20);
}

TEST_CASE("what could not be put into the line is not in it, and the others are", "[association][R54]")
{
    struct Item {
        explicit Item(int* moves) : movesLeft(moves) {}
        Item(Item&& other) : movesLeft(other.movesLeft)
        {
            if (--*movesLeft == 0)
                throw std::bad_alloc();
        }
        Item& operator=(Item&&) = default;
        int* movesLeft;
    };
    for (auto const urgency : {Urgency::Routine, Urgency::Stat})
        for (int failing = 1; failing < 4; ++failing) {
            FairQueue<Item> queue;
            int never = -1, moves = failing;
            bool failed = false;
            try {
                queue.push("puzi", urgency, Item(&moves));
            } catch (std::bad_alloc const&) {
                failed = true;
            }
            CHECK(queue.size() == (failed ? 0u : 1u));
            moves = never;
            queue.push("baisha", urgency, Item(&never));
            CHECK(queue.pop());
            CHECK(queue.pop().has_value() == !failed);
            CHECK_FALSE(queue.pop());
        }
}

TEST_CASE("what is urgent overtakes, and leaves others a turn", "[association]")
{
    FairQueue<std::string> queue;
    for (int i = 0; i < 30; ++i) {
        queue.push("routine", Urgency::Routine, "routine");
        queue.push("routine", Urgency::Stat, "urgent");
    }
    CHECK(queue.pop() == "urgent");
    int routine = 0;
    for (int i = 0; i < 17; ++i)
        routine += queue.pop() == "routine";
    CHECK(routine == 2);
}

TEST_CASE("among the urgent a site with many associations gets no more than a site with one", "[association]")
{
    FairQueue<std::string> queue;
    for (int i = 0; i < 64; ++i)
        queue.push("greedy", Urgency::Stat, "greedy");
    queue.push("modest", Urgency::Stat, "modest");
    std::map<std::string, int> served;
    for (int i = 0; i < 1000; ++i) {
        auto const next = queue.pop();
        REQUIRE(next);
        ++served[*next];
        queue.spend(*next, 512 << 10);
        queue.push(*next, Urgency::Stat, *next);
    }
    CHECK(served["modest"] >= 490);
    CHECK(served["greedy"] >= 490);
}

TEST_CASE("who holds the fewest places is next, however many another asks for", "[association]")
{
    auto const urgency = GENERATE(Urgency::Routine, Urgency::Stat);
    constexpr std::uint64_t all = 8;
    OperationPlaces places(all);
    auto const now = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i < all; ++i)
        REQUIRE(places.take("greedy", urgency, now, {}));
    int greedy = 0, modest = 0;
    for (int i = 0; i < 64; ++i)
        CHECK_FALSE(places.take("greedy", urgency, now, [&](bool given) { greedy += given; }));
    for (int i = 0; i < 64; ++i)
        CHECK_FALSE(
            places.take("modest", urgency, now + std::chrono::seconds(1), [&](bool given) { modest += given; }));
    for (std::uint64_t i = 0; i < all; ++i)
        places.release("greedy");
    CHECK(modest + greedy == static_cast<int>(all));
    CHECK(modest >= 4);
    CHECK(greedy >= 3);
    places.refuse(now + std::chrono::seconds(2), OperationPlaces::Whom::Everybody);
    for (int i = 0; i < greedy; ++i)
        places.release("greedy");
    for (int i = 0; i < modest; ++i)
        places.release("modest");
    CHECK(places.taken() == 0);
}

TEST_CASE("only one we know, who brings or fetches images and may, can call that urgent", "[association]")
{
    namespace command = dicom::command;
    auto const says = [](std::uint16_t field, std::uint16_t priority) {
        return dicom::CommandSet(field).set(command::priority, priority);
    };
    Caller site;
    site.allow = {model::Service::Echo, model::Service::Store, model::Service::Find, model::Service::Get};
    CHECK(isUrgent(site, says(command::storeRequest, command::priorityHigh)));
    CHECK(isUrgent(site, says(command::getRequest, command::priorityHigh)));
    CHECK_FALSE(isUrgent(site, says(command::storeRequest, 0)));
    CHECK_FALSE(isUrgent(site, says(command::moveRequest, command::priorityHigh))); // not allowed
    CHECK_FALSE(isUrgent(site, says(command::echoRequest, command::priorityHigh)));
    CHECK_FALSE(isUrgent(site, says(command::findRequest, command::priorityHigh)));
    CHECK_FALSE(isUrgent(site, says(0x0130, command::priorityHigh)));
    site.quarantined = true;
    CHECK_FALSE(isUrgent(site, says(command::storeRequest, command::priorityHigh)));
}

TEST_CASE("places for operations go from hand to hand, urgent callers first", "[association]")
{
    OperationPlaces places(1);
    auto const now = std::chrono::steady_clock::now();
    std::vector<std::string> told;
    auto const tell = [&](std::string name) {
        return [&told, name = std::move(name)](bool given) { told.push_back(name + (given ? " may" : " may not")); };
    };
    REQUIRE(places.take("site", Urgency::Routine, now, tell("first")));
    CHECK_FALSE(places.take("site", Urgency::Routine, now + std::chrono::seconds(9), tell("patient")));
    CHECK_FALSE(places.take("site", Urgency::Stat, now + std::chrono::seconds(9), tell("urgent")));
    CHECK(places.taken() == 1);
    places.release("site");
    CHECK(told == std::vector<std::string>{"urgent may"});
    places.refuse(now + std::chrono::seconds(8), OperationPlaces::Whom::Impatient);
    CHECK(told.size() == 1);
    places.refuse(now + std::chrono::seconds(9), OperationPlaces::Whom::Impatient);
    CHECK(told.back() == "patient may not");
    CHECK(places.taken() == 1);
    places.release("site");
    CHECK(places.taken() == 0);
}

TEST_CASE("of nine places urgent callers get eight while others wait", "[association]")
{
    OperationPlaces places(1);
    auto const now = std::chrono::steady_clock::now();
    int routine = 0, urgent = 0;
    REQUIRE(places.take("site", Urgency::Routine, now, {}));
    for (int i = 0; i < 30; ++i) {
        CHECK_FALSE(places.take("site", Urgency::Stat, now, [&](bool) { ++urgent; }));
        CHECK_FALSE(places.take("site", Urgency::Routine, now, [&](bool) { ++routine; }));
    }
    for (int i = 0; i < 18; ++i)
        places.release("site");
    CHECK(urgent == 16);
    CHECK(routine == 2);
}

TEST_CASE("operations run side by side, each on a thread, and are waited for", "[association]")
{
    std::mutex mutex;
    std::condition_variable changed;
    int running = 0;
    {
        OperationThreads threads;
        for (int i = 0; i < 5; ++i)
            REQUIRE(threads.run([&] {
                std::unique_lock lock(mutex);
                ++running;
                changed.notify_all();
                // Ends only if all five run at the same time.
                changed.wait(lock, [&] { return running >= 5; });
                ++running;
            }));
    }
    CHECK(running == 10);
}

SCENARIO("what comes as urgent stays urgent, also when the index is rebuilt", "[association]")
{
    GatewayFixture gateway([](Configuration& configuration) { configuration.sites[1].stat = true; });
    auto const sent = [&](SampleObject const& object, std::uint16_t priority) {
        dicom::CommandSet command(dicom::command::storeRequest);
        command.set(dicom::command::affectedSopClass, dicom::Uid::ofKnown(object.sopClass))
            .set(dicom::command::affectedSopInstance, dicom::Uid::ofKnown(object.instance))
            .set(dicom::command::messageId, std::uint16_t{1})
            .set(dicom::command::priority, priority)
            .set(dicom::command::dataSetType, std::uint16_t{1});
        RawConnection peer(gateway.server->port());
        REQUIRE(peer.send(associateRequest()));
        for (auto const& [control, bytes] : {std::pair{3, command.encode()}, {2, object.dataSet()}}) {
            std::vector<std::uint8_t> pdu{4, 0};
            for (auto const length : {bytes.size() + 6, bytes.size() + 2})
                for (int shift = 24; shift >= 0; shift -= 8)
                    pdu.push_back(static_cast<std::uint8_t>(length >> shift));
            pdu.push_back(1);
            pdu.push_back(static_cast<std::uint8_t>(control));
            std::ranges::copy(bytes, std::back_inserter(pdu));
            REQUIRE(peer.send(pdu));
        }
        auto const before = gateway.server->statistics().stored;
        for (int i = 0; i < 400 && gateway.server->statistics().stored == before; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
    };
    SampleObject routine, urgent, ofUrgentSite;
    urgent.study = "2.25.200";
    urgent.instance = "2.25.202";
    ofUrgentSite.study = "2.25.300";
    ofUrgentSite.instance = "2.25.302";
    sent(routine, 0);
    sent(urgent, 1);
    REQUIRE(gateway.send(ofUrgentSite, "BAISHA_DR") == 0);
    auto const check = [&](StudyIndex const& index) {
        auto const isStat = [&](char const* site, std::string const& study) {
            auto const found = index.study({site}, dicom::Uid::ofKnown(study));
            REQUIRE(found);
            REQUIRE(*found);
            return (*found)->statSequence > 0;
        };
        CHECK_FALSE(isStat("puzi", routine.study));
        CHECK(isStat("puzi", urgent.study));
        CHECK(isStat("baisha", ofUrgentSite.study));
    };
    check(*gateway.index);
    auto rebuilt = StudyIndex::open(gateway.folder / "rebuilt.db");
    REQUIRE(rebuilt);
    REQUIRE(reindex(*gateway.store, **rebuilt, nullptr, nullptr));
    check(**rebuilt);
}

SCENARIO("peers that wait cost a descriptor each, and no thread", "[association]")
{
    GatewayFixture gateway([](Configuration& configuration) {
        configuration.dicom.maxAssociationsPerSite = 400;
        configuration.dicom.maxActive = 150;
    });
    REQUIRE(gateway.send({}) == 0);
    auto const before = threadsOfThisProcess();
    std::vector<std::unique_ptr<RawConnection>> idle, sending;
    for (int i = 0; i < 200; ++i) {
        idle.push_back(std::make_unique<RawConnection>(gateway.server->port()));
        REQUIRE(idle.back()->send(associateRequest()));
    }
    // 100 more are in the middle of an object.
    dicom::CommandSet command(dicom::command::storeRequest);
    command.set(dicom::command::affectedSopClass, dicom::Uid::ofKnown(ctImage))
        .set(dicom::command::affectedSopInstance, dicom::Uid::ofKnown("2.25.500"))
        .set(dicom::command::messageId, std::uint16_t{1})
        .set(dicom::command::dataSetType, std::uint16_t{1});
    auto const bytes = command.encode();
    std::vector<std::uint8_t> message;
    auto const add = [&](std::vector<std::uint8_t> const& more) {
        std::ranges::copy(more, std::back_inserter(message));
    };
    auto const length = static_cast<std::uint8_t>(bytes.size());
    add({4, 0, 0, 0, 0, static_cast<std::uint8_t>(length + 6), 0, 0, 0, static_cast<std::uint8_t>(length + 2), 1, 3});
    add(bytes);
    add({4, 0, 0, 0, 0, 10, 0, 0, 0, 6, 1, 0, 8, 0, 5, 0}); // the start of a data set
    for (int i = 0; i < 100; ++i) {
        sending.push_back(std::make_unique<RawConnection>(gateway.server->port()));
        REQUIRE(sending.back()->send(associateRequest()));
        REQUIRE(sending.back()->send(message));
    }
    for (int i = 0; i < 400 && gateway.server->statistics().active < 100; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
    CHECK(gateway.server->statistics().active == 100);
    CHECK(gateway.server->statistics().open == 300);
    CHECK(threadsOfThisProcess() == before);
    // And one who works is served as if nobody else was there.
    SampleObject other;
    other.instance = "2.25.501";
    CHECK(gateway.send(other) == 0);
    CHECK(gateway.find("IMAGE", {{0x00080018, ""}, {0x0020000D, other.study}, {0x0020000E, other.series}}).size() == 2);
}
