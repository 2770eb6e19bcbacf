// Arrivals and time: how tasks appear, become ready, and how forgotten claims end (ReadingTasks).
#include "common/base/text.h"
#include "common/dicom/character_set.h"
#include "gateway/index/study_index.h"
#include "gateway/workflow/reading_tasks.h"
#include "gateway/workflow/task_parts.h"
#include "gateway/workflow/task_rows.h"
#include "gateway/workflow/workflow.h"
#include "gateway/workflow/workflow_database.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <span>

namespace qianli::gateway {

using model::TaskState;

namespace {

// What a task copies from the index. True: something of it is new. What stations make moves only the time and the count
// of series, so these two alone are nothing new.
Result<bool> describe(sqlite::Database& database, model::TaskId id, StudyRecord const& study)
{
    auto const& header = study.header;
    constexpr std::string_view columns =
        "patient_name, patient_id, sex, birth_date, age, modalities, body_part, description, accession_number, "
        "study_date, study_time, instances, study_conflict, version_conflict, clock_skew, variant, charset_rule, "
        "charset_corrected, charset_uncertain";
    constexpr std::string_view values =
        "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19";
    // Urgent only by what comes: an operator may have said since that it is not.
    QIANLI_ASSIGN(auto update,
                  database.prepare(fmt::format(
                      "UPDATE tasks SET ({0}) = ({1}), last_received_at = ?20, series = ?21, stat = iif(?22 > "
                      "stat_seen, 1, stat), stat_seen = max(stat_seen, ?22), judged = iif(?12 > instances, 0, judged), "
                      "parting = iif(?12 > instances, '', parting), judged_instances = min(judged_instances, ?12) "
                      "WHERE id = ?23 AND (({0}) IS NOT ({1}) OR ?22 > stat_seen)",
                      columns, values)));
    std::optional<std::int64_t> skew;
    if (study.clockSkew)
        skew = std::chrono::duration_cast<std::chrono::seconds>(*study.clockSkew).count();
    QIANLI_TRY(update.run({header.patientName,
                           header.patientId,
                           header.patientSex,
                           header.patientBirthDate,
                           header.patientAge,
                           text::join(study.modalities, "\\"),
                           header.bodyPart,
                           header.studyDescription,
                           header.accessionNumber,
                           header.studyDate,
                           header.studyTime,
                           study.imageInstances,
                           study.siteConflict,
                           study.versionConflict,
                           skew,
                           study.patient.variant,
                           header.charset.rule,
                           dicom::isCorrected(header.charset),
                           !header.charset.certain,
                           toStored(study.lastReceivedAt),
                           study.series,
                           study.statSequence,
                           id}));
    return database.changes() > 0;
}

Result<void> create(sqlite::Database& database, StudyRecord const& study, TimePoint now)
{
    QIANLI_ASSIGN(
        auto insert,
        database.prepare("INSERT INTO tasks (site, study_uid, state, patient_name, patient_id, sex, "
                         "birth_date, age, modalities, body_part, description, accession_number, "
                         "study_date, study_time, received_at, last_received_at, series, instances, "
                         "study_conflict, version_conflict, change, part, identity_conflict, split_study) VALUES "
                         "(?, ?, 'receiving', '', '', '', '', '', '', '', '', '', '', '', ?, 0, 0, 0, 0, 0, "
                         "0, ?, ?, ?)"));
    // What people decided about them is looked at next (identity_marks.h).
    QIANLI_TRY(insert.run({study.site.value, study.header.studyUid.value(), toStored(study.firstReceivedAt), study.part,
                           study.identityConflict, study.splitStudy}));
    auto const id = database.lastInsertRowId();
    QIANLI_TRY(describe(database, id, study));
    return enterState(database, id, TaskState::Receiving, now, "", "first images");
}

struct KnownTask {
    model::TaskId id = 0;
    TaskState state{};
    int instances = 0;
};

Result<std::optional<KnownTask>> knownTask(sqlite::Database& database, StudyRecord const& study)
{
    QIANLI_ASSIGN(auto select, database.prepare("SELECT id, state, instances FROM tasks WHERE site = ? AND study_uid = "
                                                "? AND part = ?"));
    QIANLI_TRY(select.bind({study.site.value, study.header.studyUid.value(), study.part}));
    QIANLI_ASSIGN(bool const row, select.step());
    if (!row)
        return std::nullopt;
    QIANLI_ASSIGN(auto const state, model::parseTaskState(select.textView(1)));
    return KnownTask{select.integer(0), state, static_cast<int>(select.integer(2))};
}

Result<void> takeOverOne(sqlite::Database& database, StudyRecord const& study, TimePoint now)
{
    QIANLI_ASSIGN(auto const known, knownTask(database, study));
    if (!known)
        return study.imageInstances > 0 ? create(database, study, now) : Result<void>{};
    bool const grew = study.imageInstances > known->instances;
    QIANLI_ASSIGN(bool const isNew, describe(database, known->id, study));
    if (!isNew)
        return {};
    if (grew && (known->state == TaskState::Ready || known->state == TaskState::Incomplete)) {
        // What was missing may just be coming.
        QIANLI_ASSIGN(auto forget, database.prepare("UPDATE tasks SET missing = '' WHERE id = ?"));
        QIANLI_TRY(forget.run({known->id}));
        return enterState(database, known->id, TaskState::Receiving, now, "", "more images");
    }
    return noteChange(database, known->id);
}

// `studies`: of each all parts, one after the other.
Result<void> settleStudies(sqlite::Database& database, std::span<StudyRecord const> studies, TimePoint now)
{
    while (!studies.empty()) {
        StudyRecord const& first = studies.front();
        auto const end = std::ranges::find_if(studies, [&](StudyRecord const& one) {
            return one.site != first.site || one.header.studyUid != first.header.studyUid;
        });
        auto const count = static_cast<std::size_t>(end - studies.begin());
        QIANLI_TRY(settleParts(database, studies.first(count), now));
        studies = studies.subspan(count);
    }
    return {};
}

// That have or had several.
Result<std::vector<std::pair<model::SiteId, std::string>>> studiesInParts(sqlite::Database& database)
{
    QIANLI_ASSIGN(auto select, database.prepare("SELECT DISTINCT site, study_uid FROM tasks WHERE part <> 0"));
    std::vector<std::pair<model::SiteId, std::string>> found;
    for (;;) {
        QIANLI_ASSIGN(bool const row, select.step());
        if (!row)
            return found;
        found.emplace_back(model::SiteId{select.text(0)}, select.text(1));
    }
}

Result<std::vector<model::TaskId>> idsOf(sqlite::Statement& select)
{
    std::vector<model::TaskId> ids;
    for (;;) {
        QIANLI_ASSIGN(bool const row, select.step());
        if (!row)
            return ids;
        ids.push_back(select.integer(0));
    }
}

Result<std::vector<model::TaskId>> forgottenClaims(sqlite::Database& database, TimePoint before)
{
    QIANLI_ASSIGN(auto select, database.prepare("SELECT id FROM tasks WHERE state IN ('claimed', 'drafting') AND "
                                                "active_at <= ?"));
    QIANLI_TRY(select.bind({toStored(before)}));
    return idsOf(select);
}

Result<AuditEvent> expiryOf(sqlite::Database& database, model::TaskId task)
{
    QIANLI_ASSIGN(auto select,
                  database.prepare("SELECT site, study_uid, patient_id, claimed_by FROM tasks WHERE id = ?"));
    QIANLI_TRY(select.bind({task}));
    QIANLI_ASSIGN(bool const row, select.step());
    AuditEvent event;
    event.kind = AuditEventKind::ReportClaimBroken;
    event.detail = fmt::format("task {}: the claim expired", task);
    if (row) {
        event.site = select.text(0);
        event.studies = {std::string(select.text(1))};
        event.patient = fmt::format("{}/{}", event.site, select.text(2));
        event.person = select.text(3);
    }
    return event;
}

} // namespace

Result<std::uint64_t> ReadingTasks::caughtUpTo() const
{
    return workflow_.database().read([](sqlite::Database& database) -> Result<std::uint64_t> {
        QIANLI_ASSIGN(auto select, database.prepare("SELECT value FROM counters WHERE name = 'caught-up'"));
        QIANLI_ASSIGN(bool const row, select.step());
        return row ? static_cast<std::uint64_t>(select.integer(0)) : 0;
    });
}

Result<void> ReadingTasks::catchUpFromStart()
{
    return workflow_.database().write([](sqlite::Database& database) {
        return database.execute("UPDATE counters SET value = 0 WHERE name IN ('caught-up', 'identities')");
    });
}

Result<void> ReadingTasks::readAgain(std::vector<StudyRecord> const& studies)
{
    auto const now = workflow_.clock().now();
    return workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_TRY(settleStudies(database, studies, now));
        for (auto const& study : studies)
            QIANLI_TRY(takeOverOne(database, study, now));
        return {};
    });
}

Result<void> ReadingTasks::settleParts(StudyIndex const& index)
{
    QIANLI_ASSIGN(auto const split,
                  workflow_.database().read([](sqlite::Database& database) { return studiesInParts(database); }));
    std::vector<StudyRecord> studies;
    for (auto const& key : split) {
        QIANLI_ASSIGN(auto parts, index.studiesOf(dicom::Uid::ofKnown(key.second)));
        std::ranges::copy_if(parts, std::back_inserter(studies),
                             [&](auto const& one) { return one.site == key.first; });
    }
    return studies.empty() ? Result<void>() : readAgain(studies);
}

Result<void> ReadingTasks::takeOver(std::vector<StudyRecord> const& studies)
{
    auto const now = workflow_.clock().now();
    return workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        std::uint64_t reached = 0;
        for (auto const& study : studies) {
            QIANLI_TRY(takeOverOne(database, study, now));
            reached = std::max(reached, study.lastSequence);
        }
        QIANLI_ASSIGN(auto update,
                      database.prepare("UPDATE counters SET value = max(value, ?) WHERE name = 'caught-up'"));
        return update.run({reached});
    });
}

Result<void> ReadingTasks::forgiveDownTime()
{
    constexpr std::chrono::minutes grace{15};
    auto const earliest = workflow_.clock().now() - workflow_.settings().claimExpires + grace;
    return workflow_.database().write([&](sqlite::Database& database) -> Result<void> {
        QIANLI_ASSIGN(auto update, database.prepare("UPDATE tasks SET active_at = max(active_at, ?) WHERE state IN "
                                                    "('claimed', 'drafting')"));
        return update.run({toStored(earliest)});
    });
}

Result<std::size_t> ReadingTasks::applyTime()
{
    auto const now = workflow_.clock().now();
    auto const idleSince = now - workflow_.settings().claimExpires;
    // Looked at first without a lock: most of the time there is nothing to do.
    auto const due = workflow_.database().read([&](sqlite::Database& database) -> Result<bool> {
        QIANLI_ASSIGN(auto const forgotten, forgottenClaims(database, idleSince));
        return !forgotten.empty();
    });
    if (!due)
        return tl::unexpected(due.error());
    if (!*due)
        return 0;
    std::vector<AuditEvent> expired;
    auto const ended = workflow_.database().write([&](sqlite::Database& database) -> Result<std::size_t> {
        QIANLI_ASSIGN(auto const forgotten, forgottenClaims(database, idleSince));
        for (auto const id : forgotten) {
            QIANLI_ASSIGN(auto event, expiryOf(database, id));
            expired.push_back(std::move(event));
            QIANLI_TRY(endClaim(database, id, now, workflow_.settings().quietTime, "", "the claim expired"));
        }
        return forgotten.size();
    });
    if (ended)
        for (auto& event : expired)
            workflow_.settings().observers.record(std::move(event));
    return ended;
}

} // namespace qianli::gateway
