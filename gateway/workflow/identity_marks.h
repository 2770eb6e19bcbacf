// Marks of identity on tasks: another person under the Patient ID, another patient in the study, other sites that know
// the person. They follow from the index and from what people decided, and are written into the tasks so that lists
// need neither.
#pragma once

#include "common/base/result.h"
#include "common/model/site.h"
#include "gateway/identity/actions.h"
#include "gateway/index/study_index.h"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace qianli::gateway {

class Workflow;

// From what the marks of a study followed when it was last looked at. Each further image of it costs a look at its own
// task then, not at the history of its patient and of all around. Used by one thread at a time.
class SeenIdentities {
public:
    struct Basis {
        bool identityConflict = false, isMarkedConflict = false, splitStudy = false;
        std::vector<model::PatientKey> group; // its patient, and who is one person with it
        bool operator==(Basis const&) const = default;
    };
    using Study = std::tuple<std::string, std::string, int>; // site, UID, part

    bool isAsSeen(Study const& study, Basis const& basis) const;
    void remember(std::map<Study, Basis> looked);

private:
    std::map<Study, Basis> seen_;
};

// Studies that changed: their tasks' marks, and those of all whom they may concern. How far that has come is kept in
// the same transaction.
Result<std::uint64_t> identitiesSeenUpTo(Workflow& workflow);
Result<void> markIdentities(Workflow& workflow, StudyIndex const& index, std::vector<StudyRecord> const& studies,
                            SeenIdentities& seen);

// Studies whose text is read otherwise now: persons under their Patient IDs may have become more or fewer.
Result<void> markIdentitiesAgain(Workflow& workflow, StudyIndex const& index, std::vector<StudyRecord> const& studies);

// decide(), and the marks of all tasks that it concerns, in one transaction.
Result<Decision> decideIdentity(Workflow& workflow, StudyIndex const& index, IdentityRequest const& request);

} // namespace qianli::gateway
