// What one refused allocation costs those who wait for a place, wherever it comes.
#include "gateway/association/operation_places.h"
#include "tests/support/allocations/refused_allocation.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <new>
#include <utility>

using namespace qianli;
using namespace qianli::gateway;
using namespace qianli::test;

namespace {

// Callers that take, wait for and give back places; nothing here allocates but the places themselves.
class Callers {
public:
    static constexpr std::size_t count = 8;

    explicit Callers(OperationPlaces& places) : places_(places) {}

    void comeAndGo(bool isPatient)
    {
        for (std::size_t i = 0; i < count; ++i)
            come(i);
        while (!isPatient && !isEverybodyRefused()) {
        }
        // Each that has a place gives it back, and so does whoever got it from there.
        for (bool any = true; any;) {
            any = false;
            for (std::size_t i = 0; i < count; ++i)
                if (std::exchange(all_[i].holds, false)) {
                    places_.release(sites_[i % sites_.size()]);
                    any = true;
                }
        }
        while (!isEverybodyRefused()) {
        }
    }
    // Of these that had to wait each was told one thing, once; and who was turned away was told nothing.
    bool hasEachOneAnswer() const
    {
        return std::ranges::all_of(all_, [](Caller const& one) { return one.answers == (one.waits ? 1 : 0); });
    }

private:
    struct Caller {
        bool waits = false, holds = false;
        int answers = 0;
    };

    void come(std::size_t i)
    {
        auto& caller = all_[i];
        try {
            auto const tell = [&caller](bool given) {
                ++caller.answers;
                caller.holds = given;
            };
            bool const given = places_.take(sites_[i % sites_.size()], i % 3 == 0 ? Urgency::Stat : Urgency::Routine,
                                            patienceEnds_, tell);
            caller.holds = given;
            caller.waits = !given;
        } catch (std::bad_alloc const&) { // turned away
        }
    }
    bool isEverybodyRefused()
    {
        try {
            places_.refuse(patienceEnds_, OperationPlaces::Whom::Everybody);
            return true;
        } catch (std::bad_alloc const&) {
            return false;
        }
    }

    OperationPlaces& places_;
    OperationPlaces::Time const patienceEnds_ = std::chrono::steady_clock::now();
    std::array<std::string, 3> const sites_{"a township with a long name", "another township with a long name",
                                            "a third township with a long name"};
    std::array<Caller, count> all_;
};

} // namespace

TEST_CASE("want of memory turns a caller away at most: no place is lost, and nobody waits for ever",
          "[association][memory]")
{
    bool const isPatient = GENERATE(true, false);
    bool goesOn = true;
    int given = 0;
    for (; goesOn; ++given) {
        CAPTURE(isPatient, given);
        OperationPlaces places(2);
        Callers callers(places);
        {
            RefusedAllocation const refused(RefusedAllocation::Of::ThisThread, given);
            callers.comeAndGo(isPatient);
            goesOn = refused.hasHappened();
        }
        REQUIRE(callers.hasEachOneAnswer());
        REQUIRE(places.taken() == 0);
    }
    CHECK(given > 10);
}
