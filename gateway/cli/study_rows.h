// What the commands of `study` say of one study.
#pragma once

#include "gateway/cli/context.h"

#include <nlohmann/json.hpp>
#include <string>

namespace qianli::gateway::cli {

// "" when workflow has not taken the study over yet, or nobody here ever ran it. What people decided about its patient is taken
// over into the record.
Result<std::string> stateOf(Context& context, StudyRecord& study);
nlohmann::ordered_json toJson(StudyRecord const& study, std::string const& state);
// What is odd about it, in words; "" when nothing is.
std::string flagsOf(StudyRecord const& study);
std::string modalitiesOf(StudyRecord const& study);

} // namespace qianli::gateway::cli
