#include "gateway/workflow/reports.h"

#include "gateway/workflow/task_rows.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"

#include <fmt/format.h>
#include <set>

namespace qianli::gateway {

using model::TaskState;

namespace {

constexpr std::string_view selectReports =
    "SELECT reports.id, task, version, site, study_uid, patient_name, patient_id, sr_uid, pdf_uid, findings, "
    "impression, recommendation, author, author_name, signed_at, reports.issued_at, tasks.state FROM reports JOIN "
    "tasks ON tasks.id = reports.task";

Result<IssuedReport> reportOfRow(sqlite::Statement const& row)
{
    IssuedReport report;
    report.id = row.integer(0);
    report.task = row.integer(1);
    report.version = static_cast<int>(row.integer(2));
    report.site.value = row.text(3);
    report.studyUid = row.text(4);
    report.patientName = row.text(5);
    report.patientId = row.text(6);
    report.srUid = row.text(7);
    report.pdfUid = row.text(8);
    report.text = {row.text(9), row.text(10), row.text(11)};
    report.author = row.text(12);
    report.authorName = row.text(13);
    report.signedAt = fromStored(row.integer(14));
    report.issuedAt = fromStored(row.integer(15));
    QIANLI_ASSIGN(report.state, model::parseTaskState(row.textView(16)));
    return report;
}

Result<std::vector<IssuedReport>> reportsOf(sqlite::Statement& select)
{
    std::vector<IssuedReport> reports;
    for (;;) {
        QIANLI_ASSIGN(bool const row, select.step());
        if (!row)
            return reports;
        QIANLI_ASSIGN(auto report, reportOfRow(select));
        reports.push_back(std::move(report));
    }
}

Result<std::optional<IssuedReport>> firstOf(sqlite::Statement& select)
{
    QIANLI_ASSIGN(auto reports, reportsOf(select));
    return reports.empty() ? std::nullopt : std::optional(std::move(reports.front()));
}

Result<std::optional<IssuedReport>> newestOf(sqlite::Database& database, model::TaskId task)
{
    QIANLI_ASSIGN(auto select,
                  database.prepare(fmt::format("{} WHERE task = ? ORDER BY version DESC LIMIT 1", selectReports)));
    QIANLI_TRY(select.bind({task}));
    return firstOf(select);
}

Result<std::int64_t> insertReport(sqlite::Database& database, Reports::Issue const& issue, TimePoint now)
{
    QIANLI_ASSIGN(auto insert, database.prepare("INSERT INTO reports (task, version, sr_uid, pdf_uid, findings, "
                                                "impression, recommendation, author, author_name, signed_at, "
                                                "issued_at) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    QIANLI_TRY(insert.run({issue.task, issue.srUid, issue.pdfUid, issue.text.findings, issue.text.impression,
                           issue.text.recommendation, issue.author.name, issue.author.displayName,
                           toStored(issue.signedAt), toStored(now)}));
    return database.lastInsertRowId();
}

Result<void> insertDeliveries(sqlite::Database& database, std::int64_t report,
                              std::vector<std::string> const& destinations, TimePoint now)
{
    QIANLI_ASSIGN(auto insert, database.prepare("INSERT INTO deliveries (report, destination, state, created_at, "
                                                "patience_from, next_attempt_at) VALUES (?, ?, 'waiting', ?, ?, ?)"));
    for (auto const& destination : std::set<std::string>(destinations.begin(), destinations.end()))
        QIANLI_TRY(insert.run({report, destination, toStored(now), toStored(now), toStored(now)}));
    return {};
}

// A signed report is not turned away because its claim expired while it was on its way: who signed it claims again.
Result<void> holdForIssue(sqlite::Database& database, model::ReadingTask const& task, model::User const& author,
                          TimePoint now)
{
    if (isHeld(task.state) && task.claimedBy != author.name)
        return fail(ErrorCode::Conflict, fmt::format("the task is held by {}", task.claimedByName));
    if (!isHeld(task.state) && !mayBeClaimed(task.state))
        return fail(ErrorCode::Conflict, fmt::format("a task that is '{}' gets no report", model::code(task.state)));
    if (!isHeld(task.state)) {
        QIANLI_TRY(setHolder(database, task.id, author.name, now));
        QIANLI_TRY(enterState(database, task.id, TaskState::Claimed, now, author.name, "with the signed report"));
    }
    if (task.state != TaskState::Drafting)
        return enterState(database, task.id, TaskState::Drafting, now, author.name, "");
    return {};
}

Result<void> passToIssued(sqlite::Database& database, Reports::Issue const& issue, TimePoint now)
{
    QIANLI_ASSIGN(auto update, database.prepare("UPDATE tasks SET report_sr_uid = ?, report_pdf_uid = ?, issued_at = "
                                                "? WHERE id = ?"));
    QIANLI_TRY(update.run({issue.srUid, issue.pdfUid, toStored(now), issue.task}));
    for (auto const state : {TaskState::Submitted, TaskState::Final, TaskState::Issued})
        QIANLI_TRY(enterState(database, issue.task, state, now, issue.author.name, ""));
    return {};
}

} // namespace

Result<std::vector<IssuedReport>> Reports::list(std::size_t limit) const
{
    return workflow_.database().read([&](sqlite::Database& database) -> Result<std::vector<IssuedReport>> {
        QIANLI_ASSIGN(auto select, database.prepare(fmt::format("{} ORDER BY reports.id DESC LIMIT ?", selectReports)));
        QIANLI_TRY(select.bind({limit == 0 ? -1 : static_cast<std::int64_t>(limit)}));
        return reportsOf(select);
    });
}

Result<std::optional<IssuedReport>> Reports::newestOfTask(model::TaskId task) const
{
    return workflow_.database().read([&](sqlite::Database& database) { return newestOf(database, task); });
}

Result<std::optional<IssuedReport>> Reports::newestOfStudy(model::SiteId const& site, std::string_view studyUid,
                                                           int part) const
{
    return workflow_.database().read([&](sqlite::Database& database) -> Result<std::optional<IssuedReport>> {
        QIANLI_ASSIGN(auto select,
                      database.prepare(fmt::format("{} WHERE site = ? AND study_uid = ? AND part = ? ORDER BY version "
                                                   "DESC LIMIT 1",
                                                   selectReports)));
        QIANLI_TRY(select.bind({site.value, studyUid, part}));
        return firstOf(select);
    });
}

Result<model::ReadingTask> Reports::issue(Issue const& issue)
{
    auto const now = workflow_.clock().now();
    return workflow_.database().write([&](sqlite::Database& database) -> Result<model::ReadingTask> {
        QIANLI_ASSIGN(auto const task, taskOfId(workflow_, database, issue.task));
        QIANLI_ASSIGN(auto const issued, newestOf(database, issue.task));
        if (issued && issued->srUid == issue.srUid && issued->pdfUid == issue.pdfUid)
            return task;
        if (issued)
            return fail(ErrorCode::Conflict, "another report of this study was issued already");
        QIANLI_TRY(holdForIssue(database, task, issue.author, now));
        QIANLI_ASSIGN(auto const report, insertReport(database, issue, now));
        QIANLI_TRY(insertDeliveries(database, report, workflow_.destinationsOf(task.site), now));
        QIANLI_TRY(passToIssued(database, issue, now));
        return taskOfId(workflow_, database, issue.task);
    });
}

Result<std::vector<IssuedReport>> Reports::notReleased() const
{
    return workflow_.database().read([&](sqlite::Database& database) -> Result<std::vector<IssuedReport>> {
        QIANLI_ASSIGN(auto select,
                      database.prepare(fmt::format("{} WHERE released = 0 ORDER BY reports.id", selectReports)));
        return reportsOf(select);
    });
}

Result<void> Reports::noteReleased(std::vector<IssuedReport> const& reports)
{
    return workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto update, database.prepare("UPDATE reports SET released = 1 WHERE id = ?"));
        for (auto const& report : reports)
            QIANLI_TRY(update.run({report.id}));
        return {};
    });
}

Result<void> Reports::forgetReleases()
{
    return workflow_.database().write(
        // Of what was deleted nothing is left to be shown.
        [](sqlite::Database& database) {
            return database.execute("UPDATE reports SET released = 0 WHERE task NOT IN (SELECT id FROM tasks WHERE "
                                    "deleted_at IS NOT NULL)");
        });
}

} // namespace qianli::gateway
