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

#include <string>
#include <vector>

namespace qianli::gateway {

struct DeletionReport {
    std::uint64_t studies = 0, objects = 0, bytes = 0;
    std::uint64_t linkedElsewhere = 0; // files that a copy made of hard links still has
    std::string unfinished;            // what keeps some files on the disk; the next start tries again
};

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
    // Together: they hang together by patient, so that what stays of others is read but once.
    Result<DeletionReport> remove(std::vector<StudyRecord> const& studies, Reason const& reason);
    // Why a study can't be deleted now; none: it can.
    Result<std::vector<std::string>> obstacles(StudyRecord const& study, DeletionCause cause) const;
    // At the start: what was begun is told to the reading list, or forgotten where nothing went.
    Result<void> resume();

private:
    Result<void> tellTasks(std::vector<StudyKey> const& touched);

    Parts parts_;
};

} // namespace qianli::gateway
