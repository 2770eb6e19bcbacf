// How a command has something deleted: by the running gateway, or here when there is none.
#pragma once

#include "gateway/cli/context.h"

#include <nlohmann/json.hpp>

namespace qianli::gateway::cli {

Result<nlohmann::json> askToDelete(Context& context, nlohmann::json const& request);

} // namespace qianli::gateway::cli
