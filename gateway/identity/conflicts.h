// Conflicts: what somebody has to look at, because who is who is not sure. What people decide clears them, except
// SharedUid and NationalId, which only say what came.
#pragma once

#include "gateway/identity/decisions.h"
#include "gateway/index/study_index.h"

#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

struct Conflict {
    enum class Kind {
        PatientId,  // several persons under one Patient ID of a site
        SplitStudy, // one Study Instance UID, several patients of a site
        SharedUid,  // one Study Instance UID, several sites
        Candidate,  // perhaps one person at several sites
        NationalId, // one that is wrong, or that birth date or sex contradict
        Outdated,   // a decision about who is not the same any more
    } kind{};
    std::string reason; // an English sentence, national IDs masked
    std::vector<PatientRecord> patients;
    std::string studyUid; // of the two kinds that have one
};
std::string_view code(Conflict::Kind kind); // "patient-id", "split-study", …

Result<std::vector<Conflict>> conflictsOf(StudyIndex const& index, Decisions const& decisions);

} // namespace qianli::gateway
