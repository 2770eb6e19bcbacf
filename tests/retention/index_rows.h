// All that an index says, so that two of them can be compared. Row numbers stand for what they are about.
#pragma once

#include <filesystem>
#include <string>

namespace qianli::test {

std::string indexRows(std::filesystem::path const& file);
// The rows that only one of them has.
std::string difference(std::string const& one, std::string const& other);

} // namespace qianli::test
