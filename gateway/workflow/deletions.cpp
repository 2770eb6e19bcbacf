#include "gateway/workflow/deletions.h"

#include "gateway/workflow/study_marks.h"
#include "gateway/workflow/task_rows.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"

#include <fmt/format.h>

namespace qianli::gateway {

using model::TaskState;

namespace {

std::string_view code(DeletionCause cause)
{
    return cause == DeletionCause::Delete ? "delete" : "purge";
}

struct TaskOfStudy {
    model::TaskId id = 0;
    TaskState state{};
    std::string holder;
    std::int64_t reports = 0, waiting = 0;
};

Result<std::optional<TaskOfStudy>> taskOf(sqlite::Database& database, StudyKey const& study, int part)
{
    QIANLI_ASSIGN(auto select,
                  database.prepare("SELECT id, state, coalesce(claimed_by, ''), (SELECT count(*) FROM reports WHERE "
                                   "task = tasks.id), (SELECT count(*) FROM deliveries d JOIN reports r ON r.id = "
                                   "d.report WHERE r.task = tasks.id AND d.state = 'waiting') FROM tasks WHERE site = "
                                   "? AND study_uid = ? AND part = ?"));
    QIANLI_TRY(select.bind({study.site.value, study.uid, part}));
    QIANLI_ASSIGN(bool const row, select.step());
    if (!row)
        return std::nullopt;
    QIANLI_ASSIGN(auto const state, model::parseTaskState(select.textView(1)));
    return TaskOfStudy{select.integer(0), state, select.text(2), select.integer(3), select.integer(4)};
}

bool isOver(TaskState state)
{
    return state == TaskState::Issued || state == TaskState::Delivered || state == TaskState::Amended ||
           state == TaskState::Withdrawn || state == TaskState::Rejected;
}

Result<std::vector<std::string>> obstaclesIn(sqlite::Database& database, StudyKey const& study, int part,
                                             DeletionCause cause)
{
    std::vector<std::string> found;
    QIANLI_ASSIGN(auto const mark, StudyMarks::read(database, study));
    if (mark.hold)
        found.push_back(fmt::format("it is held by {}: {}", mark.hold->person, mark.hold->reason));
    QIANLI_ASSIGN(auto const task, taskOf(database, study, part));
    if (!task)
        return found;
    if (isHeld(task->state))
        found.push_back(fmt::format("task {} is held by {}", task->id, task->holder));
    else if (!isOver(task->state) &&
             (cause == DeletionCause::Purge || !model::mayBecome(task->state, TaskState::Withdrawn)))
        found.push_back(fmt::format("task {} is open: {}", task->id, model::code(task->state)));
    if (task->waiting > 0)
        found.push_back(fmt::format("{} deliveries of its report wait", task->waiting));
    if (cause == DeletionCause::Delete && task->reports > 0)
        found.push_back("a report was issued: it is kept as long as the law says, and goes by `purge` after that");
    return found;
}

// What a list of tasks shows no more than it must; the rest of the row is the record.
Result<void> eraseSubject(sqlite::Database& database, model::TaskId task)
{
    QIANLI_ASSIGN(auto subject, database.prepare("UPDATE tasks SET patient_name = '', birth_date = '', sex = '', age = "
                                                 "'', description = '', accession_number = '' WHERE id = ?"));
    QIANLI_TRY(subject.run({task}));
    QIANLI_ASSIGN(auto texts, database.prepare("UPDATE reports SET findings = '', impression = '', recommendation = '' "
                                               "WHERE task = ?"));
    return texts.run({task});
}

// Out of the way of the same study, should it be sent again.
Result<void> withdraw(sqlite::Database& database, model::TaskId task, Deletion const& deletion, TimePoint now)
{
    QIANLI_ASSIGN(auto drafts, database.prepare("DELETE FROM drafts WHERE task = ?"));
    QIANLI_TRY(drafts.run({task}));
    QIANLI_ASSIGN(auto update,
                  database.prepare("UPDATE tasks SET part = -id, deleted_at = ?, judged = 1, missing = '', "
                                   "instances = 0, series = 0 WHERE id = ? RETURNING state"));
    QIANLI_TRY(update.bind({toStored(now), task}));
    QIANLI_ASSIGN(bool const row, update.step());
    if (!row)
        return {};
    QIANLI_ASSIGN(auto const state, model::parseTaskState(update.textView(0)));
    update.reset();
    if (deletion.cause == DeletionCause::Purge)
        QIANLI_TRY(eraseSubject(database, task));
    auto const end = model::mayBecome(state, TaskState::Withdrawn) ? TaskState::Withdrawn : state;
    return enterState(database, task, end, now, deletion.person, fmt::format("deleted: {}", deletion.reason));
}

} // namespace

Result<std::vector<std::string>> Deletions::obstacles(StudyKey const& study, int part, DeletionCause cause) const
{
    return workflow_.database().read(
        [&](sqlite::Database& database) { return obstaclesIn(database, study, part, cause); });
}

Result<void> Deletions::begin(std::vector<Deletion>& deletions)
{
    auto const now = workflow_.clock().now();
    return workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        for (Deletion& one : deletions) {
            QIANLI_ASSIGN(auto const found, obstaclesIn(database, one.study, one.part, one.cause));
            if (!found.empty())
                return fail(ErrorCode::Refused, fmt::format("study {}: {}", one.study.uid, fmt::join(found, "; ")));
            QIANLI_ASSIGN(auto const task, taskOf(database, one.study, one.part));
            QIANLI_ASSIGN(
                auto insert,
                database.prepare("INSERT INTO deletions (at, person, reason, cause, removal, site, study_uid, "
                                 "part, task, objects) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
            QIANLI_TRY(
                insert.run({toStored(now), one.person, one.reason, code(one.cause), one.removal, one.study.site.value,
                            one.study.uid, one.part, task ? std::optional(task->id) : std::nullopt, one.objects}));
            one.id = database.lastInsertRowId();
            // Nobody begins to read what is about to go.
            if (task && !isOver(task->state))
                QIANLI_TRY(enterState(database, task->id, TaskState::Withdrawn, now, one.person,
                                      fmt::format("to be deleted: {}", one.reason)));
        }
        return {};
    });
}

Result<bool> Deletions::finish(std::vector<Deletion> const& deletions)
{
    // On record first: a kill between the two leaves a deletion that the next start finishes, and records once more,
    // never one that nobody has recorded.
    for (Deletion const& one : deletions) {
        AuditEvent event;
        event.kind = AuditEventKind::StudyDeleted;
        event.person = one.person;
        event.site = one.study.site.value;
        event.studies = {one.study.uid};
        event.objectCount = one.objects;
        event.detail = "the reason is kept with the deletion"; // people write names into reasons
        workflow_.settings().observers.record(std::move(event));
    }
    if (!deletions.empty() && !workflow_.settings().observers.isOnRecord())
        return false;
    auto const now = workflow_.clock().now();
    auto const written = workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        for (Deletion const& one : deletions) {
            QIANLI_ASSIGN(auto done,
                          database.prepare("UPDATE deletions SET done = 1 WHERE id = ? AND done = 0 RETURNING task"));
            QIANLI_TRY(done.bind({one.id}));
            QIANLI_ASSIGN(bool const row, done.step());
            std::int64_t const task = row ? done.optionalInteger(0).value_or(0) : 0;
            done.reset();
            if (task != 0)
                QIANLI_TRY(withdraw(database, task, one, now));
        }
        return {};
    });
    QIANLI_TRY(written);
    return true;
}

Result<void> Deletions::forget(std::vector<Deletion> const& deletions)
{
    auto const now = workflow_.clock().now();
    return workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        for (Deletion const& one : deletions) {
            QIANLI_ASSIGN(auto gone,
                          database.prepare("DELETE FROM deletions WHERE id = ? AND done = 0 RETURNING task"));
            QIANLI_TRY(gone.bind({one.id}));
            QIANLI_ASSIGN(bool const row, gone.step());
            std::int64_t const task = row ? gone.optionalInteger(0).value_or(0) : 0;
            gone.reset();
            if (task == 0)
                continue;
            QIANLI_ASSIGN(auto const shown, taskOfId(workflow_, database, task));
            if (shown.state != TaskState::Withdrawn || !shown.reportSrUid.empty())
                continue;
            QIANLI_ASSIGN(auto judge, database.prepare("UPDATE tasks SET judged = 0 WHERE id = ?"));
            QIANLI_TRY(judge.run({task}));
            QIANLI_TRY(enterState(database, task, TaskState::Receiving, now, one.person, "it was not deleted"));
        }
        return {};
    });
}

Result<std::uint64_t> Deletions::follow(Deletion const& deletion)
{
    auto const now = workflow_.clock().now();
    return workflow_.database().write([&](sqlite::Database& database) -> Result<std::uint64_t> {
        std::vector<std::pair<model::TaskId, TaskState>> tasks;
        {
            QIANLI_ASSIGN(auto select, database.prepare("SELECT id, state FROM tasks WHERE site = ? AND study_uid = ? "
                                                        "AND part >= 0"));
            QIANLI_TRY(select.bind({deletion.study.site.value, deletion.study.uid}));
            for (;;) {
                QIANLI_ASSIGN(bool const row, select.step());
                if (!row)
                    break;
                QIANLI_ASSIGN(auto const state, model::parseTaskState(select.textView(1)));
                tasks.emplace_back(select.integer(0), state);
            }
        }
        for (auto const& [task, state] : tasks) {
            if (isHeld(state))
                QIANLI_TRY(endClaim(database, task, now, Duration(0), deletion.person, "its images were deleted"));
            QIANLI_TRY(withdraw(database, task, deletion, now));
        }
        return tasks.size();
    });
}

Result<std::vector<Deletion>> Deletions::unfinished() const
{
    return workflow_.database().read([](sqlite::Database& database) -> Result<std::vector<Deletion>> {
        QIANLI_ASSIGN(auto select, database.prepare("SELECT id, site, study_uid, part, person, reason, cause, removal, "
                                                    "objects FROM deletions WHERE done = 0 ORDER BY id"));
        std::vector<Deletion> found;
        for (;;) {
            QIANLI_ASSIGN(bool const row, select.step());
            if (!row)
                return found;
            found.push_back(
                {{{select.text(1)}, select.text(2)},
                 static_cast<int>(select.integer(3)),
                 select.text(4),
                 select.text(5),
                 select.textView(6) == code(DeletionCause::Delete) ? DeletionCause::Delete : DeletionCause::Purge,
                 static_cast<std::uint64_t>(select.integer(7)),
                 static_cast<std::uint64_t>(select.integer(8)),
                 select.integer(0)});
        }
    });
}

} // namespace qianli::gateway
