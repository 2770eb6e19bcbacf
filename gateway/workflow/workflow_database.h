// WorkflowDatabase: workflow.db as this station uses it: one connection that writes, one that reads, each one thread at
// a time.
//
// Promise: write() is one transaction that was committed durably when it returns success, or left nothing behind.
// Readers don't wait for the writer.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/model/reading_task.h"
#include "common/sqlite/database.h"
#include "gateway/workflow/open_mark.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace qianli::gateway {

std::span<sqlite::Migration const> workflowMigrations();

// Refused when the file is gone or empty although there was one (data/keys has an authority, which is made after it):
// beginning anew in silence would hide that people's work is lost. A file workflow.none beside it says that this is
// meant, and goes when the new one is there.
Result<void> refuseLostWorkflow(std::filesystem::path const& file);

class WorkflowDatabase {
public:
    // As refuseLostWorkflow(), also where its log is lost (OpenMark); Corrupt when it is damaged: then a backup has to
    // be restored, nothing is repaired here.
    static Result<std::unique_ptr<WorkflowDatabase>> open(std::filesystem::path const& file);

    // `work` takes the database and gives a Result.
    template <typename Work>
    auto read(Work&& work) const -> std::invoke_result_t<Work, sqlite::Database&>
    {
        std::lock_guard const lock(reading_);
        return work(reader_);
    }

    template <typename Work>
    auto write(Work&& work) -> std::invoke_result_t<Work, sqlite::Database&>
    {
        auto outcome = inTransaction(work);
        if (outcome)
            wake();
        return outcome;
    }

    // Unavailable, with what to do: the file was deleted, or another one was put in its place, while this process has
    // it open; what would be written from then on is gone with the process. write() refuses it as well.
    Result<void> mustBeInPlace() const;

    ~WorkflowDatabase();

    // Called after each write of this process, on the writer's thread: must be quick and must not throw.
    using Waker = std::function<void()>;
    int addWaker(Waker waker);
    void removeWaker(int id);

private:
    // Which file a name stands for.
    struct Place {
        std::uint64_t device = 0, inode = 0;
        bool operator==(Place const&) const = default;
    };
    static std::optional<Place> placeOf(std::filesystem::path const& file);

    WorkflowDatabase(std::filesystem::path file, OpenMark mark, sqlite::Database writer, sqlite::Database reader);

    template <typename Work>
    auto inTransaction(Work& work) -> std::invoke_result_t<Work, sqlite::Database&>
    {
        std::lock_guard const lock(writing_);
        QIANLI_TRY(mustBeInPlace());
        QIANLI_ASSIGN(auto transaction, sqlite::Transaction::begin(writer_));
        auto outcome = work(writer_);
        if (!outcome)
            return outcome;
        QIANLI_TRY(transaction.commit());
        return outcome;
    }
    void wake();

    std::filesystem::path const file_;
    std::optional<Place> const place_, logPlace_; // as opened
    OpenMark mark_;                               // goes after the connections
    std::mutex writing_;                          // guards writer_
    sqlite::Database writer_;
    mutable std::mutex reading_; // guards reader_
    mutable sqlite::Database reader_;
    std::mutex wakersMutex_; // guards the two below
    std::map<int, Waker> wakers_;
    int nextWaker_ = 1;
};

// Times as they are stored.
inline std::int64_t toStored(TimePoint time)
{
    return time.time_since_epoch().count();
}
inline TimePoint fromStored(std::int64_t stored)
{
    return TimePoint(Duration(stored));
}
inline std::optional<TimePoint> fromStored(std::optional<std::int64_t> stored)
{
    return stored ? std::optional(fromStored(*stored)) : std::nullopt;
}

// Within write(): a task passes into a state, by a way of the table of states (model::mayBecome) or not at all; written
// into its history, and numbered as a visible change.
Result<void> enterState(sqlite::Database& database, model::TaskId task, model::TaskState state, TimePoint now,
                        std::string_view person, std::string_view reason);
// Within write(): another visible change of a task.
Result<void> noteChange(sqlite::Database& database, model::TaskId task);
// Within write(): the claim ends; the task waits again.
Result<void> endClaim(sqlite::Database& database, model::TaskId task, TimePoint now, Duration quietTime,
                      std::string_view person, std::string_view reason);

} // namespace qianli::gateway
