// What the commands of `study` say of one study.
#pragma once

#include "gateway/cli/context.h"
#include "gateway/workflow/study_marks.h"

#include <nlohmann/json.hpp>
#include <string>

namespace qianli::gateway::cli {

// Both "" when workflow has not taken the study over yet, or nobody here ever ran it.
struct StudyState {
    std::string code;    // of its reading task
    std::string missing; // ReadingTask::missing
    StudyMark mark = {}; // how long it is kept
};
// What people decided about its patient is taken over into the record.
Result<StudyState> stateOf(Context& context, StudyRecord& study);
nlohmann::ordered_json toJson(StudyRecord const& study, StudyState const& state);
// What is odd about it, in words; "" when nothing is.
std::string flagsOf(StudyRecord const& study, StudyState const& state);
std::string modalitiesOf(StudyRecord const& study);

} // namespace qianli::gateway::cli
