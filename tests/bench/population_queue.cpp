#include "tests/bench/population_queue.h"

#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <vector>

namespace qianli::bench {
namespace {

using namespace gateway;
using model::TaskState;

Result<std::unique_ptr<Workflow>> open(std::filesystem::path const& file, Clock const& clock)
{
    WorkflowSettings settings;
    settings.file = file;
    return Workflow::open(std::move(settings), clock);
}

Result<void> setStates(Workflow& workflow, std::uint64_t waiting)
{
    return workflow.database().write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(
            auto update,
            database.prepare("UPDATE tasks SET state = CASE WHEN id > (SELECT max(id) FROM tasks) - ?1 THEN ?2 "
                             "ELSE ?3 END, issued_at = CASE WHEN id > (SELECT max(id) FROM tasks) - ?1 THEN "
                             "NULL ELSE received_at END"));
        return update.run({waiting, model::code(TaskState::Ready), model::code(TaskState::Issued)});
    });
}

Result<void> measure(Workflow& workflow, std::string_view what, TaskFilter const& filter, std::uint64_t times)
{
    std::vector<double> all;
    std::uint64_t answers = 0;
    for (std::uint64_t n = 0; n < times; ++n) {
        auto const begun = std::chrono::steady_clock::now();
        QIANLI_ASSIGN(auto const tasks, workflow.tasks().list(filter));
        all.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
        answers += tasks.size();
    }
    std::ranges::sort(all);
    auto const at = [&](double part) {
        return all[static_cast<std::size_t>(part * static_cast<double>(all.size() - 1))];
    };
    fmt::print("{:<28} {:7.1f} answers, first p95 {:8.3f} ms, all p50 {:8.3f} p95 {:8.3f} ms\n", what,
               static_cast<double>(answers) / static_cast<double>(times), at(0.95), at(0.5), at(0.95));
    return {};
}

} // namespace

Result<void> fillQueue(StudyIndex const& index, std::filesystem::path const& file, std::uint64_t waiting)
{
    constexpr std::size_t batch = 5000;
    SystemClock const clock;
    QIANLI_ASSIGN(auto const workflow, open(file, clock));
    for (;;) {
        QIANLI_ASSIGN(auto const reached, workflow->tasks().caughtUpTo());
        QIANLI_ASSIGN(auto const studies, index.studiesChangedSince(reached, batch));
        if (studies.empty())
            break;
        QIANLI_TRY(workflow->tasks().takeOver(studies));
    }
    return setStates(*workflow, waiting);
}

Result<void> askQueue(std::filesystem::path const& file, std::uint64_t times)
{
    SystemClock const clock;
    QIANLI_ASSIGN(auto const workflow, open(file, clock));
    TaskFilter next;
    next.states = {TaskState::Ready};
    next.limit = 50;
    QIANLI_TRY(measure(*workflow, "next in queue", next, times));
    TaskFilter town;
    town.sites = {{"site001"}};
    town.limit = 50;
    return measure(*workflow, "a town's newest tasks", town, times);
}

} // namespace qianli::bench
