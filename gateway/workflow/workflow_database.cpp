#include "gateway/workflow/workflow_database.h"

#include "gateway/workflow/upgrade_copy.h"

#include <cerrno>
#include <fmt/format.h>
#include <sys/stat.h>

namespace qianli::gateway {

namespace {

Result<model::TaskState> stateOf(sqlite::Database& database, model::TaskId task)
{
    QIANLI_ASSIGN(auto select, database.prepare("SELECT state FROM tasks WHERE id = ?"));
    QIANLI_TRY(select.bind({task}));
    QIANLI_ASSIGN(bool const row, select.step());
    if (!row)
        return fail(ErrorCode::NotFound, fmt::format("there is no task {}", task));
    return model::parseTaskState(select.textView(0));
}

} // namespace

Result<void> refuseLostWorkflow(std::filesystem::path const& file)
{
    auto const folder = file.parent_path();
    std::error_code failed;
    auto const bytes = std::filesystem::file_size(file, failed);
    if (!failed && bytes > 0)
        return {};
    std::error_code ignored;
    if (!std::filesystem::exists(folder / "keys" / "ca.key", ignored) ||
        std::filesystem::exists(folder / "workflow.none", ignored))
        return {};
    return fail(
        ErrorCode::Refused,
        fmt::format("{} is {}, and with it reading tasks, drafts, opinions and users: bring it back with `backup "
                    "restore DIR --only-workflow` (the images are safe in archive/). Only if there is no backup: "
                    "create an empty "
                    "file {} and start again; everything people did is then lost",
                    file.string(), failed ? "missing" : "empty", (folder / "workflow.none").string()));
}

Result<std::unique_ptr<WorkflowDatabase>> WorkflowDatabase::open(std::filesystem::path const& file)
{
    QIANLI_TRY(refuseLostWorkflow(file));
    auto const damaged = [&](Error error) -> tl::unexpected<Error> {
        if (error.code == ErrorCode::Corrupt)
            error.message = fmt::format("{} is damaged ({}): bring it back with `backup restore DIR "
                                        "--only-workflow`; the images are safe in archive/",
                                        file.string(), error.message);
        return tl::unexpected(std::move(error));
    };
    QIANLI_ASSIGN(auto mark, OpenMark::take(file));
    auto writer = sqlite::Database::open(file);
    if (!writer)
        return damaged(std::move(writer).error());
    if (auto migrated = upgradeWorkflow(*writer, file); !migrated)
        return damaged(std::move(migrated).error());
    auto reader = sqlite::Database::open(file);
    if (!reader)
        return damaged(std::move(reader).error());
    QIANLI_TRY(mark.confirm());
    std::error_code ignored;
    std::filesystem::remove(file.parent_path() / "workflow.none", ignored);
    return std::unique_ptr<WorkflowDatabase>(
        new WorkflowDatabase(file, std::move(mark), *std::move(writer), *std::move(reader)));
}

WorkflowDatabase::WorkflowDatabase(std::filesystem::path file, OpenMark mark, sqlite::Database writer,
                                   sqlite::Database reader)
    : file_(std::move(file)), place_(placeOf(file_)), logPlace_(placeOf(file_.string() + "-wal")),
      mark_(std::move(mark)), writer_(std::move(writer)), reader_(std::move(reader))
{
}

WorkflowDatabase::~WorkflowDatabase()
{
    if (mustBeInPlace() && mark_.isLast() && writer_.checkpoint(sqlite::Checkpoint::Passive))
        mark_.release();
}

std::optional<WorkflowDatabase::Place> WorkflowDatabase::placeOf(std::filesystem::path const& file)
{
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0)
        return std::nullopt;
    return Place{status.st_dev, status.st_ino};
}

Result<void> WorkflowDatabase::mustBeInPlace() const
{
    auto const check = [](std::filesystem::path const& file, std::optional<Place> const& opened) -> Result<void> {
        if (!opened)
            return {};
        struct stat status {};
        if (::stat(file.c_str(), &status) != 0 && errno != ENOENT)
            return {}; // it can't be asked now, which says nothing
        auto const now = placeOf(file);
        if (now == opened)
            return {};
        return fail(ErrorCode::Unavailable, fmt::format("{} was {} while the gateway had it open", file.string(),
                                                        now ? "replaced by another file" : "deleted"));
    };
    QIANLI_TRY(check(file_, place_));
    return check(file_.string() + "-wal", logPlace_);
}

int WorkflowDatabase::addWaker(Waker waker)
{
    std::lock_guard const lock(wakersMutex_);
    wakers_.emplace(nextWaker_, std::move(waker));
    return nextWaker_++;
}

void WorkflowDatabase::removeWaker(int id)
{
    std::lock_guard const lock(wakersMutex_);
    wakers_.erase(id);
}

void WorkflowDatabase::wake()
{
    std::lock_guard const lock(wakersMutex_);
    for (auto const& [id, waker] : wakers_)
        waker();
}

Result<void> noteChange(sqlite::Database& database, model::TaskId task)
{
    QIANLI_TRY(database.execute("UPDATE counters SET value = value + 1 WHERE name = 'change'"));
    QIANLI_ASSIGN(auto update, database.prepare("UPDATE tasks SET change = (SELECT value FROM counters WHERE name = "
                                                "'change') WHERE id = ?"));
    return update.run({task});
}

Result<void> enterState(sqlite::Database& database, model::TaskId task, model::TaskState state, TimePoint now,
                        std::string_view person, std::string_view reason)
{
    QIANLI_ASSIGN(auto const before, stateOf(database, task));
    if (before != state && !model::mayBecome(before, state))
        return fail(ErrorCode::Internal,
                    fmt::format("a task that is '{}' can't become '{}'", model::code(before), model::code(state)));
    QIANLI_ASSIGN(auto update, database.prepare("UPDATE tasks SET state = ? WHERE id = ?"));
    QIANLI_TRY(update.run({model::code(state), task}));
    QIANLI_ASSIGN(auto history, database.prepare("INSERT INTO task_history (task, at, state, person, reason) "
                                                 "VALUES (?, ?, ?, ?, ?)"));
    QIANLI_TRY(history.run({task, toStored(now), model::code(state), person, reason}));
    return noteChange(database, task);
}

Result<void> endClaim(sqlite::Database& database, model::TaskId task, TimePoint now, Duration quietTime,
                      std::string_view person, std::string_view reason)
{
    auto state = model::TaskState::Receiving;
    {
        QIANLI_ASSIGN(auto update, database.prepare("UPDATE tasks SET claimed_by = NULL, claimed_at = NULL, active_at "
                                                    "= NULL WHERE id = ? RETURNING last_received_at, judged, "
                                                    "missing"));
        QIANLI_TRY(update.bind({task}));
        QIANLI_ASSIGN(bool const row, update.step());
        bool const quiet = row && fromStored(update.integer(0)) + quietTime <= now;
        if (quiet && update.integer(1) != 0)
            state = update.text(2).empty() ? model::TaskState::Ready : model::TaskState::Incomplete;
        QIANLI_TRY(update.run());
    }
    return enterState(database, task, state, now, person, reason);
}

} // namespace qianli::gateway
