// Answers in two steps: which rows answer a query, from one view of the index; and the values of some of them, later.
#pragma once

#include "common/sqlite/database.h"
#include "gateway/index/query.h"
#include "gateway/index/study_index.h"

#include <span>
#include <string>
#include <vector>

namespace qianli::gateway {

struct AnswerId {
    std::int64_t row = 0;
    std::int64_t run = 0; // at IMAGE level: where the instance is packed
};

// In the order of the query, no more than its limit.
Result<std::vector<AnswerId>> findAnswers(sqlite::Database& database, Query const& query, Conditions const& conditions);

// In the order of `ids`, without those that are not there any more.
Result<std::vector<Answer>> readAnswers(sqlite::Database& database, Level level, bool unreleased,
                                        std::span<AnswerId const> ids);

// "s.id, CAST(e.number AS INTEGER), …" for ORDER BY: the order of series and instances.
std::string_view orderOf(Level level, bool newestFirst);
std::string limitClause(std::size_t limit);

} // namespace qianli::gateway
