// ingest: each association sends studies one after the other, the next object as soon as the last one is answered.
#include "tests/bench/caller.h"
#include "tests/bench/commands.h"
#include "tests/bench/figures.h"

#include <atomic>
#include <fmt/format.h>
#include <thread>

namespace qianli::bench {
namespace {

struct Share {
    Line line;
    std::uint64_t objects = 0, perStudy = 1, site = 0;
};

Result<void> sendShare(Share const& share, ObjectMaker const& maker, Answers& answers,
                       std::atomic<std::uint64_t>& bytes)
{
    QIANLI_ASSIGN(auto caller, Caller::connect(share.line));
    for (std::uint64_t i = 0; i < share.objects; ++i) {
        auto const object = maker.make(share.site, i / share.perStudy, i % share.perStudy + 1);
        auto const asked = Clock::now();
        QIANLI_ASSIGN(auto const status, caller.store(object, Priority::Medium));
        if (status != 0)
            return fail(ErrorCode::Refused, fmt::format("C-STORE was answered with {:04X}H", status));
        answers.add(asked);
        bytes += object.size();
    }
    return caller.release();
}

} // namespace

Report ingest(Options& options)
{
    Share share;
    share.line.port = static_cast<std::uint16_t>(options.number("port", 11112));
    share.line.calledAe = options.text("called", "QIANLI");
    share.line.callingAe = options.text("calling", "BENCH");
    share.perStudy = options.number("per-study", 200);
    auto const count = options.number("count", 1000), associations = options.number("associations", 4);
    auto const window = options.number("window", 0);
    ObjectMaker const maker(Modality::Ct, options.number("bytes", 525'000));
    QIANLI_TRY(options.allTaken());

    Answers answers(Clock::now());
    std::atomic<std::uint64_t> bytes = 0;
    std::vector<Result<void>> results(associations);
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i < associations; ++i) {
        share.site = i;
        share.objects = count * (i + 1) / associations - count * i / associations;
        threads.emplace_back([&, share, i] { results[i] = sendShare(share, maker, answers, bytes); });
    }
    threads.clear();
    std::string error;
    for (auto const& result : results)
        if (!result)
            error = result.error().message;
    double const seconds = answers.lastAt();
    auto const done = static_cast<double>(answers.count());
    nlohmann::ordered_json report{{"instances", answers.count()},
                                  {"failed", count - answers.count()},
                                  {"seconds", seconds},
                                  {"rate", done / seconds},
                                  {"megabytesPerSecond", static_cast<double>(bytes) / seconds / 1e6},
                                  {"latencyMs", answers.latency()},
                                  {"error", error}};
    if (window > 0)
        report["windows"] = answers.ratesByCount(window);
    return report;
}

} // namespace qianli::bench
