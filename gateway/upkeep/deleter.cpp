#include "gateway/upkeep/deleter.h"

#include "common/base/log.h"
#include "gateway/ingest/removal.h"
#include "gateway/workflow/identity_marks.h"
#include "gateway/workflow/reading_tasks.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace qianli::gateway {

Result<std::vector<std::string>> Deleter::obstacles(StudyRecord const& study, DeletionCause cause) const
{
    StudyKey const key{study.site, study.header.studyUid.value()};
    QIANLI_ASSIGN(auto found, Deletions(parts_.workflow).obstacles(key, study.part, cause));
    if (parts_.transfers != nullptr &&
        parts_.transfers->presenceOf(study.site, study.header.studyUid) == Transfers::Presence::Sending)
        found.emplace_back("it is being received");
    return found;
}

Result<DeletionReport> Deleter::remove(std::vector<StudyRecord> const& studies, Reason const& reason,
                                       std::function<Result<void>()> const& stillMay)
{
    QIANLI_TRY(resume());
    RemovalRequest request;
    request.person = reason.person;
    request.reason = reason.text;
    request.at = parts_.workflow.clock().now();
    request.charsetOf = parts_.charsetOf;
    request.isAlone = parts_.transfers == nullptr;
    std::vector<Deletion> deletions;
    for (StudyRecord const& study : studies) {
        QIANLI_ASSIGN(auto const found, obstacles(study, reason.cause));
        if (!found.empty())
            return fail(ErrorCode::Refused,
                        fmt::format("study {}: {}", study.header.studyUid.value(), fmt::join(found, "; ")));
        StudyKey const key{study.site, study.header.studyUid.value()};
        request.studies.push_back({key, study.part});
        deletions.push_back({key, study.part, reason.person, reason.text, reason.cause, 0,
                             static_cast<std::uint64_t>(study.instances), 0});
    }
    Deletions record(parts_.workflow);
    bool isWritten = false;
    request.stillMay = [&]() -> Result<void> {
        if (stillMay)
            QIANLI_TRY(stillMay());
        for (Deletion& one : deletions)
            one.removal = parts_.store.lastRemoval() + 1;
        auto begun = record.begin(deletions);
        isWritten = begun.has_value();
        return begun;
    };
    auto removed = removeStudies(parts_.store, parts_.index, request);
    if (!removed) {
        if (isWritten && parts_.store.lastRemoval() < deletions.front().removal)
            QIANLI_TRY(record.forget(deletions));
        return tl::unexpected(std::move(removed).error());
    }
    DeletionReport report{studies.size(), removed->objects, removed->bytes, removed->linkedElsewhere,
                          removed->unfinished};
    // They are gone, whoever can't be told of it yet.
    auto const finished = record.finish(deletions);
    if (finished && !*finished)
        report.unfinished += fmt::format("{}it can't be put on record now: it will be with the next deletion or start",
                                         report.unfinished.empty() ? "" : "; ");
    auto const told = finished ? tellTasks(removed->touched) : tl::unexpected(finished.error());
    if (!told)
        report.unfinished += fmt::format("{}the reading list does not know of it yet: {}",
                                         report.unfinished.empty() ? "" : "; ", told.error().message);
    return report;
}

// Others of the same UID may have another number now, and persons under a Patient ID may have become fewer.
Result<void> Deleter::tellTasks(std::vector<StudyKey> const& touched)
{
    std::vector<StudyRecord> records;
    for (StudyKey const& study : touched) {
        QIANLI_ASSIGN(auto of, parts_.index.studiesOf(dicom::Uid::ofKnown(study.uid)));
        for (StudyRecord& one : of)
            if (one.site == study.site)
                records.push_back(std::move(one));
    }
    if (records.empty())
        return {};
    QIANLI_TRY(parts_.workflow.tasks().readAgain(records));
    return markIdentitiesAgain(parts_.workflow, parts_.index, records);
}

Result<void> Deleter::resume()
{
    Deletions record(parts_.workflow);
    QIANLI_ASSIGN(auto const all, record.unfinished());
    if (all.empty())
        return {};
    // The number alone says little: another deletion may have taken it since.
    std::map<std::uint64_t, std::vector<RemovedStudy>> went;
    auto const first = std::ranges::min(all, {}, &Deletion::removal).removal;
    QIANLI_TRY(parts_.store.removals(first == 0 ? 0 : first - 1, [&](Removal const& removal) -> Result<void> {
        went[removal.number] = removal.studies;
        return {};
    }));
    std::vector<Deletion> done, notBegun;
    std::set<StudyKey> touched;
    for (Deletion const& one : all) {
        auto const removal = went.find(one.removal);
        bool const isNamed =
            removal != went.end() &&
            std::ranges::find(removal->second, RemovedStudy{one.study.site, one.study.uid}) != removal->second.end();
        (isNamed ? done : notBegun).push_back(one);
        touched.insert(one.study);
    }
    log::information("{} deletions that were begun are finished, {} did not happen", done.size(), notBegun.size());
    QIANLI_ASSIGN(bool const isOnRecord, record.finish(done));
    if (!isOnRecord)
        log::error("{} deletions are not on record yet, because nothing can be: they stay unfinished", done.size());
    QIANLI_TRY(record.forget(notBegun));
    return tellTasks({touched.begin(), touched.end()});
}

Result<std::uint64_t> Deleter::followArchive()
{
    QIANLI_TRY(resume());
    Deletions record(parts_.workflow);
    std::uint64_t tasks = 0;
    QIANLI_TRY(parts_.store.removals(0, [&](Removal const& removal) -> Result<void> {
        Deletion gone;
        gone.person = removal.person;
        gone.reason = removal.reason;
        gone.cause = removal.reason.starts_with(purgeReason) ? DeletionCause::Purge : DeletionCause::Delete;
        gone.removal = removal.number;
        for (RemovedStudy const& one : removal.studies) {
            QIANLI_ASSIGN(auto const here, parts_.index.studiesOf(dicom::Uid::ofKnown(one.uid)));
            // It was sent again, or another patient's part of it stayed.
            if (std::ranges::find(here, one.site, &StudyRecord::site) != here.end())
                continue;
            gone.study = {one.site, one.uid};
            QIANLI_ASSIGN(auto const withdrawn, record.follow(gone));
            tasks += withdrawn;
        }
        return {};
    }));
    return tasks;
}

} // namespace qianli::gateway
