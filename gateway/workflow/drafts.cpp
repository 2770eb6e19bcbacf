// Drafts: the text being written, and what is marked on the images beside it (ReadingTasks).
#include "common/base/text.h"
#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/task_rows.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"

#include <fmt/format.h>

namespace qianli::gateway {

using model::TaskState;

namespace {

constexpr std::size_t mostTextBytes = 64 << 10; // of one part
constexpr std::size_t mostMarkBytes = 256 << 10;

Result<Draft> draftOf(sqlite::Database& database, model::TaskId id)
{
    QIANLI_ASSIGN(auto select, database.prepare("SELECT findings, impression, recommendation, revision, saved_at, "
                                                "saved_by, marks FROM drafts WHERE task = ?"));
    QIANLI_TRY(select.bind({id}));
    QIANLI_ASSIGN(bool const row, select.step());
    if (!row)
        return Draft{};
    return Draft{{select.text(0), select.text(1), select.text(2)},
                 select.integer(3),
                 fromStored(select.integer(4)),
                 select.text(5),
                 select.text(6)};
}

Result<void> checkText(model::ReportText const& text)
{
    for (auto const* const part : {&text.findings, &text.impression, &text.recommendation}) {
        if (part->size() > mostTextBytes)
            return fail(ErrorCode::LimitExceeded,
                        fmt::format("a part of the report has {} bytes; {} are the most", part->size(), mostTextBytes));
        if (!text::isUtf8(*part) || part->find('\0') != std::string::npos)
            return fail(ErrorCode::InvalidInput, "a part of the report is not UTF-8 text");
    }
    return {};
}

Result<void> checkMarks(std::string const& marks)
{
    if (marks.size() > mostMarkBytes)
        return fail(ErrorCode::LimitExceeded,
                    fmt::format("the marks have {} bytes; {} are the most", marks.size(), mostMarkBytes));
    if (!text::isUtf8(marks) || marks.find('\0') != std::string::npos)
        return fail(ErrorCode::InvalidInput, "the marks are not UTF-8 text");
    return {};
}

Result<void> store(sqlite::Database& database, model::TaskId id, Draft const& draft)
{
    QIANLI_ASSIGN(auto insert, database.prepare("INSERT OR REPLACE INTO drafts (task, findings, impression, "
                                                "recommendation, revision, saved_at, saved_by, marks) VALUES (?, ?, ?, "
                                                "?, ?, ?, ?, ?)"));
    return insert.run({id, draft.text.findings, draft.text.impression, draft.text.recommendation, draft.revision,
                       toStored(*draft.savedAt), draft.savedBy, draft.marks});
}

} // namespace

Result<Draft> ReadingTasks::draft(model::TaskId id) const
{
    QIANLI_TRY(show(id));
    return workflow_.database().read([&](sqlite::Database& database) { return draftOf(database, id); });
}

Result<Draft> ReadingTasks::saveDraft(model::TaskId id, model::User const& user, model::ReportText const& text,
                                      std::int64_t basedOn, std::optional<std::string> const& marks)
{
    QIANLI_TRY(checkText(text));
    if (marks)
        QIANLI_TRY(checkMarks(*marks));
    auto const now = workflow_.clock().now();
    return workflow_.database().write([&](sqlite::Database& database) -> Result<Draft> {
        QIANLI_ASSIGN(auto const task, taskOfId(workflow_, database, id));
        if (!isHeld(task.state) || task.claimedBy != user.name)
            return fail(ErrorCode::Refused, "only who holds a task writes its draft");
        QIANLI_ASSIGN(auto const stored, draftOf(database, id));
        std::string const& kept = marks ? *marks : stored.marks;
        // A writer whose answer was lost sends the same again.
        if (stored.revision == basedOn + 1 && stored.text == text && stored.marks == kept &&
            stored.savedBy == user.name)
            return stored;
        if (stored.revision != basedOn)
            return fail(ErrorCode::Conflict,
                        fmt::format("the draft has revision {}, this one is based on {}", stored.revision, basedOn));
        Draft const saved{text, basedOn + 1, now, user.name, kept};
        QIANLI_TRY(store(database, id, saved));
        QIANLI_ASSIGN(auto update, database.prepare("UPDATE tasks SET active_at = ? WHERE id = ?"));
        QIANLI_TRY(update.run({toStored(now), id}));
        if (task.state == TaskState::Claimed)
            QIANLI_TRY(enterState(database, id, TaskState::Drafting, now, user.name, ""));
        return saved;
    });
}

} // namespace qianli::gateway
