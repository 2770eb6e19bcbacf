// Matching of person names (PS3.4 C.2.2.2.1, C.2.2.2.4): ASCII letters without regard to case, by component group.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

// The component groups ("alphabetic=ideographic=phonetic"), each in lower case and without trailing '^' and spaces.
std::vector<std::string> nameGroups(std::string_view name);

// A key without '=' matches any group of the name; with '=' each of its groups that is not empty must match its
// counterpart.
bool matchesName(std::string_view key, std::string_view name);

} // namespace qianli::gateway
