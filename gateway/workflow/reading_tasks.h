// ReadingTasks: the reading list and its rules (interfaces.md): who may do what to a task in which state.
//
// Promise: of any number of people, in this process or another, who claim one task at the same time exactly one gets
// it; a draft that was acknowledged is never lost and never overwritten by somebody who had not seen it.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/model/reading_task.h"
#include "common/model/report.h"
#include "common/model/user.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

class StudyIndex;
class Transfers;
class Workflow;
struct Departure;
struct StudyRecord;

struct TaskFilter {
    std::vector<model::TaskState> states; // empty: all
    std::vector<model::SiteId> sites;     // empty: all
    std::size_t limit = 500;
};

struct Draft {
    model::ReportText text;
    std::int64_t revision = 0; // 0: there is none
    std::optional<TimePoint> savedAt;
    std::string savedBy; // user name
    std::string marks;   // what the workstation marked on the images: JSON of its own; empty: nothing
};

class ReadingTasks {
public:
    explicit ReadingTasks(Workflow& workflow) : workflow_(workflow) {}

    // Newest received first.
    Result<std::vector<model::ReadingTask>> list(TaskFilter const& filter) const;
    Result<model::ReadingTask> show(model::TaskId id) const;
    Result<std::optional<model::ReadingTask>> ofStudy(model::SiteId const& site, std::string_view studyUid,
                                                      int part = 0) const;

    // Conflict when another person holds it; Refused in a state that can't be claimed or for a role that doesn't read.
    // Claiming what one holds already is fine, and says that one is still at work: the claim does not expire.
    Result<model::ReadingTask> claim(model::TaskId id, model::User const& user);
    // The holder gives it back; the draft stays.
    Result<model::ReadingTask> release(model::TaskId id, model::User const& user);
    // The operator takes it from whoever holds it; the reason is kept in the task's history.
    Result<model::ReadingTask> releaseByOperator(model::TaskId id, std::string_view reason);
    // The operator says whether it is urgent; kept in the task's history. More images of an urgent sender say it again.
    Result<model::ReadingTask> setUrgency(model::TaskId id, bool stat);

    Result<Draft> draft(model::TaskId id) const;
    // `basedOn`: the revision the writer saw. Conflict when it is not the stored one; Refused when the writer doesn't
    // hold the task. Without `marks` those that are stored stay.
    Result<Draft> saveDraft(model::TaskId id, model::User const& user, model::ReportText const& text,
                            std::int64_t basedOn, std::optional<std::string> const& marks = std::nullopt);

    struct HistoryEntry {
        TimePoint at{};
        model::TaskState state{};
        std::string person, reason;
    };
    Result<std::vector<HistoryEntry>> history(model::TaskId id) const;

    // Brings the tasks up to the index, in order; the sequence of the last one is kept in the same transaction. What
    // stations made neither creates a task nor reopens one.
    Result<std::uint64_t> caughtUpTo() const;
    Result<void> catchUpFromStart();
    Result<void> takeOver(std::vector<StudyRecord> const& studies);
    // The same for studies that are older than what was taken over, because their text is read otherwise now. Of each
    // all parts, one after the other: their tasks follow them (task_parts.h).
    Result<void> readAgain(std::vector<StudyRecord> const& studies);
    // At the start, before takeOver(): that, for all studies that have or had several parts. The index may have been
    // made anew since.
    Result<void> settleParts(StudyIndex const& index);
    // Studies that fell silent, or whose sender was cut off, are judged by the index: they become ready or incomplete.
    // A task that somebody has keeps its state and is told what is missing. Gives how many were judged. A study that
    // can't be read is the error in the end, and keeps no other one waiting.
    Result<std::size_t> judgeArrivals(StudyIndex const& index, Transfers const& transfers);
    // How senders left; not yet judged.
    Result<void> noteDepartures(std::vector<Departure> const& departures);
    // At the start: whoever was sending when the gateway ended was cut off.
    Result<void> noteRestart();
    // Claims that nobody works on are given back. Gives how many tasks changed.
    Result<std::size_t> applyTime();
    // At the start: nobody could work while the gateway was down, so claims live for some minutes more at least.
    Result<void> forgiveDownTime();

    // The tasks that changed after change number `after` in this or another process, oldest change first, and the
    // newest number.
    struct Changes {
        std::vector<model::ReadingTask> tasks;
        std::int64_t upTo = 0;
    };
    Result<Changes> changedSince(std::int64_t after) const;
    Result<std::int64_t> newestChange() const;

private:
    Workflow& workflow_;
};

} // namespace qianli::gateway
