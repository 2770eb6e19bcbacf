// Matching of person names (PS3.4 C.2.2.2.1, C.2.2.2.4): ASCII letters without regard to case, by component group.
#pragma once

#include "gateway/index/study_index.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qianli::gateway {

// The component groups ("alphabetic=ideographic=phonetic"), each in lower case and without trailing '^' and spaces.
std::vector<std::string> nameGroups(std::string_view name);

// A key without '=' matches any group of the name; with '=' each of its groups that is not empty must match its
// counterpart.
bool matchesName(std::string_view key, std::string_view name);

// What somebody means who typed pinyin or initials as a key of C-FIND (fuzzy_names): without asterisks it is the whole
// name, with one behind it a beginning. Nothing where a pattern is too much of one: "z?an*g".
std::optional<NameSearch> searchMeantBy(std::string_view key);

} // namespace qianli::gateway
