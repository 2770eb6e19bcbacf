// drain: the uplink was gone for a morning; now every town sends its backlog at once (scenario C1). sustain: all towns
// together send so many instances a second, whether they are answered or not.
#include "tests/bench/commands.h"
#include "tests/bench/towns.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <optional>
#include <thread>

namespace qianli::bench {
namespace {

struct Backlog {
    std::uint64_t studies = 0, instances = 0; // of each study
};

// One object; what it came to goes to `answers` or `outcome`. False when the association is of no more use.
bool send(Caller& caller, Object const& object, Clock::time_point asked, Answers& answers, Outcome& outcome)
{
    auto const status = caller.store(object, Priority::Medium);
    if (status && *status == 0) {
        answers.add(asked);
        return true;
    }
    outcome.fail(1, status ? fmt::format("C-STORE was answered with {:04X}H", *status) : status.error().message);
    return status.has_value();
}

// An association for each study, as consoles do.
void sendStudy(Towns const& towns, std::uint64_t town, std::uint64_t study, Backlog const& backlog,
               ObjectMaker const& maker, Answers& answers, Outcome& outcome)
{
    auto caller = towns.connect(town, outcome);
    if (!caller)
        return outcome.fail(backlog.instances, caller.error().message);
    for (std::uint64_t i = 1; i <= backlog.instances; ++i)
        if (!send(*caller, maker.make(town, study, i), Clock::now(), answers, outcome))
            return outcome.fail(backlog.instances - i, "");
    if (auto const released = caller->release(); !released)
        outcome.fail(0, released.error().message);
}

double mean(std::vector<double> const& values)
{
    return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double largest(std::vector<double> const& values)
{
    return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

double smallest(std::vector<double> const& values)
{
    return values.empty() ? 0 : *std::min_element(values.begin(), values.end());
}

// What one town came to: when its last object was answered, and how long its objects took.
nlohmann::ordered_json fairness(std::vector<double> const& waits)
{
    return {{"towns", waits.size()},
            {"smallest", smallest(waits)},
            {"mean", mean(waits)},
            {"largest", largest(waits)},
            {"largestOverMean", waits.empty() ? 0 : largest(waits) / mean(waits)}};
}

// The first town may have more associations, each with a backlog of its own: it must not slow the others.
struct Round {
    Backlog backlog;
    std::uint64_t greedy = 1;
};

nlohmann::ordered_json drainOnce(Towns const& towns, Round const& round, ObjectMaker const& maker, Outcome& outcome)
{
    auto const start = Clock::now();
    Answers answers(start);
    std::vector<double> waits(towns.size() + round.greedy - 1);
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i < waits.size(); ++i)
        threads.emplace_back([&, i] {
            std::uint64_t const town = i < towns.size() ? i : 0, first = i < towns.size() ? 0 : i * 1'000'000;
            for (std::uint64_t study = 0; study < round.backlog.studies; ++study)
                sendStudy(towns, town, first + study, round.backlog, maker, answers, outcome);
            waits[i] = secondsSince(start);
        });
    threads.clear();
    std::vector<double> const equal(waits.begin() + (round.greedy > 1 ? 1 : 0),
                                    waits.begin() + static_cast<std::ptrdiff_t>(towns.size()));
    double const seconds = answers.lastAt();
    return {{"instances", answers.count()},
            {"seconds", seconds},
            {"rate", static_cast<double>(answers.count()) / seconds},
            {"bestSecond", largest(answers.ratesByTime(1))},
            {"waitSeconds", fairness(equal)},
            {"latencyMs", answers.latency()}};
}

struct Schedule {
    double rate = 160; // instances a second of all towns together
    double seconds = 600;
    Backlog backlog; // `instances`: of one study, sent over one association
};

// The time until an answer counts from when the object was to be sent: a server that falls behind can't hide it.
void sendOnSchedule(Towns const& towns, std::uint64_t town, Schedule const& schedule, Clock::time_point start,
                    ObjectMaker const& maker, Answers& answers, Outcome& outcome)
{
    auto const apart = static_cast<double>(towns.size()) / schedule.rate;
    std::optional<Caller> caller;
    for (std::uint64_t i = 0;; ++i) {
        double const due =
            (static_cast<double>(i) + static_cast<double>(town) / static_cast<double>(towns.size())) * apart;
        if (due >= schedule.seconds)
            break;
        auto const asked = start + std::chrono::duration_cast<Clock::duration>(Seconds(due));
        auto const object = maker.make(town, i / schedule.backlog.instances, i % schedule.backlog.instances + 1);
        std::this_thread::sleep_until(asked);
        if (!caller) {
            auto connected = towns.connect(town, outcome);
            if (!connected) {
                outcome.fail(1, connected.error().message);
                continue;
            }
            caller = *std::move(connected);
        }
        bool const goesOn = send(*caller, object, asked, answers, outcome);
        if (goesOn && i % schedule.backlog.instances + 1 == schedule.backlog.instances) {
            if (auto const released = caller->release(); !released)
                outcome.fail(0, released.error().message);
            caller.reset();
        } else if (!goesOn) {
            caller.reset();
        }
    }
}

} // namespace

Report drain(Options& options)
{
    Towns const towns(options);
    Outcome outcome;
    Stats stats(options, towns, outcome);
    Round round;
    round.backlog = {options.number("studies", 100), options.number("instances", 2)};
    round.greedy = options.number("greedy", 1);
    auto const rounds = options.number("rounds", 1), bytes = options.number("bytes", 262'144);
    QIANLI_TRY(options.allTaken());

    nlohmann::ordered_json each = nlohmann::ordered_json::array();
    for (std::uint64_t i = 0; i < rounds; ++i) {
        ObjectMaker const maker(Modality::Ct, bytes); // other UIDs in each round
        std::jthread const urgent([&](std::stop_token const& stop) { stats.run(stop); });
        each.push_back(drainOnce(towns, round, maker, outcome));
    }
    return nlohmann::ordered_json{{"rounds", each},
                                  {"failed", outcome.failed.load()},
                                  {"rejected", outcome.rejected.load()},
                                  {"stat", stats.report()},
                                  {"error", outcome.firstError()}};
}

Report sustain(Options& options)
{
    Towns const towns(options);
    Outcome outcome;
    Stats stats(options, towns, outcome);
    Schedule schedule;
    schedule.rate = static_cast<double>(options.number("rate", 160));
    schedule.seconds = static_cast<double>(options.number("seconds", 600));
    schedule.backlog.instances = options.number("instances", 20);
    ObjectMaker const maker(Modality::Ct, options.number("bytes", 262'144));
    QIANLI_TRY(options.allTaken());

    auto const start = Clock::now();
    Answers answers(start);
    {
        std::jthread const urgent([&](std::stop_token const& stop) { stats.run(stop); });
        std::vector<std::jthread> threads;
        for (std::uint64_t town = 0; town < towns.size(); ++town)
            threads.emplace_back([&, town] { sendOnSchedule(towns, town, schedule, start, maker, answers, outcome); });
    }
    auto const rates = answers.ratesByTime(10);
    return nlohmann::ordered_json{{"offeredRate", schedule.rate},
                                  {"instances", answers.count()},
                                  {"seconds", answers.lastAt()},
                                  {"heldRate", static_cast<double>(answers.count()) / answers.lastAt()},
                                  {"lowestTenSeconds", smallest(rates)},
                                  {"failed", outcome.failed.load()},
                                  {"rejected", outcome.rejected.load()},
                                  {"latencyMs", answers.latency()},
                                  {"stat", stats.report()},
                                  {"error", outcome.firstError()}};
}

} // namespace qianli::bench
