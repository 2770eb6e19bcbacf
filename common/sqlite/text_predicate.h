// TextPredicate: a question about two texts that statements of a connection may ask.
#pragma once

#include "common/sqlite/database.h"

#include <string_view>

namespace qianli::sqlite {

using TextPredicate = bool (*)(std::string_view pattern, std::string_view text);

// Makes `name(pattern, text)` known to the connection: 1 or 0, NULL when one of them is NULL.
Result<void> addTextPredicate(Database& database, char const* name, TextPredicate predicate);

} // namespace qianli::sqlite
