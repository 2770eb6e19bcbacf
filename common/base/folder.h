// What lies in a folder, for programs that go on where memory is short: an iterator of std::filesystem ends the program
// there (libstdc++ takes its next step in a function that must not throw).
#pragma once

#include "common/base/result.h"

#include <filesystem>
#include <string>
#include <vector>

namespace qianli {

// The names, in no order, without "." and "..". NotFound where the folder is not there.
Result<std::vector<std::string>> namesIn(std::filesystem::path const& folder);

} // namespace qianli
