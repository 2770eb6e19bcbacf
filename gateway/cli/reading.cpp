// reading: the reading list: list, release, set.
#include "common/base/text.h"
#include "common/model/json.h"
#include "gateway/cli/commands.h"
#include "gateway/cli/study_time.h"
#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/task_search.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {
namespace {

std::string waitingSince(TimePoint received, TimePoint now)
{
    auto const minutes = std::chrono::duration_cast<std::chrono::minutes>(now - received).count();
    if (minutes < 60)
        return fmt::format("{} min", std::max<std::int64_t>(minutes, 0));
    if (minutes < 48 * 60)
        return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
    return fmt::format("{} d", minutes / 1440);
}

std::string noteOf(model::ReadingTask const& task)
{
    std::vector<std::string> notes;
    if (!task.missing.empty())
        notes.push_back(missingWords(task.missing));
    if (task.clockSkewSeconds)
        notes.push_back(clockWords(std::chrono::seconds(*task.clockSkewSeconds)));
    notes.push_back(task.deliveryNote);
    std::erase(notes, "");
    return text::join(notes, "; ");
}

bool isOver(model::TaskState state)
{
    return state == model::TaskState::Issued || state == model::TaskState::Delivered ||
           state == model::TaskState::Withdrawn;
}

} // namespace

Result<void> readingList(Context& context, ReadingListArguments const& arguments)
{
    TaskFilter filter;
    filter.limit = arguments.limit;
    for (auto const& word : arguments.states) {
        QIANLI_ASSIGN(auto const state, model::parseTaskState(word));
        filter.states.push_back(state);
    }
    if (!arguments.site.empty())
        filter.sites = {{arguments.site}};
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    // What nobody searches needs no index: the list is there while that is being built again.
    std::vector<model::ReadingTask> tasks;
    if (arguments.name.empty()) {
        QIANLI_ASSIGN(tasks, workflow->tasks().list(filter));
    } else {
        QIANLI_ASSIGN(auto const* index, context.index());
        QIANLI_ASSIGN(tasks, searchTasks(*workflow, *index, filter, arguments.name));
    }
    auto document = nlohmann::ordered_json::array();
    Table table({{"TASK", Table::Align::Right},
                 {"STATE"},
                 {""},
                 {"STAT"},
                 {"WAITING", Table::Align::Right},
                 {"SITE", Table::Align::Left, 20},
                 {"NAME", Table::Align::Left, 24},
                 {"SEX"},
                 {"AGE"},
                 {"MODALITY"},
                 {"BODY PART", Table::Align::Left, 16},
                 {"IMAGES", Table::Align::Right},
                 {"RECEIVED"},
                 {"CLAIMED BY"},
                 {"NOTE", Table::Align::Left, 80}});
    auto const now = context.clock().now();
    for (auto const& task : tasks) {
        document.push_back(nlohmann::ordered_json(model::toJson(task)));
        std::string const claimed =
            task.claimedBy.empty() ? "" : fmt::format("{} {}", task.claimedBy, task.claimedByName);
        table.add({fmt::format("{}", task.id), std::string(model::code(task.state)),
                   std::string(model::chinese(task.state)), task.stat ? "STAT" : "",
                   isOver(task.state) ? "" : waitingSince(task.receivedAt, now), task.siteName,
                   nameForPeople(task.patientName), task.sex, task.age, task.modalities, task.bodyPart,
                   fmt::format("{}", task.instances), toLocalText(task.receivedAt), claimed, noteOf(task)});
    }
    context.out().table(table, "nothing to read");
    context.out().json(document);
    return {};
}

Result<void> readingRelease(Context& context, ReadingReleaseArguments const& arguments)
{
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const task, workflow->tasks().releaseByOperator(arguments.task, arguments.reason));
    AuditEvent event;
    event.kind = AuditEventKind::ReportClaimBroken;
    event.site = task.site.value;
    event.studies = {task.studyUid};
    event.patient = fmt::format("{}/{}", task.site.value, task.patientId);
    event.detail = fmt::format("task {}: taken from who had it", task.id);
    context.record(std::move(event));
    context.out().line(fmt::format("task {} waits again; the draft stays", task.id));
    context.out().json(nlohmann::ordered_json(model::toJson(task)));
    return {};
}

Result<void> readingSet(Context& context, ReadingSetArguments const& arguments)
{
    QIANLI_ASSIGN(auto* workflow, context.workflow());
    QIANLI_ASSIGN(auto const task, workflow->tasks().setUrgency(arguments.task, arguments.stat));
    context.out().line(fmt::format("task {} is {}", task.id, task.stat ? "STAT: to be read first" : "routine"));
    context.out().json(nlohmann::ordered_json(model::toJson(task)));
    return {};
}

} // namespace qianli::gateway::cli
