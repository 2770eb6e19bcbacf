// Deletions: what keeps a study from being deleted, and what becomes of its reading task when it is. The files are the
// archive's (gateway/ingest/removal.h).
//
// Promise: a deletion is written here before anything goes, so that after a restart it is known what was begun; its
// task is then withdrawn, never lost.
#pragma once

#include "common/base/clock.h"
#include "common/base/result.h"
#include "gateway/index/study_index.h"

#include <cstdint>
#include <string>
#include <vector>

namespace qianli::gateway {

class Workflow;

enum class DeletionCause {
    Delete, // somebody's word: a test image, the wrong patient
    Purge,  // kept long enough
};

struct Deletion {
    StudyKey study;
    int part = 0;
    std::string person, reason;
    DeletionCause cause = DeletionCause::Delete;
    std::uint64_t removal = 0; // the archive's number of it
    std::uint64_t objects = 0;
    std::int64_t id = 0;
};

class Deletions {
public:
    explicit Deletions(Workflow& workflow) : workflow_(workflow) {}

    // Why it can't be deleted now, one sentence each; none: it can.
    Result<std::vector<std::string>> obstacles(StudyKey const& study, int part, DeletionCause cause) const;

    // Refused, with the obstacle, when there is one by now. Otherwise they are written down, not yet done.
    Result<void> begin(std::vector<Deletion>& deletions);
    // They went: their tasks are withdrawn, drafts go; after the time of retention what is said of the patient goes,
    // too. False: they can't be put on record now, so they stay begun, to be finished later.
    Result<bool> finish(std::vector<Deletion> const& deletions);
    // They did not happen.
    Result<void> forget(std::vector<Deletion> const& deletions);
    Result<std::vector<Deletion>> unfinished() const;
    // The archive knows of it and this database, an older copy, doesn't: as finish(), for all tasks of the study. How
    // many there were.
    Result<std::uint64_t> follow(Deletion const& deletion);

private:
    Workflow& workflow_;
};

} // namespace qianli::gateway
