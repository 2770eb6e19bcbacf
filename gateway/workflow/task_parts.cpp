#include "gateway/workflow/task_parts.h"

#include "gateway/index/person.h"
#include "gateway/workflow/task_rows.h"
#include "gateway/workflow/workflow_database.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>

namespace qianli::gateway {
namespace {

using model::TaskState;

struct PartTask {
    model::TaskId id = 0;
    int part = 0;
    TaskState state{};
    TimePoint receivedAt{};
    Person person;
    bool isTouched = false; // somebody wrote or issued something
    StudyRecord const* now = nullptr;
};

// Withdrawn ones last: they get only what nobody else has.
Result<std::vector<PartTask>> tasksOf(sqlite::Database& database, StudyRecord const& study)
{
    QIANLI_ASSIGN(auto select,
                  database.prepare("SELECT id, part, state, received_at, patient_name, patient_id, birth_date, sex, "
                                   "claimed_by IS NOT NULL OR report_sr_uid <> '' OR EXISTS (SELECT 1 FROM drafts "
                                   "WHERE drafts.task = tasks.id) FROM tasks WHERE site = ? AND study_uid = ? ORDER BY "
                                   "state = 'withdrawn', abs(part)"));
    QIANLI_TRY(select.bind({study.site.value, study.header.studyUid.value()}));
    std::vector<PartTask> tasks;
    for (;;) {
        QIANLI_ASSIGN(bool const row, select.step());
        if (!row)
            return tasks;
        dicom::InstanceHeader header;
        header.patientName = select.text(4);
        header.patientId = select.text(5);
        header.patientBirthDate = select.text(6);
        header.patientSex = select.text(7);
        QIANLI_ASSIGN(auto const state, model::parseTaskState(select.textView(2)));
        tasks.push_back({select.integer(0), static_cast<int>(select.integer(1)), state, fromStored(select.integer(3)),
                         personOf(header), select.integer(8) != 0});
    }
}

class Settlement {
public:
    Settlement(sqlite::Database& database, std::span<StudyRecord const> parts, std::vector<PartTask> tasks,
               TimePoint now)
        : database_(database), parts_(parts), tasks_(std::move(tasks)), now_(now)
    {
    }

    Result<void> settle()
    {
        pair();
        bool const isAsBefore = std::ranges::all_of(tasks_, [](PartTask const& task) {
            return task.now != nullptr ? task.now->part == task.part && task.state != TaskState::Withdrawn
                                       : task.part < 0;
        });
        if (isAsBefore)
            return {};
        // Out of each other's way; those without a part stay there.
        for (PartTask const& task : tasks_)
            QIANLI_TRY(setPart(task.id, static_cast<int>(-task.id), task.receivedAt));
        for (PartTask const& task : tasks_)
            if (task.now != nullptr)
                QIANLI_TRY(setPart(task.id, task.now->part, task.now->firstReceivedAt));
        for (PartTask const& task : tasks_)
            QIANLI_TRY(task.now == nullptr ? withdraw(task) : follow(task));
        return {};
    }

private:
    using Fits = std::function<bool(PartTask const&, StudyRecord const&)>;

    // A part is who its first object says, so the time of that one is what a task knows its part by. Parts that came in
    // the same millisecond are told apart by the persons, as far as these are still read as they were, then by number.
    void pair()
    {
        auto const arrived = [](PartTask const& task, StudyRecord const& part) {
            return task.receivedAt == part.firstReceivedAt;
        };
        auto const agrees = [](PartTask const& task, StudyRecord const& part) {
            return likeness(task.person, personOf(part.header)).value_or(0) > 0;
        };
        auto const isSafe = [&](PartTask const& task, StudyRecord const& part) {
            bool const isOnly = std::ranges::count(parts_, part.firstReceivedAt, &StudyRecord::firstReceivedAt) == 1;
            return (tasks_.size() == 1 && parts_.size() == 1) || (isOnly && arrived(task, part)) || !task.isTouched ||
                   likeness(task.person, personOf(part.header)).has_value();
        };
        auto const numbered = [](PartTask const& task, StudyRecord const& part) { return task.part == part.part; };
        for (Fits const &fits :
             {Fits([&](auto const&task, auto const&part) { return arrived(task, part) && agrees(task, part); }),
              Fits([&](auto const&task, auto const&part) {
                  return arrived(task, part) && numbered(task, part) && isSafe(task, part);
              }),
              Fits([&](auto const&task, auto const&part) { return arrived(task, part) && isSafe(task, part); }),
              // Its first object is lost.
              Fits([&](auto const&task, auto const&part) { return numbered(task, part) && isSafe(task, part); })})
            for (PartTask& task : tasks_)
                for (StudyRecord const& part : parts_)
                    if (task.now == nullptr && std::ranges::find(tasks_, &part, &PartTask::now) == tasks_.end() &&
                        fits(task, part))
                        task.now = &part;
    }

    Result<void> setPart(model::TaskId task, int part, TimePoint receivedAt)
    {
        QIANLI_ASSIGN(auto update, database_.prepare("UPDATE tasks SET part = ?, received_at = ? WHERE id = ?"));
        return update.run({part, toStored(receivedAt), task});
    }

    Result<void> follow(PartTask const& task)
    {
        if (task.state != TaskState::Withdrawn)
            return task.part == task.now->part ? Result<void>() : noteChange(database_, task.id);
        QIANLI_ASSIGN(auto update, database_.prepare("UPDATE tasks SET judged = 0 WHERE id = ?"));
        QIANLI_TRY(update.run({task.id}));
        return enterState(database_, task.id, TaskState::Receiving, now_, "",
                          "read again, the study holds this patient after all");
    }

    Result<void> withdraw(PartTask const& task)
    {
        if (task.part < 0)
            return {};
        QIANLI_ASSIGN(auto update,
                      database_.prepare("UPDATE tasks SET judged = 1, missing = '', instances = 0, series = 0, "
                                        "claimed_by = NULL, claimed_at = NULL, active_at = NULL WHERE id = ?"));
        bool const isOpen = isHeld(task.state) || mayBeClaimed(task.state);
        if (!isOpen)
            return enterState(database_, task.id, task.state, now_, "",
                              "read again, the study holds no such patient; what was issued stays");
        QIANLI_TRY(update.run({task.id}));
        auto const heir = std::ranges::find_if(tasks_, [](PartTask const& one) { return one.now != nullptr; });
        bool const isOnlyHeir = heir != tasks_.end() && parts_.size() == 1;
        if (isHeld(task.state))
            QIANLI_TRY(enterState(database_, task.id, TaskState::Ready, now_, "", "the claim ends with the task"));
        if (isOnlyHeir)
            QIANLI_TRY(handOver(task.id, heir->id));
        return enterState(database_, task.id, TaskState::Withdrawn, now_, "",
                          isOnlyHeir ? fmt::format("read again, its images are those of task {}", heir->id)
                                     : "read again, its images are those of other tasks of the study");
    }

    // Where nobody wrote anything yet.
    Result<void> handOver(model::TaskId from, model::TaskId to)
    {
        QIANLI_ASSIGN(auto update, database_.prepare("UPDATE OR IGNORE drafts SET task = ?2 WHERE task = ?1 AND NOT "
                                                     "EXISTS (SELECT 1 FROM reports WHERE task = ?2)"));
        return update.run({from, to});
    }

    sqlite::Database& database_;
    std::span<StudyRecord const> parts_;
    std::vector<PartTask> tasks_;
    TimePoint now_;
};

} // namespace

Result<void> settleParts(sqlite::Database& database, std::span<StudyRecord const> parts, TimePoint now)
{
    if (parts.empty())
        return {};
    QIANLI_ASSIGN(auto tasks, tasksOf(database, parts.front()));
    return Settlement(database, parts, std::move(tasks), now).settle();
}

} // namespace qianli::gateway
