#include "gateway/upkeep/deleter.h"

#include "common/base/log.h"
#include "gateway/ingest/removal.h"
#include "gateway/workflow/identity_marks.h"
#include "gateway/workflow/reading_tasks.h"

#include <algorithm>
#include <fmt/format.h>
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

Result<DeletionReport> Deleter::remove(std::vector<StudyRecord> const& studies, Reason const& reason)
{
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
        for (Deletion& one : deletions)
            one.removal = parts_.store.lastRemoval() + 1;
        auto begun = record.begin(deletions);
        isWritten = begun.has_value();
        return begun;
    };
    auto removed = removeStudies(parts_.store, parts_.index, request);
    if (!removed) {
        // Where the archive has begun it, the next start finishes it.
        if (isWritten && parts_.store.lastRemoval() < deletions.front().removal)
            QIANLI_TRY(record.forget(deletions));
        return tl::unexpected(std::move(removed).error());
    }
    QIANLI_TRY(record.finish(deletions));
    QIANLI_TRY(tellTasks(removed->touched));
    return DeletionReport{studies.size(), removed->objects, removed->bytes, removed->linkedElsewhere,
                          removed->unfinished};
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
    std::vector<Deletion> done, notBegun;
    std::set<StudyKey> touched;
    for (Deletion const& one : all) {
        bool const went = one.removal <= parts_.store.lastRemoval();
        (went ? done : notBegun).push_back(one);
        touched.insert(one.study);
    }
    if (all.empty())
        return {};
    log::information("{} deletions that were begun when the gateway ended are finished, {} did not happen", done.size(),
                     notBegun.size());
    QIANLI_TRY(record.finish(done));
    QIANLI_TRY(record.forget(notBegun));
    return tellTasks({touched.begin(), touched.end()});
}

} // namespace qianli::gateway
