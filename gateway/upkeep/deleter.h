// Deleter: deletes studies everywhere at once: the files, the index, the reading list, and puts it on record.
//
// Promise: refused with the reason while anything speaks against it; what was begun is finished, here or at the next
// start, never half.
#pragma once

#include "gateway/archive/blob_store.h"
#include "gateway/index/study_index.h"
#include "gateway/ingest/ingest.h"
#include "gateway/workflow/deletions.h"
#include "gateway/workflow/workflow.h"

#include <functional>
#include <string>
#include <vector>

namespace qianli::gateway {

struct DeletionReport {
    std::uint64_t studies = 0, objects = 0, bytes = 0;
    std::uint64_t linkedElsewhere = 0; // files that a copy made of hard links still has
    std::string unfinished;            // what is still to be done, and why; the next start tries again
};

// How the reason of each purge begins: the archive keeps no other word of its cause.
inline constexpr std::string_view purgeReason = "kept long enough; list ";

class Deleter {
public:
    struct Parts {
        BlobStore& store;
        StudyIndex& index;
        Workflow& workflow;
        CharsetOf charsetOf;                  // as text is read now
        Transfers const* transfers = nullptr; // who is sending; null: nobody, because no gateway runs
    };
    // One at a time in all processes: the archive's lock sees to it, and within one the caller.
    explicit Deleter(Parts parts) : parts_(std::move(parts)) {}

    struct Reason {
        std::string person, text;
        DeletionCause cause = DeletionCause::Delete;
    };
    // Together: they hang together by patient, so that what stays of others is read but once. `stillMay` is asked last,
    // right before the record. An error: nothing was deleted.
    Result<DeletionReport> remove(std::vector<StudyRecord> const& studies, Reason const& reason,
                                  std::function<Result<void>()> const& stillMay = nullptr);
    // Why a study can't be deleted now; none: it can.
    Result<std::vector<std::string>> obstacles(StudyRecord const& study, DeletionCause cause) const;
    // What was begun is told to the reading list, or forgotten where nothing went: at the start, or when the index is
    // made again, and before the next deletion, whose number it may have.
    Result<void> resume();
    // After a restore: the reading list, which may be older than the archive, is told what that knows as deleted.
    // How many tasks went.
    Result<std::uint64_t> followArchive();

private:
    Result<void> tellTasks(std::vector<StudyKey> const& touched);

    Parts parts_;
};

} // namespace qianli::gateway
