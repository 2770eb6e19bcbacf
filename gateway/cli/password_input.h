// A password as the operator gives it: asked at the terminal without echo, or the first line of standard input.
#pragma once

#include "common/base/result.h"

#include <string>
#include <string_view>

namespace qianli::gateway::cli {

// At a terminal it is asked for twice. InvalidInput when the two differ or nothing came.
Result<std::string> readNewPassword(std::string_view person);
// One that is known already: asked for once.
Result<std::string> readPassword(std::string_view person);

} // namespace qianli::gateway::cli
