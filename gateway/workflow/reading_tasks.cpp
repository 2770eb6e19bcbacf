#include "gateway/workflow/reading_tasks.h"

#include "common/base/text.h"
#include "gateway/workflow/task_rows.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"

#include <fmt/format.h>

namespace qianli::gateway {

using model::TaskState;

namespace {

std::string placeholders(std::size_t count)
{
    std::string marks;
    for (std::size_t i = 0; i < count; ++i)
        marks += i == 0 ? "?" : ", ?";
    return marks;
}

Result<void> mustSign(model::User const& user)
{
    if (user.role != model::Role::Radiologist && user.role != model::Role::Reviewer)
        return fail(ErrorCode::Refused, "only radiologists and reviewers read studies");
    return {};
}

Result<void> noteWork(sqlite::Database& database, model::TaskId id, TimePoint now)
{
    QIANLI_ASSIGN(auto update, database.prepare("UPDATE tasks SET active_at = ? WHERE id = ?"));
    return update.run({toStored(now), id});
}

} // namespace

Result<std::vector<model::ReadingTask>> ReadingTasks::list(TaskFilter const& filter) const
{
    // In this order an index has all tasks, those of a state and those of a site: whoever asks for the newest must not
    // make us sort all there are, for everybody else's request waits for it. The sign keeps SQLite to the site's.
    std::string sql = fmt::format("{} WHERE 1", selectTasks());
    if (!filter.states.empty())
        sql += fmt::format(" AND {}state IN ({})", filter.sites.empty() ? "" : "+", placeholders(filter.states.size()));
    if (!filter.sites.empty())
        sql += fmt::format(" AND site IN ({})", placeholders(filter.sites.size()));
    sql += " ORDER BY stat AND issued_at IS NULL DESC, received_at DESC, id DESC LIMIT ?";
    return workflow_.database().read([&](sqlite::Database& database) -> Result<std::vector<model::ReadingTask>> {
        QIANLI_ASSIGN(auto select, database.prepare(sql));
        int position = 0;
        for (auto const state : filter.states)
            QIANLI_TRY(select.bind(++position, model::code(state)));
        for (auto const& site : filter.sites)
            QIANLI_TRY(select.bind(++position, site.value));
        QIANLI_TRY(select.bind(++position, filter.limit == 0 ? -1 : static_cast<std::int64_t>(filter.limit)));
        return tasksOf(workflow_, select);
    });
}

Result<model::ReadingTask> ReadingTasks::show(model::TaskId id) const
{
    return workflow_.database().read(
        [&](sqlite::Database& database) -> Result<model::ReadingTask> { return taskOfId(workflow_, database, id); });
}

Result<std::optional<model::ReadingTask>> ReadingTasks::ofStudy(model::SiteId const& site, std::string_view studyUid,
                                                                int part) const
{
    return workflow_.database().read([&](sqlite::Database& database) -> Result<std::optional<model::ReadingTask>> {
        QIANLI_ASSIGN(auto select,
                      database.prepare(fmt::format("{} WHERE site = ? AND study_uid = ? AND part = ?", selectTasks())));
        QIANLI_TRY(select.bind({site.value, studyUid, part}));
        QIANLI_ASSIGN(auto tasks, tasksOf(workflow_, select));
        return tasks.empty() ? std::nullopt : std::optional(std::move(tasks.front()));
    });
}

Result<model::ReadingTask> ReadingTasks::claim(model::TaskId id, model::User const& user)
{
    QIANLI_TRY(mustSign(user));
    auto const now = workflow_.clock().now();
    return workflow_.database().write([&](sqlite::Database& database) -> Result<model::ReadingTask> {
        QIANLI_ASSIGN(auto const task, taskOfId(workflow_, database, id));
        if (isHeld(task.state) && task.claimedBy == user.name) {
            QIANLI_TRY(noteWork(database, id, now));
            return task;
        }
        if (isHeld(task.state))
            return fail(ErrorCode::Conflict, fmt::format("the task is held by {}", task.claimedByName));
        if (!mayBeClaimed(task.state))
            return fail(ErrorCode::Refused, fmt::format("a task that is '{}' is not claimed", model::code(task.state)));
        QIANLI_TRY(setHolder(database, id, user.name, now));
        QIANLI_TRY(enterState(database, id, TaskState::Claimed, now, user.name, ""));
        return taskOfId(workflow_, database, id);
    });
}

Result<model::ReadingTask> ReadingTasks::release(model::TaskId id, model::User const& user)
{
    return workflow_.database().write([&](sqlite::Database& database) -> Result<model::ReadingTask> {
        QIANLI_ASSIGN(auto const task, taskOfId(workflow_, database, id));
        if (!isHeld(task.state) || task.claimedBy != user.name)
            return fail(ErrorCode::Refused, "only who holds a task gives it back");
        QIANLI_TRY(
            endClaim(database, id, workflow_.clock().now(), workflow_.settings().quietTime, user.name, "given back"));
        return taskOfId(workflow_, database, id);
    });
}

Result<model::ReadingTask> ReadingTasks::releaseByOperator(model::TaskId id, std::string_view reason)
{
    if (text::trim(reason).empty() || reason.size() > 1024 || !text::isUtf8(reason))
        return fail(ErrorCode::InvalidInput, "a reason of 1 to 1024 bytes is needed");
    return workflow_.database().write([&](sqlite::Database& database) -> Result<model::ReadingTask> {
        QIANLI_ASSIGN(auto const task, taskOfId(workflow_, database, id));
        if (!isHeld(task.state))
            return fail(ErrorCode::Refused, fmt::format("nobody holds the task; it is '{}'", model::code(task.state)));
        QIANLI_TRY(endClaim(database, id, workflow_.clock().now(), workflow_.settings().quietTime, "operator",
                            fmt::format("taken from {}: {}", task.claimedBy, reason)));
        return taskOfId(workflow_, database, id);
    });
}

Result<model::ReadingTask> ReadingTasks::setUrgency(model::TaskId id, bool stat)
{
    return workflow_.database().write([&](sqlite::Database& database) -> Result<model::ReadingTask> {
        QIANLI_ASSIGN(auto const task, taskOfId(workflow_, database, id));
        if (task.stat == stat)
            return task;
        QIANLI_ASSIGN(auto update, database.prepare("UPDATE tasks SET stat = ? WHERE id = ?"));
        QIANLI_TRY(update.run({stat, id}));
        QIANLI_TRY(enterState(database, id, task.state, workflow_.clock().now(), "operator",
                              stat ? "set to STAT" : "set to routine"));
        return taskOfId(workflow_, database, id);
    });
}

Result<std::vector<ReadingTasks::HistoryEntry>> ReadingTasks::history(model::TaskId id) const
{
    return workflow_.database().read([&](sqlite::Database& database) -> Result<std::vector<HistoryEntry>> {
        QIANLI_ASSIGN(
            auto select,
            database.prepare("SELECT at, state, person, reason FROM task_history WHERE task = ? ORDER BY id"));
        QIANLI_TRY(select.bind({id}));
        std::vector<HistoryEntry> entries;
        for (;;) {
            QIANLI_ASSIGN(bool const row, select.step());
            if (!row)
                return entries;
            QIANLI_ASSIGN(auto const state, model::parseTaskState(select.textView(1)));
            entries.push_back({fromStored(select.integer(0)), state, select.text(2), select.text(3)});
        }
    });
}

Result<std::int64_t> ReadingTasks::newestChange() const
{
    return workflow_.database().read([](sqlite::Database& database) -> Result<std::int64_t> {
        QIANLI_ASSIGN(auto counter, database.prepare("SELECT value FROM counters WHERE name = 'change'"));
        QIANLI_ASSIGN(bool const row, counter.step());
        return row ? counter.integer(0) : 0;
    });
}

Result<ReadingTasks::Changes> ReadingTasks::changedSince(std::int64_t after) const
{
    QIANLI_ASSIGN(auto const upTo, newestChange());
    if (upTo == after)
        return Changes{{}, upTo};
    return workflow_.database().read([&](sqlite::Database& database) -> Result<Changes> {
        Changes changes;
        changes.upTo = upTo;
        // Bounded above: a later change is told by the next call, not twice.
        QIANLI_ASSIGN(auto select, database.prepare(fmt::format("{} WHERE change > ? AND change <= ? ORDER BY change",
                                                                selectTasks())));
        QIANLI_TRY(select.bind({after, changes.upTo}));
        QIANLI_ASSIGN(changes.tasks, tasksOf(workflow_, select));
        return changes;
    });
}

} // namespace qianli::gateway
