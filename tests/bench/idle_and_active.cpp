// idle-and-active: thousands of consoles that keep an association open, hundreds that send, and a well-behaved caller
// who says C-ECHO meanwhile.
#include "tests/bench/commands.h"
#include "tests/bench/towns.h"

#include <algorithm>
#include <fmt/format.h>
#include <latch>
#include <poll.h>
#include <thread>

namespace qianli::bench {
namespace {

// Associations that are opened and then left alone. The towns take turns.
Result<std::vector<Caller>> openIdle(Towns const& towns, std::uint64_t count, Outcome& outcome)
{
    constexpr std::uint64_t openers = 8;
    std::vector<std::vector<Caller>> opened(openers);
    std::vector<std::jthread> threads;
    for (std::uint64_t k = 0; k < openers; ++k)
        threads.emplace_back([&, k] {
            for (std::uint64_t i = k; i < count; i += openers) {
                auto caller = Caller::connect(towns.line(i % towns.size()));
                if (caller)
                    opened[k].push_back(*std::move(caller));
                else
                    outcome.fail(1, "idle: " + caller.error().message);
            }
        });
    threads.clear();
    std::vector<Caller> all;
    for (auto& some : opened)
        std::move(some.begin(), some.end(), std::back_inserter(all));
    return all;
}

std::uint64_t stillOpen(std::vector<Caller> const& idle)
{
    std::vector<pollfd> waiting;
    for (auto const& caller : idle)
        waiting.push_back({caller.descriptor(), POLLIN | POLLRDHUP, 0});
    ::poll(waiting.data(), waiting.size(), 0);
    return static_cast<std::uint64_t>(
        std::count_if(waiting.begin(), waiting.end(), [](pollfd const& one) { return one.revents == 0; }));
}

// Sends until it is stopped; every association is open before the first one sends.
void sendAlways(Towns const& towns, std::uint64_t number, ObjectMaker const& maker, std::latch& opened,
                Answers& answers, Outcome& outcome, std::stop_token const& stop)
{
    auto const town = number % towns.size();
    auto caller = Caller::connect(towns.line(town));
    opened.arrive_and_wait();
    if (!caller)
        return outcome.fail(1, "active: " + caller.error().message);
    for (std::uint64_t i = 0; !stop.stop_requested(); ++i) {
        auto const object = maker.make(town, number, i);
        auto const asked = Clock::now();
        auto const status = caller->store(object, Priority::Medium);
        if (!status || *status != 0)
            return outcome.fail(
                1, "active: " + (status ? fmt::format("C-STORE answered {:04X}H", *status) : status.error().message));
        answers.add(asked);
    }
    if (auto const released = caller->release(); !released)
        outcome.fail(0, released.error().message);
}

struct Echoes {
    std::vector<double> onOpenAssociation, withAssociation; // seconds
};

Result<void> echoFor(Line const& line, double seconds, Echoes& echoes)
{
    QIANLI_ASSIGN(auto steady, Caller::connect(line));
    for (auto const start = Clock::now(); secondsSince(start) < seconds;) {
        auto const first = Clock::now();
        QIANLI_TRY(steady.echo());
        echoes.onOpenAssociation.push_back(secondsSince(first));
        auto const second = Clock::now();
        QIANLI_ASSIGN(auto passing, Caller::connect(line));
        QIANLI_TRY(passing.echo());
        QIANLI_TRY(passing.release());
        echoes.withAssociation.push_back(secondsSince(second));
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
    return steady.release();
}

nlohmann::ordered_json toJson(Echoes const& echoes)
{
    return {{"onOpenAssociationMs", percentiles(echoes.onOpenAssociation)},
            {"withAssociationMs", percentiles(echoes.withAssociation)}};
}

} // namespace

Report idleAndActive(Options& options)
{
    Towns const towns(options);
    auto const idleCount = options.number("idle", 4000), activeCount = options.number("active", 512);
    auto const seconds = static_cast<double>(options.number("seconds", 30));
    ObjectMaker const maker(Modality::Ct, options.number("bytes", 100'000));
    QIANLI_TRY(options.allTaken());

    Line patient = towns.line(0); // the well-behaved caller is nobody of them
    patient.source = "127.0.0.1";
    patient.callingAe = "CONSOLE";
    patient.bytesPerSecond = 0;
    Echoes alone, crowded;
    QIANLI_TRY(echoFor(patient, 3, alone));

    Outcome outcome;
    auto const opening = Clock::now();
    QIANLI_ASSIGN(auto idle, openIdle(towns, idleCount, outcome));
    double const openSeconds = secondsSince(opening);
    std::latch opened(static_cast<std::ptrdiff_t>(activeCount) + 1);
    std::vector<std::jthread> senders;
    Answers answers(Clock::now());
    for (std::uint64_t i = 0; i < activeCount; ++i)
        senders.emplace_back(
            [&, i](std::stop_token const& stop) { sendAlways(towns, i, maker, opened, answers, outcome, stop); });
    opened.arrive_and_wait();
    auto const sending = Clock::now();
    auto const echoed = echoFor(patient, seconds, crowded);
    double const sendSeconds = secondsSince(sending);
    auto const stored = answers.count();
    auto const open = stillOpen(idle);
    for (auto& sender : senders)
        sender.request_stop();
    senders.clear();
    if (!echoed)
        outcome.fail(1, "C-ECHO: " + echoed.error().message);
    return nlohmann::ordered_json{{"idleOpened", idle.size()},
                                  {"idleOpenAtTheEnd", open},
                                  {"openSeconds", openSeconds},
                                  {"active", activeCount},
                                  {"stored", stored},
                                  {"storeRate", static_cast<double>(stored) / sendSeconds},
                                  {"storeLatencyMs", answers.latency()},
                                  {"echoAlone", toJson(alone)},
                                  {"echoCrowded", toJson(crowded)},
                                  {"failed", outcome.failed.load()},
                                  {"error", outcome.firstError()}};
}

} // namespace qianli::bench
