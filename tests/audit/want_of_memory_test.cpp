// What one refused allocation costs the trail and its collector, wherever it comes: a round, and no event.
#include "tests/support/allocations/refused_allocation.h"
#include "tests/audit/trail_fixture.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

namespace {

constexpr int events = 4;

AuditEvent eventOfNumber(int number)
{
    return eventOf("somebody with a long name " + std::to_string(number));
}

enum class End { NothingRefused, Survived, NotWritten, Died };

// In a process of its own, for a library may end it: JSON's destructors take memory and must not throw.
End writeWithout(TrailFixture& fixture, int given)
{
    pid_t const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::signal(SIGABRT, SIG_DFL); // without Catch's words, nor those of std::terminate()
        ::close(2);
        auto settings = fixture.settings();
        settings.retryTime = std::chrono::milliseconds(1);
        ChainedTrail trail(settings, fixture.clock);
        trail.record(eventOf("first"));
        (void)trail.flush();
        std::vector<AuditEvent> made;
        for (int i = 0; i < events; ++i)
            made.push_back(eventOfNumber(i));
        RefusedAllocation const refused(RefusedAllocation::Of::OtherThreads, given);
        for (auto& event : made)
            trail.record(std::move(event));
        bool done = false;
        for (int i = 0; i < 1000 && !done; ++i)
            done = trail.flush();
        trail.stop();
        ::_exit(static_cast<int>(!done                   ? End::NotWritten
                                 : refused.hasHappened() ? End::Survived
                                                         : End::NothingRefused));
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? static_cast<End>(WEXITSTATUS(status)) : End::Died;
}

std::vector<int> timesOnRecord(TrailFixture const& fixture)
{
    std::vector<int> times(events);
    for (auto const& entry : fixture.entries())
        for (int i = 0; i < events; ++i)
            times[static_cast<std::size_t>(i)] += entry.event.person == eventOfNumber(i).person ? 1 : 0;
    return times;
}

} // namespace

TEST_CASE("want of memory costs the trail a round: each event is on record once", "[audit][memory]")
{
    // A real disk makes this slower and shows nothing more.
    bool const isInMemory = std::getenv("TMPDIR") == nullptr && std::filesystem::exists("/dev/shm") &&
                            ::setenv("TMPDIR", "/dev/shm", 0) == 0;
    int survived = 0;
    auto end = End::Survived;
    for (int given = 0; end != End::NothingRefused; ++given) {
        CAPTURE(given);
        TrailFixture fixture;
        end = writeWithout(fixture, given);
        auto const times = timesOnRecord(fixture);
        REQUIRE(end != End::NotWritten);
        REQUIRE(std::ranges::all_of(times, [&](int n) { return n == 1 || (n == 0 && end == End::Died); }));
        if (end == End::Died) { // as after a kill: the next start goes on, and makes it whole
            TrailWriter writer(fixture.place());
            TimedEvent const next{eventOf("next"), fixture.clock.now()};
            REQUIRE(writer.append({&next, 1}));
            REQUIRE(writer.seal(fixture.clock.now()));
        }
        auto const judged = fixture.verify();
        CAPTURE(static_cast<int>(end), judged.faults.size());
        INFO((judged.faults.empty() ? "" : judged.faults.front().text));
        REQUIRE(judged.good());
        survived += end == End::Survived ? 1 : 0;
    }
    if (isInMemory)
        ::unsetenv("TMPDIR");
    CHECK(survived > 20);
}
