// Repeats are counted for each device, beside the committer, and are there after a restart.
#include "gateway/workflow/repeats.h"
#include "tests/workflow/workflow_fixture.h"

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

TEST_CASE("what a device repeats is counted under its AE title and address, over restarts", "[repeats]")
{
    WorkflowFixture fixture;
    auto const repeat = [&](RepeatCounter& counter, std::string const& aeTitle, std::string const& address,
                            std::uint64_t objects) {
        counter.onRepeated({{"puzi"}, aeTitle, address, objects, fixture.clock.now()});
    };
    auto const first = fixture.clock.now();
    {
        RepeatCounter counter(fixture.workflow->database());
        repeat(counter, "PUZI_CT", "10.8.3.7", 100);
        repeat(counter, "PUZI_CT", "10.8.3.7", 37);
        repeat(counter, "PUZI_CT", "10.8.3.8", 1);
        counter.onRepeated({{"sunjia"}, "PUZI_CT", "10.8.3.7", 5, first});
    } // its end writes what is left
    fixture.clock.advance(std::chrono::hours(1));
    fixture.workflow = fixture.open();
    {
        RepeatCounter counter(fixture.workflow->database());
        repeat(counter, "PUZI_CT", "10.8.3.7", 3);
    }
    auto const counts = need(repeatsOf(fixture.workflow->database(), {"puzi"}));
    REQUIRE(counts.size() == 2);
    CHECK(counts[0].address == "10.8.3.7");
    CHECK(counts[0].objects == 140);
    CHECK(counts[0].firstAt == first);
    CHECK(counts[0].lastAt == fixture.clock.now());
    CHECK(counts[1].address == "10.8.3.8");
    CHECK(counts[1].objects == 1);
}

TEST_CASE("callers who invent AE titles make no rows of repeats without end", "[repeats]")
{
    WorkflowFixture fixture;
    auto const repeat = [&](int first, int last) {
        RepeatCounter counter(fixture.workflow->database());
        for (int i = first; i < last; ++i)
            counter.onRepeated({{"puzi"}, "AE" + std::to_string(i), "10.8.3.7", 1, fixture.clock.now()});
    };
    repeat(0, 1100);
    repeat(0, 1200);
    auto const counts = need(repeatsOf(fixture.workflow->database(), {"puzi"}));
    REQUIRE(counts.size() == 1001);
    auto const shared = std::ranges::find(counts, "others", &RepeatCount::callingAe);
    REQUIRE(shared != counts.end());
    CHECK(shared->objects == 100 + 200);
    std::uint64_t sum = 0;
    for (RepeatCount const& count : counts)
        sum += count.objects;
    CHECK(sum == 1100 + 1200);
}
