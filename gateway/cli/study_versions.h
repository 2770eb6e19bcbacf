// The versions of a study's objects: what came again under a known SOP Instance UID with other content.
#pragma once

#include "gateway/cli/context.h"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <vector>

namespace qianli::gateway::cli {

// Of each object that has several, all, oldest first.
Result<std::vector<std::vector<Receipt>>> versionsOf(StudyIndex const& index, StudyRecord const& study,
                                                     std::span<InstanceRecord const> instances);

nlohmann::ordered_json versionsJson(std::vector<std::vector<Receipt>> const& versions);
void printVersions(Output const& out, std::vector<std::vector<Receipt>> const& versions);

} // namespace qianli::gateway::cli
