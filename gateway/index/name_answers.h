// Which rows answer a query with a NameSearch: as people type, best first, then newest (docs/decisions/0013).
#pragma once

#include "gateway/index/answers.h"

namespace qianli::gateway {

// Every way to answer gives the same studies; which one is quick depends on how many names the search finds. Broad
// searches with a limit give newer studies before better answers that are much older.
Result<std::vector<AnswerId>> findByName(sqlite::Database& database, Scope const& scope, Query const& query);

} // namespace qianli::gateway
