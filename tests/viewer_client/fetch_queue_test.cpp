// The order in which images of a study are asked for.
#include "viewer/client/fetch_queue.h"

#include <catch2/catch.hpp>

using namespace qianli;
using namespace qianli::viewer;

namespace {
PlannedSeries seriesOf(std::string const& uid, int images)
{
    PlannedSeries series{uid, 0, {}};
    for (int index = 0; index < images; ++index)
        series.images.push_back({dicom::Uid::ofKnown(uid + "." + std::to_string(index)), {}, {}});
    return series;
}

// The UIDs' last part, after the series' own.
std::vector<std::string> taken(FetchQueue& queue, std::size_t most)
{
    std::vector<std::string> uids;
    auto const request = queue.take(most);
    for (std::size_t const image : request ? request->images : std::vector<std::size_t>())
        uids.push_back(queue.series(request->series).images[image].sopInstance.value());
    return uids;
}

using Uids = std::vector<std::string>;
} // namespace

TEST_CASE("the cross section's middle first, then outwards; then the other series", "[fetch]")
{
    FetchQueue queue({seriesOf("1", 2), seriesOf("2", 5), seriesOf("3", 1)});
    CHECK(taken(queue, 1) == Uids{"2.2"});
    CHECK(taken(queue, 3) == Uids{"2.1", "2.3", "2.0"});
    CHECK(taken(queue, 8) == Uids{"2.4"});
    CHECK(taken(queue, 8) == Uids{"1.1", "1.0"});
    CHECK(taken(queue, 8) == Uids{"3.0"});
    CHECK(taken(queue, 8).empty());
    CHECK_FALSE(queue.isSettled()); // all of it is with takers
}

TEST_CASE("what is looked at now comes next, what was looked at before after it", "[fetch]")
{
    FetchQueue queue({seriesOf("1", 6), seriesOf("2", 6)});
    CHECK(taken(queue, 2) == Uids{"1.3", "1.2"});
    queue.look("2", "2.5");
    CHECK(taken(queue, 2) == Uids{"2.5", "2.4"});
    queue.look("1", "1.0");
    CHECK(taken(queue, 2) == Uids{"1.0", "1.1"});
    CHECK(taken(queue, 8) == Uids{"1.4", "1.5"});
    CHECK(taken(queue, 2) == Uids{"2.3", "2.2"});
    queue.look("9", "9.1"); // of another study
    queue.look("2", "");
    CHECK(taken(queue, 8) == Uids{"2.1", "2.0"});
}

TEST_CASE("what came back without its images is asked for again, but a refusal only once more", "[fetch]")
{
    FetchQueue queue({seriesOf("1", 4)});
    auto const first = queue.take(3);
    REQUIRE(first);
    CHECK(queue.arrived("1.2"));
    CHECK_FALSE(queue.arrived("1.2"));
    CHECK_FALSE(queue.arrived("7.7"));
    queue.giveBack(*first, false); // the association broke
    CHECK(queue.count() == 1);
    auto const second = queue.take(8);
    REQUIRE(second);
    CHECK(second->images == std::vector<std::size_t>{1, 3, 0});
    CHECK(queue.arrived("1.1"));
    queue.giveBack(*second, true); // the gateway sent one of three
    auto const third = queue.take(8);
    REQUIRE(third);
    CHECK(third->images == std::vector<std::size_t>{3, 0});
    CHECK(queue.arrived("1.3"));
    queue.giveBack(*third, true);
    CHECK(queue.isSettled());
    CHECK(queue.refusedCount() == 1);
    CHECK(queue.count() == 3);
    CHECK_FALSE(queue.take(8));
}
