#include "gateway/workflow/task_rows.h"

#include "common/base/text.h"

#include <fmt/format.h>

namespace qianli::gateway {

namespace {

std::string namesOfSites(Workflow const& workflow, std::string_view ids)
{
    if (ids.empty())
        return {};
    std::vector<std::string> names;
    for (std::string& id : text::split(ids, '\\'))
        names.push_back(workflow.siteName({std::move(id)}));
    return text::join(names, "\\");
}

} // namespace

std::string_view selectTasks()
{
    return "SELECT id, site, study_uid, state, patient_name, patient_id, sex, birth_date, age, modalities, body_part, "
           "description, accession_number, study_date, study_time, received_at, last_received_at, series, instances, "
           "study_conflict, version_conflict, claimed_by, (SELECT display_name FROM users WHERE users.name = "
           "tasks.claimed_by), claimed_at, report_sr_uid, report_pdf_uid, issued_at, delivered_at, delivery_note, "
           "stat, "
           "clock_skew, missing, part, identity_conflict, split_study, linked_sites, "
           "charset_rule, charset_corrected, charset_uncertain "
           "FROM "
           "tasks";
}

Result<model::ReadingTask> taskOfRow(Workflow const& workflow, sqlite::Statement const& row)
{
    model::ReadingTask task;
    int column = 0;
    task.id = row.integer(column++);
    task.site.value = row.text(column++);
    task.siteName = workflow.siteName(task.site);
    task.studyUid = row.text(column++);
    QIANLI_ASSIGN(task.state, model::parseTaskState(row.textView(column++)));
    for (auto* const text :
         {&task.patientName, &task.patientId, &task.sex, &task.birthDate, &task.age, &task.modalities, &task.bodyPart,
          &task.description, &task.accessionNumber, &task.studyDate, &task.studyTime})
        *text = row.text(column++);
    task.receivedAt = fromStored(row.integer(column++));
    task.lastReceivedAt = fromStored(row.integer(column++));
    task.series = static_cast<int>(row.integer(column++));
    task.instances = static_cast<int>(row.integer(column++));
    task.studyConflict = row.integer(column++) != 0;
    task.versionConflict = row.integer(column++) != 0;
    task.claimedBy = row.text(column++);
    task.claimedByName = row.text(column++);
    task.claimedAt = fromStored(row.optionalInteger(column++));
    task.reportSrUid = row.text(column++);
    task.reportPdfUid = row.text(column++);
    task.issuedAt = fromStored(row.optionalInteger(column++));
    task.deliveredAt = fromStored(row.optionalInteger(column++));
    task.deliveryNote = row.text(column++);
    task.stat = row.integer(column++) != 0;
    task.clockSkewSeconds = row.optionalInteger(column++);
    task.missing = row.text(column++);
    task.part = static_cast<int>(row.integer(column++));
    task.identityConflict = row.integer(column++) != 0;
    task.severalParts = row.integer(column) != 0;
    task.splitStudy = row.integer(column++) == 1;
    task.linkedSites = namesOfSites(workflow, row.textView(column++));
    task.charsetRule = static_cast<int>(row.integer(column++));
    task.charsetCorrected = row.integer(column++) != 0;
    task.charsetUncertain = row.integer(column++) != 0;
    return task;
}

Result<std::vector<model::ReadingTask>> tasksOf(Workflow const& workflow, sqlite::Statement& statement)
{
    std::vector<model::ReadingTask> tasks;
    for (;;) {
        QIANLI_ASSIGN(bool const row, statement.step());
        if (!row)
            return tasks;
        QIANLI_ASSIGN(auto task, taskOfRow(workflow, statement));
        tasks.push_back(std::move(task));
    }
}

Result<model::ReadingTask> taskOfId(Workflow const& workflow, sqlite::Database& database, model::TaskId id)
{
    QIANLI_ASSIGN(auto select, database.prepare(fmt::format("{} WHERE id = ?", selectTasks())));
    QIANLI_TRY(select.bind({id}));
    QIANLI_ASSIGN(bool const row, select.step());
    if (!row)
        return fail(ErrorCode::NotFound, fmt::format("there is no task {}", id));
    return taskOfRow(workflow, select);
}

bool isHeld(model::TaskState state)
{
    return state == model::TaskState::Claimed || state == model::TaskState::Drafting;
}

bool mayBeClaimed(model::TaskState state)
{
    return state == model::TaskState::Receiving || state == model::TaskState::Incomplete ||
           state == model::TaskState::Ready;
}

Result<void> setHolder(sqlite::Database& database, model::TaskId task, std::string_view person, TimePoint now)
{
    QIANLI_ASSIGN(auto update, database.prepare("UPDATE tasks SET claimed_by = ?1, claimed_at = ?2, active_at = ?2 "
                                                "WHERE id = ?3"));
    return update.run({person, toStored(now), task});
}

} // namespace qianli::gateway
