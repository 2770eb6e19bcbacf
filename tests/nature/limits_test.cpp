// A process that may open no more files, or gets no more memory: refuse, survive, recover (R54).
#include "common/base/memory_reserve.h"
#include "gateway/index/study_index.h"
#include "gateway/service/retrieve.h"
#include "tests/nature/nature_gateway.h"
#include "tests/nature/no_more_descriptors.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <set>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace qianli;
using namespace qianli::test;

namespace {

std::size_t openDescriptors(pid_t pid)
{
    std::error_code ignored;
    auto const folder = std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd", ignored);
    return static_cast<std::size_t>(std::distance(begin(folder), end(folder)));
}

bool mayOpen(pid_t pid, std::size_t most)
{
    std::ifstream limits("/proc/" + std::to_string(pid) + "/limits");
    for (std::string line; std::getline(limits, line);)
        if (line.starts_with("Max open files"))
            return line.find(" " + std::to_string(most) + " ") != std::string::npos;
    return false;
}

// In a process of its own. The exit code says how far it came.
int runOutOfMemory()
{
    MemoryReserve::keep(64 << 20);
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    auto const now = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    rlimit const limit{now + (32 << 20), RLIM_INFINITY};
    if (::setrlimit(RLIMIT_AS, &limit) != 0 || MemoryReserve::isShort())
        return 1;
    std::vector<std::unique_ptr<std::string>> work;
    work.reserve(100'000);
    while (!MemoryReserve::isShort())
        work.push_back(std::make_unique<std::string>(100'000, 'x'));
    // Whoever is at work can finish: some forty more.
    for (int i = 0; i < 40; ++i)
        work.push_back(std::make_unique<std::string>(100'000, 'x'));
    if (!MemoryReserve::isShort())
        return 2;
    work.clear();
    for (int i = 0; i < 100 && MemoryReserve::isShort(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return MemoryReserve::isShort() ? 3 : 0;
}

// Takes all it is given; while it thinks about the answer, the process may open nothing.
class ScarceTarget : public gateway::RetrieveTarget {
public:
    Result<dicom::StoreAnswer> store(dicom::OutgoingObject const& object,
                                     std::function<void()> const& meanwhile) override
    {
        taken.push_back(object.sopInstance.value());
        NoMoreDescriptors const scarce;
        wasScarce = wasScarce && scarce.isSet();
        meanwhile();
        return dicom::StoreAnswer{};
    }
    std::vector<std::string> taken;
    bool wasScarce = true;
};

} // namespace

SCENARIO("the gateway may open no more files for a while", "[nature][limits]")
{
    std::size_t const spare = GENERATE(std::size_t{6}, std::size_t{12}, std::size_t{20});
    CAPTURE(spare);
    NatureGateway gateway;
    REQUIRE(gateway.start());
    auto const most = openDescriptors(gateway.program().pid()) + spare;
    REQUIRE(gateway.stop() == 0);
    gateway.limits = "ulimit -n " + std::to_string(most);
    REQUIRE(gateway.start());
    if (!mayOpen(gateway.program().pid(), most)) {
        std::cout << "notice: this user may raise limits, and the gateway did: nothing to run out of\n";
        return;
    }
    Town town(gateway);
    std::atomic<bool> over = false;
    std::jthread const time([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(1500));
        over = true;
    });
    town.sendMany(24, 0, [&](int) { return over.load(); });
    CHECK(gateway.program().isRunning());
    INFO(gateway.log());
    CHECK((spare > 6 || gateway.log().find("Too many open files") != std::string::npos));

    // The descriptors are still few: a device may be told to send again, not to give up.
    for (int number = 90000; number < 90009; ++number)
        CHECK(eventually([&] { return town.send(Town::object(number, 20'000)) == 0; }));
    CHECK(town.get(townStudy).failed == 0);
    CHECK(gateway.stop() == 0);
    gateway.limits = "true";
    REQUIRE(gateway.start()); // what could not be put in its place finds it now
    CHECK(gateway.stop() == 0);
    CHECK(town.examine() == "");
}

TEST_CASE("an object that could not be opened ahead, or not yet, for want of descriptors is handed out all the same",
          "[nature][limits]")
{
    NatureGateway gateway;
    REQUIRE(gateway.start());
    Town town(gateway);
    // Both kinds: sent from memory, and from the file.
    std::size_t const sizes[] = {20'000, 3'000'000, 3'000'000, 20'000, 20'000};
    for (std::size_t i = 0; i < std::size(sizes); ++i)
        REQUIRE(town.send(Town::object(static_cast<int>(i), sizes[i])) == 0);
    REQUIRE(gateway.stop() == 0);
    auto const store = gateway::BlobStore::openForReading(gateway.data() / "archive");
    auto const index = gateway::StudyIndex::openForReading(gateway.data() / "index.db");
    REQUIRE((store && index));
    auto const instances =
        (*index)->instances({.all = true, .sites = {}, .unreleased = true}, {gateway::Level::Image, {}});
    REQUIRE((instances && instances->size() == std::size(sizes)));
    gateway::SubOperations counts;
    counts.remaining = instances->size();
    auto const all = [](gateway::SubOperations const&) { return gateway::Proceed::GoOn; };

    SECTION("the next one cannot be opened while the last one's answer is awaited")
    {
        ScarceTarget target;
        gateway::sendInstances(*instances, **store, target, counts, all);
        CHECK(target.wasScarce);
        CHECK(counts.firstFailure == "");
        CHECK(counts.completed == std::size(sizes));
        CHECK(std::set(target.taken.begin(), target.taken.end()).size() == std::size(sizes));
    }
    SECTION("others hold all of them for a moment, or for long")
    {
        bool const forLong = GENERATE(false, true);
        ScarceTarget target;
        auto scarce = std::make_optional<NoMoreDescriptors>();
        REQUIRE(scarce->isSet());
        std::jthread const others([&] {
            if (forLong)
                return;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            scarce.reset();
        });
        gateway::sendInstances(*instances, **store, target, counts, all);
        if (forLong)
            scarce.reset();
        CHECK(counts.completed == (forLong ? 0 : std::size(sizes)));
        CHECK(counts.failed == (forLong ? std::size(sizes) : 0));
        CHECK((counts.firstFailure.find("Too many open files") != std::string::npos) == forLong);
        CHECK(counts.remaining == 0);
    }
}

TEST_CASE("too little memory for the start is said in a sentence", "[nature][limits]")
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return; // a sanitizer alone takes more addresses than that
#endif
    int started = 0, refused = 0;
    for (int const mebibytes : {60, 140, 220, 300, 380, 460, 540, 620, 700}) {
        CAPTURE(mebibytes);
        NatureGateway gateway;
        gateway.limits = "ulimit -v " + std::to_string(mebibytes * 1024);
        if (gateway.start()) {
            ++started;
            CHECK(gateway.stop() == 0);
            continue;
        }
        ++refused;
        auto const code = gateway.program().stop(SIGTERM);
        INFO(gateway.log());
        // 127: the system could not even load it, and said so.
        CHECK((code == 1 || code == 127));
        CHECK(!gateway.log().empty());
        CHECK(gateway.log().find("terminate called") == std::string::npos);
    }
    CHECK(refused > 0);
    INFO(started << " started");
}

TEST_CASE("when the system gives no more memory, who is at work finishes, and new work waits for it",
          "[nature][limits]")
{
    pid_t const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0)
        ::_exit(runOutOfMemory());
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
