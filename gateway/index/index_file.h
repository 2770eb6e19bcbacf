// What the index's file says of itself before anybody opens it.
#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <optional>

namespace qianli::gateway {

// Whoever wrote it did not close it, and the log that belongs to it is gone. Costs two looks into the folder.
std::optional<Error> damageOfIndexFile(std::filesystem::path const& file);

} // namespace qianli::gateway
